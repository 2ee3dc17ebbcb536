"""Timing pages over HTTP, each in turn with its floor."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlencode

WARM_UP = 8
TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    :param form: fields of a form to post, or None. :param body: a JSON text to post, or None. In both, ``{n}`` becomes
        a number that is never used twice, so that every write makes a record of its own.
    :param each: what ``{each}`` in the path becomes, another one for every request.
    """

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    body: str | None = None
    status: int = 200
    each: Iterator[str] | None = None

    def send(self, connection: HTTPConnection, number: int) -> "Answer":
        """Send it over a connection that stays open and read the whole answer."""
        method, body, headers = "GET", None, dict(self.headers)
        if self.form is not None:
            filled = {name: value.replace("{n}", str(number)) for name, value in self.form.items()}
            method, body = "POST", urlencode(filled)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif self.body is not None:
            method, body = "POST", self.body.replace("{n}", str(number))
            headers["Content-Type"] = "application/json"
        path = self.path.replace("{each}", next(self.each)) if self.each is not None else self.path
        started = time.perf_counter()
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        spent = (time.perf_counter() - started) * 1000
        queries, database_ms = int(response.headers["X-Queries"] or 0), float(response.headers["X-Database-Ms"] or 0)
        return Answer(response.status, spent, len(content), queries, database_ms, content)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what it cost."""

    status: int
    ms: float
    size: int
    queries: int
    database_ms: float
    content: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Something to measure under a key, and the bare page it is compared with."""

    key: str
    asked: Asked
    floor: Asked


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of one page; times in ms, size in kB before compression."""

    median_ms: float
    p95_ms: float
    queries: int
    kb: float
    floor_ms: float
    database_ms: float

    @property
    def ratio(self) -> float:
        return self.median_ms / self.floor_ms

    def as_json(self) -> dict[str, float]:
        """The public form."""
        return {
            "median_ms": round(self.median_ms, 2),
            "p95_ms": round(self.p95_ms, 2),
            "queries": self.queries,
            "kb": round(self.kb, 1),
            "floor_ms": round(self.floor_ms, 2),
            "ratio": round(self.ratio, 2),
            "database_ms": round(self.database_ms, 2),
        }


def measure(port: int, pages: Sequence[Page], samples: int) -> tuple[dict[str, Measured], list[str]]:
    """Ask for every page and its floor in turn.

    :returns: figures by key, and a line for each page that did not answer as it should.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    results: dict[str, Measured] = {}
    missing: list[str] = []
    numbers = iter(range(100_000, 1_000_000))
    for page in pages:
        answer = page.asked.send(connection, next(numbers))
        if answer.status != page.asked.status:
            text = " ".join(answer.content[:300].decode(errors="replace").split())
            missing.append(f"{page.key}: {page.asked.path} answered {answer.status}: {text}")
            continue
        for _ in range(WARM_UP):
            page.floor.send(connection, next(numbers))
            page.asked.send(connection, next(numbers))
        floors, answers = [], []
        for _ in range(samples):
            floors.append(page.floor.send(connection, next(numbers)))
            answers.append(page.asked.send(connection, next(numbers)))
        wrong = {one.status for one in floors} - {page.floor.status}
        if wrong:
            raise RuntimeError(f"the floor of {page.key} answered {sorted(wrong)}")
        results[page.key] = figures(answers, floors)
    connection.close()
    return results, missing


def figures(answers: Sequence[Answer], floors: Sequence[Answer]) -> Measured:
    """What the answers cost beside those of their floor."""
    times = sorted(answer.ms for answer in answers)
    return Measured(
        median_ms=median(times),
        p95_ms=times[min(len(times) - 1, int(len(times) * 0.95))],
        queries=max(answer.queries for answer in answers),
        kb=answers[-1].size / 1000,
        floor_ms=median(floor.ms for floor in floors),
        database_ms=median(answer.database_ms for answer in answers),
    )

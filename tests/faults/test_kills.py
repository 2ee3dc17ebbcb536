"""``kill -9`` at any moment: nothing acknowledged is lost, nothing is half written, nothing is doubled (REL-01, 02)."""

import http.client
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from django.db import connection
from tests.faults.conftest import Processes, wait_until

from tracte.engine.importing import receiving
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import decode
from tracte.modules.crm.account import Account
from tracte.records.changes import ChangeSet, CreatedChunk, State
from tracte.records.storing import created_ids
from tracte.records.tables import SearchRow
from tracte.testing.actors import Person

CLIENTS, KILLS, SAVES = 4, 3, 25


class Client(threading.Thread):
    """Saves one account after the other, each until it is acknowledged, with the same key each time."""

    def __init__(self, number: int, port: int, key: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.key, self.stop = number, port, key, stop
        self.acknowledged: dict[str, str] = {}
        self.odd: list[int] = []

    def run(self) -> None:
        while not self.stop.is_set():
            name = f"Firm {self.number}-{len(self.acknowledged)}"
            if made := self.save(name):
                self.acknowledged[name] = made

    def save(self, name: str) -> str | None:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = name.replace(" ", "")
        body = json.dumps({"name": name, "tags": ["killed"]}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/v1/accounts", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return str(json.load(answer)["id"])
        except urllib.error.HTTPError as error:
            if error.code != 409:  # taken by a request that died; the key comes free a little later
                self.odd.append(error.code)
            error.close()
            self.stop.wait(0.05)
        except (OSError, ValueError, http.client.HTTPException):  # killed before, or in the middle of, its answer
            self.stop.wait(0.05)
        return None


@pytest.fixture
def clients(port: int, people: dict[str, Person]) -> Iterator[list[Client]]:
    stop = threading.Event()
    made = [Client(number, port, people["all"].key, stop) for number in range(CLIENTS)]
    yield made
    stop.set()
    for one in made:
        if one.is_alive():
            one.join(40)


def test_a_web_server_killed_while_it_saves_loses_and_doubles_nothing(
    processes: Processes, port: int, clients: list[Client]
) -> None:
    def saved() -> int:
        return sum(len(client.acknowledged) for client in clients)

    server = processes.web(port)
    for client in clients:
        client.start()
    for kill in range(1, KILLS + 1):
        wait_until(lambda most=kill * SAVES: saved() >= most, "saves")  # type: ignore[misc]
        Processes.kill(server)
        server = processes.web(port)
    wait_until(lambda: saved() >= (KILLS + 1) * SAVES, "the last saves")
    clients[0].stop.set()
    for client in clients:
        client.join(40)
    acknowledged = {name: decode(pk) for client in clients for name, pk in client.acknowledged.items()}
    assert [code for client in clients for code in client.odd] == []
    stored = dict(Account.objects.values_list("name", "pk"))
    assert acknowledged.items() <= stored.items()  # nothing acknowledged is lost
    assert len(stored) == Account.objects.count()  # nothing is doubled, however often it was asked again
    ids = set(stored.values())
    assert set(SearchRow.objects.filter(entity="account").values_list("record_id", flat=True)) == ids
    told = [pk for chunk in CreatedChunk.objects.filter(entity="account") for pk in created_ids(chunk)]
    assert sorted(told) == sorted(ids)  # each record has its history, each history its record
    assert not ChangeSet.objects.filter(state=State.APPLYING).exists()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_worker_killed_during_an_import_leaves_it_to_the_next(
    processes: Processes, people: dict[str, Person]
) -> None:
    rows = 12_000
    text = (
        'format = 1\nname = "Killed"\n[[file]]\npath = "firms.csv"\nentity = "account"\n'
        '[file.columns]\nname = { to = "name" }\nstaff = { to = "employees" }\n'
    )
    lines = ["name,staff\n", *(f"Firm {n},{'many' if n % 1000 == 7 else n}\n" for n in range(rows))]
    bad = rows // 1000
    sent = receiving.receive(OPERATOR, receiving.given(text), {"firms.csv": "".join(lines).encode()})
    set_id, _task = sent.begin()
    for kill in range(1, 3):
        worker = processes.worker()
        wait_until(lambda most=kill * 2_000: Account.objects.count() >= most, "rows of the import")  # type: ignore[misc]
        Processes.kill(worker)
    before = Account.objects.count()
    processes.worker()
    wait_until(lambda: ChangeSet.objects.get(pk=set_id).state != State.APPLYING, "the import to end")
    changeset = ChangeSet.objects.get(pk=set_id)
    assert before < rows - bad, "every kill came too late to prove anything"
    assert changeset.state == State.PARTLY_APPLIED
    assert (changeset.counts["created"], changeset.counts["problems"]) == (rows - bad, bad)
    names = list(Account.objects.values_list("name", flat=True))
    assert len(names) == len(set(names)) == rows - bad
    told = [pk for chunk in CreatedChunk.objects.filter(set=changeset) for pk in created_ids(chunk)]
    assert sorted(told) == sorted(Account.objects.values_list("pk", flat=True))

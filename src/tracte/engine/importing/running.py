"""Running an import: file by file, pass by pass, chunk by chunk through the door, so that a crash costs nothing.

Each chunk is one transaction that also stores how far the import is. A process that is killed leaves a change set in
the state *applying*; running it again goes on with the next row, and no row is written twice.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from django.db import IntegrityError, transaction

from tracte.engine import reindexing
from tracte.engine.importing.children import Held, left_blank
from tracte.engine.importing.decisions import Decided
from tracte.engine.importing.finding import Finder, lookup_by
from tracte.engine.importing.plan import FilePlan, Plan, row_filter
from tracte.engine.importing.preparing import Item, Preparer, import_context
from tracte.engine.importing.reading import CHUNK_ROWS, Row, chunks
from tracte.engine.importing.report import Report, Tally
from tracte.engine.importing.spec import Lookup
from tracte.engine.importing.transforms import plain
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.kernel.memory import collection_paused
from tracte.kernel.problems import Fault, Problem, Rejected
from tracte.meta.registry import EntitySpec, registry
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.changes import Change, ChangeSet
from tracte.records.door import Op, Result, Writer
from tracte.records.sqlwrites import writing_much

DEFER_SEARCH_FROM = 2_000


class Control(Protocol):
    """Who watches the import: the terminal, or a task that may be cancelled."""

    def check(self) -> None:
        """Called between two chunks; raises to stop."""

    def transaction(self) -> AbstractContextManager[None]:
        """Around each chunk."""

    def progress(self, done: int, total: int, note: str) -> None:
        """How far it is, in rows."""


class Plainly:
    """Nobody watches."""

    def check(self) -> None:
        pass

    def transaction(self) -> AbstractContextManager[None]:
        return transaction.atomic()

    def progress(self, done: int, total: int, note: str) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one row, for the preview.

    :param diff: ``{field: (before, after)}`` in canonical values.
    :param more: records made of single cells that belong to the record, as texts.
    """

    entity: str
    row: Row
    what: str  # created, updated, unchanged, problem, skipped
    problems: Sequence[Problem]
    record_id: int | None = None
    diff: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    more: Sequence[str] = ()


OnVerdicts = Callable[[FilePlan, Sequence[Verdict]], None]


@dataclass
class Place:
    """Where the import is: reading, pass, and the last row that is done."""

    file: int = 0
    step: int = 1
    row: int = 0
    seen: int = 0

    def as_json(self) -> dict[str, int]:
        return {"file": self.file, "step": self.step, "row": self.row, "seen": self.seen}


@dataclass
class Runner:
    """One import under way.

    :param leave_out: rows a person left out in the preview, as ``(reading, row)``.
    :param decided: what a person decided about the fields of records that are found.
    :param on_verdicts: told what became of each row of the first pass.
    :param only: numbers of the readings to run; all when ``None``. :param only_rows: rows of the files to look at.
    """

    plan: Plan
    actor: Actor
    writer: Writer
    report: Report
    control: Control = field(default_factory=Plainly)
    tally: Tally = field(default_factory=Tally)
    place: Place = field(default_factory=Place)
    leave_out: frozenset[tuple[int, int]] = frozenset()
    decided: Decided | None = None
    on_verdicts: OnVerdicts | None = None
    total: int = 0
    chunk_rows: int = CHUNK_ROWS
    only: frozenset[int] | None = None
    only_rows: frozenset[int] | None = None

    def __post_init__(self) -> None:
        self.dry_run = self.writer.dry_run
        self.writer.saves = False  # done once for all that is written of a chunk
        self.finder = Finder(self.actor, self.dry_run)
        self.writer.assume = self.finder.would_be
        self.total = sum(one.table.count() * len(one.steps) for one in self.plan.files)
        for one in self.plan.files:
            self._expect(one)

    def _expect(self, plan: FilePlan) -> None:
        """Tell the finder by what records of this import will be looked for."""
        self.finder.expect(plan.spec.key, ("external", plan.match.external) if plan.match.external else plan.match.keys)
        for target in plan.targets:
            lookup = target.column.lookup
            if lookup is None:
                continue
            by = ("external", lookup.external) if lookup.external else lookup_by(registry()[lookup.entity], lookup)
            self.finder.expect(lookup.entity, by)

    # -- the whole ---------------------------------------------------------------------------------------------------
    def run(self) -> Tally:
        """Import everything that is not done yet.

        :raises whatever: ``control.check`` raises; what is committed stays and can be resumed or undone.
        """
        with writing_much():
            self._run()
        return self.tally

    def _run(self) -> None:
        started = self.place
        for number, plan in enumerate(self.plan.files):
            for step in plan.steps if self.only is None or number in self.only else ():
                if (number, step) < (started.file, started.step):
                    continue
                resumed = (number, step) == (started.file, started.step)
                if not resumed or not started.row:
                    self.place = Place(number, step, 0, self.place.seen)
                    if step == 1:
                        self._note(plan)
                self._read(plan, step)

    def _note(self, plan: FilePlan) -> None:
        """Report what is odd about the file as a whole."""
        found = [
            (Row(note.row, []), [Problem(None, note.fault.code, note.fault.params, warning=True)])
            for note in plan.notes
        ]
        if found:
            self.tally.add(plan.spec.key, "warnings", len(found))
            self.report.add(plan.label, plan.table.headers, found)

    def _read(self, plan: FilePlan, step: int) -> None:
        rows = self._wanted(plan, step)
        for chunk in chunks(rows, self.chunk_rows):
            self.control.check()
            around = nullcontext() if self.dry_run else self.control.transaction()
            with collection_paused(), snapshots.held(), around:
                self._chunk(plan, step, chunk)
                self.place.row = chunk[-1].number
                self.place.seen += len(chunk)
                self._keep()
            self.control.progress(self.place.seen, max(self.total, self.place.seen), plan.label)

    def _wanted(self, plan: FilePlan, step: int) -> Iterator[Row]:
        """Rows to write: not those done before a crash, skipped by the scenario, repeated, or left out by hand."""
        after = self.place.row
        context = import_context(snapshots.current(), self.actor, self.plan.scenario)
        skipped = row_filter(plan, self.actor, context)
        places = [plan.places.at[name] for name in plan.file.distinct]
        known: set[bytes] = set()
        some, last = (self.only_rows, max(self.only_rows)) if self.only_rows and plan.file.path else (None, 0)
        for row in plan.table.rows(0 if places else after):
            if some is not None and row.number > last:
                return
            if some is not None and row.number not in some:
                continue
            if row.fault is None:
                if places:
                    digest = _digest([row.cells[place] for place in places])
                    if digest in known:
                        continue
                    known.add(digest)
                if skipped is not None and skipped(row):
                    continue
            if row.fault is not None and step > 1:
                continue
            if row.number > after and (self.place.file, row.number) not in self.leave_out:
                yield row

    def _keep(self) -> None:
        """Store how far the import is, in the transaction of the chunk."""
        if self.dry_run:
            return
        changeset = self.writer.changeset
        changeset.data = {
            **changeset.data,
            "place": self.place.as_json(),
            "tally": self.tally.as_json(),
            "report_size": self.report.size,
        }
        changeset.counts = self.tally.as_json()
        changeset.done, changeset.total = self.place.seen, max(self.total, self.place.seen)
        changeset.save()
        if self.writer.defer_search:
            reindexing.catch_up()

    # -- one chunk ---------------------------------------------------------------------------------------------------
    def _chunk(self, plan: FilePlan, step: int, rows: Sequence[Row]) -> None:
        snapshot = snapshots.current()
        context = import_context(snapshot, self.actor, self.plan.scenario)
        unreadable = [row for row in rows if row.fault is not None]
        verdicts = [
            Verdict(plan.spec.key, row, "problem", [Problem(None, row.fault.code, row.fault.params, row=row.number)])
            for row in unreadable
            if row.fault is not None
        ]
        readable = [row for row in rows if row.fault is None] if unreadable else rows
        preparer = Preparer(plan, step, self.finder, snapshot, context, self._make_missing)
        items = preparer.prepare(readable)
        good: list[Item] = []
        for item in items:
            if item.skipped or item.refused:
                what = "problem" if item.refused else "skipped"
                verdicts.append(Verdict(plan.spec.key, item.row, what, item.problems))
            else:
                good.append(item)
        verdicts += self._write_all(plan, step, good)
        verdicts.sort(key=lambda verdict: verdict.row.number)
        self._account(plan, step, verdicts)

    def _write_all(self, plan: FilePlan, step: int, items: Sequence[Item]) -> list[Verdict]:
        """Write rows in waves: a row about the record of an earlier row waits until that one is written."""
        done: list[Verdict] = []
        waiting = list(items)
        while waiting:
            wave, waiting = self._wave(plan, step, waiting, done)
            done += wave
        return done

    def _wave(
        self, plan: FilePlan, step: int, items: Sequence[Item], done: list[Verdict]
    ) -> tuple[list[Verdict], list[Item]]:
        found = self.finder.matched(plan.spec, plan.match, [item.key for item in items])
        fresh: list[Item] = []
        known: list[tuple[Item, int]] = []
        later: list[Item] = []
        verdicts: list[Verdict] = []
        first: dict[Any, Item] = {}
        for item in items:
            ids = found.get(item.key, []) if item.key is not None else []
            name = ids[0] if ids else item.key
            if len(ids) > 1:
                item.problem(None, Fault("ambiguous_match", {"count": len(ids)}))
                verdicts.append(Verdict(plan.spec.key, item.row, "problem", item.problems))
            elif name is not None and name in first:
                if first[name].values == item.values and not item.wanted:
                    verdicts.append(Verdict(plan.spec.key, item.row, "unchanged", item.problems))
                else:
                    later.append(item)
            else:
                if name is not None:
                    first[name] = item
                if ids:
                    known.append((item, ids[0]))
                elif step == 1:
                    fresh.append(item)
        verdicts += self._create(plan, fresh) if fresh else []
        verdicts += self._update(plan, step, known) if known else []
        if self.dry_run and later:
            verdicts += [Verdict(plan.spec.key, item.row, "updated", item.problems) for item in later]
            later = []
        return verdicts, later

    def _create(self, plan: FilePlan, items: Sequence[Item]) -> list[Verdict]:
        ops = [Op(item.values, row=item.row.number, external=item.external, canonical=True) for item in items]
        self.writer.looked_by = frozenset(() if plan.match.external else plan.match.keys)
        results = self._write(plan.spec.key, "create", ops)
        self.writer.looked_by = frozenset()
        by_row = {item.row.number: item for item in items}
        if self.dry_run:
            context = import_context(snapshots.current(), self.actor, self.plan.scenario)
            for result in results:
                if result.id is not None and result.verdict == "created":
                    item = by_row[result.row]
                    self.finder.remember(plan.spec, result.id, item.values, context, item.external)
        return self._settled(plan, [(by_row[result.row], result) for result in results])

    def _update(self, plan: FilePlan, step: int, pairs: Sequence[tuple[Item, int]]) -> list[Verdict]:
        """Rows about records that are there already."""
        made = self.finder.would_be.get(plan.spec.key, set())
        verdicts = [
            Verdict(plan.spec.key, item.row, "unchanged", item.problems, pk) for item, pk in pairs if pk in made
        ]
        pairs = [(item, pk) for item, pk in pairs if pk not in made] if made else pairs
        if plan.match.on_match == "skip" and step == 1:
            same = [Verdict(plan.spec.key, item.row, "unchanged", item.problems, pk) for item, pk in pairs]
            return verdicts + same
        looked = plan.match.on_match == "fill_empty" or self.decided is not None
        stored = self._stored(plan, [pk for _, pk in pairs]) if looked else {}
        ops, by_row = [], {}
        for item, pk in pairs:
            values = self._taken(plan, step, item, stored.get(pk, {}))
            ops.append(Op(values, id=pk, row=item.row.number, canonical=True))
            by_row[item.row.number] = item
        results = self._write(plan.spec.key, "update", ops) if ops else []
        return verdicts + self._settled(plan, [(by_row[result.row], result) for result in results])

    def _taken(self, plan: FilePlan, step: int, item: Item, held: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a row that its record takes. :param held: what the record has, where that matters."""
        fills = plan.match.on_match == "fill_empty"
        keys = {*plan.new_only, *(plan.match.keys if step > 1 else ())}
        place = (plan.spec.key, self.place.file, item.row.number)
        taken = {}
        for name, value in item.values.items():
            filled = held.get(name) not in (None, ())
            if name in keys or (fills and filled):
                continue
            if self.decided is None or not self.decided.keeps(place, name, filled=filled):
                taken[name] = value
        return taken

    def _stored(self, plan: FilePlan, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        names = [target.field for target in plan.targets if target.field]
        return query.rows(plan.spec.key, self.actor).read(ids, names)

    def _settled(self, plan: FilePlan, pairs: Sequence[tuple[Item, Result]]) -> list[Verdict]:
        """What became of rows that were written, with the records that belong to theirs."""
        made = self._belongings(plan, pairs) if any(item.wanted for item, _result in pairs) else {}
        return [self._verdict(plan, item, result, made.get(item.row.number, ())) for item, result in pairs]

    def _verdict(self, plan: FilePlan, item: Item, result: Result, more: Sequence[str] = ()) -> Verdict:
        problems = [*item.problems, *result.problems]
        what = "updated" if more and result.verdict == "unchanged" else result.verdict
        return Verdict(plan.spec.key, item.row, what, problems, result.id, result.diff, more)

    def _belongings(self, plan: FilePlan, pairs: Sequence[tuple[Item, Result]]) -> dict[int, list[str]]:
        """Make what single cells stand for and the records lack; gives the texts by row."""
        written = {"created", "updated", "unchanged"}
        live = [(item, one.id) for item, one in pairs if item.wanted and one.id is not None and one.verdict in written]
        fresh = {one.id for _item, one in pairs if one.id is not None and one.verdict == "created"}
        held = Held.of(plan.spec, self.actor, live, fresh)
        made: dict[int, list[str]] = {}
        for child in {wanted.child for item, _pk in live for wanted in item.wanted}:
            wanting = [
                (item, pk, wanted)
                for item, pk in live
                for wanted in item.wanted
                if wanted.child == child and held.is_new(pk, wanted.text)
            ]
            ops = [
                Op({child.link: encode(pk), child.value: wanted.text, **wanted.given}, row=at)
                for at, (_item, pk, wanted) in enumerate(wanting)
            ]
            for result in self._write(child.spec.key, "create", ops) if ops else []:
                item, _pk, wanted = wanting[result.row]
                if result.verdict == "created":
                    made.setdefault(item.row.number, []).append(wanted.text)
                    self.tally.add(child.spec.key, "created", beside=True)
                else:
                    item.problems.append(left_blank(wanted, item.row.number))
        return made

    def _write(self, entity: str, verb: str, ops: Sequence[Op]) -> list[Result]:
        """Write through the door. When a rule refuses the lot as a whole, the guilty rows are found by halving."""
        before, done = deepcopy(self.writer.changeset.counts), self.writer.changeset.done
        try:
            with nullcontext() if self.dry_run else transaction.atomic():
                return self.writer.write(entity, verb, ops)
        except (Rejected, IntegrityError) as error:
            self.writer.changeset.counts, self.writer.changeset.done = before, done
            if len(ops) > 1:
                middle = len(ops) // 2
                return self._write(entity, verb, ops[:middle]) + self._write(entity, verb, ops[middle:])
            problems = error.problems if isinstance(error, Rejected) else [Problem(None, "not_unique")]
            return [Result(ops[0].row, ops[0].id, "problem", problems)]

    def _make_missing(self, lookup: Lookup, names: Sequence[str]) -> None:
        """Make records for names nobody has; those that cannot be made stay missing."""
        spec = registry()[lookup.entity]
        name = spec.title_fields[0] if lookup.field in (None, "title") else str(lookup.field)
        if lookup.external is not None:
            return
        context = import_context(snapshots.current(), self.actor, self.plan.scenario)
        values, faults = spec.fields[name].parse_many(list(names), context)
        ops = [Op({name: v}, row=n, canonical=True) for n, v in enumerate(values, 1) if n - 1 not in faults]
        results = self._write(lookup.entity, "create", ops) if ops else []
        for result in results:
            if result.verdict == "created" and result.id is not None:
                self.tally.add(lookup.entity, "created")
                self.finder.remember(spec, result.id, {name: values[result.row - 1]}, context, None)

    # -- counting ----------------------------------------------------------------------------------------------------
    def _account(self, plan: FilePlan, step: int, verdicts: Sequence[Verdict]) -> None:
        told = [(verdict.row, verdict.problems) for verdict in verdicts if verdict.problems]
        self.report.add(plan.label, plan.table.headers, told)
        if step == 1:
            for verdict in verdicts:
                if verdict.what in ("created", "updated", "unchanged"):
                    self.tally.add(plan.spec.key, verdict.what)
                self._count_problems(plan.spec, verdict)
            if self.on_verdicts is not None:
                self.on_verdicts(plan, verdicts)
        else:
            self._account_again(plan, verdicts)

    def _count_problems(self, spec: EntitySpec, verdict: Verdict) -> None:
        if verdict.what == "problem":
            self.tally.add(spec.key, "problems")
        elif verdict.problems:
            self.tally.add(spec.key, "warnings")

    def _account_again(self, plan: FilePlan, verdicts: Sequence[Verdict]) -> None:
        """A second pass counts a row once: a record made or changed by the first pass stays what it was."""
        changed = {verdict.record_id for verdict in verdicts if verdict.what == "updated" and verdict.record_id}
        for verdict in verdicts:
            self._count_problems(plan.spec, verdict)
        if not changed or self.dry_run:
            return
        mine = Change.objects.filter(set_id=self.writer.set_id, record_id__in=changed).values_list(
            "record_id", flat=True
        )
        written: dict[int, int] = {}
        for pk in mine:
            written[pk] = written.get(pk, 0) + 1
        made = plan.spec.model._default_manager.filter(pk__in=changed, created_set=self.writer.set_id)
        fresh = set(made.values_list("pk", flat=True))
        news = sum(1 for pk in changed if pk not in fresh and written.get(pk, 0) == 1)
        if news:
            self.tally.add(plan.spec.key, "updated", news)
            self.tally.add(plan.spec.key, "unchanged", -news)


def _digest(cells: Sequence[Any]) -> bytes:
    text = "\x1f".join((plain(cell) or "").strip() for cell in cells)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def start(
    plan: Plan,
    actor: Actor,
    report: Path | Report,
    *,
    dry_run: bool = False,
    data: Mapping[str, Any] | None = None,
    **more: Any,
) -> Runner:
    """Begin an import: a change set in the state *applying*, or none in a dry run.

    :param report: where the report lies, or one that was begun and goes on.
    """
    total = sum(one.table.count() for one in plan.files)
    writer = door.begin(
        actor,
        "import",
        plan.scenario.name,
        lenient=True,
        dry_run=dry_run,
        defer_search=total >= DEFER_SEARCH_FROM,
        data=data,
        total=total,
    )
    return Runner(plan, actor, writer, report if isinstance(report, Report) else Report(report, plan.headers), **more)


def go_on(plan: Plan, actor: Actor, report: Path, changeset: ChangeSet, **more: Any) -> Runner:
    """Go on with an import that was interrupted."""
    data = changeset.data
    total = sum(one.table.count() for one in plan.files)
    writer = door.resume(changeset.pk, actor, lenient=True, defer_search=total >= DEFER_SEARCH_FROM)
    place = Place(**data["place"]) if "place" in data else Place()
    tally = Tally.from_json(data["tally"]) if "tally" in data else Tally()
    return Runner(
        plan, actor, writer, Report(report, plan.headers, data.get("report_size")), tally=tally, place=place, **more
    )

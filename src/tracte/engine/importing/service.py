"""Imports from start to end: where their files lie, which one to go on with, how they close."""

import fcntl
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from tracte.engine.importing.plan import Plan, make_plan
from tracte.engine.importing.preparing import import_context
from tracte.engine.importing.report import Report, Tally
from tracte.engine.importing.running import Control, OnVerdicts, Place, Plainly, Runner, go_on, start
from tracte.engine.importing.spec import Scenario
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode, new_id
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, CreatedChunk, State
from tracte.records.storing import created_ids
from tracte.records.tables import ExternalRef

REHEARSED_UP_TO = 20_000  # rows a dry run really writes, and rolls back
TRIED_UP_TO = 5_000  # rows of settings a dry run tries before it checks a larger import
Made = tuple[str, Mapping[str, Any], Sequence[tuple[str, str]]]  # entity, values, ids in other systems


class AlreadyRunning(Exception):
    """The same import is being run by another process."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an import did.

    :param changeset: number of the change set; ``None`` for a dry run.
    :param counts: ``created, updated, unchanged, warnings, problems, by_entity``.
    :param report: CSV of the rows with problems or warnings.
    :param resumed: it went on with an import that was interrupted.
    :param checked_only: the dry run was too large to be tried: each row was checked by itself.
    """

    changeset: int | None
    counts: Mapping[str, Any]
    report: Path
    resumed: bool = False
    checked_only: bool = False

    @property
    def problems(self) -> int:
        return int(self.counts["problems"])

    def as_json(self) -> dict[str, Any]:
        told = {"changeset": self.changeset, **self.counts, "report": str(self.report)}
        return told | {"checked_only": True} if self.checked_only else told


def folder() -> Path:
    """Where uploads and reports lie in the home; nobody else may look."""
    path = Path(settings.TRACTE_HOME) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def report_path(changeset: int | None) -> Path:
    """Where the report of an import lies; a dry run gets a name of its own."""
    return folder() / (f"report-{changeset}.csv" if changeset else f"dry-run-{encode(new_id())}.csv")


def run(
    scenario: Scenario,
    data: Path,
    actor: Actor,
    *,
    dry_run: bool = False,
    control: Control | None = None,
    on_verdicts: OnVerdicts | None = None,
) -> Done:
    """Import at once. The same import that was interrupted before goes on where it stopped.

    :param data: folder with the files, or the one file.
    :raises ScenarioError, UnreadableFile, NotFound, Forbidden: before anything is written;
        :raises AlreadyRunning: when another process is at it.
    """
    plan = make_plan(scenario, data, actor)
    control = control or Plainly()
    if dry_run:
        return rehearse(plan, actor, control, on_verdicts)
    mark = fingerprint(plan, data, actor)
    with locked(mark):
        open_set = _interrupted(mark, actor)
        runner = _runner(plan, actor, open_set, {"import": mark}, control)
        try:
            runner.run()
        finally:
            runner.report.close()
        return close(runner, resumed=open_set is not None)


def rehearse(
    plan: Plan,
    actor: Actor,
    control: Control,
    on_verdicts: OnVerdicts | None = None,
    *,
    rows: frozenset[int] | None = None,
) -> Done:
    """A dry run: the full report, and nothing changes.

    An import of usual size is really done and then rolled back, so that the report is just what the import would give.
    A large one would keep writers waiting, so it is only checked, row by row: what a row changes for later ones is then
    not seen. The settings it makes (pipelines, stages, users, value lists) are tried first, and the rest is checked as
    if they were there.

    :param rows: only these rows of the files, really tried however large the files are.
    """
    path = report_path(None)
    if rows is None and sum(one.table.count() for one in plan.files) > REHEARSED_UP_TO:
        return _check(plan, actor, path, control, on_verdicts)
    with transaction.atomic():
        runner = start(plan, actor, path, control=control, on_verdicts=on_verdicts, only_rows=rows)
        tally = _run(runner)
        transaction.set_rollback(True)
    return Done(None, tally.as_json(), path)


def _run(runner: Runner) -> Tally:
    """Run to the end, and close the report whatever happens."""
    try:
        return runner.run()
    finally:
        runner.report.close()


def _check(plan: Plan, actor: Actor, path: Path, control: Control, on_verdicts: OnVerdicts | None) -> Done:
    settings_of = [number for number, one in enumerate(plan.files) if one.spec.declaration.directory]
    rows = sum(plan.files[number].table.count() for number in settings_of)
    first = frozenset(settings_of if rows <= TRIED_UP_TO else ())
    supposed, more = snapshots.current(), dict[str, Any]()
    report, made = Report(path, plan.headers), list[Made]()
    try:
        if first:
            with transaction.atomic():
                tried = start(plan, actor, report, control=control, on_verdicts=on_verdicts, only=first)
                tried.run()
                made = _made(tried, actor)
                supposed = snapshots.load(snapshots.current().version)
                transaction.set_rollback(True)
            more = {"tally": tried.tally, "place": Place(seen=tried.place.seen)}
        rest = frozenset(range(len(plan.files))) - first
        with snapshots.supposing(supposed):
            runner = start(
                plan, actor, report, dry_run=True, control=control, on_verdicts=on_verdicts, only=rest, **more
            )
            context = import_context(supposed, actor, plan.scenario)
            for entity, values, external in made:
                for one in external or (None,):
                    runner.finder.remember(registry()[entity], values["id"], values, context, one)
            tally = runner.run()
    finally:
        report.close()
    return Done(None, tally.as_json(), path, checked_only=True)


def _made(runner: Runner, actor: Actor) -> list[Made]:
    """What a try has made, while it is still there."""
    found: list[Made] = []
    for chunk in CreatedChunk.objects.filter(set_id=runner.writer.set_id):
        if not registry()[chunk.entity].declaration.directory:
            continue
        ids = created_ids(chunk)
        refs: dict[int, list[tuple[str, str]]] = {}
        known = ExternalRef.objects.filter(entity=chunk.entity, record_id__in=ids)
        for record, system, external in known.values_list("record_id", "system", "external_id"):
            refs.setdefault(record, []).append((system, external))
        for pk, values in query.rows(chunk.entity, actor).read(ids).items():
            found.append((chunk.entity, values, refs.get(pk, [])))
    return found


def _runner(plan: Plan, actor: Actor, open_set: ChangeSet | None, data: Mapping[str, Any], control: Control) -> Runner:
    if open_set is not None:
        return go_on(plan, actor, report_path(open_set.pk), open_set, control=control)
    # The report is named after the set, so it is opened once the set has its number.
    holding = report_path(None)
    runner = start(plan, actor, holding, data=data, control=control)
    runner.report.path = holding.rename(report_path(runner.writer.set_id))
    return runner


def close(runner: Runner, *, state: str | None = None, resumed: bool = False) -> Done:
    """End an import: its change set is *applied*, or *partly applied* when rows were left out."""
    runner.writer.changeset.counts = runner.tally.as_json()
    runner.writer.finish(state)
    return Done(runner.writer.set_id, runner.tally.as_json(), runner.report.path, resumed)


def fingerprint(plan: Plan, data: Path, actor: Actor) -> str:
    """Tells two imports apart: the scenario, the files as they are now, who imports."""
    facts: list[Any] = [repr(plan.scenario), str(data.resolve()), actor.user_id]
    for name in sorted({one.path for one in plan.scenario.files if one.path}):
        path = data / name if data.is_dir() else data
        facts += [name, path.stat().st_size, path.stat().st_mtime_ns]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


@contextmanager
def locked(mark: str) -> Iterator[None]:
    """Only one process at a time runs one import. The lock dies with the process.

    :raises AlreadyRunning: when another holds it.
    """
    path = folder() / f"{mark}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(mark) from None
        yield
        path.unlink(missing_ok=True)


def _interrupted(mark: str, actor: Actor) -> ChangeSet | None:
    waiting = ChangeSet.objects.filter(origin="import", state=State.APPLYING, actor_id=actor.user_id)
    return next((one for one in waiting.order_by("-id")[:50] if one.data.get("import") == mark), None)


def close_interrupted(changeset: ChangeSet) -> bool:
    """Close an import that was interrupted and shall not go on, so that what it did can be undone.

    :returns: False when it is still running, or is no import.
    """
    mark = changeset.data.get("import")
    if changeset.state != State.APPLYING or changeset.origin != "import" or not mark:
        return False
    try:
        with locked(str(mark)):
            changeset.state = State.PARTLY_APPLIED
            changeset.save(update_fields=["state"])
    except AlreadyRunning:
        return False
    return True

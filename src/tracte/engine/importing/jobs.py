"""The background work of imports: working out a preview, and importing."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import override

from tracte.engine import downloads
from tracte.engine.importing import deciding, decisions, drafts, previews, service, wizard
from tracte.engine.importing import scenario as scenarios
from tracte.engine.importing.mending import Mended
from tracte.engine.importing.plan import Plan, make_plan
from tracte.engine.importing.reading import UnreadableFile
from tracte.engine.importing.running import Plainly, Runner, go_on
from tracte.engine.importing.spec import ScenarioError
from tracte.engine.importing.staging import Staged
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.problems import Forbidden, NotFound
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, StagedRow, State
from tracte.records.tasks.api import Cancelled, Every, LeaseLost, TaskContext, job, schedule

ATTEMPTS = 5
SAMPLED_FROM = 5_000  # rows from which on a sample is shown first
SAMPLED = 500


Said = Mapping[decisions.Place, Mapping[str, str]]  # what was decided about single rows


class Watched(Plainly):
    """A task watches: it may be cancelled, and its chunks count only while it is still its own."""

    def __init__(self, ctx: TaskContext) -> None:
        self.ctx = ctx

    def check(self) -> None:
        self.ctx.check()

    def transaction(self) -> AbstractContextManager[None]:
        return self.ctx.transaction()

    def progress(self, done: int, total: int, note: str) -> None:
        self.ctx.progress(done, total, note)


class Rehearsing(Plainly):
    """A preview may be cancelled. It tells its progress in a file: in the database it would be rolled back with it."""

    def __init__(self, ctx: TaskContext, told: Path) -> None:
        self.ctx, self.told = ctx, told

    def check(self) -> None:
        self.ctx.check()

    def progress(self, done: int, total: int, note: str) -> None:
        partial = self.told.with_name(self.told.name + ".part")
        partial.write_text(f"{done} {total}", "ascii")
        partial.replace(self.told)


class Quiet(Plainly):
    """A sample may be cancelled and is over too soon to tell how far it is."""

    def __init__(self, ctx: TaskContext) -> None:
        self.ctx = ctx

    def check(self) -> None:
        self.ctx.check()


@job(wizard.PREVIEW, time_limit=timedelta(hours=1), max_attempts=2)
def work_out_preview(ctx: TaskContext, changeset: int) -> Mapping[str, Any] | None:
    """Run the import for nothing and keep what would become of the rows."""
    found = _find(changeset, State.DRAFT)
    if found is None:
        return None
    try:
        actor = _actor(ctx.actor_id)
        plan = _plan(found, actor)
        told = previews.progress_file(found.data["wizard"])
        told.unlink(missing_ok=True)
        with override(actor.language or "en"):
            ask = deciding.is_asked(found.data["wizard"])
            said = deciding.chosen(found) if ask else {}
            if sum(one.table.count() for one in plan.files) > SAMPLED_FROM:
                _show_sample(ctx, found, plan, actor, said, ask=ask)
            staged = Staged(plan, actor, ask=ask)
            done = service.rehearse(plan, actor, Rehearsing(ctx, told), staged.add)
            facts = staged.facts()
    except (ScenarioError, UnreadableFile, NotFound, Forbidden) as error:
        _remember(found, error=str(error))
        return {"error": str(error)}
    facts |= {"checked_only": done.checked_only}
    _keep_preview(ctx, found, staged, {**done.counts, "facts": facts}, done.report.name, said)
    return {"counts": done.counts, "checked_only": done.checked_only}


def _show_sample(ctx: TaskContext, found: ChangeSet, plan: Plan, actor: Actor, said: Said, *, ask: bool) -> None:
    """Try the first rows of a large file, to be looked at while all are checked."""
    files = [one.table.rows() for one in plan.files if one.file.path]
    rows = frozenset(row.number for table in files for row in islice(table, SAMPLED))
    staged = Staged(plan, actor, ask=ask)
    done = service.rehearse(plan, actor, Quiet(ctx), staged.add, rows=rows)
    total = max(one.table.count() for one in plan.files)
    facts = {**staged.facts(), "sampled": SAMPLED, "of": total}
    _keep_preview(ctx, found, staged, {**done.counts, "facts": facts}, done.report.name, said)


def _keep_preview(
    ctx: TaskContext, found: ChangeSet, staged: Staged, preview: Mapping[str, Any], report: str, said: Said
) -> None:
    """Store the rows of a preview and what they come to; what a person chose meanwhile stays.

    :param said: what was said about single rows before.
    """
    with ctx.transaction():
        found.refresh_from_db(fields=["data"])
        deciding.put_on(staged.rows, said)
        StagedRow.objects.filter(set=found).delete()
        for row in staged.rows:
            row.set = found
        StagedRow.objects.bulk_create(staged.rows, batch_size=500)
        weighed = deciding.weighed(staged.rows, found.data["wizard"]) if staged.ask else None
        _remember(found, preview=preview, report=report, deciding=weighed)


@job(wizard.APPLY, time_limit=timedelta(hours=12), max_attempts=ATTEMPTS)
def import_files(ctx: TaskContext, changeset: int) -> Mapping[str, Any] | None:
    """Import; after a crash it goes on with the next row."""
    found = _find(changeset, State.APPLYING)
    if found is None:
        return None
    state = found.data["wizard"]
    left_out = frozenset((int(file), int(row)) for file, row in state.get("left_out", ()))
    try:
        actor = _actor(ctx.actor_id)
        plan = _plan(found, actor)
    except (ScenarioError, UnreadableFile, NotFound, Forbidden) as error:
        found.state = State.FAILED
        _remember(found, error=str(error))
        return {"error": str(error)}
    report = service.report_path(found.pk)
    with service.locked(str(found.data["import"])):
        decided = deciding.decided(found)
        runner = go_on(plan, actor, report, found, control=Watched(ctx), leave_out=left_out, decided=decided)
        _run(runner, ctx)
    with ctx.transaction():
        runner.writer.changeset.data["wizard"]["report"] = report.name
        done = service.close(runner)
        StagedRow.objects.filter(set=found).delete()
    return {"counts": done.counts}


@job("import.tidy")
def tidy(ctx: TaskContext) -> Mapping[str, Any]:
    """Throw away uploads and downloads nobody needs any more, and close imports nobody goes on with."""
    return {
        "imports": drafts.throw_away_old(),
        "broken_off": drafts.throw_away_broken_off(),
        "settled": drafts.settle_all(),
        "exports": downloads.throw_away_old(),
    }


schedule("import.tidy", tidy, Every(timedelta(hours=24)))


@job(downloads.JOB, max_attempts=2, time_limit=timedelta(hours=2))
def write_export(ctx: TaskContext, download: int) -> Mapping[str, Any]:
    """Write the file of an export."""
    found = downloads.load(download)
    return downloads.write(found, ctx) if found is not None else {}


def _run(runner: Runner, ctx: TaskContext) -> None:
    """Run to the end; what a cancelled or hopeless import did stays, and can be taken back."""
    try:
        runner.run()
    except LeaseLost:
        raise
    except Cancelled:
        service.close(runner, state=State.PARTLY_APPLIED)
        raise
    except Exception:
        if ctx.attempt >= ATTEMPTS:
            service.close(runner, state=State.PARTLY_APPLIED)
        raise
    finally:
        runner.report.close()


def _find(set_id: int, state: State) -> ChangeSet | None:
    return ChangeSet.objects.filter(pk=set_id, state=state, origin="import").first()


def _actor(user_id: int | None) -> Actor:
    """Whoever asked, with the rights of this moment.

    :raises Forbidden: when they may not work here any more.
    """
    if user_id is None:
        return OPERATOR
    member = snapshots.current().members.get(user_id)
    if member is None or not member.active:
        raise Forbidden("import", "user")
    return snapshots.current().actor(user_id)


def _plan(changeset: ChangeSet, actor: Actor) -> Plan:
    state = changeset.data["wizard"]
    folder = service.folder() / Path(state["folder"]).name
    return make_plan(scenarios.parse(state["scenario"]), folder, actor, Mended.from_json(state.get("mended")))


def _remember(changeset: ChangeSet, **state: Any) -> None:
    with transaction.atomic():
        changeset.data = {**changeset.data, "wizard": {**changeset.data["wizard"], **state}}
        changeset.save()

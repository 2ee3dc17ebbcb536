"""The background work of imports: working out a preview, and importing."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from tracte.engine.importing import scenario as scenarios
from tracte.engine.importing import service, wizard
from tracte.engine.importing.plan import FilePlan, Plan, make_plan
from tracte.engine.importing.reading import UnreadableFile
from tracte.engine.importing.running import Plainly, Runner, Verdict, go_on
from tracte.engine.importing.transforms import plain
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.problems import Forbidden, NotFound
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, StagedRow, State
from tracte.records.tasks.api import Cancelled, LeaseLost, TaskContext, job

SHOWN_OF_EACH = 1_000  # previewed rows kept for each verdict
SHOWN_DIFFS = frozenset({"created", "updated"})
UNTOLD = frozenset({"title_key", "theme", "density"})
MAX_CELL = 200
ATTEMPTS = 5


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
    """A preview may be cancelled; its progress is rolled back with it, so none is told."""

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
    actor = _actor(ctx.actor_id)
    try:
        plan = _plan(found, actor)
        staged = _Staged(plan, actor)
        done = service.rehearse(plan, actor, Rehearsing(ctx), staged.add)
    except (scenarios.ScenarioError, UnreadableFile, NotFound, Forbidden) as error:
        _remember(found, error=str(error))
        return {"error": str(error)}
    with ctx.transaction():
        StagedRow.objects.filter(set=found).delete()
        for row in staged.rows:
            row.set = found
        StagedRow.objects.bulk_create(staged.rows, batch_size=500)
        _remember(found, preview=dict(done.counts), report=done.report.name)
    return {"counts": done.counts}


@job(wizard.APPLY, time_limit=timedelta(hours=12), max_attempts=ATTEMPTS)
def import_files(ctx: TaskContext, changeset: int) -> Mapping[str, Any] | None:
    """Import; after a crash it goes on with the next row."""
    found = _find(changeset, State.APPLYING)
    if found is None:
        return None
    actor = _actor(ctx.actor_id)
    state = found.data["wizard"]
    left_out = frozenset((int(file), int(row)) for file, row in state.get("left_out", ()))
    try:
        plan = _plan(found, actor)
    except (scenarios.ScenarioError, UnreadableFile, NotFound, Forbidden) as error:
        found.state = State.FAILED
        _remember(found, error=str(error))
        return {"error": str(error)}
    report = service.report_path(found.pk)
    with service.locked(str(found.data["import"])):
        runner = go_on(plan, actor, report, found, control=Watched(ctx), leave_out=left_out)
        _run(runner, ctx)
    with ctx.transaction():
        runner.writer.changeset.data["wizard"]["report"] = report.name
        done = service.close(runner)
        StagedRow.objects.filter(set=found).delete()
    return {"counts": done.counts}


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
    return OPERATOR if user_id is None else snapshots.current().actor(user_id)


def _plan(changeset: ChangeSet, actor: Actor) -> Plan:
    state = changeset.data["wizard"]
    return make_plan(scenarios.parse(state["scenario"]), service.folder() / Path(state["folder"]).name, actor)


def _remember(changeset: ChangeSet, **state: Any) -> None:
    with transaction.atomic():
        changeset.data = {**changeset.data, "wizard": {**changeset.data["wizard"], **state}}
        changeset.save()


@dataclass
class _Staged:
    """The previewed rows, so many of each verdict."""

    plan: Plan
    actor: Actor
    rows: list[StagedRow] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)

    def add(self, plan: FilePlan, verdicts: Sequence[Verdict]) -> None:
        """Called with each chunk of the first pass."""
        wanted = []
        for verdict in verdicts:
            if self.kept.get(verdict.what, 0) < SHOWN_OF_EACH:
                self.kept[verdict.what] = self.kept.get(verdict.what, 0) + 1
                wanted.append(verdict)
        if not wanted:
            return
        # Titles are read now: what the rehearsal made is gone afterwards.
        reading = self.plan.files.index(plan)
        spec, diffs = plan.spec, [verdict.diff for verdict in wanted if verdict.what in SHOWN_DIFFS]
        sides = [{name: pair[side] for name, pair in diff.items()} for diff in diffs for side in (0, 1)]
        titles = query.titles_for(spec, sides, self.actor)
        context = replace(snapshots.current().context(self.actor), titles=titles)
        named = query.titles(spec.key, [one.record_id for one in wanted if one.record_id], self.actor)
        for verdict in wanted:
            cells = [(plain(cell) or "")[:MAX_CELL] for cell in verdict.row.cells[:50]]
            known = named.get(verdict.record_id or 0)
            title = known.title if known else next((cell for cell in cells if cell), "")
            shown = verdict.diff if verdict.what in SHOWN_DIFFS else {}
            self.rows.append(
                StagedRow(
                    seq=len(self.rows),
                    entity=plan.spec.key,
                    payload={"file": plan.label, "reading": reading, "row": verdict.row.number, "cells": cells},
                    verdict={
                        "what": verdict.what,
                        "title": title[:MAX_CELL],
                        "problems": [{**one.as_json(), "warning": one.warning} for one in verdict.problems],
                        "diff": {
                            name: [spec.fields[name].text(side, context)[:MAX_CELL] for side in pair]
                            for name, pair in shown.items()
                            if name not in UNTOLD
                        },
                    },
                )
            )

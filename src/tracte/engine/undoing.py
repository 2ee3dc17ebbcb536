"""Taking back what is too large for one answer: an undo as background work."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tracte.engine.history import may_undo
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Rejected
from tracte.records import snapshot as snapshots
from tracte.records import undo
from tracte.records.changes import ChangeSet
from tracte.records.tasks.api import GiveUp, TaskContext, enqueue, job

AT_ONCE = 3_000  # records an answer waits for
TOLD = 50  # conflicts a task names


def size_of(changeset: ChangeSet) -> int:
    """How many records the set wrote."""
    counts = changeset.counts or {}
    return sum(int(counts.get(name) or 0) for name in ("created", "updated", "deleted", "restored"))


def waits_for_worker(changeset: ChangeSet) -> bool:
    """Whether taking the set back is more than an answer may take. What cannot be undone is refused at once."""
    return size_of(changeset) > AT_ONCE and may_undo(changeset)


def later(
    changeset: ChangeSet,
    actor: Actor,
    *,
    force: bool,
    with_dependants: bool,
    dry_run: bool = False,
    origin: str = "ui",
) -> int:
    """Queue the undo and return its task. Asked twice, it is queued once.

    :param dry_run: only find out what would go back and what would stay.
    """
    args = {
        "changeset": int(changeset.pk),
        "user": actor.user_id,
        "total": size_of(changeset),
        "force": force,
        "with_dependants": with_dependants,
        "dry_run": dry_run,
        "origin": origin,
    }
    key = f"undo:{changeset.pk}" + (":try" if dry_run else "")
    return enqueue(take_back, args, actor_id=actor.user_id, unique_key=key)


@job("changes.undo", time_limit=timedelta(hours=2))
def take_back(
    ctx: TaskContext,
    changeset: int,
    user: int,
    total: int,
    force: bool,
    with_dependants: bool,
    dry_run: bool = False,
    origin: str = "ui",
) -> Mapping[str, Any]:
    """Undo a change set with the rights its undoer has now. Begun again after a crash, it goes on with what is left.

    :raises GiveUp: who asked may not work here any more, or somebody else has taken it back.
    """
    snapshot = snapshots.current()
    if user not in snapshot.members or not snapshot.members[user].active:
        raise GiveUp("the person who asked may not work here any more")
    actor = snapshot.actor(user)

    def progress(done: int) -> None:
        ctx.check()
        ctx.progress(min(done, total), total)

    try:
        result = undo.run(
            changeset,
            actor,
            origin=origin,
            dry_run=dry_run,
            force=force,
            with_dependants=with_dependants,
            on_progress=progress,
        )
    except Rejected as refused:
        raise GiveUp(" ".join(problem.message for problem in refused.problems)) from refused
    return {
        "set": result.set_id,
        "dry_run": dry_run,
        "undone": result.undone,
        "kept": result.conflict_count,
        "conflicts": [
            {"entity": one.entity, "id": encode(one.id), "field": one.field, "code": one.code}
            for one in result.conflicts[:TOLD]
            if not (one.field and actor.hides(one.entity, one.field))
        ],
    }

"""Taking back what is too large for one answer: an undo as background work."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tracte.kernel.actor import Actor
from tracte.records import snapshot as snapshots
from tracte.records import undo
from tracte.records.changes import ChangeSet
from tracte.records.tasks.api import TaskContext, enqueue, job

AT_ONCE = 3_000  # records an answer waits for


def size_of(changeset: ChangeSet) -> int:
    """How many records the set wrote."""
    counts = changeset.counts or {}
    return sum(int(counts.get(name) or 0) for name in ("created", "updated", "deleted", "restored"))


def later(changeset: ChangeSet, actor: Actor, *, force: bool, with_dependants: bool) -> int:
    """Queue the undo and return its task. Asked twice, it is queued once."""
    args = {
        "changeset": int(changeset.pk),
        "user": actor.user_id,
        "total": size_of(changeset),
        "force": force,
        "with_dependants": with_dependants,
    }
    return enqueue(take_back, args, actor_id=actor.user_id, unique_key=f"undo:{changeset.pk}")


@job("changes.undo", time_limit=timedelta(hours=2))
def take_back(
    ctx: TaskContext, changeset: int, user: int, total: int, force: bool, with_dependants: bool
) -> Mapping[str, Any]:
    """Undo a change set with the rights its undoer has now. Begun again after a crash, it goes on with what is left."""
    actor = snapshots.current().actor(user)

    def progress(done: int) -> None:
        ctx.check()
        ctx.progress(min(done, total), total)

    result = undo.run(changeset, actor, force=force, with_dependants=with_dependants, on_progress=progress)
    return {"set": result.set_id, "undone": result.undone, "kept": result.conflict_count}

"""Background work the API hands out: changes to many records, and exports."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from tracte.engine import exporting
from tracte.kernel import clock
from tracte.kernel.actor import Actor
from tracte.meta.conditions import read
from tracte.records import door, formdrafts, idempotency, proposals, query, watching
from tracte.records import snapshot as snapshots
from tracte.records.audit import Place
from tracte.records.changes import State
from tracte.records.door import Op
from tracte.records.query import Rows
from tracte.records.tasks.api import Cancelled, Every, GiveUp, TaskContext, job, schedule

CHUNK = 500
KEPT = timedelta(days=30)


def where_of(rows: Rows, condition: Any) -> Rows:
    """Rows that meet a condition whose values are JSON.

    :raises Rejected: 400.
    """
    return replace(rows, node=read(rows.spec, condition, rows.reader(strict=True)))


def export_path(task: int, form: str) -> Path:
    """Where the file of an export task lies."""
    return Path(settings.MEDIA_ROOT) / "exports" / f"{int(task)}.{form}"


def actor_of(ctx: TaskContext) -> Actor:
    """Whoever asked, with the rights of this moment.

    :raises GiveUp: who may not work here any more has nothing done.
    """
    snapshot = snapshots.current()
    member = snapshot.members.get(ctx.actor_id or 0)
    if member is None or not member.active:
        raise GiveUp("the person who asked may not work here any more")
    return snapshot.actor(member.id)


@job("api.bulk", time_limit=timedelta(hours=2))
def change_many(
    ctx: TaskContext, changeset: int, entity: str, where: Any, values: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Change every record that meets a condition, chunk by chunk; a crash resumes after the last chunk."""
    actor = actor_of(ctx)
    writer = door.resume(changeset, actor, strict=True)
    if writer.changeset.state != State.APPLYING:
        return {"changeset": changeset}
    try:
        while True:
            ctx.check()
            after = int(writer.changeset.data.get("after", 0))
            ids = where_of(query.rows(entity, actor), where).ids(CHUNK, after=after)
            if not ids:
                break
            with ctx.transaction():
                ops = [Op(values, id=one) for one in ids]
                writer.write(entity, "update", ops, progress={"after": ids[-1]})
                ctx.progress(writer.changeset.done, writer.changeset.total)
    except Cancelled:
        writer.finish(State.PARTLY_APPLIED)
        raise
    writer.finish()
    return {"changeset": changeset}


@job("api.export", time_limit=timedelta(hours=2))
def export_file(ctx: TaskContext, entity: str, where: Any, form: str, address: str = "") -> Mapping[str, Any]:
    """Write an export where its maker can fetch it.

    :param address: of the network, from where it was asked for.
    """
    found = exporting.export(entity, actor_of(ctx), where)
    path = export_path(ctx.task_id, form)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    exporting.to_file(found, path, form, Place("api", address))
    path.chmod(0o600)
    return {"entity": entity, "format": form, "bytes": path.stat().st_size}


@job("api.tidy")
def tidy(ctx: TaskContext) -> Mapping[str, Any]:
    """Forget answers after 48 hours; drafts of forms, proposals and export files after 30 days; visits
    after 90.
    """
    return {
        "replies": idempotency.purge(),
        "drafts": formdrafts.purge(),
        "visits": watching.purge(),
        "proposals": proposals.expire(),
        "files": _old_files(),
    }


def _old_files() -> int:
    folder = Path(settings.MEDIA_ROOT) / "exports"
    before = (clock.now() - KEPT).timestamp()
    gone = [path for path in folder.glob("*.*") if path.stat().st_mtime < before] if folder.is_dir() else []
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


schedule("api.tidy", tidy, Every(timedelta(hours=1)))

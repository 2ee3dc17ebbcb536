"""The uploads of the import wizard and the drafts they belong to: kept, found, changed, thrown away."""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tracte.engine import uploads
from tracte.engine.importing import service
from tracte.engine.importing.heading import heading_row
from tracte.engine.importing.mending import Mended, mended
from tracte.engine.importing.opening import open_table
from tracte.engine.importing.plan import check_right
from tracte.engine.importing.reading import Table, UnreadableFile
from tracte.kernel import clock
from tracte.kernel.actor import Actor
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.registry import registry
from tracte.records import door, undo
from tracte.records.changes import ChangeSet, StagedRow, State
from tracte.records.tasks import api as tasks

UPLOADS_KEPT = timedelta(days=30)
INCOMING = "incoming-"  # begins the name of a file a request is still sending
INCOMING_KEPT = timedelta(days=1)
LISTED = 20
HEADED = frozenset({".json", ".jsonl", ".ndjson", ".vcf", ".vcard"})  # every value says what it is


def begin(actor: Actor, entity: str, filename: str, pieces: Iterable[bytes]) -> int:
    """Keep an uploaded file and open a draft; gives the number of the change set.

    :raises NotFound, Forbidden: no right to import; :raises Rejected: empty or too large a file.
    """
    require_import(actor, entity)
    name = uploads.safe_name(filename)
    upload = uploads.new_place(service.folder())
    try:
        uploads.keep(pieces, upload / name)
    except Rejected:
        shutil.rmtree(upload)
        raise
    data = {"wizard": {"entity": entity, "file": name, "folder": upload.name, "options": {}}}
    changeset = door.new_set(actor, "import", _("Import of %(file)s") % {"file": name}, state=State.DRAFT, data=data)
    changeset.save()
    return int(changeset.pk)


def require_import(actor: Actor, entity: str) -> None:
    """:raises NotFound, Forbidden: when the actor may not import into the entity."""
    check_right(registry()[entity], actor)


def set_options(set_id: int, actor: Actor, **options: Any) -> None:
    """Correct what was guessed about the file: ``encoding``, ``delimiter``, ``header_row``, ``sheet``."""
    changeset = draft(set_id, actor)
    kept = {name: value for name, value in options.items() if value not in (None, "")}
    before = changeset.data["wizard"].get("options", {})
    other: dict[str, Any] = {"mended": None, "left_out": []} if kept.get("sheet") != before.get("sheet") else {}
    StagedRow.objects.filter(set=changeset).delete()
    update(changeset, options=kept, scenario=None, preview=None, error="", **other)


def table_of(state: Mapping[str, Any]) -> Table:
    """The file of a wizard's state, open.

    :raises Rejected: when it cannot be read; the problem says why.
    """
    path = service.folder() / state["folder"] / state["file"]
    try:
        table = open_table(path, **state.get("options", {}))
        return mended(table, Mended.from_json(state.get("mended")))
    except UnreadableFile as error:
        raise Rejected([Problem("file", "unreadable_file", {"why": str(error)})]) from error


def look_for_heading(set_id: int, actor: Actor) -> None:
    """Find the row that names the columns of a file that was just sent, and read the file from there."""
    changeset = draft(set_id, actor)
    state = changeset.data["wizard"]
    path = service.folder() / state["folder"] / state["file"]
    if path.suffix.lower() in HEADED:
        return
    try:
        row = heading_row(open_table(path, header_row=0))
    except UnreadableFile:
        return  # said when it is looked at
    if row > 1:
        update(changeset, options={**state.get("options", {}), "header_row": row})


def set_entity(set_id: int, actor: Actor, entity: str) -> None:
    """Say what each row of the file holds.

    :raises NotFound, Forbidden: no right to import into it.
    """
    require_import(actor, entity)
    changeset = draft(set_id, actor)
    StagedRow.objects.filter(set=changeset).delete()
    update(changeset, entity=entity, scenario=None, preview=None, choices=None, for_all=None, error="")


def remember(set_id: int, actor: Actor, choices: Mapping[str, Any]) -> None:
    """Keep what a person chose so far; a preview made of other choices is no longer shown."""
    update(draft(set_id, actor), choices=dict(choices), scenario=None, preview=None, error="")


def find(set_id: int, actor: Actor) -> ChangeSet:
    """An import of the wizard that the actor began.

    :raises NotFound: for anything else, also for an administrator: an upload is its owner's business.
    """
    changeset = undo.find_set(set_id, actor)
    if "wizard" not in changeset.data or changeset.actor_id != actor.user_id:
        raise NotFound("import")
    return changeset


def mine(actor: Actor) -> list[ChangeSet]:
    """The actor's imports of the wizard, the newest first."""
    found = ChangeSet.objects.filter(origin="import", actor_id=actor.user_id, data__has_key="wizard")
    return list(found.order_by("-id")[:LISTED])


def discard(set_id: int, actor: Actor) -> None:
    """Throw a draft away, with its file."""
    changeset = draft(set_id, actor)
    shutil.rmtree(service.folder() / changeset.data["wizard"]["folder"], ignore_errors=True)
    changeset.delete()


# -- the state of a draft ----------------------------------------------------------------------------------------------
def draft(set_id: int, actor: Actor) -> ChangeSet:
    """:raises NotFound: not theirs, or no import; :raises Rejected: no longer a draft."""
    changeset = undo.find_set(set_id, actor)
    if "wizard" not in changeset.data:
        raise NotFound("import")
    if changeset.state != State.DRAFT:
        raise Rejected([Problem(None, "already_applied")])
    return changeset


def update(changeset: ChangeSet, **state: Any) -> None:
    changeset.data = {**changeset.data, "wizard": {**changeset.data["wizard"], **state}}
    changeset.save()


# -- tidying ----------------------------------------------------------------------------------------------------------
def throw_away_old() -> int:
    """Remove uploads nobody needs any more, and the drafts they belong to; returns how many.

    What an import wrote, and its report, stay.
    """
    old = ChangeSet.objects.filter(origin="import", created_at__lt=clock.now() - UPLOADS_KEPT, data__has_key="wizard")
    removed = 0
    for changeset in old.exclude(state=State.APPLYING):
        path = service.folder() / Path(changeset.data["wizard"]["folder"]).name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
        if changeset.state == State.DRAFT:
            changeset.delete()
    return removed


def throw_away_broken_off() -> int:
    """Remove files of requests that were killed while they sent them; returns how many."""
    before, removed = (clock.now() - INCOMING_KEPT).timestamp(), 0
    for path in service.folder().glob(f"{INCOMING}*"):
        with suppress(FileNotFoundError):  # its request may just be ending
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


def settle_all() -> int:
    """Close every import that waits for a task which is over; returns how many."""
    waiting = ChangeSet.objects.filter(origin="import", state=State.APPLYING, data__has_key="wizard")
    return sum(settle(changeset) for changeset in waiting)


def settle(changeset: ChangeSet) -> bool:
    """Close an import whose task was cancelled or gave up, so that what it did can be undone.

    :returns: whether it had to be closed.
    """
    number = changeset.data.get("wizard", {}).get("task")
    if changeset.state != State.APPLYING or not number:
        return False
    task = tasks.read(number)
    return (task is None or task.finished) and service.close_interrupted(changeset)

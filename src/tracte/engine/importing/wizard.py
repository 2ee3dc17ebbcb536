"""The import wizard, step by step: file → columns → preview → apply. What its screens and the API call.

The state of a wizard is a change set: a *draft* until it is applied. Each function takes its number and the actor, and
raises ``NotFound`` for a set that is not theirs. Long work runs as a task; the screens ask :func:`status`.

    set_id = begin(actor, "account", "clients.xlsx", request_file.chunks())
    found = inspect(set_id, actor)                        # headers, samples, a suggestion for each column
    set_columns(set_id, actor, [Choice("Nom", "name"), …], keys=["name"], on_match="update")
    preview(set_id, actor)                                # a task; then page(), leave_out()
    apply(set_id, actor)                                  # a task; then status(), report(), undo
"""

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tracte.engine import undoing
from tracte.engine.importing import scenario as scenarios
from tracte.engine.importing import service
from tracte.engine.importing.guess import Suggestion, suggest
from tracte.engine.importing.opening import open_table
from tracte.engine.importing.plan import check_right, make_plan, writable_fields
from tracte.engine.importing.preparing import import_context
from tracte.engine.importing.reading import Table, UnreadableFile
from tracte.engine.importing.scenario import Scenario, ScenarioError
from tracte.engine.importing.transforms import plain
from tracte.engine.importing.writing_toml import scenario_text
from tracte.kernel import clock
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode, new_id
from tracte.kernel.problems import Forbidden, NotFound, Problem, Rejected
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import registry
from tracte.records import door, undo
from tracte.records import snapshot as snapshots
from tracte.records.changes import UNDOABLE, ChangeSet, StagedRow, State
from tracte.records.tasks import api as tasks
from tracte.records.tasks.api import TaskState

MAX_UPLOAD = 200 * 1024 * 1024
SAMPLE_ROWS = 200
SHOWN_ROWS = 20
PREVIEW, APPLY = "import.preview", "import.apply"
UPLOADS_KEPT = timedelta(days=30)
INCOMING = "incoming-"  # begins the name of a file a request is still sending
INCOMING_KEPT = timedelta(days=1)
LISTED = 20
WHATS = ("created", "updated", "unchanged", "problem", "skipped")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for one column.

    :param to: field, ``address.part``, or ``external`` for the record's id in the other system; ``""`` leaves it out.
    :param format: ``strptime`` format of its dates. :param decimal: its numbers by example, ``"1.234,56"``.
    :param lookup: ``entity.field`` by which a reference is found.
    :param on_missing: for a reference nobody has: ``report blank create skip``.
    :param map: values of the file that stand for others.
    """

    header: str
    to: str
    format: str = ""
    decimal: str = ""
    lookup: str = ""
    on_missing: str = "report"
    map: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file looks like before anything is decided.

    :param facts: ``encoding``, ``delimiter``, ``sheet``, ``sheets``: what was found out, to show and correct.
    :param rows: about how many rows. :param sample: the first rows as texts.
    :param notes: what is odd about the header, as sentences.
    :param fields: fields that may be filled, by name, for the choice in each column.
    """

    entity: str
    filename: str
    facts: Mapping[str, str]
    headers: Sequence[str]
    rows: int
    sample: Sequence[Sequence[str]]
    notes: Sequence[str]
    suggestions: Sequence[Suggestion]
    fields: Mapping[str, Kind]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of the preview.

    :param seq: its place in the preview, for paging and :func:`leave_out`. :param row: its number in the file.
    :param what: ``created updated unchanged problem skipped``. :param title: what the record is called.
    :param problems: ``{field, code, message, warning}`` each.
        For an error also ``what`` is wrong and ``how`` to mend it, apart, and the ``value`` of the file.
    :param diff: ``{field: [before, after]}`` as people read them, in the actor's language.
    :param url: the page of the record that is there already.
    """

    seq: int
    file: str
    row: int
    entity: str
    what: str
    title: str
    problems: Sequence[Mapping[str, Any]]
    diff: Mapping[str, Sequence[str]]
    left_out: bool
    url: str = ""
    cells: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """How an import stands.

    :param step: ``file columns preview applying done``. :param busy: a task is waiting or running.
    :param counts: ``created updated unchanged warnings problems by_entity``, of the preview or of the import.
    :param done, total: rows. :param error: why a preview or import could not be made, as a sentence.
    """

    set_id: int
    entity: str
    filename: str
    step: str
    state: str
    busy: bool
    task: int | None
    counts: Mapping[str, Any]
    done: int
    total: int | None
    error: str
    has_report: bool


# -- file ------------------------------------------------------------------------------------------------------------
def begin(actor: Actor, entity: str, filename: str, pieces: Iterable[bytes]) -> int:
    """Keep an uploaded file and open a draft; gives the number of the change set.

    :raises NotFound, Forbidden: no right to import; :raises Rejected: empty or too large a file.
    """
    require_import(actor, entity)
    name = safe_name(filename)
    upload = service.folder() / f"upload-{encode(new_id())}"
    upload.mkdir(mode=0o700)
    try:
        _keep(pieces, upload / name)
    except Rejected:
        shutil.rmtree(upload)
        raise
    data = {"wizard": {"entity": entity, "file": name, "folder": upload.name, "options": {}}}
    changeset = door.new_set(actor, "import", _("Import of %(file)s") % {"file": name}, state=State.DRAFT, data=data)
    changeset.save()
    return int(changeset.pk)


def _keep(pieces: Iterable[bytes], path: Path) -> None:
    """Store an upload. :raises Rejected: empty or too large."""
    size = 0
    with path.open("wb") as file:
        for piece in pieces:
            size += len(piece)
            if size > MAX_UPLOAD:
                raise Rejected([Problem("file", "too_large", {"max": f"{MAX_UPLOAD // 1024**2} MB"})])
            file.write(piece)
    if not size:
        raise Rejected([Problem("file", "empty_file")])


def require_import(actor: Actor, entity: str) -> None:
    """:raises NotFound, Forbidden: when the actor may not import into the entity."""
    check_right(registry()[entity], actor)


def safe_name(filename: str) -> str:
    """A file name that leads nowhere: its last part, without odd characters."""
    name = re.sub(r"[^\w. ()-]+", "_", re.split(r"[\\/]", filename)[-1]).strip(". ")[-100:]
    return name or "file.csv"


def set_options(set_id: int, actor: Actor, **options: Any) -> None:
    """Correct what was guessed about the file: ``encoding``, ``delimiter``, ``header_row``, ``sheet``."""
    changeset = _draft(set_id, actor)
    kept = {name: value for name, value in options.items() if value not in (None, "")}
    _update(changeset, options=kept, scenario=None, preview=None, error="")


def inspect(set_id: int, actor: Actor) -> Inspection:
    """Look at the file: what it is, its first rows, and a suggestion for every column.

    :raises Rejected: when it cannot be read; the problem says why.
    """
    changeset = _draft(set_id, actor)
    state = changeset.data["wizard"]
    table = table_of(state)
    sample = []
    for row in table.rows():
        if row.fault is None:
            sample.append(row.cells)
        if len(sample) >= SAMPLE_ROWS:
            break
    spec = registry()[state["entity"]]
    context = import_context(snapshots.current(), actor, Scenario("", ""))
    return Inspection(
        entity=spec.key,
        filename=state["file"],
        facts=table.facts,
        headers=table.headers,
        rows=table.count(),
        sample=[[plain(cell) or "" for cell in cells] for cells in sample[:SHOWN_ROWS]],
        notes=[Problem(None, note.fault.code, note.fault.params).message for note in table.notes],
        suggestions=suggest(spec, actor, context, table.headers, sample),
        fields=writable_fields(spec, actor),
    )


def table_of(state: Mapping[str, Any]) -> Table:
    """The file of a wizard's state, open.

    :raises Rejected: when it cannot be read; the problem says why.
    """
    path = service.folder() / state["folder"] / state["file"]
    try:
        return open_table(path, **state.get("options", {}))
    except UnreadableFile as error:
        raise Rejected([Problem("file", "unreadable_file", {"why": str(error)})]) from error


# -- columns ---------------------------------------------------------------------------------------------------------
def set_columns(
    set_id: int,
    actor: Actor,
    choices: Sequence[Choice],
    *,
    keys: Sequence[str] = (),
    on_match: str = "update",
    on_bad_value: str = "report",
    defaults: Mapping[str, Any] | None = None,
    constants: Mapping[str, Any] | None = None,
    system: str = "import",
) -> str:
    """Decide what every column becomes; gives the scenario as TOML.

    :param keys: fields by which existing records are found, or ``["external"]``.
    :param defaults: ``currency``, ``timezone``, ``language`` of the file.
    :param constants: the same value for every row, by field.
    :param system: name of the program the file comes from, for the ids in an ``external`` column.
    :raises Rejected: when the choices do not fit together.
    """
    changeset = _draft(set_id, actor)
    state = changeset.data["wizard"]
    columns: dict[str, Any] = {}
    ignored: list[str] = []
    for choice in choices:
        if not choice.to:
            ignored.append(choice.header)
            continue
        columns[choice.header] = _column(choice, state["entity"], system)
    match: dict[str, Any] = {"external": system} if list(keys) == ["external"] else {"keys": list(keys)}
    file: dict[str, Any] = {"path": state["file"], "entity": state["entity"], **state.get("options", {})}
    if ignored:
        file["ignore"] = ignored
    if keys:
        file["match"] = {**match, "on_match": on_match}
    file |= {"columns": columns, "set": dict(constants or {})}
    text = scenario_text(changeset.title, {**(defaults or {}), "on_bad_value": on_bad_value}, [file])
    use_scenario(set_id, actor, text)
    return text


def _column(choice: Choice, entity: str, system: str) -> dict[str, Any]:
    if choice.to == "external":
        return {"external": system}
    found: dict[str, Any] = {"to": choice.to}
    for name in ("format", "decimal", "lookup"):
        if getattr(choice, name):
            found[name] = getattr(choice, name)
    if choice.lookup:
        found["on_missing_reference"] = choice.on_missing
        if choice.lookup.partition(".")[0] == entity:
            found["pass"] = 2
    if choice.map:
        found["map"] = dict(choice.map)
    return found


def use_scenario(set_id: int, actor: Actor, text: str) -> None:
    """Use a scenario as it is (one saved before, or edited by hand).

    :raises Rejected: naming the line and what to do.
    """
    changeset = _draft(set_id, actor)
    state = changeset.data["wizard"]
    folder = service.folder() / state["folder"]
    try:
        scenario = scenarios.parse(text)
        make_plan(scenario, folder, actor)
    except (ScenarioError, UnreadableFile) as error:
        why = str(error).replace(str(folder), _("what was sent"))
        raise Rejected([Problem(None, "bad_scenario", {"why": why})]) from error
    changeset.title = scenario.name[:200]
    _update(changeset, scenario=text, preview=None, left_out=[], error="")


# -- preview ---------------------------------------------------------------------------------------------------------
def preview(set_id: int, actor: Actor) -> int:
    """Have the change set worked out; gives the task's number.

    :raises Rejected: when the columns are not decided yet.
    """
    changeset = _draft(set_id, actor)
    if not changeset.data["wizard"].get("scenario"):
        raise Rejected([Problem(None, "columns_first")])
    with transaction.atomic():
        task = tasks.enqueue(PREVIEW, {"changeset": set_id}, actor_id=actor.user_id)
        _update(changeset, task=task, preview=None, error="")
    return task


def progress_file(state: Mapping[str, Any]) -> Path:
    """Where a rehearsal tells how far it is: what it writes into the database is rolled back with it."""
    return service.folder() / Path(state["folder"]).name / ".progress"


def rehearsed(state: Mapping[str, Any]) -> tuple[int, int] | None:
    """Rows a rehearsal has done, and rows in all; ``None`` when it does not say."""
    try:
        done, total = progress_file(state).read_text("ascii").split()
        return int(done), int(total)
    except (OSError, ValueError):
        return None


def page(
    set_id: int,
    actor: Actor,
    *,
    what: Sequence[str] = WHATS,
    after: int = -1,
    before: int | None = None,
    limit: int = 50,
) -> list[PreviewRow]:
    """Rows of the preview in file order, after a place or just before one, narrowed to some verdicts."""
    changeset = undo.find_set(set_id, actor)
    left_out = {tuple(one) for one in changeset.data.get("wizard", {}).get("left_out", ())}
    found = StagedRow.objects.filter(set=changeset, seq__gt=after, verdict__what__in=list(what)).order_by("seq")
    if before is not None:
        last = list(found.filter(seq__lt=before).reverse()[:limit])
        return [_shown(row, left_out) for row in reversed(last)]
    return [_shown(row, left_out) for row in found[:limit]]


def _shown(row: StagedRow, left_out: set[tuple[Any, ...]]) -> PreviewRow:
    verdict, payload = row.verdict, row.payload
    return PreviewRow(
        seq=row.seq,
        file=payload["file"],
        row=payload["row"],
        entity=row.entity,
        what=verdict["what"],
        title=verdict["title"],
        problems=verdict["problems"],
        diff=verdict["diff"],
        left_out=(payload["reading"], payload["row"]) in left_out,
        url=verdict.get("url", ""),
        cells=payload["cells"],
    )


def leave_out(set_id: int, actor: Actor, seq: int, out: bool = True) -> None:
    """Leave a previewed row out of the import, or take it in again."""
    changeset = _draft(set_id, actor)
    row = StagedRow.objects.filter(set=changeset, seq=seq).first()
    if row is None:
        raise NotFound("row")
    place = [row.payload["reading"], row.payload["row"]]
    kept = [one for one in changeset.data["wizard"].get("left_out", ()) if one != place]
    _update(changeset, left_out=[*kept, place] if out else kept)


# -- apply -----------------------------------------------------------------------------------------------------------
def apply(set_id: int, actor: Actor) -> int:
    """Import; gives the task's number. Every row is checked again with the actor's rights.

    :raises Rejected: when the columns are not decided yet, or it was applied already.
    """
    changeset = _draft(set_id, actor)
    if not changeset.data["wizard"].get("scenario"):
        raise Rejected([Problem(None, "columns_first")])
    with transaction.atomic():
        task = tasks.enqueue(APPLY, {"changeset": set_id}, actor_id=actor.user_id)
        changeset.state = State.APPLYING
        changeset.data = {**changeset.data, "import": f"wizard-{set_id}"}
        changeset.counts = {}
        _update(changeset, task=task)
    return task


def begin_scenario(actor: Actor, text: str, files: Mapping[str, Iterable[bytes]]) -> int:
    """A scenario with its files as a draft that can be previewed; gives the number of the change set.

    :raises Rejected: naming the line of the scenario and what to do. Nothing is kept then.
    """
    try:
        scenario = scenarios.parse(text)
    except ScenarioError as error:
        raise Rejected([Problem("scenario", "bad_scenario", {"why": str(error)})]) from error
    first = next(iter(files), "")
    if not first:
        raise Rejected([Problem("file", "required")])
    set_id = begin(actor, scenario.files[0].entity, first, files[first])
    try:
        state = _draft(set_id, actor).data["wizard"]
        for name, pieces in list(files.items())[1:]:
            _keep(pieces, service.folder() / state["folder"] / safe_name(name))
        use_scenario(set_id, actor, text)
    except (Rejected, NotFound, Forbidden):
        discard(set_id, actor)
        raise
    return set_id


def status(set_id: int, actor: Actor) -> Status:
    """How the import stands, for the progress page."""
    changeset = undo.find_set(set_id, actor)
    state = changeset.data.get("wizard") or {"entity": "", "file": changeset.title}
    task = tasks.read(state["task"]) if state.get("task") else None
    busy = task is not None and not task.finished
    if changeset.state == State.DRAFT:
        step = "preview" if state.get("preview") else "columns" if state.get("scenario") else "file"
        counts = state.get("preview") or {}
    else:
        step = "applying" if changeset.state == State.APPLYING else "done"
        counts = changeset.counts
    running = busy and task is not None and changeset.state == State.DRAFT
    return Status(
        set_id=set_id,
        entity=state["entity"],
        filename=state["file"],
        step=step,
        state=changeset.state,
        busy=busy,
        task=task.id if task else None,
        counts=counts,
        done=task.done if running and task else changeset.done,
        total=task.total if running and task else changeset.total,
        error=state.get("error", ""),
        has_report=has_report(changeset),
    )


def cancel(set_id: int, actor: Actor) -> None:
    """Stop after the chunk that is being written. What was done stays until somebody takes it back with an undo.

    An import that has not begun yet is a draft again.
    """
    changeset = undo.find_set(set_id, actor)
    task = changeset.data.get("wizard", {}).get("task")
    if task and tasks.cancel(task) == TaskState.CANCELLED and changeset.state == State.APPLYING:
        changeset.refresh_from_db()
        if changeset.state == State.APPLYING and not changeset.done:
            changeset.state = State.DRAFT
            changeset.data = {name: value for name, value in changeset.data.items() if name != "import"}
            changeset.save()


def take_back(set_id: int, actor: Actor) -> int:
    """Have the whole import undone; gives the task's number.

    :raises Rejected: when there is nothing to undo.
    """
    changeset = find(set_id, actor)
    if changeset.state not in UNDOABLE and not service.close_interrupted(changeset):
        raise Rejected([Problem(None, "cannot_undo", {"why": changeset.get_state_display()})])
    with transaction.atomic():
        task = undoing.later(changeset, actor, force=False, with_dependants=False)
        _update(changeset, undo_task=task)
    return task


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


def remember(set_id: int, actor: Actor, choices: Mapping[str, Any]) -> None:
    """Keep what a person chose so far; a preview made of other choices is no longer shown."""
    _update(_draft(set_id, actor), choices=dict(choices), scenario=None, preview=None, error="")


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


def discard(set_id: int, actor: Actor) -> None:
    """Throw a draft away, with its file."""
    changeset = _draft(set_id, actor)
    shutil.rmtree(service.folder() / changeset.data["wizard"]["folder"], ignore_errors=True)
    changeset.delete()


def report(set_id: int, actor: Actor) -> Path:
    """The CSV of rows with problems or warnings, of the preview or of the import.

    :raises NotFound: when there is none.
    """
    path = _report_of(undo.find_set(set_id, actor))
    if path is None:
        raise NotFound("report")
    return path


def has_report(changeset: ChangeSet) -> bool:
    """Whether there is a CSV of rows with problems or warnings for a set."""
    return _report_of(changeset) is not None


def _report_of(changeset: ChangeSet) -> Path | None:
    name = changeset.data.get("wizard", {}).get("report")
    path = service.folder() / Path(name).name if name else service.report_path(changeset.pk)
    return path if path.is_file() else None


def text_of(set_id: int, actor: Actor) -> str:
    """The scenario as TOML, to download and use again.

    :raises NotFound: while the columns are not decided.
    """
    text = undo.find_set(set_id, actor).data.get("wizard", {}).get("scenario")
    if not text:
        raise NotFound("scenario")
    return str(text)


# -- the draft -------------------------------------------------------------------------------------------------------
def _draft(set_id: int, actor: Actor) -> ChangeSet:
    """:raises NotFound: not theirs, or no import; :raises Rejected: no longer a draft."""
    changeset = undo.find_set(set_id, actor)
    if "wizard" not in changeset.data:
        raise NotFound("import")
    if changeset.state != State.DRAFT:
        raise Rejected([Problem(None, "already_applied")])
    return changeset


def _update(changeset: ChangeSet, **state: Any) -> None:
    changeset.data = {**changeset.data, "wizard": {**changeset.data["wizard"], **state}}
    changeset.save()


def suggestions_as_choices(found: Sequence[Suggestion]) -> list[Choice]:
    """The suggestions as if the person had accepted each."""
    return [Choice(one.header, one.to, one.format, one.decimal, one.lookup) for one in found]

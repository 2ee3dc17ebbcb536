"""The import wizard, step by step: file → columns → preview → apply. What its screens and the API call.

The state of a wizard is a change set: a *draft* until it is applied. Each function takes its number and the actor, and
raises ``NotFound`` for a set that is not theirs. Long work runs as a task; the screens ask :func:`status`.

    set_id = begin(actor, "account", "clients.xlsx", request_file.chunks())
    found = inspect(set_id, actor)                        # headers, samples, a suggestion for each column
    set_columns(set_id, actor, [Choice("Nom", "name"), …], keys=["name"], on_match="update")
    preview(set_id, actor)                                # a task; then page(), leave_out()
    apply(set_id, actor)                                  # a task; then status(), report(), undo
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tracte.engine import undoing, uploads
from tracte.engine.importing import scenario as scenarios
from tracte.engine.importing import service
from tracte.engine.importing.children import children_of
from tracte.engine.importing.drafts import begin, discard, draft, find, table_of, update
from tracte.engine.importing.guess import Suggestion, entity_for, suggest
from tracte.engine.importing.places import has_person
from tracte.engine.importing.plan import make_plan, writable_fields
from tracte.engine.importing.preparing import import_context
from tracte.engine.importing.reading import UnreadableFile
from tracte.engine.importing.spec import Scenario, ScenarioError
from tracte.engine.importing.transforms import plain
from tracte.engine.importing.writing_toml import scenario_text
from tracte.kernel.actor import Actor
from tracte.kernel.problems import Forbidden, NotFound, Problem, Rejected
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import EntitySpec, registry
from tracte.records import snapshot as snapshots
from tracte.records import undo
from tracte.records.changes import UNDOABLE, ChangeSet, State
from tracte.records.tasks import api as tasks
from tracte.records.tasks.api import TaskState

SAMPLE_ROWS = 200
SHOWN_ROWS = 20
PREVIEW, APPLY = "import.preview", "import.apply"


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
def inspect(set_id: int, actor: Actor) -> Inspection:
    """Look at the file: what it is, its first rows, and a suggestion for every column.

    :raises Rejected: when it cannot be read; the problem says why.
    """
    changeset = draft(set_id, actor)
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


def likely_entity(set_id: int, actor: Actor, specs: Sequence[EntitySpec]) -> str:
    """What each row of the file most likely holds.

    :raises Rejected: when the file cannot be read.
    """
    state = draft(set_id, actor).data["wizard"]
    table = table_of(state)
    rows = [row.cells for row in islice((row for row in table.rows() if row.fault is None), SAMPLE_ROWS)]
    context = import_context(snapshots.current(), actor, Scenario("", ""))
    people = [spec for spec in specs if has_person(spec) and children_of(spec, actor)]
    return entity_for(
        people if people and "cards" in table.facts else specs, actor, context, table.headers, rows, state["file"]
    )


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
    changeset = draft(set_id, actor)
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
    changeset = draft(set_id, actor)
    state = changeset.data["wizard"]
    folder = service.folder() / state["folder"]
    try:
        scenario = scenarios.parse(text)
        make_plan(scenario, folder, actor)
    except (ScenarioError, UnreadableFile) as error:
        why = str(error).replace(str(folder), _("what was sent"))
        raise Rejected([Problem(None, "bad_scenario", {"why": why})]) from error
    changeset.title = scenario.name[:200]
    same = state.get("readings") == len(scenario.files)
    left_out = state.get("left_out", []) if same else []
    update(changeset, scenario=text, preview=None, left_out=left_out, readings=len(scenario.files), error="")


# -- preview ---------------------------------------------------------------------------------------------------------
def preview(set_id: int, actor: Actor) -> int:
    """Have the change set worked out; gives the task's number.

    :raises Rejected: when the columns are not decided yet.
    """
    changeset = draft(set_id, actor)
    if not changeset.data["wizard"].get("scenario"):
        raise Rejected([Problem(None, "columns_first")])
    with transaction.atomic():
        task = tasks.enqueue(PREVIEW, {"changeset": set_id}, actor_id=actor.user_id)
        update(changeset, task=task, preview=None, error="")
    return task


# -- apply -----------------------------------------------------------------------------------------------------------
def apply(set_id: int, actor: Actor) -> int:
    """Import; gives the task's number. Every row is checked again with the actor's rights.

    :raises Rejected: when the columns are not decided yet, or it was applied already.
    """
    changeset = draft(set_id, actor)
    if not changeset.data["wizard"].get("scenario"):
        raise Rejected([Problem(None, "columns_first")])
    with transaction.atomic():
        task = tasks.enqueue(APPLY, {"changeset": set_id}, actor_id=actor.user_id)
        changeset.state = State.APPLYING
        changeset.data = {**changeset.data, "import": f"wizard-{set_id}"}
        changeset.counts = {}
        update(changeset, task=task)
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
        state = draft(set_id, actor).data["wizard"]
        for name, pieces in list(files.items())[1:]:
            uploads.keep(pieces, service.folder() / state["folder"] / uploads.safe_name(name))
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
        update(changeset, undo_task=task)
    return task


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


def suggestions_as_choices(found: Sequence[Suggestion]) -> list[Choice]:
    """The suggestions as if the person had accepted each."""
    return [Choice(one.header, one.to, one.format, one.decimal, one.lookup) for one in found]

"""What the import pages read: where an import stands, the first rows of its file, a page of its preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracte.engine.importing import drafts, previews
from tracte.engine.importing.choices import Choices
from tracte.engine.importing.plan import check_right
from tracte.engine.importing.previews import PreviewRow
from tracte.engine.importing.reading import Row, Table
from tracte.engine.importing.spec import ASK
from tracte.engine.importing.staging import SHOWN_OF_EACH
from tracte.engine.importing.transforms import plain
from tracte.kernel.actor import Actor
from tracte.kernel.problems import Forbidden, NotFound
from tracte.meta.registry import EntitySpec, registry
from tracte.records.changes import ChangeSet, State
from tracte.records.tasks import api as tasks
from tracte.records.tasks.api import TaskReport, TaskState

SAMPLE = 400  # rows of the file the pages look at
PAGE = 50
NEW, UPDATED, SAME, BAD = KINDS = ("new", "upd", "same", "bad")
WHATS: Mapping[str, tuple[str, ...]] = {
    NEW: ("created",),
    UPDATED: ("updated",),
    SAME: ("unchanged", "skipped"),
    BAD: ("problem",),
}
COUNTED = {NEW: "created", UPDATED: "updated", SAME: "unchanged", BAD: "problems"}
NOTHING: Mapping[str, Any] = {"created": 0, "updated": 0, "unchanged": 0, "warnings": 0, "problems": 0}


@dataclass(frozen=True)
class Draft:
    """One import under way, or one that was.

    :param stage: ``file columns previewing preview applying stopped done undoing undone failed``.
    :param choices: what was chosen in the pages; ``None`` when a scenario was sent.
    :param task: the work under way, or the last that was.
    """

    changeset: ChangeSet
    choices: Choices | None
    stage: str
    task: TaskReport | None

    @property
    def id(self) -> int:
        return int(self.changeset.pk)

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"/imports/{self.id}/"

    @property
    def wizard(self) -> Mapping[str, Any]:
        return dict(self.changeset.data["wizard"])

    @property
    def entity(self) -> str:
        return str(self.wizard["entity"])

    @property
    def file(self) -> str:
        return str(self.wizard["file"])

    @property
    def reading(self) -> dict[str, Any]:
        """How the file is read, where it is not as usual."""
        return dict(self.wizard.get("options", {}))

    @property
    def error(self) -> str:
        """Why there is no preview, or no import."""
        return str(self.wizard.get("error", ""))

    @property
    def open(self) -> bool:
        """Whether nothing was written yet."""
        return self.changeset.state == State.DRAFT

    @property
    def progress(self) -> tuple[int, int]:
        """Rows done, and rows in all, of the work under way."""
        if self.stage == "previewing":
            told = previews.rehearsed(self.wizard)
            if told is not None:
                return told
        return (self.task.done, self.task.total or 0) if self.task is not None else (0, 0)

    @property
    def busy(self) -> bool:
        """Whether work is under way."""
        return self.stage in ("previewing", "applying", "undoing")

    @property
    def counts(self) -> Mapping[str, Any]:
        """Rows by what would become, or became, of them."""
        return {**NOTHING, **((self.wizard.get("preview") or {}) if self.open else self.changeset.counts)}

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the preview comes to beside the counts: ``overwritten filled reasons kept notes``."""
        return dict(self.counts.get("facts", {}))

    @property
    def asked(self) -> bool:
        """Whether a person decides about each field of the records that are found."""
        return self.choices is not None and self.choices.on_match == ASK

    @property
    def deciding(self) -> Mapping[str, Any]:
        """What was decided: ``fields rows over unfilled``, see :class:`tracte.engine.importing.deciding.Weighed`."""
        nothing: dict[str, Any] = {"fields": [], "rows": 0, "over": 0, "unfilled": 0}
        return {**nothing, **((self.wizard.get("deciding") or {}) if self.asked else {})}

    @property
    def for_all(self) -> Mapping[str, str]:
        """What was said about a field of all rows, ``file`` or ``keep`` by ``entity.field``."""
        return dict(self.wizard.get("for_all") or {})

    @property
    def left_out(self) -> int:
        """Rows left out by hand."""
        return len(self.wizard.get("left_out", ()))

    @property
    def later_problems(self) -> int:
        """Values of a later pass that could not be set: the row comes in, its link to another row does not."""
        return max(int(self.counts["problems"]) - self.by_kind[BAD], 0) if self.open else 0

    @property
    def by_kind(self) -> dict[str, int]:
        """Rows by kind; a preview counts each row once, however many passes it takes."""
        seen = self.facts.get("rows")
        if seen is not None:
            return {kind: sum(int(seen.get(what, 0)) for what in WHATS[kind]) for kind in KINDS}
        return {kind: int(self.counts[name]) for kind, name in COUNTED.items()}


def draft_of(set_id: int, actor: Actor) -> Draft:
    """:raises NotFound: when there is no such import, or it is somebody else's."""
    return draft(drafts.find(set_id, actor))


def draft(changeset: ChangeSet) -> Draft:
    """Where an import stands."""
    state = changeset.data["wizard"]
    raw = state.get("choices")
    task = tasks.read(state["task"]) if state.get("task") else None
    undoing = tasks.read(state["undo_task"]) if state.get("undo_task") else None
    if undoing is not None and not undoing.finished:
        return Draft(changeset, _choices(raw), "undoing", undoing)
    stage = _open_stage(state, task) if changeset.state == State.DRAFT else _closed_stage(changeset, task)
    return Draft(changeset, _choices(raw), stage, undoing if stage == "undone" else task)


def _choices(raw: Any) -> Choices | None:
    return Choices.from_json(raw) if raw else None


def _open_stage(state: Mapping[str, Any], task: TaskReport | None) -> str:
    if state.get("scenario") and task is not None and not task.finished:
        return "previewing"
    return "preview" if state.get("preview") else "columns" if state.get("choices") else "file"


def _closed_stage(changeset: ChangeSet, task: TaskReport | None) -> str:
    if changeset.state in (State.UNDONE, State.PARTLY_UNDONE):
        return "undone"
    if task is not None and not task.finished:
        # The set is closed a moment before its task is.
        over = changeset.state != State.APPLYING and task.cancel_requested
        return "stopped" if over else "applying"
    if task is not None and task.state == TaskState.CANCELLED:
        return "stopped"
    applied = changeset.state in (State.APPLIED, State.PARTLY_APPLIED)
    return "done" if applied and (task is None or task.state == TaskState.DONE) else "failed"


def importable(actor: Actor) -> list[EntitySpec]:
    """Entities the actor may import, in the order of the menu."""
    found = [spec for spec in registry() if spec.declaration.area and _may(spec, actor)]
    order = {"sell": 0, "settings": 9}
    return sorted(found, key=lambda spec: (order.get(spec.declaration.area, 5), spec.declaration.order))


def _may(spec: EntitySpec, actor: Actor) -> bool:
    if spec.declaration.admin_only and not actor.admin:
        return False
    try:
        check_right(spec, actor)
    except (Forbidden, NotFound):
        return False
    return True


# -- the file --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sample:
    """The first rows of a file as they were read."""

    table: Table
    rows: Sequence[Row]

    @property
    def columns(self) -> dict[str, list[str]]:
        """Texts by header, of the rows that can be read."""
        whole = [row for row in self.rows if row.fault is None]
        return {
            name: [(plain(row.cells[at]) or "").strip() for row in whole] for at, name in enumerate(self.table.headers)
        }


def sample(draft: Draft) -> Sample:
    """Read the first rows.

    :raises Rejected: when the file cannot be read; the problem says why.
    """
    table = drafts.table_of(draft.wizard)
    rows: list[Row] = []
    for row in table.rows():
        rows.append(row)
        if len(rows) >= SAMPLE:
            break
    return Sample(table, rows)


# -- the preview -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Page:
    """Rows of a preview, and the places before and after them; ``None`` where there are no more."""

    rows: Sequence[PreviewRow]
    before: int | None
    after: int | None


def rows(draft: Draft, kind: str, after: str = "", before: str = "") -> Page:
    """One page of the rows of a kind, after a place or before one (both as text, from an address)."""
    actor = Actor(draft.changeset.actor_id, "")
    whats = WHATS[kind]
    if (place := _place(before)) is not None:
        found = previews.page(draft.id, actor, what=whats, before=place, limit=PAGE + 1)
        more, listed = len(found) > PAGE, found[-PAGE:]
        return Page(listed, listed[0].seq if more and listed else None, listed[-1].seq if listed else None)
    place = _place(after)
    found = previews.page(draft.id, actor, what=whats, after=-1 if place is None else place, limit=PAGE + 1)
    listed = found[:PAGE]
    first = listed[0].seq if listed and place is not None else None
    return Page(listed, first, listed[-1].seq if len(found) > PAGE else None)


def _place(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def kept(draft: Draft, kind: str) -> int:
    """How many rows of a kind the preview shows; the counts are of all."""
    held = draft.facts.get("kept", {})
    most = draft.facts.get("most", {})
    return sum(min(int(held.get(what, 0)), int(most.get(what, SHOWN_OF_EACH))) for what in WHATS[kind])

"""The timeline of a record: what was written about it and what changed in it, newest first.

What is written about records are entities with a many-reference to records of any kind (notes). Changes come from the
history; the creation is the last event. Pages go on after the last event shown (keyset).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from django.db.models import BigIntegerField, Case, F, JSONField, Q, QuerySet, Value, When

from tracte.engine.recordpage import RecordPage
from tracte.engine.titles import together
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import Kind, RefTitle
from tracte.meta.registry import EntitySpec, registry
from tracte.records import past, query, watching
from tracte.records.changes import Change, ChangeSet
from tracte.records.covering import reached
from tracte.records.query import reach
from tracte.records.statements import Made, rows_of
from tracte.records.tables import Watch
from tracte.records.watching import Watched
from tracte.records.witnessing import history_seen, witnesses

LENGTH = 20
WATCHED, FOLLOWED = "watched", "followed"
Show = Literal["", "notes", "changes"]


@dataclass(frozen=True, slots=True)
class Talk:
    """An entity whose records are written about others.

    :param about: its many-reference to them. :param body: the text. :param flags: its yes/no fields, such as *pinned*.
    """

    spec: EntitySpec
    about: str
    body: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """One thing written about the record."""

    id: int
    at: datetime
    talk: Talk
    values: Mapping[str, Any]
    editable: bool
    deletable: bool

    @property
    def pinned(self) -> bool:
        return bool(self.values.get("pinned"))

    @property
    def private(self) -> bool:
        return bool(self.values.get("private"))


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a change, in canonical values. ``restorable``: the actor may put the earlier value back."""

    name: str
    kind: Kind
    before: Any
    after: Any
    restorable: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of the record: ``create``, ``update``, ``delete`` or ``restore``.

    :param set_id: its change set; :param origin: the door it came through. :param undo: it took another set back.
    :param seen_set: the actor may open the change set.
    """

    id: int
    at: datetime
    verb: str
    set_id: int
    origin: str
    actor_id: int | None
    actor_name: str
    title: str
    undo: bool
    fields: tuple[FieldChange, ...]
    seen_set: bool


Event = Written | Changed


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of events.

    :param pinned: pinned ones, on the first page only. :param more: mark of the next page, or ``None`` at the end.
    :param titles: of the records that the values point to.
    :param watched: when the reader was here before, and whether they follow the record.
    """

    pinned: tuple[Written, ...]
    events: tuple[Event, ...]
    more: str | None
    titles: Mapping[int, RefTitle]
    watched: Watched | None = None

    def is_new(self, event: Event, reader: int | None) -> bool:
        """Whether it happened since the reader was here, by somebody else."""
        since = self.watched.since if self.watched else None
        return since is not None and event.at > since and (reader is None or author_of(event) != reader)


def author_of(event: Event) -> int | None:
    """Who did it, if a person did."""
    if isinstance(event, Changed):
        return event.actor_id
    return event.values.get("created_by") or event.values.get("owner")


def talks() -> list[Talk]:
    """The entities that are written about records of any kind."""
    found = []
    for spec in registry():
        about = next((name for name, kind in spec.link_fields.items() if kind.to == "*"), None)
        body = next((name for name, kind in spec.fields.items() if kind.key == "rich_text" and kind.required), None)
        if about and body:
            flags = tuple(name for name, kind in spec.fields.items() if kind.key == "yes_no")
            found.append(Talk(spec, about, body, flags))
    return found


def writable(actor: Actor) -> list[Talk]:
    """Those the actor may write."""
    return [one for one in talks() if reach(one.spec, actor, "create") > Level.NONE]


def read(page: RecordPage, show: Show = "", mark: str | None = None, length: int = LENGTH) -> Timeline:
    """A page of the timeline of a record the actor sees.

    :raises Rejected: status 400 for a mark that was not made here.
    """
    before_written, before_change = _read_mark(mark)
    written: list[Written] = []
    changed: list[Changed] = []
    watched: Watched | None = None
    if show != "changes":
        for talk in talks():
            written += _written(page, talk, before_written, length + 1)
    if show != "notes":
        changed, watched = _changes(page, before_change, length + 1)
    elif page.actor.user_id is not None:
        watched = watching.mine(page.actor.user_id, page.id)
    pinned = tuple(one for one in written if one.pinned) if before_written is None else ()
    loose = [one for one in written if not one.pinned]
    merged: list[Event] = sorted([*loose, *changed], key=lambda event: (event.at, event.id), reverse=True)
    shown = merged[:length]
    more = _write_mark(shown, before_written, before_change) if len(merged) > length else None
    return Timeline(pinned, tuple(shown), more, _titles(page, shown), watched)


def _read_mark(mark: str | None) -> tuple[int | None, int | None]:
    if not mark:
        return None, None
    try:
        note, _, change = mark.partition(".")
        return decode(note) if note else 1 << 62, int(change[:19]) if change else 1 << 62
    except ValueError:
        raise Rejected([Problem("cursor", "bad_cursor")], status=400) from None


def _write_mark(shown: Sequence[Event], note: int | None, change: int | None) -> str:
    for event in shown:
        if isinstance(event, Written):
            note = event.id
        else:
            change = event.id
    return (
        f"{encode(note) if note and note < 1 << 62 else ''}.{change if change is not None and change < 1 << 62 else ''}"
    )


def _written(page: RecordPage, talk: Talk, before: int | None, limit: int) -> list[Written]:
    if reach(talk.spec, page.actor, "view") is Level.NONE or page.actor.hides(talk.spec.key, talk.body):
        return []
    rows = query.rows(talk.spec.key, page.actor).linked(talk.about, page.id)
    names = [talk.body, *talk.flags, "owner", "team", "created_at", "created_by"]
    sort = "-id"
    if before is not None:
        rows = replace(rows, extra=rows.extra & Q(pk__lt=before))
        if "pinned" in talk.flags:
            rows = rows.where(["pinned", "eq", False])
    elif "pinned" in rows.visible and "pinned" in talk.flags:
        sort = "-pinned,-id"
    found = rows.page(names, sort, limit=limit).rows
    editable, deletable = (reached(talk.spec, page.actor, verb, found) for verb in ("edit", "delete"))
    return [
        Written(one["id"], one["created_at"], talk, one, one["id"] in editable, one["id"] in deletable) for one in found
    ]


# -- changes ---------------------------------------------------------------------------------------------------------
def _changes(page: RecordPage, before: int | None, limit: int) -> tuple[list[Changed], Watched | None]:
    """Changes of the record, newest first, and its creation as the last one (change number 0); on the first page also
    what the reader has to do with the record. One query.
    """
    if before == 0:
        return [], None

    def selection(values: Sequence[Any]) -> Made:
        return _history(page.spec, *values)[: limit + 1]

    reader = page.actor.user_id if before is None else None
    values = (page.id, before, reader, watching.visit_began())
    rows = rows_of(("history", page.spec, limit), selection, values)
    watched: Watched | None = None
    if rows and rows[0][2] == WATCHED:
        first = rows[0]
        watched, rows = Watched(page.spec.key, page.id, first[3], first[5] == FOLLOWED), rows[1:]
    if page.id not in history_seen(page.spec, page.actor, [page.id]):
        return [], watched
    editable, others = page.editable, witnesses(page.actor) and not page.spec.declaration.directory
    found = []
    for pk, set_id, verb, at, data, origin, actor_id, name, title, undo_of in rows[:limit]:
        fields = field_changes(page.spec, page.actor, data or {}, editable)
        if verb == "update" and not fields:
            continue  # nothing in it is for these eyes
        mine = actor_id is not None and actor_id == page.actor.user_id
        seen = mine or page.actor.admin or page.actor.everything or others
        found.append(
            Changed(pk, at, verb, set_id, origin, actor_id, name, title, undo_of is not None, tuple(fields), seen)
        )
    return found, watched


def _history(
    spec: EntitySpec, record_id: int, before: int | None, reader: int | None, visit_began: datetime
) -> QuerySet[Any]:
    columns = ("set__origin", "set__actor_id", "set__actor_name", "set__title", "set__undo_of")
    changes = Change.objects.filter(record_id=record_id, entity=spec.key)
    if before is not None:
        changes = changes.filter(id__lt=before)
    made = spec.model._default_manager.filter(pk=record_id).values("created_set")
    created = ChangeSet.objects.filter(pk__in=made).values_list(
        Value(0), "id", Value("create"), "created_at", Value({}, JSONField()),
        "origin", "actor_id", "actor_name", "title", "undo_of",
    )  # fmt: skip
    history = changes.values_list("id", "set_id", "verb", "at", "data", *columns)
    parts = [created]
    if reader is not None:
        parts.append(_watch(record_id, reader, visit_began))
    return history.union(*parts, all=True).order_by("-id")


def _watch(record_id: int, reader: int, visit_began: datetime) -> QuerySet[Any]:
    """The reader's own mark in the history, above everything: when they were here, and whether they follow."""
    since = Case(When(seen_at__lt=visit_began, then=F("seen_at")), default=F("seen_before"))
    follows = Case(When(followed=True, then=Value(FOLLOWED)), default=Value(""))
    none = Value(None, output_field=BigIntegerField())
    return Watch.objects.filter(record_id=record_id, user_id=reader).values_list(
        Value(1 << 62, BigIntegerField()), none, Value(WATCHED), since, Value({}, JSONField()),
        follows, none, Value(""), Value(""), none,
    )  # fmt: skip


def field_changes(
    spec: EntitySpec, actor: Actor, data: Mapping[str, Sequence[Any]], editable: frozenset[str]
) -> list[FieldChange]:
    """The fields of a change that the actor may see, read back into canonical values."""
    found = []
    for name, sides in data.items():
        kind = spec.fields.get(name)
        if kind is None or actor.hides(spec.key, name) or not isinstance(sides, list | tuple):
            continue  # a field of a module that is gone, or one not for these eyes
        if any(spec.declaration.told({name: side}, actor) != {name: side} for side in sides):
            continue
        before, after = (revived(kind, side) for side in sides)
        restorable = name in editable and not (isinstance(sides[0], dict) and sides[0].get("erased"))
        found.append(FieldChange(name, kind, before, after, restorable))
    return found


def revived(kind: Kind, side: Any) -> Any:
    """A value as the history keeps it, back in canonical form; erased or unreadable ones are empty."""
    if side is None or (isinstance(side, dict) and side.get("erased")):
        return None
    try:
        return past.value_of(kind, side)
    except (ValueError, TypeError, KeyError, ArithmeticError):
        return None


def _titles(page: RecordPage, shown: Sequence[Event]) -> dict[int, RefTitle]:
    """Titles of what the shown changes point to; those of the page are known already."""
    sides: list[dict[str, Any]] = []
    for event in shown:
        if isinstance(event, Changed):
            for one in event.fields:
                if getattr(one.kind, "to", None):
                    sides += [{one.name: one.before}, {one.name: one.after}]
    if not sides:
        return dict(page.titles)
    return together([(page.spec, sides, tuple(page.spec.fields))], page.actor, page.titles)


# -- putting back ----------------------------------------------------------------------------------------------------
def earlier_value(page: RecordPage, change_id: int, name: str) -> FieldChange:
    """The change of one field, when the actor may put its earlier value back.

    :raises Rejected: when there is no such change of this record, or the field is not for the actor to change.
    """
    change = Change.objects.filter(pk=change_id, record_id=page.id, entity=page.spec.key).first()
    seen = change is not None and page.id in history_seen(page.spec, page.actor, [page.id])
    changes = field_changes(page.spec, page.actor, change.data, page.editable) if change and seen else []
    found = next((one for one in changes if one.name == name and one.restorable), None)
    if found is None:
        raise Rejected([Problem(name, "forbidden_field")], status=404)
    return found

"""What stands on a record's page, for any entity: facts, the path it goes, details by section, related lists.

Everything follows from the declaration and the actor's rights. The number of queries depends on the declaration alone:
one for the record, one per related list, one per entity whose titles are shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from tracte.engine.titles import Shown, together
from tracte.kernel import clock
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.meta.entity import Action, Panel
from tracte.meta.kinds.base import Context, Kind, Option, RefTitle, say
from tracte.meta.registry import EntitySpec, registry
from tracte.meta.values import shown_title
from tracte.records import query
from tracte.records.changes import FieldSpan
from tracte.records.covering import in_reach
from tracte.records.query import Rows, may_set, reach
from tracte.records.statements import Made, rows_of

SHOWN_IN_PANEL = 5
COUNTED_IN_PANEL = 50
LONG_PATH, LONG_STEP = 7, 18
MOST_SPANS = 500
STAMPS = ("created_at", "created_by", "modified_at", "modified_by")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the path.

    :param value: canonical value of the field in this step. :param kind: ``open``, ``won`` or ``lost``.
    :param state: ``done``, ``now``, ``won``, ``lost`` or ``""`` for what lies ahead.
    :param days: whole days spent in it so far, or ``None`` when the record was never there.
    :param usual: how many days records usually stay, for the step it is in now.
    """

    value: Any
    written: str
    name: str
    kind: str
    state: str
    days: int | None
    usual: int | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """The path of a record: its steps, and whether the actor may move it."""

    field: str
    steps: tuple[Step, ...]
    movable: bool

    @property
    def compact(self) -> bool:
        """Many steps, or long names, need the narrow drawing."""
        return len(self.steps) > LONG_PATH or any(len(step.name) > LONG_STEP for step in self.steps)


@dataclass(frozen=True, slots=True)
class Related:
    """A related list: its first rows (all fifty in a table), and how many there are (counted to fifty).

    :ivar editable: fields of the rows the actor may change.
    """

    panel: Panel
    spec: EntitySpec
    rows: Rows
    values: Sequence[Mapping[str, Any]]
    fields: tuple[str, ...]
    count: int
    capped: bool
    may_add: bool
    editable: frozenset[str] = frozenset()


@dataclass
class RecordPage:
    """One record as its page shows it."""

    spec: EntitySpec
    rows: Rows
    actor: Actor
    id: int
    values: dict[str, Any]
    related: tuple[Related, ...] = ()
    titles: dict[int, RefTitle] = field(default_factory=dict)
    later: tuple[Panel, ...] = ()

    @cached_property
    def context(self) -> Context:
        """How values are shown, with the titles of all references of the page."""
        offered = self.rows.snapshot.items_offered(self.spec, self.values)
        return replace(self.rows.context, titles=self.titles, offered=offered)

    @property
    def version(self) -> int:
        return int(self.values["version"])

    @cached_property
    def title(self) -> str:
        visible = {name: self.values.get(name) for name in self.rows.visible}
        return shown_title(self.spec, visible, self.context) or encode(self.id)

    @cached_property
    def editable(self) -> frozenset[str]:
        """Fields the actor may change here."""
        return editable_fields(self.spec, self.actor, "edit")

    @cached_property
    def may_delete(self) -> bool:
        return reach(self.spec, self.actor, "delete") > Level.NONE

    @cached_property
    def actions(self) -> list[Action]:
        """Business verbs that make sense now and that the actor may do."""
        return [
            action
            for action in self.spec.actions.values()
            if reach(self.spec, self.actor, action.verb) > Level.NONE and action.when(self.values)
        ]

    @cached_property
    def facts(self) -> list[tuple[str, Kind]]:
        """Name and kind of the fields in the fact strip."""
        visible = self.rows.visible
        return [(name, visible[name]) for name in self.spec.declaration.facts if name in visible][:6]

    @cached_property
    def sections(self) -> list[tuple[str, list[tuple[str, Kind]]]]:
        """Details by form group; what the form leaves out but people may see comes last."""
        visible, path = self.rows.visible, self.spec.declaration.path
        placed: set[str] = set(STAMPS) | ({path} if path else set())
        placed.update(name for aside in self.spec.declaration.asides.values() for name in aside.tells)
        found = []
        for group in self.spec.declaration.form.groups:
            names = [name for name in group.fields if name in visible and name not in placed]
            placed.update(group.fields)
            if names:
                found.append((say(group.title, self.context), [(name, visible[name]) for name in names]))
        rest = [name for name, kind in visible.items() if name not in placed and kind.key != "data"]
        if rest:
            found.append(("", [(name, visible[name]) for name in rest]))
        return found

    @cached_property
    def path(self) -> Path | None:
        """The steps it goes, with the days spent in each. One query."""
        name = self.spec.declaration.path
        if name is None or name not in self.rows.visible:
            return None
        return _path(self, name)


def editable_fields(spec: EntitySpec, actor: Actor, verb: str) -> frozenset[str]:
    """Fields the actor may set: in the form or not, never hidden, locked, read-only or computed ones."""
    if reach(spec, actor, verb) is Level.NONE:
        return frozenset()
    return frozenset(
        name
        for name, kind in spec.fields.items()
        if not kind.read_only
        and kind.key not in ("computed", "auto_number", "data")
        and may_set(spec, actor, name, verb)
    )


def read(entity: str, actor: Actor, record_id: int, *, related: bool = True) -> RecordPage:
    """The page of one record.

    :raises NotFound: when it is not there or not for this actor.
    """
    rows = query.rows(entity, actor)
    values = rows.get(record_id)
    panels = rows.spec.panels if related else ()
    lists = tuple(_related(rows.spec, actor, values, [panel for panel in panels if not panel.later]))
    page = _put_together(rows, values, lists)
    page.later = tuple(panel for panel in panels if panel.later and _may_see(panel, actor))
    return page


def read_panel(entity: str, actor: Actor, record_id: int, key: str, first: int | None = None) -> RecordPage:
    """The page of one record with one of its related lists.

    :param key: :attr:`Panel.key` of the list. :param first: a row to begin with when it would not be among those shown.
    :raises NotFound: when there is no such record or list for this actor.
    """
    rows = query.rows(entity, actor)
    values = rows.get(record_id)
    panels = [panel for panel in rows.spec.panels if panel.key == key]
    lists = tuple(_related(rows.spec, actor, values, panels, first))
    if not lists:
        raise NotFound(key)
    return _put_together(rows, values, lists)


def _put_together(rows: Rows, values: dict[str, Any], lists: tuple[Related, ...]) -> RecordPage:
    spec, record_id = rows.spec, int(values["id"])
    parts: list[Shown] = [(spec, [values], tuple(rows.visible))]
    parts += [(one.spec, one.values, one.fields) for one in lists]
    itself = RefTitle(record_id, spec.key, shown_title(spec, values, rows.context))
    titles = together(parts, rows.actor, {record_id: itself})
    return RecordPage(spec, rows, rows.actor, record_id, values, lists, titles)


def _related(
    spec: EntitySpec, actor: Actor, values: Mapping[str, Any], panels: Sequence[Panel], first: int | None = None
) -> list[Related]:
    found, record_id = [], int(values["id"])
    for panel in panels:
        other = registry()[panel.entity]
        if not _may_see(panel, actor):
            continue
        rows = linked_rows(other, actor, panel.via, record_id)
        names = [
            name for name in dict.fromkeys((*panel.columns, *panel.totals, *other.title_fields)) if name in rows.visible
        ]
        page = rows.page(names, panel.sort, limit=COUNTED_IN_PANEL + 1)
        shown: Sequence[Mapping[str, Any]] = _main_first(panel, values, page.rows)
        shown = shown[: COUNTED_IN_PANEL if panel.table else SHOWN_IN_PANEL]
        if first is not None and all(row["id"] != first for row in shown):
            shown = [*rows.read([first], names).values(), *shown][:SHOWN_IN_PANEL]
        found.append(
            Related(
                panel,
                other,
                rows,
                shown,
                tuple(name for name in panel.columns if name in rows.visible and name != panel.via),
                min(len(page.rows), COUNTED_IN_PANEL),
                len(page.rows) > COUNTED_IN_PANEL,
                may_add(spec, actor, values, panel),
                _may_edit(spec, actor, values, panel) if panel.table else frozenset(),
            )
        )
    return found


def _may_see(panel: Panel, actor: Actor) -> bool:
    other = registry()[panel.entity]
    return reach(other, actor, "view") > Level.NONE and not actor.hides(other.key, panel.via)


def _main_first(panel: Panel, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    main = values.get(panel.first) if panel.first else None
    return sorted(rows, key=lambda row: main is None or row.get(panel.named_by) != main)


def _may_edit(spec: EntitySpec, actor: Actor, values: Mapping[str, Any], panel: Panel) -> frozenset[str]:
    other = registry()[panel.entity]
    if other.declaration.parent != panel.via:
        return frozenset()  # each row has an owner of its own: it is changed on its page
    covered = spec.declaration.parent is not None or in_reach(spec, actor, "edit", values)
    return editable_fields(other, actor, "edit") if covered else frozenset()


def may_add(spec: EntitySpec, actor: Actor, values: Mapping[str, Any], panel: Panel) -> bool:
    """Whether the actor may make a row of a related list of this record; what belongs to the record takes the right to
    edit it.
    """
    other = registry()[panel.entity]
    if reach(other, actor, "create") is Level.NONE or panel.via not in editable_fields(other, actor, "create"):
        return False
    told = spec.declaration.parent is None and {"owner", "team"} <= values.keys()  # else the door will say
    return other.declaration.parent != panel.via or not told or in_reach(spec, actor, "edit", values)


def linked_rows(other: EntitySpec, actor: Actor, via: str, record_id: int) -> Rows:
    """Rows of ``other`` within the actor's reach that point to the record."""
    return query.rows(other.key, actor).pointing(via, record_id)


# -- the path --------------------------------------------------------------------------------------------------------
def _path(page: RecordPage, name: str) -> Path:
    kind = page.spec.fields[name]
    now = page.values.get(name)
    spent = time_spent(page.spec, page.id, name)
    choices = _choices(page, name, kind)
    at = next((position for position, (value, *_) in enumerate(choices) if value == now), -1)
    closed = choices[at][2] if at >= 0 else "open"
    steps = []
    for position, (value, title, sort) in enumerate(choices):
        if sort == "lost" and value != now:
            continue  # nobody plans to lose
        written = str(kind.to_json(value))
        days = spent.get(written)
        if value == now:
            state = closed if closed in ("won", "lost") else "now"
        elif closed == "lost":
            state = "done" if days is not None else ""
        else:
            state = "done" if position < at else ""
        steps.append(
            Step(value, written, title, sort, state, days, _usual(page, kind, value) if state == "now" else None)
        )
    return Path(name, tuple(steps), name in page.editable)


def _usual(page: RecordPage, kind: Kind, value: Any) -> int | None:
    """How long records usually stay where this one stands."""
    row = page.rows.snapshot.rows.get(str(getattr(kind, "to", "")), {}).get(value)
    return page.spec.declaration.usual_days(row) if row else None


def _no_options(context: Context) -> Mapping[str, Option]:
    return {}


def _choices(page: RecordPage, name: str, kind: Kind) -> list[tuple[Any, str, str]]:
    """``(value, title, open | won | lost)`` in order: entries of a value list, or the directory records that belong
    with the record (stages of its pipeline)."""
    target = getattr(kind, "to", None)
    if target is None:
        options: Mapping[str, Option] = getattr(kind, "options", _no_options)(page.context)
        return [(key, say(one.label, page.context), "open") for key, one in options.items() if not one.retired]
    spec = registry()[target]
    shared = [
        other
        for other, there in spec.references.items()
        if there.to == getattr(page.spec.fields.get(other), "to", None) and other not in ("owner", "team", *STAMPS)  # type: ignore[attr-defined]
    ]
    snapshot = page.rows.snapshot
    rows = [
        row
        for row in snapshot.rows.get(target, {}).values()
        if (row["deleted_at"] is None or row["id"] == page.values.get(name))
        and all(row[other] == page.values.get(other) for other in shared)
    ]
    rows.sort(key=lambda row: (row.get("position") or 0, row["id"]))
    titles = snapshot.directory.get(target, {})
    return [(row["id"], titles[row["id"]].title, row.get("kind") or "open") for row in rows]


def time_spent(spec: EntitySpec, record_id: int, name: str) -> dict[str, int]:
    """Whole days a record held each value of a field reported over time."""

    def spans(values: Sequence[Any]) -> Made:
        held = FieldSpan.objects.filter(record_id=values[0], field=f"{spec.key}.{name}").order_by("-id")
        return held.values_list("value", "since", "until")[:MOST_SPANS]

    total: dict[str, timedelta] = {}
    now: datetime = clock.now()
    for value, since, until in rows_of(("spans", spec.key, name), spans, (record_id,)):
        if value is not None:
            total[value] = total.get(value, timedelta()) + ((until or now) - since)
    return {value: time.days for value, time in total.items()}


# -- trees -----------------------------------------------------------------------------------------------------------
MAX_LEVELS = 50


def tree_field(spec: EntitySpec) -> str | None:
    """The field by which records of the entity stand under one another, when a related list shows it."""
    return next((panel.via for panel in spec.panels if panel.entity == spec.key), None)


@dataclass(frozen=True, slots=True)
class Branch:
    """One record of a tree with its depth under the top."""

    id: int
    title: str
    depth: int


@dataclass(frozen=True, slots=True)
class Sum:
    """What a whole tree holds of one entity: how many, and the money, each currency for itself."""

    spec: EntitySpec
    via: str
    count: int
    money: Mapping[str, Any]


def tree(entity: str, actor: Actor, record_id: int, limit: int = 1_000) -> list[Branch]:
    """A record and everything below it that the actor may see, as one reads a tree. One query a level.

    :raises NotFound: when the record is not there for this actor.
    """
    rows = query.rows(entity, actor)
    via = tree_field(rows.spec)
    rows.get(record_id, ())
    below: dict[int, list[int]] = {}
    seen, level = {record_id}, [record_id]
    for _ in range(MAX_LEVELS):
        found = rows.find(via, level) if via else {}
        for parent, children in found.items():
            below[parent] = [child for child in children if child not in seen]
        level = sorted({child for children in below.values() for child in children} - seen)
        seen.update(level)
        if not level or len(seen) > limit:
            break
    titles = query.titles(entity, seen, actor)
    return list(_walk(record_id, below, titles, 0))


def _walk(one: int, below: Mapping[int, list[int]], titles: Mapping[int, RefTitle], depth: int) -> list[Branch]:
    found = [Branch(one, titles[one].title, depth)] if one in titles else []
    for child in sorted(below.get(one, ()), key=lambda pk: titles[pk].title if pk in titles else ""):
        found += _walk(child, below, titles, depth + 1)
    return found


def rolled_up(entity: str, actor: Actor, ids: Sequence[int]) -> list[Sum]:
    """What the records of a tree hold together: for each related list, how many, and the sum of its board's money."""
    spec, found = registry()[entity], []
    for panel in spec.panels:
        other = registry()[panel.entity]
        single = panel.via in other.references
        if panel.entity == entity or not single or reach(other, actor, "view") is Level.NONE:
            continue
        if actor.hides(other.key, panel.via):
            continue
        rows = query.rows(other.key, actor).where([panel.via, "in", [encode(one) for one in ids]])
        total = other.declaration.board.total if other.declaration.board else None
        measures = ["count", f"sum:{total}"] if total and total in rows.visible else ["count"]
        figures = rows.aggregate([], measures)
        first: Mapping[str, Any] = figures[0] if figures else {"count": 0}
        found.append(Sum(other, panel.via, first["count"], first.get(f"sum:{total}") or {}))
    return found

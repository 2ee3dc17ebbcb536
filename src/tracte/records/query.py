"""The only way to rows: every read applies the actor's reach and field mask.

*Forbidden and non-existent give the same answer everywhere*: an entity without view right raises ``NotFound``, a row
out of reach is not there, a hidden field is unknown.
"""

import json
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet

from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.kernel.fold import fold
from tracte.kernel.ids import decode
from tracte.kernel.problems import NotFound
from tracte.meta import conditions
from tracte.meta.kinds import Computed
from tracte.meta.kinds.base import Context, Kind, RefTitle
from tracte.meta.registry import COLLABORATORS, EntitySpec, registry
from tracte.meta.values import reader_of, shown_title
from tracte.records import snapshot as snapshots
from tracte.records.figures import figures_of
from tracte.records.reach import Reach, ways
from tracte.records.scope import Read, Scope, key_of
from tracte.records.selection import Selection
from tracte.records.snapshot import Snapshot
from tracte.records.sorting import Order, own_order, read_cursor, read_sort, write_cursor
from tracte.records.sql import (
    count_branches,
    first_ids_by,
    has_index,
    is_plain,
    is_text,
    one_of,
    select,
    select_glued,
    selecting,
    union_all,
    union_ids,
    union_ids_by,
)
from tracte.records.statements import Made, rows_of
from tracte.records.tables import RecordLink

MAX_PAGE = 500


@dataclass(frozen=True, slots=True)
class Page:
    """One page of values, with marks for its neighbours (``None`` at the ends)."""

    rows: list[dict[str, Any]]
    next: str | None
    prev: str | None


@dataclass(frozen=True)
class Rows:
    """Rows of one entity within an actor's reach for one verb. Immutable; narrowing gives a new one.

    :param via: only rows whose reference holds one record: ``(field, id)``.
    """

    spec: EntitySpec
    actor: Actor
    verb: str
    snapshot: Snapshot
    node: conditions.Node | None = None
    extra: Q = field(default_factory=Q)
    via: tuple[str, int] | None = None
    binned: bool = False
    unscoped: bool = False

    # -- reach -------------------------------------------------------------------------------------------------------
    @property
    def level(self) -> Level:
        if self.unscoped or (self.spec.declaration.directory and self.verb == "view"):
            return Level.ALL
        return reach(self.spec, self.actor, self.verb)

    @cached_property
    def visible(self) -> dict[str, Kind]:
        """Fields the actor may see."""
        hides, key = self.actor.hides, self.spec.key
        return {name: kind for name, kind in self.spec.fields.items() if not hides(key, name)}

    @cached_property
    def context(self) -> Context:
        return self.snapshot.context(self.actor)

    @cached_property
    def reach(self) -> Reach:
        """The actor's reach, of a kind of record that is nobody's part."""
        if self.level is Level.ALL:
            return Reach(self.spec.key, everything=True)

        def found() -> Reach:
            return Reach.of(self.spec, ways(self.spec, self.actor, self.verb, self.level, self.snapshot))

        return self.snapshot.once(("reach", self.spec.key, self.verb, self.actor.rights), found)

    def branches(self) -> list[Q]:
        """Disjoint conditions that together are the actor's reach."""
        parent = self.spec.declaration.parent
        if parent is None or self.level is Level.ALL:
            return self.reach.branches(self.snapshot)
        target = str(getattr(self.spec.fields[parent], "to", ""))
        asked = verb_on_parent(self.verb)
        inside = Rows(registry()[target], self.actor, asked, self.snapshot).queryset().values("pk")
        return [Q((f"{self.spec.fields[parent].columns()[0]}__in", inside.order_by()))]

    def scope_q(self) -> Q:
        """The reach as one condition, for filters within filters and for counting."""
        if self.spec.declaration.parent is None or self.level is Level.ALL:
            return self.reach.as_one(self.snapshot)
        return self.branches()[0]

    def narrowed(self) -> Q:
        """Everything but the reach: not binned, the entity's own rule, filters."""
        found = Q(deleted_at__isnull=not self.binned) & self.extra
        if self.via is not None:
            found &= self._pointing()
        rule = None if self.unscoped else self.spec.declaration.row_rule(self.actor)
        if rule is not None:
            found &= rule
        return found if self.node is None else found & self.node.to_q(Scope(self.actor, self.snapshot, self._seen))

    def _seen(self, entity: str) -> QuerySet[Any]:
        """The rows of another entity the actor sees, for conditions that lead there."""
        return Rows(registry()[entity], self.actor, "view", self.snapshot).queryset()

    def _pointing(self) -> Q:
        field, record_id = self.via or ("", 0)
        if field not in self.spec.link_fields:
            return Q((self.spec.fields[field].columns()[0], record_id))
        links = RecordLink.objects.filter(field=f"{self.spec.key}.{field}", to_id=record_id)
        return Q(pk__in=links.values("from_id"))

    def _asked(
        self, key: Hashable | None, build: "Callable[[Rows, Sequence[Any]], Made]", values: Sequence[Any] = ()
    ) -> list[Sequence[Any]]:
        """What ``build`` selects; its statement is kept by ``key``, by whose rows these are and by their filter."""
        filtered = key_of(self.node)
        known = key is not None and filtered is not None and not self.extra
        field, target = self.via or (None, None)
        whose = (self.spec, self.actor.rights, self.verb, self.binned, self.unscoped, field, filtered)

        def made(given: Sequence[Any]) -> Made:
            rows = self if field is None else replace(self, via=(field, given[0]))
            return build(rows, given[1:])

        return rows_of((whose, key) if known else None, made, (target, *values))

    def queryset(self) -> QuerySet[Any]:
        """All rows in reach, unordered. For the records and engine rooms; faces use the methods below."""
        return self.spec.model._default_manager.filter(self.scope_q(), self.narrowed()).order_by()

    def parts_in_reach(self) -> list[QuerySet[Any]]:
        """The rows in reach, unordered, as disjoint selections that each walk an index of the reach: an OR over them
        leaves that choice to the database, which may read every row of a stage instead."""
        manager, narrowed = self.spec.model._default_manager, self.narrowed()
        return [manager.filter(narrowed, branch).order_by() for branch in self.branches()]

    def _plain_reach(self) -> tuple[str, list[Any]] | None:
        """The reach as SQL, when nothing but owner, team and bin decides."""
        level, declared = self.level, self.spec.declaration
        if self.node is not None or self.extra or self.via or (declared.parent is not None and level is not Level.ALL):
            return None
        if not self.unscoped and declared.row_rule(self.actor) is not None:
            return None
        live = "deleted_at IS NOT NULL" if self.binned else "deleted_at IS NULL"
        if level is Level.ALL:
            return live, []
        plain = self.reach.plain()
        if plain is None:
            return None
        test, params = plain
        return (f"{live} AND {test}" if test else live), list(params)

    def _selected(
        self, names: Sequence[str], held: Mapping[str, Collection[Any]], lead: str = ""
    ) -> list[tuple[Any, ...]]:
        """Columns of the rows in reach that hold one of the given values in each given column, in id order.

        :param lead: the column that leaves fewest rows.
        """
        reach_sql, model = self._plain_reach(), self.spec.model
        if (
            reach_sql is not None
            and all(is_plain(model, name) for name in names)
            and all(type(value) is int or type(value) is str for values in held.values() for value in values)
        ):
            return select(model, names, *reach_sql, held, lead)
        queryset = self.queryset().filter(*(one_of(column, list(values)) for column, values in held.items()))
        return list(queryset.order_by("pk").values_list(*names))

    def statement(self, names: Sequence[str], ids: Sequence[int]) -> tuple[str, Sequence[Any]] | None:
        """SQL and parameters for id and plain columns of the rows in reach among ``ids``; ``None`` when none can be."""
        reach_sql = self._plain_reach()
        if reach_sql is not None:
            return selecting(self.spec.model, ("id", *names), *reach_sql, {"id": ids})
        try:
            found: tuple[str, Sequence[Any]] = (
                self.queryset().filter(one_of("pk", ids)).values_list("pk", *names).query.sql_with_params()
            )
        except EmptyResultSet:
            return None
        return found

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether a live record with these values lies within reach, told without asking the database; also false where
        only the database can tell."""
        declared, reach = self.spec.declaration, self.reach
        if self.node is not None or self.extra or self.via or declared.parent is not None:
            return False
        if declared.row_rule(self.actor) is not None:
            return False
        return reach.everything or values.get("owner") in reach.owners or values.get("team") in reach.all_teams

    # -- narrowing ---------------------------------------------------------------------------------------------------
    def where(self, raw: Any) -> "Rows":
        """Rows that meet a condition in the JSON form.

        :raises Rejected: status 400, naming what is wrong.
        """
        node = Read(conditions.read(self.spec, raw, self.reader()), self._read_as(raw))
        return replace(self, node=node if self.node is None else conditions.All((self.node, node)))

    def _read_as(self, raw: Any) -> Hashable | None:
        """All that decides what a condition in the JSON form means: its text, the reader's ways and the directory."""
        if not self.snapshot.version:
            return None
        ways = self.context
        text = json.dumps(raw, sort_keys=True, default=repr)
        return text, ways.today, ways.language, ways.timezone, ways.region, ways.currency, self.snapshot.version

    def reader(self, *, strict: bool = False) -> conditions.Reader:
        return conditions.Reader(registry(), self.actor, replace(self.context, strict=strict), self.snapshot.keyed)

    def pointing(self, field: str, record_id: int) -> "Rows":
        """Rows within reach whose reference ``field``, to one or to many, holds a record.

        :raises NotFound: when the actor may not see the field.
        """
        if field not in self.visible:
            raise NotFound(field)
        return replace(self, via=(field, record_id))

    def linked(self, field: str, record_id: int) -> "Rows":
        """Rows whose many-reference ``field`` holds a record. The caller has already seen that record, so the rows are
        visible through it; the entity's own rule (private notes) still holds."""
        return replace(self, via=(field, record_id), unscoped=False, verb="linked")

    def only(self, ids: Iterable[int]) -> "Rows":
        return replace(self, extra=self.extra & Q(pk__one_of=list(ids)))

    def bin(self) -> "Rows":
        """Binned rows instead of live ones."""
        return replace(self, binned=True)

    # -- reading -----------------------------------------------------------------------------------------------------
    def fields(self, names: Iterable[str] | None) -> dict[str, Kind]:
        """The wanted fields that are visible; all when ``None``."""
        return self.visible if names is None else {n: self.visible[n] for n in names if n in self.visible}

    def read(self, ids: Iterable[int], fields: Iterable[str] | None = None) -> dict[int, dict[str, Any]]:
        """Values by id for those in reach."""
        wanted, listed = self.fields(fields), list(ids)
        if fields is not None and all(kind.stored and kind.cf_key is None for kind in wanted.values()):
            columns, build = reader_of(wanted)
            if all(is_plain(self.spec.model, name) for name in columns):
                rows = self._selected((*columns, "id", "version"), {"id": listed}) if listed else []
                return {row[-2]: {**build(row), "id": row[-2], "version": row[-1]} for row in rows}
        if len(listed) == 1:
            found = self._values("one", wanted, lambda rows, pk: rows.queryset().filter(pk=pk), listed[0])
        else:
            found = self._values(None, wanted, lambda rows: rows.queryset().filter(pk__one_of=listed))
        return {values["id"]: values for values in found}

    def get(self, record_id: int, fields: Iterable[str] | None = None) -> dict[str, Any]:
        """One record's values, with ``id`` and ``version``.

        :raises NotFound: when it does not exist, is binned or is out of reach: all look the same.
        """
        found = self.read([record_id], fields)
        if record_id not in found:
            raise NotFound(self.spec.key)
        return found[record_id]

    def page(self, fields: Iterable[str] | None, sort: str = "", cursor: str | None = None, limit: int = 50) -> Page:
        """One page in a sort order. Query count does not depend on the number of rows.

        :raises Rejected: status 400 for a wrong sort or cursor.
        """
        order = read_sort(self.spec, sort or own_order(self.spec, self.actor), self.actor)
        limit = max(1, min(limit, MAX_PAGE))
        marks, backwards = read_cursor(order, cursor, self.spec.model) if cursor else (None, False)
        wanted = self.fields(fields)
        needed = self._with_sources(wanted)
        selection = Selection.of(needed, order)

        def build(rows: Rows, given: Sequence[Any]) -> Made:
            after = None if marks is None else given
            return rows.first(order, after, limit + 1, backwards=backwards).values_list(*selection.columns)

        key = ("page", order.text, limit, marks is None, backwards, selection.columns)
        found = self._asked(key, build, marks or ())
        page = self._cut(selection.read(found), wanted, order, limit, backwards, cursor is not None)
        self._drop(page.rows, needed.keys() - wanted.keys())
        return page

    def first(self, order: Order, marks: Sequence[Any] | None, limit: int, *, backwards: bool) -> QuerySet[Any]:
        """The first rows of an order, after (or before) given marks."""
        branches = self.sorted_branches(order, marks, backwards=backwards)
        if len(branches) == 1:
            found = branches[0]
        else:
            found = self.spec.model._default_manager.alias(**order.annotations())
            found = found.filter(pk__in=union_ids(branches, limit)).order_by(*order.ordering(backwards=backwards))
        annotations = order.annotations()
        return (found.annotate(**annotations) if annotations else found)[:limit]

    def sorted_branches(
        self, order: Order, marks: Sequence[Any] | None, *, backwards: bool = False
    ) -> list[QuerySet[Any]]:
        """The reach as sorted selections, each of which can walk an index."""
        base = self.spec.model._default_manager.alias(**order.annotations()).filter(self.narrowed())
        if marks is not None:
            base = base.filter(order.after(marks, backwards=backwards))
        parts = order.parts(marks, backwards=backwards)
        return [base.filter(branch, part).order_by(*terms) for branch in self.branches() for part, terms in parts]

    def tops(
        self, by: str, values: Iterable[Any], fields: Iterable[str] | None, sort: str = "", limit: int = 20
    ) -> dict[Any, Page]:
        """The first page for each value of a field (the columns of a board), in one query.

        :raises Rejected: status 400 for a wrong sort.
        """
        order = read_sort(self.spec, sort or own_order(self.spec, self.actor), self.actor)
        column = self.visible[by].columns()[0]
        wanted = list(dict.fromkeys(values))
        if not wanted:
            return {}
        needed = self._with_sources(self.fields(None if fields is None else {*fields, by}))
        selection = Selection.of(needed, order)

        def build(rows: Rows, _: Sequence[Any]) -> Made:
            if has_index(rows.spec.model, column, order.paths()):
                ids = union_ids_by(rows.sorted_branches(order, None), column, wanted, limit + 1)
            else:
                ids = first_ids_by(rows.parts_in_reach(), column, wanted, order, limit + 1)
            glued = rows.spec.model._default_manager.annotate(**order.annotations()).filter(pk__in=ids)
            ordered: QuerySet[Any] = glued.order_by(*order.ordering())
            return ordered.values_list(*selection.columns)

        key = ("tops", order.text, limit, by, tuple(wanted), selection.columns)
        rows, marks = selection.read(self._asked(key, build))
        self._add_links(rows, needed)
        found: dict[Any, list[int]] = {value: [] for value in wanted}
        for at, row in enumerate(rows):
            found[row[by]].append(at)
        pages: dict[Any, Page] = {}
        for value, places in found.items():
            kept = places[:limit]
            more = len(places) > limit
            last = self._mark(order, rows[kept[-1]], marks[kept[-1]]) if more else None
            pages[value] = Page([rows[at] for at in kept], None if last is None else write_cursor(order, last), None)
        return pages

    def _cut(
        self,
        found: "tuple[list[dict[str, Any]], list[Sequence[Any]]]",
        fields: dict[str, Kind],
        order: Order,
        limit: int,
        backwards: bool,
        inside: bool,
    ) -> Page:
        rows, marks = found
        more = len(rows) > limit
        rows, marks = rows[:limit], marks[:limit]
        if backwards:
            rows.reverse()
            marks.reverse()
        self._add_links(rows, fields)
        if not rows:
            return Page([], None, None)
        keys = [self._mark(order, rows[at], marks[at]) for at in (0, -1)]
        forward = more if not backwards else True
        back = more if backwards else inside
        return Page(
            rows,
            write_cursor(order, keys[1]) if forward else None,
            write_cursor(order, keys[0], backwards=True) if back else None,
        )

    @staticmethod
    def _mark(order: Order, row: Mapping[str, Any], marks: Sequence[Any]) -> list[Any]:
        rest = iter(marks)
        return [row["id"] if path == "pk" else next(rest) for path in order.paths()]

    def _values(
        self,
        name: str | None,
        fields: dict[str, Kind],
        narrowed: "Callable[..., QuerySet[Any]]",
        *values: Any,
    ) -> list[dict[str, Any]]:
        """Values of the rows that ``narrowed(rows, *values)`` selects.

        :param name: tells one ``narrowed`` from another, or ``None`` when it holds more values than those.
        """
        needed = self._with_sources(fields)
        selection = Selection.of(needed)

        def build(rows: Rows, given: Sequence[Any]) -> Made:
            return narrowed(rows, *given).values_list(*selection.columns)

        rows, _ = selection.read(self._asked(name and (name, selection.columns), build, values))
        self._add_links(rows, fields)
        self._drop(rows, needed.keys() - fields.keys())
        return rows

    @staticmethod
    def _drop(rows: list[dict[str, Any]], names: Iterable[str]) -> None:
        """Take out what was fetched only to compute something else."""
        for name in names:
            for values in rows:
                values.pop(name, None)

    def _with_sources(self, fields: dict[str, Kind]) -> dict[str, Kind]:
        """The fields plus those their computed ones are made of; a computed field shows only if all of its sources
        may be seen."""
        needed: dict[str, Kind] = {}
        for name, kind in fields.items():
            sources = kind.of if isinstance(kind, Computed) else ()
            if all(source in self.visible for source in sources):
                needed.update({source: self.visible[source] for source in sources})
                needed[name] = kind
        stored_first = {n: k for n, k in needed.items() if not isinstance(k, Computed)}
        return stored_first | needed

    def _add_links(self, rows: list[dict[str, Any]], fields: Mapping[str, Kind]) -> None:
        """Many-reference values of a page, in one query."""
        linked = [name for name in held_links(self.spec, self.snapshot) if name in fields]
        for row in rows:
            row.update(dict.fromkeys(fields.keys() & self.spec.link_fields.keys(), ()))
        if not linked or not rows:
            return
        held = links_of(self.spec.key, linked, [row["id"] for row in rows])
        for row in rows:
            for name in linked:
                row[name] = held.get((row["id"], name), ())

    def ids(self, limit: int | None = None, after: int = 0) -> list[int]:
        """Ids in id order."""
        queryset = self.queryset().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)
        return list(queryset if limit is None else queryset[:limit])

    def stream(self, fields: Iterable[str] | None = None, chunk: int = 2000) -> Iterator[dict[str, Any]]:
        """Every row in id order, in bounded memory."""
        wanted, after = self.fields(fields), 0
        while True:
            rows = self._values(
                f"stream {chunk}",
                wanted,
                lambda rows, pk: rows.queryset().filter(pk__gt=pk).order_by("pk")[:chunk],
                after,
            )
            yield from rows
            if len(rows) < chunk:
                return
            after = rows[-1]["id"]

    def count(self, cap: int = 1001) -> tuple[int, bool]:
        """How many rows, counting no further than ``cap``."""

        counted = self._asked(("count", cap), lambda rows, _: count_branches(rows.parts_in_reach(), cap))
        found = int(counted[0][0]) if counted else 0
        return found, found >= cap

    def find(self, field: str, values: Iterable[Any]) -> dict[Any, list[int]]:
        """Ids by equal value of one field, for many values at once.

        :param field: a field, ``title`` (compared folded) or ``external:system``.
        """
        wanted = list({value for value in values if value is not None})
        column = "title_key" if field == "title" else self.visible[field].columns()[0]
        found: dict[Any, list[int]] = {}
        for value, pk in self._selected((column, "id"), {column: wanted}) if wanted else ():
            found.setdefault(value, []).append(pk)
        return found

    def find_all(
        self, fields: Sequence[str], tuples: Collection[tuple[Any, ...]], title_keys: Collection[str] = ()
    ) -> dict[tuple[Any, ...], list[int]]:
        """Ids by equal values of several fields together, none of them empty: one query, for finding duplicates.

        :param title_keys: the folded titles of records with these values, where they are known.
        """
        if not tuples or not self.visible.keys() >= set(fields):
            return {}
        kinds = {name: self.visible[name] for name in fields}
        columns, build = reader_of(kinds)
        held = {  # the database narrows by what is one column, the rest is compared here
            kind.columns()[0]: {values[at] for values in tuples}
            for at, kind in enumerate(kinds.values())
            if len(kind.columns()) == 1 and kind.cf_key is None
        }
        lead = "title_key" if self._is_title(fields) else ""
        if lead:
            said = {kinds[name].columns()[0] for name in self.spec.title_fields}
            held = {column: values for column, values in held.items() if column not in said}
            held[lead] = set(title_keys) or {self._title_key(fields, values) for values in tuples}
        found: dict[tuple[Any, ...], list[int]] = {}
        for row in self._selected((*columns, "id"), held, lead) if held else ():
            values = build(row)
            key = tuple([values[name] for name in fields])
            if key in tuples:
                found.setdefault(key, []).append(row[-1])
        return found

    def _is_title(self, fields: Sequence[str]) -> bool:
        """Whether rows that share these fields have the same title: far fewer do than share an account, and titles are
        in an index."""
        named = self.spec.title_fields
        return bool(named) and set(named) <= set(fields) and all(self.spec.fields[one].key == "text" for one in named)

    def _title_key(self, fields: Sequence[str], values: Sequence[Any]) -> str:
        return fold(shown_title(self.spec, dict(zip(fields, values, strict=True)), self.context))[:120]

    def equal_to(self, keys: Sequence[tuple[Sequence[str], tuple[Any, ...]]]) -> list[list[int]]:
        """Ids by several keys, each of them fields and a value for each, none empty: all in one query, where plain
        columns hold what is compared, which is nearly always."""
        parts = [self._equal(fields, values) for fields, values in keys]
        asked = [part for part in parts if part is not None]
        if len(asked) < len(parts):
            return [self.find_all(fields, {values}).get(values, []) for fields, values in keys]
        found: list[list[int]] = [[] for _ in keys]
        for at, pk in select_glued(asked) if asked else ():
            found[at].append(pk)
        return [sorted(ids) for ids in found]

    def _equal(self, fields: Sequence[str], values: tuple[Any, ...]) -> tuple[str, Sequence[Any], int] | None:
        """The selection of the rows in reach that hold a key; ``None`` when plain columns do not tell."""
        reach_sql = self._plain_reach()
        if reach_sql is None or not all(name in self.visible for name in fields):
            return None
        kinds = [self.visible[name] for name in fields]
        if any(kind.cf_key or len(kind.columns()) > 1 for kind in kinds):
            return None
        held = {kind.columns()[0]: (value,) for kind, value in zip(kinds, values, strict=True)}
        if not all(is_plain(self.spec.model, column) for column in held) or not all(
            type(value) is int or type(value) is str for value in values
        ):
            return None
        lead = "title_key" if self._is_title(fields) else ""
        if lead:
            held[lead] = (self._title_key(fields, values),)
        return *selecting(self.spec.model, ("id",), *reach_sql, held, lead), 1

    def aggregate(self, group: Sequence[str], measures: Sequence[str]) -> list[dict[str, Any]]:
        """Figures by group: ``count``, ``sum:amount`` (money: ``{"EUR": Decimal}``, ``None`` when there is no value).

        :raises Rejected: status 400 for a field that cannot be grouped or summed.
        """

        def answered(figures: Callable[[QuerySet[Any]], QuerySet[Any]]) -> list[Sequence[Any]]:
            key = ("figures", *group, "of", *measures)
            return self._asked(key, lambda rows, _: union_all([figures(one) for one in rows.parts_in_reach()]))

        return figures_of(answered, self.visible, group, measures)


def held_links(spec: EntitySpec, snapshot: Snapshot) -> list[str]:
    """The many-reference fields of an entity that hold something: nobody may collaborate on any of its records."""
    return [name for name in spec.link_fields if name != COLLABORATORS or spec.key in snapshot.shared]


VERB_OF_FIELD = {"owner": "assign", "team": "assign", COLLABORATORS: "share"}
"""Fields that take a verb of their own to change."""


def may_set(spec: EntitySpec, actor: Actor, name: str, verb: str) -> bool:
    """Whether the actor's rights let a field be given at all; whoever creates a record also says whose it is."""
    needed = VERB_OF_FIELD.get(name)
    closed = needed is not None and verb != "create" and reach(spec, actor, needed) is Level.NONE
    return not (closed or actor.locks(spec.key, name))


def verb_on_parent(verb: str) -> str:
    """What somebody must be allowed to do with a record, to ``verb`` what belongs to it."""
    return verb if verb in ("view", "history") else "edit"


def reach(spec: EntitySpec, actor: Actor, verb: str) -> Level:
    """How far the actor's right for a verb goes; children take it from their parent."""
    if verb == "linked":
        return Level.ALL if actor.may(spec.key, "view") else Level.NONE
    if spec.declaration.parent is not None:
        target = str(getattr(spec.fields[spec.declaration.parent], "to", ""))
        return reach(registry()[target], actor, verb_on_parent(verb))
    if spec.declaration.admin_only and verb != "view":
        return Level.ALL if actor.admin or actor.everything else Level.NONE
    if spec.declaration.directory and verb == "view":
        return Level.ALL
    if actor.admin and spec.declaration.area == "settings":
        return Level.ALL
    return actor.level(spec.key, verb)


def rows(entity: str, actor: Actor, verb: str = "view") -> Rows:
    """Rows of ``entity`` the actor may ``verb``.

    :raises NotFound: for an unknown entity, and for one the actor has no right to.
    """
    spec = registry()[entity]
    if reach(spec, actor, verb) is Level.NONE:
        raise NotFound(entity)
    return Rows(spec, actor, verb, snapshots.current())


def system_rows(entity: str) -> Rows:
    """Every live row, for the program's own rules. Never for showing to a person."""
    return Rows(registry()[entity], OPERATOR, "view", snapshots.current(), unscoped=True)


def links_of(entity: str, fields: Iterable[str], ids: Iterable[int]) -> dict[tuple[int, str], tuple[int, ...]]:
    """Ids held by many-reference fields: ``{(record, field): (ids…)}`` in their order."""
    names = {f"{entity}.{field}": field for field in fields}
    found: dict[tuple[int, str], tuple[int, ...]] = {}
    wanted = list(ids)

    def stored(values: Sequence[Any]) -> Made:
        test = Q(from_id=values[0]) if len(wanted) == 1 else Q(from_id__in=wanted)
        links = RecordLink.objects.filter(test, field__in=names).order_by("position", "id")
        return links.values_list("field", "from_id", "to_id")

    kept_by = ("links", *names) if len(wanted) == 1 else None
    for stored_as, from_id, to_id in rows_of(kept_by, stored, wanted[:1]):
        key = (from_id, names[stored_as])
        found[key] = (*found.get(key, ()), to_id)
    return found


def titles(entity: str, ids: Iterable[int], actor: Actor) -> dict[int, RefTitle]:
    """Titles of records in the actor's reach, one query; none for directory entities."""
    wanted = {one for one in ids if one is not None}
    spec, snapshot = registry()[entity], snapshots.current()
    if spec.declaration.directory:
        known = snapshot.directory.get(entity, {})
        return {one: known[one] for one in wanted if one in known}
    if not wanted or reach(spec, actor, "view") is Level.NONE:
        return {}
    names = [name for name in spec.title_fields if not actor.hides(entity, name)]
    found = Rows(spec, actor, "view", snapshot).read(wanted, names)
    context = snapshot.context(actor)
    return {pk: RefTitle(pk, entity, shown_title(spec, values, context)) for pk, values in found.items()}


def titles_of(kept: Iterable[tuple[str, int]], actor: Actor) -> dict[int, RefTitle]:
    """Titles of records of several kinds in the actor's reach: one query for all kinds whose title is made of text
    (nearly all are), and one for each other kind.

    :param kept: entity and id of each.
    """
    wanted: dict[str, list[int]] = {}
    for entity, one in kept:
        wanted.setdefault(entity, []).append(one)
    found: dict[int, RefTitle] = {}
    snapshot, parts, readers = snapshots.current(), [], []
    for entity, ids in wanted.items():
        spec = registry()[entity]
        names = [name for name in spec.title_fields if not actor.hides(entity, name)]
        rows = Rows(spec, actor, "view", snapshot)
        columns, build = reader_of(rows.fields(names))
        seen = not spec.declaration.directory and reach(spec, actor, "view") is not Level.NONE
        if len(wanted) == 1 or not seen or not all(is_text(spec.model, name) for name in columns):
            found |= titles(entity, ids, actor)
            continue
        statement = rows.statement(columns, ids)
        if statement is not None:
            parts.append((*statement, 1 + len(columns)))
            readers.append((spec, build))
    context = snapshot.context(actor)
    for number, pk, *row in select_glued(parts) if parts else ():
        spec, build = readers[number]
        found[pk] = RefTitle(pk, spec.key, shown_title(spec, build(row), context))
    return found


def record_id(text: str) -> int:
    """The id behind its public form.

    :raises NotFound: when the text is no id, as for one that does not exist.
    """
    try:
        return decode(text)
    except ValueError:
        raise NotFound(text) from None

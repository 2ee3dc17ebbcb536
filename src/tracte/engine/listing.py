"""The list of an entity: what the address asks for, and the page of values that answers it.

The address holds the whole state: view, filters, search, sort order, columns and place. The number of queries does not
depend on the number of rows: one page by keyset, one count that stops at a thousand, one query for each entity referred
to, and the totals, which are summed only while the filter matches few enough rows to be instant.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from tracte.engine import savedviews
from tracte.engine.savedviews import PREFIX, SavedView, parts_of
from tracte.engine.searching import matching
from tracte.engine.titles import titles_for
from tracte.kernel.money import Money
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.entity import View
from tracte.meta.kinds import Computed
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import EntitySpec
from tracte.records.limits import time_limit
from tracte.records.query import Rows
from tracte.records.sorting import own_order

KNOWN = frozenset({"view", "from", "filter", "q", "sort", "group", "columns", "cursor", "limit", "exact"})
UNGROUPED = "none"
CAP, EXACT_CAP = 1001, 10_001
SECONDS = 5.0
MAX_FILTER = 20_000
LIMITS = range(1, 201)


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address of a list asks for.

    :param view: key of one of the entity's views; ``""`` for every row.
    :param base: key of the saved view these filters began with, when ``view`` no longer holds.
    :param group: field the rows are grouped by; ``"none"`` when not even by the one the view says.
    :param chosen: the view itself, as far as it holds for the reader. :param saved: the same with who saved it.
    :param parts: conditions in JSON form that must all hold, beside the view's.
    :param exact: count, and sum up, beyond the first thousand.
    :param besides: further parameters the caller reads itself and wants kept (a board's pipeline).
    """

    view: str = ""
    parts: tuple[Any, ...] = ()
    q: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()
    cursor: str = ""
    limit: int = 50
    exact: bool = False
    default_view: str = ""
    default_limit: int = 50
    base: str = ""
    group: str = ""
    besides: tuple[tuple[str, str], ...] = ()
    chosen: View | None = field(default=None, compare=False)
    saved: SavedView | None = field(default=None, compare=False)

    def pairs(self) -> dict[str, str]:
        """The state as query parameters; what is as usual is left out."""
        found: dict[str, str] = {}
        bare = not (self.parts or self.q)
        if self.view != (self.default_view if bare else ""):
            found["view"] = self.view
        if self.base and self.base != self.view:
            found["from"] = self.base
        if self.parts:
            found["filter"] = compact(self.parts[0] if len(self.parts) == 1 else {"all": list(self.parts)})
        if self.q:
            found["q"] = self.q
        if self.sort:
            found["sort"] = self.sort
        if self.group:
            found["group"] = self.group
        if self.columns:
            found["columns"] = ",".join(self.columns)
        if self.limit != self.default_limit:
            found["limit"] = str(self.limit)
        if self.exact:
            found["exact"] = "1"
        if self.cursor:
            found["cursor"] = self.cursor
        return found | dict(self.besides)

    def address(self, **changes: Any) -> str:
        """The query string after ``changes``, back on the first page unless they say otherwise."""
        text = urlencode(replace(self, **{"cursor": "", **changes}).pairs())
        return f"?{text}" if text else "?"


def compact(condition: Any) -> str:
    """A condition as the shortest JSON text."""
    return json.dumps(condition, separators=(",", ":"), ensure_ascii=False)


def read_state(
    rows: Rows,
    params: Mapping[str, Sequence[str]],
    *,
    also: Iterable[str] = (),
    limit: int = 50,
    saved: Sequence[SavedView] | None = None,
) -> ListState:
    """The state in the parameters of an address.

    :param params: every value by name. :param also: further names the caller reads itself.
    :param saved: the saved views the actor sees, when they have been read already.
    :raises Rejected: status 400, naming the parameter that is wrong.
    """
    given = {name: values[-1] for name, values in params.items() if values}
    parts = _filter_parts(given.get("filter", ""))
    for name, value in given.items():
        if name not in KNOWN and name not in also:
            parts.append(_simple(rows, name, value))
    q = " ".join(given.get("q", "").split())[:200]
    default = savedviews.first(rows, saved)
    view = given.get("view", "" if parts or q else default)
    base = given.get("from", view) if view else given.get("from", "")
    kept = _saved(rows, view, saved)
    chosen = kept.view if kept else next((one for one in savedviews.declared(rows) if one.key == view), None)
    if view and chosen is None:
        raise _wrong("view")
    columns = [name for text in params.get("columns", ()) for name in text.split(",") if name]
    return ListState(
        view=view,
        parts=tuple(parts),
        q=q,
        sort=given.get("sort", ""),
        columns=tuple(dict.fromkeys(columns))[:30],
        cursor=given.get("cursor", ""),
        limit=_limit(given.get("limit", ""), limit),
        exact=given.get("exact", "") == "1",
        default_view=default,
        default_limit=limit,
        base=base if base.startswith(PREFIX) else "",
        group=given.get("group", ""),
        chosen=chosen,
        saved=kept,
    )


def _saved(rows: Rows, key: str, known: Sequence[SavedView] | None) -> SavedView | None:
    """The saved view of this key, as far as it holds for the reader."""
    if not key.startswith(PREFIX):
        return None
    found = savedviews.find(rows, key) if known is None else next((one for one in known if one.view.key == key), None)
    return savedviews.usable(found, rows) if found else None


def _filter_parts(text: str) -> list[Any]:
    if not text:
        return []
    if len(text) > MAX_FILTER:
        raise Rejected([Problem("filter", "too_large", {"max": MAX_FILTER})], status=400)
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise Rejected([Problem("filter", "bad_json")], status=400) from None
    if isinstance(raw, dict) and set(raw) == {"all"} and isinstance(raw["all"], list):
        return list(raw["all"])
    return [raw] if raw not in (None, {}) else []


def _simple(rows: Rows, name: str, value: str) -> list[Any]:
    """``stage=won`` and ``amount__gte=1000`` as conditions; a list of values is separated by commas."""
    path, _, op = name.partition("__")
    head = path.partition(".")[0]
    if head != "id" and head not in rows.visible and head not in rows.spec.collections:
        raise Rejected([Problem(name, "unknown_parameter", {"name": name})], status=400)
    op = op or "eq"
    if op in ("in", "not_in", "between", "has_any", "has_all", "has_none"):
        return [path, op, [part.strip() for part in value.split(",") if part.strip()]]
    return [path, op] if op in ("empty", "not_empty") else [path, op, value]


def _limit(text: str, default: int) -> int:
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 4 or int(text) not in LIMITS:
        raise _wrong("limit")
    return int(text)


def _wrong(name: str) -> Rejected:
    return Rejected([Problem(name, "bad_parameter", {"name": name})], status=400)


def view_of(spec: EntitySpec, state: ListState) -> View | None:
    """The view the state names."""
    if state.chosen is not None and state.chosen.key == state.view:
        return state.chosen
    return next((view for view in spec.declaration.views if view.key == state.view), None)


def view_parts(view: View | None) -> list[Any]:
    """The conditions of a view, one by one."""
    return [] if view is None else parts_of(view.where)


def narrowed(rows: Rows, state: ListState) -> Rows:
    """The rows the state asks for, unsorted.

    :raises Rejected: status 400 for a wrong filter.
    """
    view = view_of(rows.spec, state)
    parts = [*view_parts(view), *state.parts]
    if parts:
        rows = rows.where({"all": parts})
    for words in dict.fromkeys((view.words if view else "", state.q)):
        if words:
            rows = replace(rows, extra=rows.extra & matching(rows, words))
    return rows


def sort_of(rows: Rows, state: ListState) -> str:
    """The order in force: asked for, else the view's, else the list's, without what the actor may not sort by."""
    view = view_of(rows.spec, state)
    return state.sort or own_order(rows.spec, rows.actor, view.sort if view and view.sort else "")


def group_of(spec: EntitySpec, state: ListState) -> str:
    """The field the rows are grouped by: asked for, else the view's; ``""`` for none."""
    view = view_of(spec, state)
    return "" if state.group == UNGROUPED else state.group or (view.group if view else "")


def columns_in_force(rows: Rows, state: ListState) -> tuple[str, ...]:
    """The columns to show: asked for, else the view's, else the list's.

    :raises Rejected: status 400 for a name asked for that is no field.
    """
    view = view_of(rows.spec, state)
    return columns_of(rows, state.columns or (view.columns if view else ()))


def columns_of(rows: Rows, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Columns to show: those asked for, else the declared ones; the title first, hidden ones left out.

    :raises Rejected: status 400 for a name that is no field.
    """
    for name in wanted:
        if name != "title" and name not in rows.visible:
            raise Rejected([Problem("columns", "unknown_field", {"name": name})], status=400)
    names = dict.fromkeys(("title", *(wanted or rows.spec.declaration.list.columns)))
    return tuple(name for name in names if name == "title" or shows(rows, name))


def shows(rows: Rows, name: str) -> bool:
    """Whether the actor may see the field, and for a computed one all it is made of."""
    kind = rows.visible.get(name)
    return kind is not None and (not isinstance(kind, Computed) or all(part in rows.visible for part in kind.of))


def needed(rows: Rows, columns: Iterable[str]) -> list[str]:
    """Fields to read so that ``columns``, with titles and computed values, can be shown."""
    names: dict[str, None] = {}
    for name in columns:
        kind = rows.visible.get(name)
        if isinstance(kind, Computed):
            names.update(dict.fromkeys(kind.of))
        if kind is not None:
            names[name] = None
    names.update(dict.fromkeys(name for name in rows.spec.title_fields if name in rows.visible))
    # Computed ones last: they are made from the others.
    return sorted(names, key=lambda name: isinstance(rows.visible[name], Computed))


@dataclass(frozen=True)
class Listed:
    """One page of a list.

    :param values: canonical values of each row, with ``id`` and ``version``.
    :param context: knows the titles of everything the rows refer to.
    :param count: rows matched, at most one less than the cap. :param capped: there are more.
    :param totals: sums by field and currency; empty when too many rows match.
    """

    rows: Rows
    state: ListState
    columns: tuple[str, ...]
    values: Sequence[Mapping[str, Any]]
    context: Context
    next: str | None
    prev: str | None
    count: int
    capped: bool
    totals: Mapping[str, Sequence[Money]] = field(default_factory=dict)

    @property
    def spec(self) -> EntitySpec:
        return self.rows.spec

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Kind by column, the title left out."""
        return {name: self.rows.visible[name] for name in self.columns if name != "title"}

    @property
    def filtered(self) -> bool:
        """Whether anything but the entity itself narrows the rows."""
        view = view_of(self.spec, self.state)
        return bool(self.state.parts or self.state.q or (view and (view.where or view.words)))


def run(rows: Rows, state: ListState, seconds: float = SECONDS) -> Listed:
    """Read the page the state asks for.

    :raises Rejected: status 400 for a wrong filter, sort, column or cursor, and when reading takes too long.
    """
    found = narrowed(rows, state)
    columns = columns_in_force(rows, state)
    with time_limit(seconds):
        page = found.page(needed(rows, columns), sort_of(rows, state), state.cursor or None, state.limit)
        count, capped = _count(found, state, page.rows, page.next is None and page.prev is None)
        totals = {} if capped or not page.rows else totals_of(found)
        titles = titles_for(rows.spec, page.rows, rows.actor, [name for name in columns if name != "title"])
    context = replace(rows.context, titles=titles)
    return Listed(rows, state, columns, page.rows, context, page.next, page.prev, count, capped, totals)


def _count(found: Rows, state: ListState, page: Sequence[Any], alone: bool) -> tuple[int, bool]:
    """Rows matched; a single page counts itself."""
    if alone:
        return len(page), False
    cap = EXACT_CAP if state.exact else CAP
    count, capped = found.count(cap)
    return (cap - 1, True) if capped else (count, False)


def totals_of(found: Rows) -> dict[str, list[Money]]:
    """Sums of the list's declared money fields, each currency apart."""
    names = [name for name in found.spec.declaration.list.total if name in found.visible]
    if not names:
        return {}
    cells = found.aggregate([], [f"sum:{name}" for name in names])
    sums: dict[str, list[Money]] = {}
    for name in names:
        by_currency = (cells[0][f"sum:{name}"] if cells else None) or {}
        sums[name] = [Money(by_currency[code], code) for code in sorted(by_currency, key=str) if code]
    return sums

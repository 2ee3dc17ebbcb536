"""Views people saved of a list: which ones somebody sees, and what of each holds for them.

What stands in a saved view is read again each time with the rights of whoever looks. A condition, column, order or
grouping that names a field which is gone, or which they may not see, is left out and counted, never guessed at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import Rejected
from tracte.meta.entity import View
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records.query import Rows, reach
from tracte.records.sorting import read_sort

ENTITY = "saved_view"
PREFIX = "saved-"
EVERYWHERE = 200
FIELDS = (
    "name",
    "entity",
    "share",
    "look",
    "condition",
    "words",
    "shown",
    "order",
    "grouping",
    "board",
    "position",
    "owner",
    "team",
)


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view somebody saved.

    :param view: what it shows, under the key it has in addresses.
    :param mine: whether the one who looks may change it.
    :param left_out: how many of its parts do not hold for the one who looks.
    :param board: for a board, its pipeline (``group``) and which columns are folded (``fold``).
    """

    id: int
    version: int
    view: View
    share: str
    look: str
    team: int | None
    mine: bool
    left_out: int = 0
    board: Mapping[str, str] = field(default_factory=dict)


def offered(rows: Rows) -> list[SavedView]:
    """The saved views of an entity its reader may see, in their order. One query."""
    if ENTITY not in registry():
        return []
    found = query.rows(ENTITY, rows.actor).where(["entity", "eq", rows.spec.key])
    listed = sorted(found.stream(FIELDS), key=lambda values: (values.get("position") or 0, values["id"]))
    return [_made(values, rows) for values in listed]


def everywhere(actor: Actor) -> list[tuple[str, str, str, str]]:
    """Entity, key, name and look of every saved view somebody sees, of the kinds of record they may see. One query."""
    if ENTITY not in registry() or reach(registry()[ENTITY], actor, "view") is Level.NONE:
        return []
    found = query.rows(ENTITY, actor).page(("entity", "name", "look"), "-id", limit=EVERYWHERE).rows
    return [
        (str(one["entity"]), key_of(one["id"]), str(one["name"] or ""), str(one["look"] or "list"))
        for one in found
        if one["entity"] in registry() and reach(registry()[one["entity"]], actor, "view") > Level.NONE
    ]


def find(rows: Rows, key: str) -> SavedView | None:
    """The saved view an address names, as far as it holds for its reader; ``None`` when it is not theirs to see."""
    try:
        wanted = decode(key.removeprefix(PREFIX))
    except ValueError:
        return None
    if ENTITY not in registry() or not key.startswith(PREFIX):
        return None
    values = query.rows(ENTITY, rows.actor).read([wanted], FIELDS).get(wanted)
    return _made(values, rows) if values and values.get("entity") == rows.spec.key else None


def _made(values: Mapping[str, Any], rows: Rows) -> SavedView:
    actor, condition = rows.actor, values.get("condition")
    view = View(
        key_of(values["id"]),
        str(values.get("name") or ""),
        condition or None,
        str(values.get("order") or "") or None,
        tuple(name for name in str(values.get("shown") or "").split(",") if name),
        str(values.get("grouping") or ""),
        str(values.get("words") or ""),
    )
    everyones = reach(registry()[ENTITY], actor, "edit") is Level.ALL
    mine = everyones or (actor.user_id is not None and values.get("owner") == actor.user_id)
    share, look = str(values.get("share") or "me"), str(values.get("look") or "list")
    given = values.get("board")
    board = {name: str(text) for name, text in given.items()} if isinstance(given, Mapping) else {}
    return SavedView(values["id"], values["version"], view, share, look, values.get("team"), mine, board=board)


def key_of(record_id: int) -> str:
    """How an address names a saved view."""
    return PREFIX + encode(record_id)


def parts_of(where: Any) -> list[Any]:
    """A condition as parts that must all hold."""
    if isinstance(where, Mapping) and set(where) == {"all"} and isinstance(where["all"], list | tuple):
        return list(where["all"])
    return [] if where in (None, {}) else [where]


def usable(saved: SavedView, rows: Rows) -> SavedView:
    """The view without what does not hold for the one who looks."""
    view, given = saved.view, parts_of(saved.view.where)
    kept = [part for part in given if _readable(rows, part)]
    columns = tuple(name for name in view.columns if name == "title" or name in rows.visible)
    sort = view.sort if view.sort and _sortable(rows, view.sort) else None
    group = view.group if view.group in rows.visible else ""
    lost = len(given) - len(kept) + len(view.columns) - len(columns)
    lost += (view.sort or None) != sort
    lost += view.group != group
    held = replace(view, where={"all": kept} if kept else None, sort=sort, columns=columns, group=group)
    return replace(saved, view=held, left_out=lost)


def _readable(rows: Rows, part: Any) -> bool:
    try:
        rows.where({"all": [part]})
    except Rejected:
        return False
    return True


def _sortable(rows: Rows, sort: str) -> bool:
    try:
        read_sort(rows.spec, sort, rows.actor)
    except Rejected:
        return False
    return True


def declared(rows: Rows) -> Sequence[View]:
    """The entity's own views, without those that narrow by what is hidden from the one who looks."""
    views: Sequence[View] = rows.spec.declaration.views
    if not rows.actor.masks:
        return views
    key = ("views", rows.spec.key, rows.actor.rights)
    return rows.snapshot.once(key, lambda: _read_by(rows, views))


def _read_by(rows: Rows, views: Sequence[View]) -> Sequence[View]:
    return [view for view in views if view.where is None or _readable(rows, view.where)]


# -- the view a list opens with --------------------------------------------------------------------------------------
def firsts(rows: Rows) -> Mapping[str, str]:
    """Key of the view each list opens with, as the actor chose, by entity. No query."""
    mine = rows.snapshot.rows.get("user", {}).get(rows.actor.user_id or 0) or {}
    chosen = mine.get("first_views")
    return chosen if isinstance(chosen, Mapping) else {}


def first(rows: Rows, saved: Iterable[SavedView] | None) -> str:
    """Key of the view the list opens with: the one the actor chose while it is there, else the first declared.

    :param saved: the saved views the actor sees, when they have been read already.
    """
    own = declared(rows)
    otherwise = own[0].key if own else ""
    chosen = str(firsts(rows).get(rows.spec.key, ""))
    if chosen.startswith(PREFIX):
        there = find(rows, chosen) is not None if saved is None else chosen in {one.view.key for one in saved}
    else:
        there = chosen in {one.key for one in own}
    return chosen if there else otherwise

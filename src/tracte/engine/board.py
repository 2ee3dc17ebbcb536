"""The board of an entity: its rows as cards in columns by one field, with what each column is worth.

Two queries give everything however many rows there are: the first cards of each column (top-N selections glued
together), and count and sums by column. Ages and titles of what the cards refer to are one query each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from tracte.engine import listing
from tracte.engine.ageing import since_of
from tracte.engine.listing import SECONDS, ListState, narrowed, needed, shows, sort_of
from tracte.engine.savedviews import SavedView
from tracte.engine.titles import titles_for
from tracte.kernel.ids import encode
from tracte.kernel.money import Money
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.entity import Board
from tracte.meta.kinds import Choice
from tracte.meta.kinds.base import Context
from tracte.meta.registry import EntitySpec, registry
from tracte.records.limits import time_limit
from tracte.records.query import Page, Rows

CARDS = 15
WEIGHTED = "weighted"
FOLD, OPEN = "fold", "none"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    :param value: canonical value of the board's field. :param key: the same as text, for addresses and forms.
    :param kind: ``open``, ``won`` or ``lost``. :param usual: days a card usually stays.
    :param folded: shown as a strip, without cards.
    """

    value: Any
    key: str
    name: str
    hue: str = "stone"
    kind: str = "open"
    probability: int | None = None
    usual: int | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What a column holds: cards, their sum and the weighted sum, each currency apart."""

    count: int = 0
    total: Sequence[Money] = ()
    weighted: Sequence[Money] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One set of columns (a pipeline) where the field has several; ``field`` is theirs on the column's entity."""

    field: str
    value: int
    key: str
    name: str


@dataclass(frozen=True)
class Boarded:
    """A board, ready to be drawn.

    :param pages: cards by column value, with the mark of the next page. :param since: day each card came to its column.
    :param fields: what the cards show. :param chosen: somebody chose them, for once or with a saved view.
    """

    rows: Rows
    state: ListState
    board: Board
    columns: Sequence[Column]
    pages: Mapping[Any, Page]
    figures: Mapping[Any, Figures]
    context: Context
    since: Mapping[int, date] = field(default_factory=dict)
    groups: Sequence[Group] = ()
    group: Group | None = None
    fields: Sequence[str] = ()
    chosen: bool = False

    @property
    def spec(self) -> EntitySpec:
        return self.rows.spec


def board_of(spec: EntitySpec, rows: Rows) -> Board:
    """The entity's board.

    :raises NotFound: when it has none, or its field is hidden from the actor.
    """
    board = spec.declaration.board
    if board is None or board.by not in rows.visible:
        raise NotFound(spec.key)
    return board


def groups_of(rows: Rows, board: Board) -> list[Group]:
    """The pipelines of the board's stages; empty when the stages are of one piece."""
    target = str(getattr(rows.spec.fields[board.by], "to", "") or "")
    if not target:
        return []
    for name, kind in registry()[target].fields.items():
        parent = str(getattr(kind, "to", "") or "")
        if kind.key != "reference" or not parent or parent == target or not registry()[parent].declaration.directory:
            continue
        held = rows.snapshot.rows.get(parent, {})
        narrower = rows.spec.fields.get(name, kind)  # the pipeline of the deal, where it has one
        live = [pk for pk in held if rows.snapshot.offers(narrower, pk)]
        live.sort(key=lambda pk: (held[pk].get("position") or 0, pk))
        titles = rows.snapshot.directory.get(parent, {})
        return [Group(name, pk, titles[pk].key or encode(pk), titles[pk].title) for pk in live]
    return []


def columns_of(rows: Rows, board: Board, group: Group | None = None) -> list[Column]:
    """The columns in their order, of one group where there are several."""
    kind = rows.spec.fields[board.by]
    if isinstance(kind, Choice):
        options = kind.options(rows.context)
        return [
            Column(key, key, kind.label_of(key, rows.context), option.hue)
            for key, option in options.items()
            if not option.retired
        ]
    target = str(getattr(kind, "to", ""))
    titles = rows.snapshot.directory.get(target, {})
    held = [
        (pk, values)
        for pk, values in rows.snapshot.rows.get(target, {}).items()
        if rows.snapshot.offers(kind, pk) and (group is None or values.get(group.field) == group.value)
    ]
    held.sort(key=lambda item: (item[1].get("position") or 0, item[0]))
    made = []
    for pk, values in held:
        how = str(values.get("kind") or "open")
        percent = values.get(board.probability) if board.probability else None
        made.append(
            Column(
                pk,
                encode(pk),
                titles[pk].title,
                str(values.get("hue") or "stone"),
                how,
                None if percent is None else int(percent),
                rows.spec.declaration.usual_days(values),
                how in board.fold,
            )
        )
    return made


def read_state(rows: Rows, params: Mapping[str, Sequence[str]], saved: Sequence[SavedView] | None = None) -> ListState:
    """The state in a board's address: that of a list, with the pipeline and what is folded kept beside.

    :param saved: the saved views the actor sees, when they have been read already.
    :raises Rejected: status 400, naming the parameter that is wrong.
    """
    board = board_of(rows.spec, rows)
    groups = groups_of(rows, board)
    plain = dict(params)
    kept: dict[str, str] = {}
    for name in (*(group.field for group in groups[:1]), FOLD):
        given = plain.pop(name, None)
        if given:
            kept[name] = given[-1]
    return replace(listing.read_state(rows, plain, also=("column",), saved=saved), besides=tuple(kept.items()))


def settings_of(state: ListState, groups: Sequence[Group]) -> dict[str, str]:
    """Pipeline (``group``) and folded columns (``fold``) as the address says, else as the saved view does."""
    saved = dict(state.saved.board) if state.saved else {}
    known = {key for group in groups for key in (group.key, encode(group.value))}
    if saved.get("group") not in known:
        saved.pop("group", None)
    given = dict(state.besides)
    if groups and groups[0].field in given:
        saved = {"group": given[groups[0].field]}
    return saved | ({FOLD: given[FOLD]} if FOLD in given else {})


def folded(columns: Sequence[Column], fold: str | None) -> list[Column]:
    """The columns folded as somebody asked; as the entity declares when nobody did.

    :param fold: keys of columns with commas; ``"none"`` when all stand open.
    """
    if fold is None:
        return list(columns)
    keys = set(fold.split(","))
    return [replace(column, folded=column.key in keys) for column in columns]


def shown(rows: Rows, board: Board, state: ListState, groups: Sequence[Group]) -> tuple[Group | None, list[Column]]:
    """The pipeline somebody looks at, and its columns folded as they want them.

    :raises Rejected: status 400 for an unknown pipeline.
    """
    asked = settings_of(state, groups)
    chosen = _chosen(groups, asked.get("group", ""))
    return chosen, folded(columns_of(rows, board, chosen), asked.get(FOLD))


def run(rows: Rows, state: ListState, seconds: float = SECONDS) -> Boarded:
    """Read the board.

    :raises Rejected: status 400 for a wrong filter or an unknown pipeline; NotFound: the entity has no board.
    """
    board = board_of(rows.spec, rows)
    groups = groups_of(rows, board)
    chosen, columns = shown(rows, board, state, groups)
    found = narrowed(rows, state)
    with time_limit(seconds):
        open_values = [column.value for column in columns if not column.folded]
        names = card_fields(rows, board, state)
        pages = found.tops(board.by, open_values, needed(rows, names), sort_of(rows, state), CARDS)
        figures = figures_of(found, board, columns)
        cards = [values for page in pages.values() for values in page.rows]
        since = since_of(rows, board.by, [values["id"] for values in cards])
        titles = titles_for(rows.spec, cards, rows.actor, names)
    context = replace(rows.context, titles=titles)
    fields, own = fields_of(rows, board, state)
    return Boarded(rows, state, board, columns, pages, figures, context, since, groups, chosen, fields, own)


def more(rows: Rows, state: ListState, column_key: str, cursor: str) -> Boarded:
    """The next cards of one column.

    :raises NotFound: for an unknown column; Rejected: status 400 for a wrong mark.
    """
    board = board_of(rows.spec, rows)
    column = column_named(rows, board, column_key)
    names = card_fields(rows, board, state)
    exactly = "exactly" if isinstance(rows.spec.fields[board.by], Choice) else "eq"
    found = narrowed(rows, state).where([board.by, exactly, column.key])
    page = found.page(needed(rows, names), sort_of(rows, state), cursor or None, CARDS)
    since = since_of(rows, board.by, [values["id"] for values in page.rows])
    titles = titles_for(rows.spec, page.rows, rows.actor, names)
    context = replace(rows.context, titles=titles)
    fields, own = fields_of(rows, board, state)
    pages = {column.value: page}
    return Boarded(rows, state, board, [column], pages, {}, context, since, fields=fields, chosen=own)


def column_named(rows: Rows, board: Board, key: str) -> Column:
    """:raises NotFound: when no column has this key."""
    found = next((column for column in columns_of(rows, board) if column.key == key), None)
    if found is None:
        raise NotFound(key)
    return found


def _chosen(groups: Sequence[Group], key: str) -> Group | None:
    if not groups:
        return None
    if not key:
        return groups[0]
    for group in groups:
        if key in (group.key, encode(group.value)):
            return group
    raise Rejected([Problem(groups[0].field, "bad_parameter", {"name": groups[0].field})], status=400)


def fields_of(rows: Rows, board: Board, state: ListState) -> tuple[list[str], bool]:
    """Fields shown on the cards, and whether somebody chose them: the address, else the saved view, else the entity.

    A step goes with the day it is due.
    """
    saved = state.saved.view.columns if state.saved and state.saved.look == "board" else ()
    chosen = [name for name in (state.columns or saved) if name != "title"]
    names = [name for one in chosen or board.card for name in ((one, f"{one}_on") if chosen else (one,))]
    return [name for name in dict.fromkeys(names) if name != board.by and shows(rows, name)], bool(chosen)


def card_fields(rows: Rows, board: Board, state: ListState) -> list[str]:
    """Fields read for the cards; the board's own field comes along."""
    return [*fields_of(rows, board, state)[0], board.by]


def figures_of(found: Rows, board: Board, columns: Sequence[Column]) -> dict[Any, Figures]:
    """Count and sums of each column, in one query."""
    summed = [name for name in (board.total, WEIGHTED) if name and name in found.visible]
    cells = found.aggregate([board.by], ["count", *(f"sum:{name}" for name in summed)])
    by_value = {cell[board.by]: cell for cell in cells}
    figures: dict[Any, Figures] = {}
    for column in columns:
        cell = by_value.get(column.value)
        if cell is None:
            figures[column.value] = Figures()
            continue
        total = _money(cell.get(f"sum:{board.total}"))
        if WEIGHTED in summed:
            weighted = _money(cell.get(f"sum:{WEIGHTED}"))
        elif column.probability is not None:
            weighted = [Money(one.amount * column.probability / Decimal(100), one.currency) for one in total]
        else:
            weighted = []
        figures[column.value] = Figures(cell["count"], total, weighted)
    return figures


def _money(by_currency: Any) -> list[Money]:
    return [Money(amount, code) for code, amount in sorted((by_currency or {}).items(), key=str) if code]

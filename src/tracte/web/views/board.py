"""The board page, the next cards of a column, and what a moved card changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from babel.numbers import format_compact_currency
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tracte.engine import board as boards
from tracte.engine import listing, savedviews
from tracte.engine.ageing import since_of
from tracte.engine.board import Boarded, Column, Figures
from tracte.engine.listing import ListState
from tracte.engine.savedviews import SavedView
from tracte.engine.titles import titles_for
from tracte.kernel.dates import show_date
from tracte.kernel.ids import encode
from tracte.kernel.money import Money, show_money
from tracte.meta.kinds.base import Kind, say
from tracte.meta.values import shown_title
from tracte.records import audit, query
from tracte.records.door import Outcome
from tracte.records.query import Rows, reach
from tracte.web import filters, ui, viewtabs
from tracte.web import recordparts as parts
from tracte.web.columnforms import column_boxes
from tracte.web.request import ActorRequest, with_actor
from tracte.web.rows import Card, NextStep, deal_card
from tracte.web.smallform import Asked
from tracte.web.views.list import (
    kinds_of,
    money_words,
    number,
    page_actions,
    primary,
    spec_of,
)


def _read(
    request: ActorRequest, plural: str, params: QueryDict, saved: Sequence[SavedView] | None = None
) -> tuple[Rows, ListState]:
    """Rows and state in the parameters of a board's address."""
    rows = query.rows(spec_of(plural).key, request.actor)
    return rows, boards.read_state(rows, filters.plain_params(params), saved)


@require_safe
@with_actor
def board_page(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``GET /{plural}/board``: the rows as cards; with ``column`` and ``cursor``, the next cards of one column."""
    rows = query.rows(spec_of(plural).key, request.actor)
    boards.board_of(rows.spec, rows)
    saved = None if request.GET.get("column") else savedviews.offered(rows)
    rows, state = _read(request, plural, request.GET, saved)
    if column := request.GET.get("column"):
        return HttpResponse(_cards_and_more(_seen(boards.more(rows, state, column, state.cursor)), request))
    onward, asked, status = filters.answered(rows, state, request.GET)
    if onward:
        return HttpResponseRedirect(onward)
    boarded = _seen(boards.run(rows, state))
    return render(request, "list/board.html", _page(request, boarded, saved or (), asked), status=status)


def _seen(boarded: Boarded) -> Boarded:
    """The same cards, counted among what their reader looks at."""
    shown = [values["id"] for page in boarded.pages.values() for values in page.rows]
    audit.read(boarded.rows.actor, boarded.spec.key, shown)
    return boarded


def _page(request: ActorRequest, boarded: Boarded, saved: Sequence[SavedView], asked: Asked | None) -> dict[str, Any]:
    spec, rows, state = boarded.spec, boarded.rows, boarded.state
    declared = spec.declaration
    shown = [_column(boarded, column, request) for column in boarded.columns]
    return {
        "area": declared.area,
        "module": spec.key,
        "title": say(declared.label_plural, boarded.context),
        "kinds": kinds_of(spec, "board", state),
        "primary": primary(spec, rows),
        "actions": page_actions(rows, state),
        "views": viewtabs.tabs(rows, state, saved, "board"),
        "view_menu": viewtabs.menu(rows, state, saved, "board"),
        "note": viewtabs.left_out(state),
        "chips": filters.chips(rows, state, asked, "board"),
        "add": filters.add_menu(rows, state, "board"),
        "selects": _groups(boarded),
        "columns_form": _card_form(boarded),
        "columns_label": _("Card"),
        "summary": _summary(boarded),
        "board": {
            "label": say(declared.label_plural, boarded.context),
            "open": sum(not column["shut"] for column in shown),
            "columns": shown,
        },
    }


def _groups(boarded: Boarded) -> list[dict[str, Any]]:
    """The pipeline switch, where there is something to switch."""
    if boarded.group is None or len(boarded.groups) < 2:
        return []
    state = boarded.state
    items = [
        {"label": one.name, "url": state.address(besides=((one.field, one.key),)), "current": one == boarded.group}
        for one in boarded.groups
    ]
    kind = boarded.spec.fields.get(boarded.group.field)
    label = say(kind.label, boarded.context) if kind else ""
    return [{"label": label, "value": boarded.group.name, "icon": "square-kanban", "items": items}]


def _card_form(boarded: Boarded) -> SafeString:
    """Which fields the cards show, in which order: boxes in a form, so that it works without script."""
    rows, state, fields = boarded.rows, boarded.state, boarded.fields
    rest = [name for name in rows.visible if name not in fields and listing.shows(rows, name)]
    names = tuple(
        name
        for name in (*fields, *rest)
        if rows.visible[name].key != "data" and name not in (boarded.board.by, *boarded.spec.title_fields)
    )
    return format_html(
        '<form method="get" class="filter-form">{}<div class="filter-boxes" role="group" aria-label="{}" '
        'data-island="columns" data-up="{}" data-down="{}">{}</div>'
        '<div class="row"><button type="submit" class="btn btn-sm btn-primary">{}</button>'
        '<a class="btn btn-sm btn-ghost" href="{}">{}</a></div></form>',
        filters.hidden_inputs(state, "columns"),
        _("Fields on the card"),
        _("Move up"),
        _("Move down"),
        column_boxes(boarded.spec.key, names, tuple(fields), boarded.context.language),
        _("Apply"),
        state.address(columns=()),
        _("As usual"),
    )


def _summary(boarded: Boarded) -> SafeString:
    """What stands open: cards, their sum, the weighted sum."""
    language = boarded.context.language
    figures = [boarded.figures.get(column.value, Figures()) for column in boarded.columns if column.kind == "open"]
    total, weighted = _added([f.total for f in figures]), _added([f.weighted for f in figures])
    said = format_html("{} {}", number(sum(f.count for f in figures), language), _("open"))
    if total:
        said = format_html('{} <span class="faint">·</span> {}', said, money_words(total, language))
    if weighted:
        said = format_html('{} <span class="faint">{}</span> {}', said, _("weighted"), _plain_money(weighted, language))
    return said


def _added(sums: Any) -> list[Money]:
    found: dict[str, Money] = {}
    for money in (one for part in sums for one in part):
        known = found.get(money.currency)
        found[money.currency] = Money(money.amount + known.amount, money.currency) if known else money
    return [found[code] for code in sorted(found)]


def _plain_money(sums: Any, language: str) -> str:
    return " + ".join(show_money(one, language) for one in sums)


@lru_cache(maxsize=4096)
def _short_money(money: Money, language: str) -> str:
    """Money in few characters: €120K."""
    digits = 0 if abs(money.amount) >= 10_000 else 1
    return str(format_compact_currency(money.amount, money.currency, locale=language, fraction_digits=digits))


# -- columns and cards -----------------------------------------------------------------------------------------------
def _column(boarded: Boarded, column: Column, request: ActorRequest) -> dict[str, Any]:
    cards = "" if column.folded else _cards(boarded, column)
    page = boarded.pages.get(column.value)
    return _head(boarded, column) | {
        "shut": column.folded,
        "cards": cards or format_html('<p class="none">{}</p>', _("Nothing here")),
        "more_url": _more_url(boarded, column) if page is not None and page.next else "",
    }


def _head(boarded: Boarded, column: Column) -> dict[str, Any]:
    figures = boarded.figures.get(column.value, Figures())
    language = boarded.context.language
    weighted = " + ".join(_short_money(one, language) for one in figures.weighted)
    if weighted and column.probability is not None:
        weighted = _("%(sum)s at %(percent)d %%") % {"sum": weighted, "percent": column.probability}
    may = bool(reach(boarded.spec, boarded.rows.actor, "create")) and not column.folded
    return {
        "id": column.key,
        "name": column.name,
        "hue": column.hue,
        "kind": column.kind,
        "probability": column.probability or 0,
        "count": number(figures.count, language),
        "sum": _plain_money(figures.total, language),
        "weighted": weighted,
        "add_url": f"/{boarded.spec.plural}/new/?{boarded.board.by}={column.key}" if may else "",
        "fold_url": _fold_url(boarded, column),
    }


def _fold_url(boarded: Boarded, column: Column) -> str:
    """The address of the board with this column folded, or open again."""
    now = {one.key for one in boarded.columns if one.folded} ^ {column.key}
    known = [one.key for one in boarded.columns if one.key in now]
    besides = dict(boarded.state.besides) | {boards.FOLD: ",".join(known) or boards.OPEN}
    return f"/{boarded.spec.plural}/board{boarded.state.address(besides=tuple(besides.items()))}"


def _more_url(boarded: Boarded, column: Column) -> str:
    cursor = boarded.pages[column.value].next or ""
    return f"/{boarded.spec.plural}/board{boarded.state.address(cursor=cursor)}&column={column.key}"


def _cards_and_more(boarded: Boarded, request: ActorRequest) -> str:
    """The next cards and, if there are still more, the link to them: takes the place of the link that asked."""
    (column,) = boarded.columns
    more_url = _more_url(boarded, column) if boarded.pages[column.value].next else ""
    return render_to_string("list/more_cards.html", {"cards": _cards(boarded, column), "more_url": more_url}, request)


def _cards(boarded: Boarded, column: Column) -> SafeString:
    spec, actor = boarded.spec, boarded.rows.actor
    editable = bool(reach(spec, actor, "edit")) and not actor.locks(spec.key, boarded.board.by)
    page = boarded.pages.get(column.value)
    return ui.joined(deal_card(card_of(boarded, column, values, editable)) for values in (page.rows if page else ()))


def card_of(boarded: Boarded, column: Column, values: Mapping[str, Any], editable: bool) -> Card:
    """One card from a row's values: what the entity's board declares, put where the look has a place for it."""
    spec, context = boarded.spec, boarded.context
    kinds = {name: boarded.rows.visible[name] for name in boarded.fields}
    url = f"/{spec.plural}/{encode(values['id'])}"
    who = _first(kinds, ("reference",))
    money = _first(kinds, ("money",))
    owner = _first(kinds, ("user",))
    since = boarded.since.get(values["id"])
    step, wants = _next_step(boarded, column, values, kinds)
    placed = {who, money, owner, *_step_names(kinds)}
    lines = [name for name in kinds if boarded.chosen and name not in placed]
    return Card(
        id=encode(values["id"]),
        version=values["version"],
        name=shown_title(spec, values, context) or _("Without name"),
        url=f"{url}/",
        move_url=f"{url}/move" if editable else "",
        account=_text(kinds, who, values, context),
        amount=_text(kinds, money, values, context),
        days=None if since is None else max((context.today - since).days, 0),
        usual=column.usual,
        owner=_text(kinds, owner, values, context),
        next=step,
        wants_next=wants,
        lines=tuple(
            (say(kinds[name].label, context), parts.value_text(kinds[name], values.get(name), context))
            for name in lines
            if values.get(name) not in parts.EMPTY
        ),
    )


def _step_names(kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """The step and the day it is due, where the card has both."""
    name = next((one for one, kind in kinds.items() if kind.key == "text" and f"{one}_on" in kinds), "")
    return (name, f"{name}_on") if name else ()


def _first(kinds: Mapping[str, Kind], keys: tuple[str, ...]) -> str:
    return next((name for name, kind in kinds.items() if kind.key in keys), "")


def _text(kinds: Mapping[str, Kind], name: str, values: Mapping[str, Any], context: Any) -> str:
    if not name or values.get(name) is None:
        return ""
    known = context.titles.get(values[name]) if kinds[name].key in ("reference", "user") else None
    if kinds[name].key in ("reference", "user"):
        return known.title if known else ""
    return kinds[name].text(values[name], context)


def _next_step(
    boarded: Boarded, column: Column, values: Mapping[str, Any], kinds: Mapping[str, Kind]
) -> tuple[NextStep | None, bool]:
    """The next step where the card has a text field with a date beside it (``next_step``, ``next_step_on``)."""
    name = next(iter(_step_names(kinds)), "")
    if not name or column.kind != "open":
        return None, False
    text, due = values.get(name), values.get(f"{name}_on")
    if not text and due is None:
        return None, True
    context = boarded.context
    written = show_date(due, context.language, context.today) if due else ""
    if due == context.today:
        written = _("Today")
    return NextStep(text or "", written, late=due is not None and due < context.today), False


# -- moving ----------------------------------------------------------------------------------------------------------
def came_from_board(request: ActorRequest, plural: str) -> bool:
    """Whether the request was sent by the script of the entity's board."""
    return _here(request).partition("?")[0] == f"/{plural}/board"


def _here(request: ActorRequest) -> str:
    """The address of the page the request came from, or the start."""
    address = request.headers.get("HX-Current-URL", "") or request.headers.get("Referer", "")
    path = address.split("://", 1)[-1]
    return f"/{path.split('/', 1)[1]}" if "/" in path else "/"


def moved(
    request: ActorRequest, plural: str, pk: int, left: Any, outcome: Outcome, name: str, *, from_dialog: bool
) -> HttpResponseBase:
    """What changes on the board when a card has moved.

    :param left: where the card was before, canonical. :param name: of the column it is in now.
    :param from_dialog: the step asked for more first; by then the card had gone back.
    """
    if outcome.unchanged:
        return HttpResponse(status=204)
    text, undo = _("Moved to %(step)s") % {"step": name}, f"/changes/{outcome.set_id}/undo"
    if from_dialog:
        messages.success(request, text, extra_tags=f"undo:{undo}")
        return HttpResponse(headers={"HX-Refresh": "true"})
    query_text = _here(request).partition("?")[2]
    rows, state = _read(request, plural, QueryDict(query_text))
    board = boards.board_of(rows.spec, rows)
    found = listing.narrowed(rows, state)
    names = boards.card_fields(rows, board, state)
    fields, own = boards.fields_of(rows, board, state)
    groups = boards.groups_of(rows, board)
    _group, shown = boards.shown(rows, board, state, groups)
    values = rows.read([pk], listing.needed(rows, names)).get(pk)
    now = values[board.by] if values else None
    fold = boards.settings_of(state, groups).get(boards.FOLD)
    both = boards.folded([one for one in boards.columns_of(rows, board) if one.value in (left, now)], fold)
    column = next((one for one in both if one.value == now), None)
    boarded = Boarded(
        rows,
        state,
        board,
        shown,
        {},
        boards.figures_of(found, board, both),
        _with_titles(rows, [values] if values else [], names),
        since_of(rows, board.by, [pk]),
        fields=fields,
        chosen=own,
    )
    context = {
        "heads": [_head(boarded, one) | {"shut": one.folded} for one in both],
        "card": _out_of_band(boarded, column, pk, values),
        "text": text,
        "undo": undo,
    }
    return render(request, "list/moved.html", context)


def _out_of_band(boarded: Boarded, column: Column | None, pk: int, values: Mapping[str, Any] | None) -> SafeString:
    """The card as it is now; in a folded column, or out of sight, it goes."""
    if values is None or column is None or column.folded:
        return format_html('<article id="card-{}" hx-swap-oob="delete"></article>', encode(pk))
    return deal_card(card_of(boarded, column, values, editable=True), out_of_band=True)


def _with_titles(rows: Rows, values: list[dict[str, Any]], names: list[str]) -> Any:
    return replace(rows.context, titles=titles_for(rows.spec, values, rows.actor, names))

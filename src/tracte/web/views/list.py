"""The list page of every entity."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_skeleton
from babel.numbers import format_decimal
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tracte.engine import ageing, grouping, listing, savedviews
from tracte.engine.grouping import Group, Grouped
from tracte.engine.listing import Listed, ListState, sort_of
from tracte.engine.recordpage import editable_fields
from tracte.engine.savedviews import SavedView
from tracte.kernel.actor import Level
from tracte.kernel.ids import encode
from tracte.kernel.money import Money, show_money
from tracte.kernel.problems import NotFound
from tracte.meta.kinds.base import Context, escape, say
from tracte.meta.registry import EntitySpec, registry
from tracte.meta.values import shown_title
from tracte.records import audit, query
from tracte.records.query import Rows, may_set, reach
from tracte.records.sorting import may_sort
from tracte.web import bulkoffers, cells, columnforms, filters, peeking, ui, viewtabs
from tracte.web.addresses import form_url
from tracte.web.controls import new_nonce
from tracte.web.request import ActorRequest, with_actor
from tracte.web.smallform import Asked

BULK = "bulk"
TOO_LARGE = frozenset({"rich_text", "address", "many_references", "multi_choice"})
STAMPS = frozenset({"created_by", "modified_by"})
SortLinks = dict[str, tuple[str, str]]


def spec_of(plural: str) -> EntitySpec:
    """The entity behind the first segment of an address.

    :raises NotFound: when there is none.
    """
    try:
        return registry().by_plural[plural]
    except KeyError:
        raise NotFound(plural) from None


@require_safe
@with_actor
def list_page(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``GET /{plural}/``: one page of records, with filters, views and totals. The address holds the whole state."""
    spec = spec_of(plural)
    rows = query.rows(spec.key, request.actor)
    saved = savedviews.offered(rows)
    state = listing.read_state(rows, filters.plain_params(request.GET), also=(peeking.NAME,), saved=saved)
    onward, asked, status = filters.answered(rows, state, request.GET)
    if onward:
        return HttpResponseRedirect(onward)
    listed = grouping.run(rows, state) if listing.group_of(spec, state) else listing.run(rows, state)
    audit.read(request.actor, spec.key, [values["id"] for values in listed.values])
    context = page_context(listed, saved, asked)
    if spec.declaration.timeline:
        beside = peeking.asked(request)
        context["peek_state"] = [*state.pairs().items()]
        context["peek_query"] = peeking.query_of(state)
        context["peek"] = peeking.panel(request, rows, state, beside) if beside else None
    return render(request, "list/page.html", context, status=status)


def page_context(listed: Listed, saved: Sequence[SavedView] = (), asked: Asked | None = None) -> dict[str, Any]:
    """What the list's template shows."""
    spec, rows, state = listed.spec, listed.rows, listed.state
    declared, context = spec.declaration, listed.context
    may_bulk = bulk_actions(rows)
    sorting = _sort_links(listed)
    grid = _grid(listed, BULK if may_bulk else "", sorting)
    count = count_words(spec, listed.count, listed.capped, context.language)
    return {
        "area": declared.area,
        "module": spec.key,
        "title": say(declared.label_plural, context),
        "kinds": kinds_of(spec, "list", state),
        "primary": primary(spec, rows),
        "actions": page_actions(rows, state),
        "views": viewtabs.tabs(rows, state, saved),
        "view_menu": viewtabs.menu(rows, state, saved),
        "note": viewtabs.left_out(state),
        "chips": filters.chips(rows, state, asked),
        "add": filters.add_menu(rows, state),
        "selects": [_group_menu(listed), _sort_menu(listed, sorting)],
        "columns_form": columnforms.columns_form(listed),
        "select_rows": "grid" if may_bulk else "",
        "grid": grid,
        "empty": None if listed.values else _empty(listed),
        "previous_url": state.address(cursor=listed.prev) if listed.prev else "",
        "next_url": state.address(cursor=listed.next) if listed.next else "",
        "shown": _shown(listed, count),
        "count_all_url": state.address(exact=True) if listed.capped and not state.exact else "",
        "bulk": {
            "id": BULK,
            "url": f"/{spec.plural}/bulk",
            "matching": _matching(listed),
            "capped": listed.capped,
            "matching_query": state.address(),
            "actions": may_bulk,
            "nonce": new_nonce(),
        },
    }


# -- the head --------------------------------------------------------------------------------------------------------
def kinds_of(spec: EntitySpec, current: str, state: ListState) -> list[dict[str, Any]]:
    """The same rows as list and as board."""
    if spec.declaration.board is None:
        return []
    same = state.address(sort="", columns=(), limit=state.default_limit, exact=False, besides=())
    return [
        {"label": _("List"), "icon": "list", "url": f"/{spec.plural}/{same}", "current": current == "list"},
        {
            "label": _("Board"),
            "icon": "square-kanban",
            "url": f"/{spec.plural}/board{same}",
            "current": current == "board",
        },
    ]


def primary(spec: EntitySpec, rows: Rows) -> dict[str, Any] | None:
    """The button for a new record, for those who may make one."""
    if reach(spec, rows.actor, "create") is Level.NONE:
        return None
    name = say(spec.declaration.label, rows.context)
    return {
        "label": _("New %(thing)s") % {"thing": name[:1].lower() + name[1:]},
        "short": _("New"),
        "url": form_url(spec),
        "icon": "plus",
    }


def page_actions(rows: Rows, state: ListState) -> list[dict[str, Any]]:
    """The … menu of a list: take the rows along as a file, look into the bin."""
    spec, found = rows.spec, []
    if reach(spec, rows.actor, "export") or spec.declaration.directory:
        query_text = state.address(sort="", columns=(), limit=state.default_limit, exact=False)
        url = f"/{spec.plural}/export.csv{query_text}"
        found.append({"label": _("Export as CSV"), "icon": "download", "url": url})
        more = urlencode({"entity": spec.key, "where": query_text})
        found.append({"label": _("Export another way …"), "icon": "file-spreadsheet", "url": f"/exports/?{more}"})
    if reach(spec, rows.actor, "import"):
        found.append({"label": _("Import …"), "icon": "file-up", "url": f"/imports/?entity={spec.key}"})
    if reach(spec, rows.actor, "delete"):
        found.append({"label": _("Bin"), "icon": "trash-2", "url": f"/{spec.plural}/bin/"})
    return found


def _sort_menu(listed: Listed, sorting: SortLinks) -> dict[str, Any]:
    spec, state = listed.spec, listed.state
    now = sort_of(listed.rows, state)
    name = now.split(",")[0].removeprefix("-")
    labels = {"title": say(spec.declaration.label, listed.context), "id": _("Created")}
    known = {column: labels.get(column) or say(listed.kinds[column].label, listed.context) for column in listed.columns}
    value = (
        known.get(name)
        or labels.get(name)
        or (say(listed.rows.visible[name].label, listed.context) if name in listed.rows.visible else name)
    )
    items = ui.joined(
        f'<a class="menu-item" href="{escape(links[at])}"{" aria-current=true" if sort == now else ""}>'
        f"{escape(known[column])} {sign}</a>"
        for column, links in sorting.items()
        for at, (sort, sign) in enumerate(((column, "↑"), (f"-{column}", "↓")))
    )
    return {"label": _("Sort by"), "value": value, "icon": "arrow-up-down", "html": items}


def _sort_links(listed: Listed) -> dict[str, tuple[str, str]]:
    """Addresses that sort by each column, upwards and downwards; columns that cannot be sorted by are left out."""
    mark = "-" * 12
    before, after = listed.state.address(sort=mark).split(mark)
    return {
        name: (f"{before}{name}{after}", f"{before}-{name}{after}")
        for name in listed.columns
        if may_sort(listed.spec, name, listed.rows.actor)
    }


# -- the table -------------------------------------------------------------------------------------------------------
def _grid(listed: Listed, bulk: str, sorting: SortLinks) -> dict[str, Any]:
    spec, context = listed.spec, listed.context
    known: dict[int, str] = {}

    def title_of(values: cells.Values) -> str:
        found = known.get(values["id"])
        if found is None:
            found = known[values["id"]] = shown_title(spec, values, context)
        return found

    ages = ageing.of(listed.rows, listed.values) if spec.declaration.path in listed.kinds else None
    made = cells.columns(spec, listed.columns, listed.kinds, context, title_of, ages)
    sort = sort_of(listed.rows, listed.state).split(",")[0]
    editable = editable_columns(listed.rows, listed.columns)
    draw = row_maker(made, title_of, bulk, peek=spec.declaration.timeline)
    return {
        "id": "grid",
        "caption": say(spec.declaration.label_plural, context),
        "columns": made,
        "head": _heads(made, sort, sorting, editable),
        "url": f"/{spec.plural}/" if editable else "",
        "plural": spec.plural,
        "shown": ",".join(listed.columns),
        "rows": _grouped(listed, made, draw, bulk)
        if isinstance(listed, Grouped)
        else ui.joined(map(draw, listed.values)),
        "groups": isinstance(listed, Grouped),
        "total": _total(listed, made),
        "select": bool(bulk),
        "bulk": bulk,
    }


def editable_columns(rows: Rows, columns: Sequence[str]) -> dict[str, str]:
    """The field that is edited in the cells of each column: what fits into a cell and is not made of something else."""
    spec = rows.spec
    if not spec.declaration.timeline:
        return {}
    may = editable_fields(spec, rows.actor, "edit")
    named = spec.title_fields[0] if spec.declaration.title == f"{{{spec.title_fields[0]}}}" else ""
    fields = {name: named if name == "title" else name for name in columns}
    return {name: one for name, one in fields.items() if one in may and spec.fields[one].key not in TOO_LARGE}


def _heads(made: list[cells.Column], sort: str, sorting: SortLinks, editable: Mapping[str, str]) -> SafeString:
    """The heads of the columns; each sorts, and turns the order when it sorts already."""
    heads = []
    for column in made:
        css, label = f' class="{column.css}"', escape(column.label)
        if column.name in editable:
            css += f' data-edit="{editable[column.name]}"'
        if column.name not in sorting:
            heads.append(f'<th scope="col"{css}>{label}</th>')
            continue
        upwards, downwards = sorting[column.name]
        direction = {column.name: "ascending", f"-{column.name}": "descending"}.get(sort, "")
        url = escape(downwards if direction == "ascending" else upwards)
        arrow = ui.icon("arrow-up" if direction == "ascending" else "arrow-down", "s") if direction else ""
        state = f' aria-sort="{direction}"' if direction else ""
        heads.append(f'<th scope="col"{css}{state}><a href="{url}">{label}{arrow}</a></th>')
    return ui.joined(heads)


def row_maker(
    made: list[cells.Column], title_of: cells.Cell, bulk: str, *, peek: bool = False
) -> Callable[[cells.Values], str]:
    """The function that draws one row; what all rows share is put together once.

    :param peek: with the button that shows the record beside the list.
    """
    starts = [f'<td class="{column.css}">' for column in made]
    draw = list(zip(starts, [column.cell for column in made], strict=True))
    before, after = escape(_("Select %(title)s")).split("%(title)s")
    box = (
        '<tr data-id="{0}"><td class="c-check"><input type="checkbox" class="checkbox" name="ids" value="{0}" '
        f'form="{bulk}" aria-label="{before.replace("{", "{{")}{{1}}{after.replace("{", "{{")}"></td>'
    )

    open_before, open_after = escape(_("Show %(title)s beside the list")).split("%(title)s")
    button, inside = (
        '<button type="submit" tabindex="-1" class="peek-open" form="peek-form" name="peek"',
        ui.icon("panel-right", "s"),
    )

    def draw_row(values: cells.Values) -> str:
        pk, title = encode(values["id"]), escape(title_of(values)) if bulk or peek else ""
        pieces = [box.format(pk, title) if bulk else f'<tr data-id="{pk}">']
        for start, cell in draw:
            pieces += (start, cell(values), "</td>")
        if peek:  # at the end of the name, which is the first cell
            pieces[3] = f'{button} value="{pk}" aria-label="{open_before}{title}{open_after}">{inside}</button></td>'
        pieces.append("</tr>")
        return "".join(pieces)

    return draw_row


def _grouped(
    listed: Grouped, made: list[cells.Column], draw_row: Callable[[cells.Values], str], bulk: str
) -> SafeString:
    """Rows under the heads of their groups; a group that holds more than it shows leads to the rest."""
    context, by = listed.context, listed.by
    kind = listed.rows.visible[by]
    name_of = _month_name(context) if kind.key == "date" else cells.cell_of(listed.spec, by, kind, context)
    nameless = escape(_("empty"))
    pieces: list[str] = []
    for group in listed.groups:
        name = name_of({by: group.value}) or f'<span class="faint">{nameless}</span>'
        pieces.append(_group_head(group, name, made, listed, bulk))
        pieces += map(draw_row, group.rows)
        if kind.key != "date" and group.count > len(group.rows):
            every = _("All %(n)s") % {"n": number(group.count, context.language)}
            link = f'<a class="small" href="{escape(group.only)}">{escape(every)}</a>'
            inside = f'<td class="s-title" colspan="{len(made)}">{link}</td>'
            pieces.append(f'<tr class="group-more">{_no_box(bulk)}{inside}</tr>')
    if listed.unshown:
        text = ngettext("One group more is not shown.", "%(n)s groups more are not shown.", listed.unshown)
        words = escape(text % {"n": number(listed.unshown, context.language)})
        pieces.append(
            f'<tr class="group-more">{_no_box(bulk)}<td class="s-title faint" colspan="{len(made)}">{words}</td></tr>'
        )
    return ui.joined(pieces)


def _no_box(bulk: str) -> str:
    return '<td class="c-check"></td>' if bulk else ""


def _group_head(group: Group, name: str, made: list[cells.Column], listed: Listed, bulk: str) -> str:
    """Name, number and subtotals; sums without a column of their own stand beside the name."""
    columns, language = {column.name for column in made}, listed.context.language
    fields = listed.rows.visible
    besides = [
        f"{escape(say(fields[field].label, listed.context).lower())} {money_words(sums, language)}"
        for field, sums in group.sums.items()
        if field not in columns and sums
    ]
    more = "".join(f" <small>{one}</small>" for one in besides)
    link = f'<a class="badge-n" href="{escape(group.only)}">{number(group.count, language)}</a>'
    head = f'<span class="toggle-group">{name} {link}{more}</span>'
    pieces = [f'<tr class="group-row">{_no_box(bulk)}<th scope="rowgroup" class="{made[0].css}">{head}</th>']
    for column in made[1:]:
        sums = group.sums.get(column.name)
        pieces.append(f'<td class="{column.css}">{money_words(sums, language) if sums else ""}</td>')
    return "".join(pieces) + "</tr>"


def _month_name(context: Context) -> cells.Cell:
    def name(values: cells.Values) -> str:
        (month,) = values.values()
        if month is None:
            return ""
        text = str(format_skeleton("yMMMM", month, locale=context.language))
        return escape(text[:1].upper() + text[1:])

    return name


def _group_menu(listed: Listed) -> dict[str, Any]:
    """The fields the rows can be grouped by."""
    state, now = listed.state, listing.group_of(listed.spec, listed.state)
    fields = grouping.groupable(listed.rows)
    names = [name for name in fields if name not in STAMPS]
    asked = listing.view_of(listed.spec, state)
    none = state.address(group="none" if asked and asked.group else "")
    items = [{"label": _("Nothing"), "url": none, "current": not now}]
    mark = "-" * 12
    before, after = state.address(group=mark).split(mark)
    items += [
        {"label": say(fields[name].label, listed.context), "url": f"{before}{name}{after}", "current": name == now}
        for name in names
    ]
    value = say(fields[now].label, listed.context) if now in fields else ""
    return {"label": _("Group by"), "value": value, "icon": "group", "items": items}


def _total(listed: Listed, made: list[cells.Column]) -> list[str]:
    """The foot: how many, and sums under their columns; sums without a column stand beside the count."""
    language = listed.context.language
    count = count_words(listed.spec, listed.count, listed.capped, language)
    if listed.capped and not listed.state.exact:
        count = format_html(
            '{} <a class="small" href="{}">{}</a>', count, listed.state.address(exact=True), _("Count all")
        )
    besides = [name for name in listed.totals if name not in listed.columns and listed.totals[name]]
    beside = format_html_join(
        "",
        " <small>{} {}</small>",
        (
            (say(listed.rows.visible[name].label, listed.context).lower(), money_words(listed.totals[name], language))
            for name in besides
        ),
    )
    foot = [""] * len(made)
    foot[0] = count + beside
    for at, column in enumerate(made):
        if listed.totals.get(column.name):
            foot[at] = money_words(listed.totals[column.name], language)
    return foot


def money_words(sums: list[Money] | tuple[Money, ...] | Any, language: str) -> SafeString:
    """Sums of money, each currency for itself."""
    return format_html_join(" + ", '<bdi class="amount">{}</bdi>', ((show_money(one, language),) for one in sums))


@lru_cache(maxsize=4096)
def number(count: int, language: str) -> str:
    """A count as people of the language write it."""
    return str(format_decimal(count, locale=language))


def count_words(spec: EntitySpec, count: int, capped: bool, language: str) -> SafeString:
    """``16 opportunities``, ``1,000+ opportunities``."""
    declared = spec.declaration
    label = str(declared.label if count == 1 and not capped else declared.label_plural)
    shown = number(count, language) + ("+" if capped else "")
    return format_html("<span>{}</span> <small>{}</small>", shown, label[:1].lower() + label[1:])


def _shown(listed: Listed, count: SafeString) -> str:
    here, language = len(listed.values), listed.context.language
    if not here or not (listed.next or listed.prev):
        return ""
    whole = number(listed.count, language) + ("+" if listed.capped else "")
    if listed.prev is None:
        return _("1–%(here)s of %(whole)s") % {"here": number(here, language), "whole": whole}
    return ngettext("%(here)s of %(whole)s", "%(here)s of %(whole)s", here) % {
        "here": number(here, language),
        "whole": whole,
    }


def _empty(listed: Listed) -> dict[str, Any]:
    """Why there is nothing, and two ways on."""
    spec, context = listed.spec, listed.context
    things = say(spec.declaration.label_plural, context)
    things = things[:1].lower() + things[1:]
    new = primary(spec, listed.rows)
    every = {"label": _("Show all"), "url": ListState(default_view=listed.state.default_view).address(view="")}
    if listed.state.cursor:
        return {
            "title": _("No more %(things)s") % {"things": things},
            "text": _("The list ended on the page before."),
            "primary": {"label": _("First page"), "url": listed.state.address()},
        }
    if listed.filtered:
        return {
            "title": _("No %(things)s match") % {"things": things},
            "text": _("Take away a filter above, or look at all of them."),
            "primary": every,
            "second": new,
        }
    return {
        "title": _("No %(things)s yet") % {"things": things},
        "text": _("Nobody has added any that you may see."),
        "primary": new,
    }


# -- selection -------------------------------------------------------------------------------------------------------
def _matching(listed: Listed) -> str:
    """How many rows "everything" means, where that is more than the page shows."""
    more = listed.next or listed.prev or len(listed.values) < listed.count
    return number(listed.count, listed.context.language) + ("+" if listed.capped else "") if more else ""


def bulk_actions(rows: Rows) -> list[dict[str, Any]]:
    """What the actor may do with several rows at once."""
    spec, actor = rows.spec, rows.actor
    if reach(spec, actor, "bulk") is Level.NONE:
        return []
    found: list[dict[str, Any]] = []
    if reach(spec, actor, "edit"):
        found.append({"name": "edit", "label": _("Edit"), "icon": "pencil"})
    if "owner" in rows.visible and reach(spec, actor, "edit") and may_set(spec, actor, "owner", "edit"):
        found.append({"name": "assign", "label": _("Assign"), "icon": "user-round"})
    found += [
        {"name": one.name, "label": str(one.label), "icon": one.icon} for one in bulkoffers.offered(spec.key, actor)
    ]
    if reach(spec, actor, "delete"):
        found.append({"name": "delete", "label": _("Delete"), "icon": "trash-2", "danger": True})
    return found

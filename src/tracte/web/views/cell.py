"""Editing a cell of a list in place: the form of one field, and after saving the whole row drawn anew."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tracte.engine import ageing, forms, listing, recordpage
from tracte.engine.recordpage import RecordPage
from tracte.engine.titles import titles_for
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.meta.registry import EntitySpec
from tracte.meta.values import shown_title
from tracte.records import query
from tracte.web import cells, controls
from tracte.web import recordparts as parts
from tracte.web.addresses import done, go, record_url, spec_of
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.views.list import BULK, bulk_actions, editable_columns, row_maker


@require_http_methods(["GET", "POST"])
@with_actor
def cell(request: ActorRequest, plural: str, record_id: int, name: str) -> HttpResponseBase:
    """``GET``: the form of one cell; ``POST``: save it and answer with its row, in the ``columns`` it is shown with."""
    spec = spec_of(plural)
    if not is_fragment(request):  # without script the record's own page edits
        return go(request, f"{record_url(spec, record_id)}field/{name}/")
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    if name not in page.editable or name not in editable_columns(page.rows, [name]):
        raise NotFound(name)
    if request.method != "POST":
        return _form(request, page, name, page.values.get(name), [], 200)
    raw = forms.sent(spec, [name], request.POST, request.actor)
    sent = request.POST.get("version", "")
    version = int(sent[:9]) if sent.isdecimal() else None
    try:
        outcome = forms.set_one(request.actor, spec.key, record_id, name, raw, version)
    except Rejected as refused:
        return _form(request, page, name, raw.get(name), refused.problems, 422)
    except forms.Clash as clash:
        kind = spec.fields[name]
        said = _("%(who)s changed this meanwhile to: %(value)s. Save again to replace it with yours.") % {
            "who": clash.met.who or _("Somebody"),
            "value": parts.value_text(kind, clash.fresh.values.get(name), clash.fresh.context) or _("empty"),
        }
        return _form(request, clash.fresh, name, raw.get(name), [], 409, said)
    if not outcome.unchanged:
        label = say(spec.fields[name].label, page.context)
        done(request, _("Saved %(field)s") % {"field": label}, outcome.set_id)
    return _row(request, spec, record_id)


@require_safe
@with_actor
def row(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``GET /{plural}/{id}/row/?columns=…``: one row as the list shows it now, after its record changed beside it."""
    spec = spec_of(plural)
    return _row(request, spec, record_id) if is_fragment(request) else go(request, record_url(spec, record_id))


def _form(
    request: ActorRequest,
    page: RecordPage,
    name: str,
    raw: Any,
    problems: list[Problem],
    status: int,
    said: str = "",
) -> HttpResponse:
    kind = page.spec.fields[name]
    mine = [problem.message for problem in problems if problem.field in (name, None)]
    others = [
        f"{say(page.spec.fields[p.field].label, page.context)}: {p.message}"
        for p in problems
        if p.field not in (name, None) and p.field in page.rows.visible
    ]
    shown = {
        "label": say(kind.label, page.context),
        "input_id": f"cell-{encode(page.id)}-{name}",
        "input": controls.control(
            kind, raw, page.context, request.actor, id=f"cell-{encode(page.id)}-{name}", invalid=bool(problems)
        ),
        "version": page.version,
        "errors": mine + others,
        "said": said,
    }
    if request.GET.get("sheet"):
        return _sheet(request, page, name, shown, status)
    answer = HttpResponse(render_to_string("list/cell_edit.html", {"f": shown}, request), status=status)
    if request.method == "POST":  # the form stays where it is; only a saved one takes its row with it
        answer["HX-Retarget"], answer["HX-Reswap"] = f'[data-id="{encode(page.id)}"] > .editing', "innerHTML"
    return answer


def _sheet(request: ActorRequest, page: RecordPage, name: str, shown: dict[str, Any], status: int) -> HttpResponse:
    """The same form for a phone: a sheet at the foot of the page, within reach of the thumb."""
    shown |= {"id": encode(page.id), "name": name, "title": page.title}
    answer = HttpResponse(render_to_string("list/cell_sheet.html", {"f": shown}, request), status=status)
    if request.method == "POST":
        answer["HX-Retarget"], answer["HX-Reswap"] = "#cell-sheet", "outerHTML"
    return answer


def _row(request: ActorRequest, spec: EntitySpec, record_id: int) -> HttpResponse:
    """The row as the list shows it now, with what is said about the change."""
    rows = query.rows(spec.key, request.actor)
    asked = QueryDict(request.META.get("QUERY_STRING", "")).get("columns", "")
    wanted = tuple(name for name in asked.split(",") if name == "title" or name in rows.visible)[:30]
    columns = listing.columns_of(rows, wanted)
    values = rows.read([record_id], listing.needed(rows, columns)).get(record_id)
    if values is None:  # it was given away: gone from one's sight
        return _with_row(request, f'<tr hidden data-id="{encode(record_id)}"></tr>')
    names = [name for name in columns if name != "title"]
    context = replace(rows.context, titles=titles_for(spec, [values], request.actor, names))

    def title_of(one: cells.Values) -> str:
        return shown_title(spec, one, context)

    kinds = {name: rows.visible[name] for name in names}
    ages = ageing.of(rows, [values]) if spec.declaration.path in kinds else None
    made = cells.columns(spec, columns, kinds, context, title_of, ages)
    draw = row_maker(made, title_of, BULK if bulk_actions(rows) else "", peek=spec.declaration.timeline)
    return _with_row(request, draw(values))


def _with_row(request: ActorRequest, row: str) -> HttpResponse:
    """A row stands in a table, or its neighbours in the answer would be read as parts of one."""
    said = render_to_string("record/said.html", {}, request)
    answer = HttpResponse(f"{said}<table><tbody>{row}</tbody></table>")
    answer["HX-Reselect"] = "tr[data-id]"
    return answer

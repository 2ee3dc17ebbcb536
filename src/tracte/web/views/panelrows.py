"""Related lists by themselves, and what is changed in those that are tables, without leaving the record's page."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tracte.engine import forms, ordering, recordpage
from tracte.engine.recordpage import RecordPage
from tracte.kernel.problems import Fault, NotFound, Problem, Rejected
from tracte.meta.kinds.base import Kind, say
from tracte.meta.values import shown_title
from tracte.records import door
from tracte.web import recordparts as parts
from tracte.web.addresses import done, go, record_url, spec_of
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.tablepanels import WAS, Table
from tracte.web.views import panels, record

STEPS = {"up": -1, "down": 1}


@require_safe
@with_actor
def list_part(request: ActorRequest, plural: str, record_id: int, slug: str) -> HttpResponseBase:
    """``GET /{plural}/{id}/list/{entity}-{field}/``: one related list; a page of its own without script."""
    page = _page(request, plural, record_id, slug)
    context: dict[str, Any] = {"panel": panels.panel(request, page, page.related[0])}
    if is_fragment(request):
        return render(request, "record/panel_part.html", context)
    url = record_url(page.spec, page.id)
    context |= {"area": page.spec.declaration.area, "module": page.spec.key, "title": page.title, "back": url}
    return render(request, "record/panel_page.html", context | {"record": record.head(request, page, url)})


@require_POST
@with_actor
def row(request: ActorRequest, plural: str, record_id: int, slug: str, row_id: int) -> HttpResponseBase:
    """``POST /{plural}/{id}/rows/{entity}-{field}/{row}``: save what was typed into a row's cells (``do=save``),
    move it ``up`` or ``down``, or ``delete`` it.
    """
    before = _page(request, plural, record_id, slug)
    one = before.related[0]
    if not one.panel.table or not one.editable or row_id not in one.rows.read([row_id], ()):
        raise NotFound(slug)
    do = request.POST.get("do", "save")
    if do == "save":
        return _save(request, before, row_id)
    thing = say(one.spec.declaration.label, before.context)
    if do in STEPS and one.panel.order in one.editable:
        moved = ordering.shift(request.actor, one, row_id, STEPS[do], _("%(thing)s moved") % {"thing": thing})
        if moved is not None:
            done(request, _("%(thing)s moved") % {"thing": thing}, moved.set_id)
    elif do == "delete":
        gone = door.delete(request.actor, one.spec.key, row_id, origin="ui")
        done(request, _("%(thing)s deleted") % {"thing": thing}, gone.set_id)
    else:
        raise NotFound(do)
    if not is_fragment(request):
        return go(request, record_url(before.spec, before.id))
    left = None if do == "delete" else row_id
    return record.added_to(request, before, one.panel.key, left, do)


def _page(request: ActorRequest, plural: str, record_id: int, slug: str) -> RecordPage:
    return recordpage.read_panel(spec_of(plural).key, request.actor, record_id, slug.replace("-", ".", 1))


def _save(request: ActorRequest, before: RecordPage, row_id: int) -> HttpResponseBase:
    one = before.related[0]
    table = panels.table_of(request, before, one)
    now = one.rows.get(row_id)
    raw = _touched(request, table)
    clash = [name for name in raw if _moved_on(request, table, name, now.get(name))]
    try:
        if clash:
            raise Rejected([Problem(name, "stale") for name in clash], status=409)
        outcome = door.update(request.actor, one.spec.key, row_id, raw, origin="ui") if raw else None
    except Rejected as refused:
        return _refuse(request, before, now, refused)
    if outcome is not None and not outcome.unchanged:
        done(request, _("Saved %(field)s") % {"field": shown_title(one.spec, now, before.context)}, outcome.set_id)
    if not is_fragment(request):
        return go(request, record_url(before.spec, before.id))
    page = recordpage.read_panel(before.spec.key, request.actor, before.id, one.panel.key)
    fresh = panels.table_of(request, page, page.related[0])
    context = record.followed(request, before, page) | {"parts": fresh.changed(row_id)}
    return HttpResponse(render_to_string("record/row_saved.html", context, request))


def _touched(request: ActorRequest, table: Table) -> forms.Raw:
    """What somebody typed: cells that say something else than when they were drawn."""
    names = [name for name in table.columns if table.typed(name) and name in request.POST]
    typed = [name for name in names if request.POST[name].strip() != request.POST.get(WAS + name, "").strip()]
    return forms.sent(table.one.spec, typed, request.POST, request.actor)


def _moved_on(request: ActorRequest, table: Table, name: str, value: Any) -> bool:
    """Whether a cell holds something else by now than when it was drawn."""
    kind = table.one.spec.fields[name]
    data = {name: request.POST.get(WAS + name, ""), f"{name}_currency": request.POST.get(f"{name}_currency", "")}
    try:
        return bool(_amount(kind, kind.parse(kind.from_form(data), table.context)) != _amount(kind, value))
    except Fault:
        return False


def _amount(kind: Kind, value: Any) -> Any:
    return value.amount if value is not None and kind.key == "money" else value


def _refuse(request: ActorRequest, before: RecordPage, now: dict[str, Any], refused: Rejected) -> HttpResponseBase:
    """Say what is wrong beside the row; what was typed stays in its cells."""
    one = before.related[0]
    said = []
    for problem in refused.problems:
        kind = one.rows.visible.get(problem.field or "")
        words = f"{say(kind.label, before.context)}: {problem.message}" if kind else problem.message
        if problem.code == "stale" and kind:
            value = parts.value_text(kind, now.get(problem.field or ""), before.context) or _("empty")
            words = _("Somebody changed %(field)s meanwhile to %(value)s. Look at the page again.") % {
                "field": say(kind.label, before.context),
                "value": value,
            }
        said.append(words)
    if not is_fragment(request):
        for words in said:
            messages.error(request, words)
        return go(request, record_url(before.spec, before.id))
    pk = request.path.rpartition("/")[2]
    return HttpResponse(Table.said(pk, said, out_of_band=True), status=409 if refused.status == 409 else 422)

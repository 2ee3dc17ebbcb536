"""A record beside its list, and the steps from one record of a list to the next."""

from django.contrib import messages
from django.http import HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tracte.engine import beside
from tracte.kernel.problems import NotFound
from tracte.records import query
from tracte.web import filters, peeking
from tracte.web.addresses import record_url, spec_of
from tracte.web.request import ActorRequest, is_fragment, with_actor


@require_safe
@with_actor
def peek(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``GET /{plural}/{id}/peek/?…`` with the query of the list: the panel beside it, for the page's script; without
    script, the list with the panel in it.
    """
    spec = spec_of(plural)
    rows = query.rows(spec.key, request.actor)
    state = beside.read_state(rows, filters.plain_params(request.GET))
    if not is_fragment(request):
        return HttpResponseRedirect(f"/{plural}/{peeking.address(state, record_id)}")
    shown = peeking.panel(request, rows, state, record_id)
    if "gone" in shown:
        raise NotFound(plural)
    return render(request, "list/peek_inside.html", {"peek": shown})


@require_safe
@with_actor
def step(request: ActorRequest, plural: str, record_id: int, way: str) -> HttpResponseBase:
    """``GET /{plural}/{id}/next?list=…`` and ``…/previous``: go on to the neighbour in the list one came from."""
    spec = spec_of(plural)
    rows = query.rows(spec.key, request.actor)
    listed = request.GET.get(peeking.IN_LIST, "")
    state = beside.read_state(rows, filters.plain_params(QueryDict(listed)))
    near = beside.of(rows, state, rows.get(record_id))
    found = near.next if way == "next" else near.previous
    if found is None:
        last = _("This is the last record of the list.")
        messages.info(request, last if way == "next" else _("This is the first record of the list."))
    return HttpResponseRedirect(peeking.opened(record_url(spec, found or record_id), peeking.query_of(state)))

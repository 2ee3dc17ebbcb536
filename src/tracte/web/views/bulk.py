"""Doing something with several rows of a list at once: one change set, all of them or none, with Undo."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tracte.engine import listing
from tracte.kernel.ids import encode
from tracte.kernel.problems import Forbidden, NotFound, Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.meta.registry import EntitySpec
from tracte.records import door, query
from tracte.records.query import Rows
from tracte.records.transactions import writing
from tracte.records.writing import Op
from tracte.web import filters
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.list import number, spec_of

MOST = 1_000


@require_POST
@with_actor
def bulk(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``POST /{plural}/bulk``: ``action`` ``delete`` or ``assign`` on ``ids``, or on ``all`` rows of ``where``."""
    spec = spec_of(plural)
    door.require_right(spec, request.actor, "bulk")
    rows = query.rows(spec.key, request.actor)
    where = request.POST.get("where", "")
    back = f"/{spec.plural}/{where if where.startswith('?') else ''}"
    ids = _chosen(request, rows, where)
    action = request.POST.get("action", "")
    if not ids:
        return HttpResponseRedirect(back)
    if action == "delete":
        _within_reach(request, spec, ids, "delete")
        done = door.delete(request.actor, spec.key, ids, origin="ui", title=_title(spec, request, len(ids), action))
        return _said(request, back, _deleted(len(ids), request), done.set_id)
    if action == "assign":
        _within_reach(request, spec, ids, "edit")
        if "owner" in request.POST:
            return _assign(request, spec, ids, back)
        return _ask_owner(request, spec, ids, where, back)
    raise Rejected([Problem("action", "bad_parameter", {"name": "action"})], status=400)


def _chosen(request: ActorRequest, rows: Rows, where: str) -> list[int]:
    """The records meant: those ticked, or everything the list's address matches."""
    if request.POST.get("all") == "1":
        params = QueryDict(where.removeprefix("?"))
        state = listing.read_state(rows, filters.plain_params(params))
        ids = listing.narrowed(rows, state).ids(MOST + 1)
    else:
        ids = [query.record_id(text) for text in dict.fromkeys(request.POST.getlist("ids"))]
    if len(ids) > MOST:
        raise Rejected([Problem("ids", "too_many", {"max": MOST})], status=400)
    return ids


def _within_reach(request: ActorRequest, spec: EntitySpec, ids: list[int], verb: str) -> None:
    """All of them must be seen, and be in reach of both rights; else nothing is done.

    :raises NotFound: when one is out of sight; Forbidden: when only a right is missing.
    """
    if len(query.rows(spec.key, request.actor).only(ids).ids()) < len(ids):
        raise NotFound(spec.key)
    for right in (verb, "bulk"):
        door.require_right(spec, request.actor, right)
        if len(query.rows(spec.key, request.actor, right).only(ids).ids()) < len(ids):
            raise Forbidden(right, spec.key)


def _ask_owner(
    request: ActorRequest, spec: EntitySpec, ids: list[int], where: str, back: str, problem: str = ""
) -> HttpResponseBase:
    snapshot = request.snapshot
    people = sorted((member.name, pk) for pk, member in snapshot.members.items() if member.active)
    context = {
        "area": spec.declaration.area,
        "module": spec.key,
        "title": _title(spec, request, len(ids), "assign"),
        "plural": spec.plural,
        "ids": [encode(pk) for pk in ids],
        "where": where,
        "back": back,
        "people": [{"id": encode(pk), "name": name} for name, pk in people],
        "problem": problem,
    }
    return render(request, "list/assign.html", context, status=422 if problem else 200)


def _assign(request: ActorRequest, spec: EntitySpec, ids: list[int], back: str) -> HttpResponseBase:
    owner = request.POST.get("owner", "")
    title = _title(spec, request, len(ids), "assign")
    try:
        # One transaction around the set and its rows: a refusal leaves neither.
        with writing():
            writer = door.begin(request.actor, "ui", title, check_duplicates=False)
            writer.write(spec.key, "update", [Op({"owner": owner}, id=pk) for pk in ids], partial=False)
            writer.finish()
    except Rejected as rejected:
        where = request.POST.get("where", "")
        return _ask_owner(request, spec, ids, where, back, rejected.problems[0].message)
    count = len(ids)
    text = ngettext("%(n)s record assigned", "%(n)s records assigned", count)
    return _said(request, back, text % {"n": number(count, request.context.language)}, writer.set_id)


def _deleted(count: int, request: ActorRequest) -> str:
    text = ngettext("%(n)s record deleted", "%(n)s records deleted", count)
    return text % {"n": number(count, request.context.language)}


def _title(spec: EntitySpec, request: ActorRequest, count: int, action: str) -> str:
    label: Any = spec.declaration.label if count == 1 else spec.declaration.label_plural
    things = say(label, request.context)
    values = {"n": number(count, request.context.language), "things": things[:1].lower() + things[1:]}
    return (_("Assign %(n)s %(things)s") if action == "assign" else _("Delete %(n)s %(things)s")) % values


def _said(request: ActorRequest, back: str, text: str, set_id: int | None) -> HttpResponseBase:
    messages.success(request, text, extra_tags=f"undo:/changes/{set_id}/undo" if set_id else "")
    return HttpResponseRedirect(back)

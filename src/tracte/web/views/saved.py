"""Saving a view of a list, changing and sharing it, choosing the one a list opens with, counting what each holds."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tracte.engine import board as boards
from tracte.engine import listing, savedviews
from tracte.engine.listing import ListState
from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.records import door, query
from tracte.records.limits import time_limit
from tracte.records.query import Rows
from tracte.web import controls, filters, viewtabs
from tracte.web.addresses import done, spec_of
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.list import number

COUNTED = 12
SECONDS = 2.0
ENTITY = savedviews.ENTITY


def _state(request: ActorRequest, rows: Rows) -> ListState:
    """What the list showed when the form was sent."""
    params = QueryDict(request.POST.get("state", "").removeprefix("?"))
    known = dict(filters.plain_params(params))
    if rows.spec.declaration.board and request.POST.get("look") == "board":
        return boards.read_state(rows, known)
    return listing.read_state(rows, known)


def _shared(request: ActorRequest) -> dict[str, Any]:
    """With whom: ``me``, ``everybody`` or ``team:id`` of a team of one's own.

    :raises Rejected: 422 for anything else.
    """
    given = request.POST.get("share", "me")
    if given in ("me", "everybody", "team"):
        return {"share": given}
    try:
        team = decode(given.removeprefix("team:"))
    except ValueError:
        team = 0
    if team not in request.actor.teams:
        raise Rejected([Problem("share", "not_a_choice", {"value": given[:40]})])
    return {"share": "team", "team": encode(team)}


@require_POST
@with_actor
def save(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``POST /{plural}/views/``: keep what is shown as a view: ``name``, ``share``, ``state`` and ``look``."""
    spec = spec_of(plural)
    rows = query.rows(spec.key, request.actor)
    state, look = _state(request, rows), request.POST.get("look", "list")
    values = viewtabs.as_values(rows, state, look) | _shared(request)
    values |= {"name": " ".join(request.POST.get("name", "").split()) or None, "entity": spec.key}
    sets: list[int | None] = []

    def store() -> int:
        made = door.create(request.actor, ENTITY, values, origin="ui", title=_("Save a view"))
        sets.append(made.set_id)
        return made.id

    made = controls.once(request, store)
    if sets:
        done(request, _("View saved"), sets[0])
    return _to(spec.plural, savedviews.key_of(made or 0), values["look"])


@require_POST
@with_actor
def change(request: ActorRequest, plural: str, view_id: int) -> HttpResponseBase:
    """``POST /{plural}/views/{id}/``: ``action`` is ``save`` (what is shown now), ``rename`` or ``delete``."""
    spec = spec_of(plural)
    rows = query.rows(spec.key, request.actor)
    key, action = savedviews.key_of(view_id), request.POST.get("action", "")
    found = savedviews.find(rows, key)
    if found is None:
        raise NotFound(key)
    if action == "delete":
        gone = door.delete(request.actor, ENTITY, view_id, origin="ui", title=_("Delete a view"))
        done(request, _("View “%(name)s” deleted") % {"name": found.view.label}, gone.set_id)
        return HttpResponseRedirect(f"/{spec.plural}/")
    if action == "save":
        values = viewtabs.as_values(rows, _state(request, rows), request.POST.get("look", found.look))
    elif action == "rename":
        values = {"name": " ".join(request.POST.get("name", "").split()) or None} | _shared(request)
    else:
        raise Rejected([Problem("action", "bad_parameter", {"name": "action"})], status=400)
    sent = request.POST.get("version", "")
    version = int(sent[:9]) if sent.isdecimal() else None
    changed = door.update(
        request.actor, ENTITY, view_id, values, origin="ui", version=version, title=_("Change a view")
    )
    done(request, _("View saved"), None if changed.unchanged else changed.set_id)
    return _to(spec.plural, key, str(values.get("look") or found.look))


@require_POST
@with_actor
def choose_first(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``POST /{plural}/views/first``: the view this list opens with from now on, for this person alone."""
    spec = spec_of(plural)
    rows = query.rows(spec.key, request.actor)
    key = request.POST.get("key", "")
    known = {view.key for view in savedviews.declared(rows)}
    if key and key not in known and savedviews.find(rows, key) is None:
        raise NotFound(key)
    chosen = {entity: kept for entity, kept in savedviews.firsts(rows).items() if entity != spec.key}
    if key:
        chosen[spec.key] = key
    op = door.Op({"first_views": chosen or None}, id=request.actor.user_id, canonical=True)
    writer = door.begin(request.actor, "ui", _("Choose the first view"), free=True)
    writer.write("user", "update", [op], partial=False)
    writer.finish()
    done(request, _("This list now opens with this view") if key else _("As usual again"), writer.set_id)
    return HttpResponseRedirect(f"/{spec.plural}/?view={key}" if key else f"/{spec.plural}/")


@require_safe
@with_actor
def counts(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``GET /{plural}/views/counts``: how many rows each view holds, counted no further than a thousand."""
    spec = spec_of(plural)
    rows = query.rows(spec.key, request.actor)
    saved = [savedviews.usable(one, rows).view for one in savedviews.offered(rows)[:COUNTED]]
    found: list[dict[str, str]] = []
    try:
        with time_limit(SECONDS):
            for view in [*savedviews.declared(rows), *saved]:
                state = ListState(view=view.key, chosen=view)
                count, capped = listing.narrowed(rows, state).count(listing.CAP)
                words = number(count - capped, request.context.language) + ("+" if capped else "")
                found.append({"key": view.key, "count": words})
    except Rejected:  # a count that takes too long is left out, the page stands without it
        pass
    return HttpResponse(render_to_string("list/counts.html", {"counts": found}, request))


def _to(plural: str, key: str, look: str) -> HttpResponse:
    return HttpResponseRedirect(f"/{plural}/{'board' if look == 'board' else ''}?view={key}")

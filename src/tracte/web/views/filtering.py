"""The filter builder of a list: a dialog over it, and a page of its own where there is no script."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tracte.engine import board as boards
from tracte.engine import listing
from tracte.engine.filtering import draft as drafts
from tracte.engine.filtering import fields
from tracte.engine.filtering.draft import Group, Line, Maker
from tracte.engine.listing import ListState
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.records import query
from tracte.records.limits import time_limit
from tracte.records.query import Rows
from tracte.web import filterform, filters
from tracte.web.addresses import go, spec_of
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.views.list import count_words

SECONDS = 0.5  # what counting while somebody still builds may take


@require_http_methods(["GET", "POST"])
@with_actor
def builder(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``/{plural}/filter``: the builder for the list the query string (or ``state``) describes.

    ``POST`` with ``do`` takes one step: ``add:r-0``, ``remove:r-0-1``, ``wrap:…``, ``count`` or ``apply``.
    """
    rows = query.rows(spec_of(plural).key, request.actor)
    sent = request.POST if request.method == "POST" else None
    look = (sent if sent is not None else request.GET).get("look", "list")
    params = QueryDict(sent.get("state", "").removeprefix("?")) if sent is not None else request.GET
    state = _state(rows, params, look)
    maker = Maker(rows.reader(), rows.context)
    if sent is None:
        listing.narrowed(rows, state)  # what cannot be read is refused before anything of it is shown
        draft = maker.read(rows.spec, _in_force(rows, state))
        focus = "" if draft.parts else "p-r-0"
        draft = draft if draft.parts else Group("all", (Line(),))
        return _shown(request, rows, state, look, draft, maker, focus)
    draft, step = filterform.read(rows.spec, sent, rows.reader()), sent.get("do", "")
    if step == "count":
        return HttpResponse(_counted(rows, state, draft, maker))
    if step == "apply":
        return _applied(request, rows, state, look, draft, maker)
    draft, focus = filterform.stepped(draft, step)
    return _shown(request, rows, state, look, draft, maker, focus or sent.get("focus", "")[:40])


@require_safe
@with_actor
def field_picker(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``GET /{plural}/filter/fields?q=``: what one can filter by, as ``[{id, title, group}]``; without related lists
    with ``flat=1``."""
    rows = query.rows(spec_of(plural).key, request.actor)
    words = " ".join(request.GET.get("q", "").split())[:100]
    found = fields.offered(rows.spec, rows.reader(), rows.context, words, flat=request.GET.get("flat") == "1")
    own = say(rows.spec.declaration.label, rows.context)
    return JsonResponse(
        [
            {
                "id": place.path,
                "title": " › ".join((*place.through[_depth(section) :], place.label)),
                "group": section.title or own,
            }
            for section in found
            for place in section.places
        ],
        safe=False,
    )


def _depth(section: fields.Section) -> int:
    """How many names of a place its section says already."""
    return len(section.title.split(" › ")) if section.title and section.places[0].through else 0


def _state(rows: Rows, params: QueryDict, look: str) -> ListState:
    known = {name: values for name, values in filters.plain_params(params).items() if name != "look"}
    if rows.spec.declaration.board and look == "board":
        return boards.read_state(rows, known)
    return listing.read_state(rows, known)


def _in_force(rows: Rows, state: ListState) -> list[Any]:
    return [*listing.view_parts(listing.view_of(rows.spec, state)), *state.parts]


def _shown(
    request: ActorRequest,
    rows: Rows,
    state: ListState,
    look: str,
    draft: Group,
    maker: Maker,
    focus: str = "",
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    spec = rows.spec
    things = say(spec.declaration.label_plural, rows.context)
    context = {
        "area": spec.declaration.area,
        "module": spec.key,
        "title": _("Filter %(things)s") % {"things": things[:1].lower() + things[1:]},
        "form": {
            "url": f"/{spec.plural}/filter",
            "state": state.address(),
            "look": look,
            "group": filterform.drawn(rows, draft, focus, plain=not is_fragment(request)),
            "problems": [{"message": text} for text in problems],
            "count": _counted(rows, state, draft, maker),
            "back": _list_url(rows, look) + state.address(),
        },
    }
    if not is_fragment(request):
        return render(request, "list/filter_page.html", context, status=status)
    whole = request.method == "GET"
    return render(request, "list/filter_dialog.html" if whole else "list/filter_form.html", context, status=status)


def _list_url(rows: Rows, look: str) -> str:
    return f"/{rows.spec.plural}/{'board' if look == 'board' and rows.spec.declaration.board else ''}"


# -- what it means ---------------------------------------------------------------------------------------------------
def _applied(
    request: ActorRequest, rows: Rows, state: ListState, look: str, draft: Group, maker: Maker
) -> HttpResponseBase:
    """On to the list with what was built, or the form again with everything that is wrong in it."""
    parts, marked = maker.write(rows.spec, draft)
    wrong = drafts.problems(marked)
    whole: list[str] = []
    if not wrong:
        try:
            rows.where({"all": parts})
            if len(listing.compact(parts)) > listing.MAX_FILTER:
                raise Rejected([Problem("filter", "too_large", {"max": listing.MAX_FILTER})], status=400)
        except Rejected as rejected:
            whole = [problem.message for problem in rejected.problems]
    if wrong or whole:
        return _shown(request, rows, state, look, marked, maker, "", whole, 422)
    return go(request, _list_url(rows, look) + _address(rows, state, parts, maker))


def _address(rows: Rows, state: ListState, parts: list[Any], maker: Maker) -> str:
    """The list with these conditions. A view that is still whole stays; otherwise they become filters of one's own."""
    view = listing.view_of(rows.spec, state)
    whole = listing.view_parts(view)
    same, _marked = maker.write(rows.spec, maker.read(rows.spec, whole))
    if len(parts) >= len(same) and parts[: len(same)] == same:
        return state.address(parts=tuple(parts[len(same) :]))
    return filters.leaving(state, parts)


def _counted(rows: Rows, state: ListState, draft: Group, maker: Maker) -> str:
    """How many it would show, where that is quick to say and nothing is missing yet."""
    parts, marked = maker.write(rows.spec, draft)
    if drafts.problems(marked):
        return ""
    view = listing.view_of(rows.spec, state)
    words = tuple(dict.fromkeys(one for one in (view.words if view else "", state.q) if one))
    asked = replace(state, view="", chosen=None, parts=tuple(parts), q=" ".join(words))
    try:
        with time_limit(SECONDS):
            count, capped = listing.narrowed(rows, asked).count(listing.CAP)
    except Rejected:
        return ""
    return count_words(rows.spec, count - capped, capped, rows.context.language)

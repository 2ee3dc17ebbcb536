"""From a request to the person behind it: rights, language, time zone and one view of the directory.

Every page of the product is wrapped in :func:`with_actor`. What a room below refuses comes out as a calm page that says
what happened and what to do.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from tracte.engine import refusals
from tracte.kernel.actor import Actor
from tracte.kernel.problems import Conflict, Forbidden, NotFound, Problem, Rejected
from tracte.meta.kinds.base import Context
from tracte.records import snapshot as snapshots
from tracte.records.snapshot import Snapshot


class ActorRequest(HttpRequest):
    """A request of somebody who is signed in.

    :ivar actor: the person with their rights resolved.
    :ivar snapshot: the directory as it stood when the request began.
    :ivar context: how values are read and shown for this person.
    """

    actor: Actor
    snapshot: Snapshot
    context: Context


P = ParamSpec("P")
View = Callable[Concatenate[ActorRequest, P], HttpResponseBase]


def is_fragment(request: HttpRequest) -> bool:
    """Whether the page's script asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def with_actor(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Wrap a view: sign-in required, one snapshot held, language and time zone active, refusals as pages."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _ask_to_sign_in(request)
        with snapshots.held():
            snapshot = snapshots.current()
            member = snapshot.members.get(int(request.user.pk))
            if member is None or not member.active:
                logout(request)
                return _ask_to_sign_in(request)
            asked: Any = request
            asked.snapshot, asked.actor = snapshot, snapshot.actor(member.id)
            asked.context = snapshot.context(asked.actor)
            asked.LANGUAGE_CODE = asked.actor.language
            with translation.override(asked.actor.language), timezone.override(ZoneInfo(asked.context.timezone)):
                return _answer(asked, lambda: view(asked, *args, **kwargs))

    return wrapped


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if is_fragment(request):
        return HttpResponse(_("You were signed out. Sign in again; what you typed is kept."), status=401)
    return redirect_to_login(request.get_full_path())


def _answer(request: ActorRequest, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        response = run()
        # A lazy template must be drawn here, where the person's language and snapshot still hold.
        draw = getattr(response, "render", None)
        return draw() if callable(draw) else response
    except NotFound as missing:
        return refusals.told(refusal(request, 404, []), request, request.actor, missing)
    except Forbidden as forbidden:
        answer = refusal(request, 403, [Problem(None, "no_right")])
        return refusals.told(answer, request, request.actor, forbidden)
    except Conflict:
        return refusal(request, 409, [Problem(None, "stale")])
    except Rejected as rejected:
        return refusal(request, rejected.status, rejected.problems)


def _head(status: int) -> str:
    return {
        400: _("This address does not lead anywhere"),
        403: _("You may not do this"),
        404: _("Nothing is here"),
        409: _("This changed meanwhile"),
        422: _("This was not saved"),
        503: _("This takes too long"),
    }.get(status, _("This did not work"))


def refusal(request: HttpRequest, status: int, problems: list[Problem]) -> HttpResponse:
    """A calm page (or a line for a fragment) for a refused request. Nothing was changed."""
    text = " ".join(dict.fromkeys(problem.message for problem in problems))
    if status == 404:
        text = _("It was deleted, never existed, or your role does not show it. Search for it, or go back.")
    if is_fragment(request):
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    return render(request, "errors/refusal.html", {"title": _head(status), "text": text}, status=status)

"""What a person keeps of records for themselves: pinned ones, followed ones, and when they were there last."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tracte.engine import news, recordpage
from tracte.engine.news import Followed
from tracte.engine.recordpage import RecordPage
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.meta.kinds.base import Context, say
from tracte.meta.registry import registry
from tracte.records import watching
from tracte.web import pins, ui
from tracte.web import recordparts as parts
from tracte.web.addresses import done, go, record_url, spec_of, way_back
from tracte.web.cells import url_of
from tracte.web.request import ActorRequest, is_fragment, with_actor

NAMED = 3


def _page(request: ActorRequest, plural: str, record_id: int) -> RecordPage:
    """The record, when it has a page of its own and the person may see it."""
    spec = spec_of(plural)
    if not spec.declaration.timeline:
        raise NotFound(plural)
    return recordpage.read(spec.key, request.actor, record_id, related=False)


def pin_of(request: ActorRequest, page: RecordPage) -> dict[str, Any]:
    """The star beside the title."""
    pinned = pins.is_pinned(request, page.id)
    return {"url": f"{record_url(page.spec, page.id)}pin?on={0 if pinned else 1}", "on": pinned}


def follow_of(page: RecordPage, on: bool) -> dict[str, Any]:
    """The bell over the timeline."""
    return {"url": f"{record_url(page.spec, page.id)}follow?on={0 if on else 1}", "on": on}


@require_POST
@with_actor
def pin(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``POST /{plural}/{id}/pin?on=1``: keep the record in the side panel; ``on=0`` takes it off."""
    page = _page(request, plural, record_id)
    on = request.GET.get("on", "1") == "1"
    pins.pin(request, page.spec.key, record_id, on)
    done(request, _("Pinned to the side panel") if on else _("Taken off the side panel"), None)
    if not is_fragment(request):
        return go(request, way_back(request, record_url(page.spec, record_id)))
    shown = {"pin": pin_of(request, page), "pinned": pins.shortcuts(request)}
    return HttpResponse(render_to_string("kept/pinned.html", shown, request))


@require_POST
@with_actor
def move_pin(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``POST /{plural}/{id}/pin/move`` with ``to`` = ``up`` or ``down``: its place among what is pinned."""
    spec_of(plural)
    pins.move(request, record_id, request.POST.get("to") == "up")
    return go(request, "/pinned/")


@require_POST
@with_actor
def follow(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``POST /{plural}/{id}/follow?on=1``: be told what is new about the record; ``on=0`` no more."""
    page = _page(request, plural, record_id)
    on = request.GET.get("on", "1") == "1"
    watching.follow(int(request.actor.user_id or 0), page.spec.key, record_id, on)
    done(request, _("You follow this now") if on else _("You no longer follow this"), None)
    if not is_fragment(request):
        return go(request, way_back(request, record_url(page.spec, record_id)))
    shown = {"follow": follow_of(page, on), "followers": _followers(page)}
    return HttpResponse(render_to_string("kept/followed.html", shown, request))


@require_POST
@with_actor
def seen(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``POST /{plural}/{id}/seen``, by the page's script once it is there: the person was here. Answers who follows."""
    page = _page(request, plural, record_id)
    watching.seen(int(request.actor.user_id or 0), page.spec.key, record_id)
    return HttpResponse(render_to_string("kept/followers.html", {"followers": _followers(page)}, request))


def _followers(page: RecordPage) -> list[str]:
    """Who follows the record, of the people one may see."""
    titles = page.rows.snapshot.directory.get("user", {})
    return [titles[one].title for one in watching.followers(page.id) if one in titles]


@require_safe
@with_actor
def kept_page(request: ActorRequest) -> HttpResponseBase:
    """``GET /pinned/``: what is pinned, in its order, and what is followed, with its news."""
    found, context = news.following(request.actor)
    listed = pins.titles(request)
    pinned = [
        {
            "title": one.title,
            "url": url_of(one.entity, one.id),
            "kind": say(registry()[one.entity].declaration.label, context),
            "first": at == 0,
            "last": at == len(listed) - 1,
        }
        for at, one in enumerate(listed)
    ]
    followed = [_told(one, context) for one in found]
    shown = {"area": "home", "module": "", "title": _("Pinned and followed"), "pinned": pinned, "followed": followed}
    return render(request, "kept/page.html", shown)


def _told(one: Followed, context: Context) -> dict[str, Any]:
    """A followed record as one line: its news in words."""
    count = len(one.deeds)
    words = ngettext("%(n)d change since you were there", "%(n)d changes since you were there", count) % {"n": count}
    return {
        "title": one.title.title,
        "url": record_url(one.spec, one.title.id),
        "kind": say(one.spec.declaration.label, context),
        "id": encode(one.title.id),
        "news": words if count else "",
        "moved": moved_words(one.moved, context),
    }


def moved_words(moved: Sequence[news.Moved], context: Context) -> list[SafeString]:
    """The first few fields that changed, from what to what."""
    return [
        format_html(
            "{} {}",
            say(one.kind.label, context),
            ui.diff(parts.value_text(one.kind, one.before, context), parts.value_text(one.kind, one.after, context)),
        )
        for one in moved[:NAMED]
    ]

"""Home: the person's day."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tracte.engine import feed
from tracte.engine.feed import News
from tracte.kernel import clock
from tracte.kernel.dates import date_locale
from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import RefTitle
from tracte.meta.registry import registry
from tracte.web import firststeps
from tracte.web.firststeps import first_steps
from tracte.web.home import offered
from tracte.web.request import ActorRequest, with_actor

MONDAY, SATURDAY = 0, 5
MORNING, NOON, EVENING = 5, 12, 18


@require_safe
@with_actor
def home_page(request: ActorRequest) -> HttpResponse:
    """``GET /``: what is late and due, what goes quiet, the figures, what happened. ``whose=mine|team|all`` narrows
    it."""
    unknown = [name for name in request.GET if name != "whose"]
    if unknown or request.GET.get("whose", "mine") not in ("mine", "team", "all"):
        name = unknown[0] if unknown else "whose"
        raise Rejected([Problem(name, "unknown_parameter", {"name": name})], status=400)
    now = clock.now().astimezone(ZoneInfo(request.context.timezone))
    parts = offered(request)
    blocks = [block for part in parts for block in part.blocks]
    busy = any(part.busy for part in parts)
    steps = first_steps(request, busy=any(part.full for part in parts))
    news = feed.recent(request.actor, since_yesterday(now), mine=any(part.mine for part in parts))
    context = {
        "area": "home",
        "greeting": greeting(now.hour, request.actor.name),
        "day": day_words(now.date(), request.context.language),
        "lines": [block.line for block in blocks if block.line],
        "scopes": next((part.scopes for part in parts if part.scopes), ()),
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
        "main": [block for block in blocks if not block.aside] if busy else [],
        "aside": [block for block in blocks if block.aside] if busy else [],
        "news": [_line(one, now) for one in news],
        "news_head": _("Since Friday") if now.weekday() in (MONDAY, SATURDAY, SATURDAY + 1) else _("Since yesterday"),
    }
    return render(request, "home/page.html", context)


@require_POST
@with_actor
def close_first_steps(request: ActorRequest) -> HttpResponse:
    """``POST /settings/first-steps``: do not show them to this person again."""
    firststeps.close(request)
    return HttpResponseRedirect("/")


def greeting(hour: int, name: str) -> str:
    """Good morning, by the hour of the person's own clock."""
    first = (name.split() or [""])[0]
    if MORNING <= hour < NOON:
        return _("Good morning, %(name)s") % {"name": first}
    if NOON <= hour < EVENING:
        return _("Good afternoon, %(name)s") % {"name": first}
    return _("Good evening, %(name)s") % {"name": first}


def day_words(day: date, language: str) -> str:
    """``Saturday 21 November`` in the reader's language."""
    locale = date_locale(language)
    words = f"{format_date(day, 'EEEE', locale=locale)} {format_skeleton('MMMMd', day, locale=locale)}"
    return words[:1].upper() + words[1:]


def since_yesterday(now: datetime) -> datetime:
    """The beginning of yesterday; on a Monday or at the weekend that of Friday."""
    back = {0: 3, 5: 1, 6: 2}.get(now.weekday(), 1)
    return datetime.combine(now.date() - timedelta(days=back), time(), now.tzinfo)


# -- what happened ---------------------------------------------------------------------------------------------------
def _line(news: News, now: datetime) -> dict[str, Any]:
    at = news.at.astimezone(now.tzinfo)
    today = at.date() == now.date()
    return {
        "icon": _icon(news),
        "text": _sentence(news),
        "iso": at.isoformat(timespec="minutes"),
        "when": at.strftime("%H:%M") if today else f"{_weekday(at.date())} {at:%H:%M}",
    }


def _weekday(day: date) -> str:
    return str(format_skeleton("EEE", day, locale=date_locale(get_language() or "en")))


def _sentence(news: News) -> SafeString:
    who = format_html("<b>{}</b>", _("You") if news.mine else news.who)
    if news.record is None:
        many = str(news.spec.declaration.label_plural).lower()
        text = ngettext("{who} added {count} {records}", "{who} added {count} {records}", news.count)
        return format_html(text, who=who, count=news.count, records=many)
    what = _link(news.record, news.spec.plural)
    if news.about is not None and news.verb == "create":
        subject = _link(news.about, registry()[news.about.entity].plural)
        return format_html(_("{who} wrote about {subject}: {what}"), who=who, subject=subject, what=what)
    if news.more:
        what = format_html(ngettext("{what} and {n} more", "{what} and {n} more", news.more), what=what, n=news.more)
    kind = news.moved.extra.get("kind") if news.moved else None
    if news.verb == "create":
        return format_html(_("{who} added {what}"), who=who, what=what)
    if kind == "won":
        return format_html(_("{who} won {what}"), who=who, what=what)
    if kind == "lost":
        return format_html(_("{who} lost {what}"), who=who, what=what)
    if news.moved:
        return format_html(_("{who} moved {what} to {stage}"), who=who, what=what, stage=news.moved.title)
    if news.more:
        return format_html(_("{who} changed {what}"), who=who, what=what)
    fields = ", ".join(str(kind.label).lower() for kind in news.changed[:2])
    if len(news.changed) > len(news.changed[:2]):
        fields = _("%(fields)s and more") % {"fields": fields}
    return format_html(_("{who} changed {what}: {fields}"), who=who, what=what, fields=fields)


def _link(record: RefTitle, plural: str) -> SafeString:
    return format_html('<a href="/{}/{}/">{}</a>', plural, encode(record.id), record.title)


def _icon(news: News) -> str:
    """What sort of thing it was, at a glance."""
    if news.moved is not None:
        return {"won": "trophy", "lost": "thumbs-down"}.get(str(news.moved.extra.get("kind")), "arrow-right")
    if news.about is not None:
        return "sticky-note"
    return "plus" if news.verb == "create" else "pencil"

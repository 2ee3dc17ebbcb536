"""Home: the person's day."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tracte.engine import feed
from tracte.engine.feed import News
from tracte.kernel import clock
from tracte.kernel.actor import Level
from tracte.kernel.dates import date_locale
from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records.query import reach
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
    news = feed.recent(request.actor, since_yesterday(now))
    context = {
        "area": "home",
        "greeting": greeting(now.hour, request.actor.name),
        "day": day_words(now.date(), request.context.language),
        "lines": [block.line for block in blocks if block.line],
        "scopes": next((part.scopes for part in parts if part.scopes), ()),
        "steps": [] if busy else first_steps(request),
        "main": [block for block in blocks if not block.aside] if busy else [],
        "aside": [block for block in blocks if block.aside] if busy else [],
        "news": [_line(one, now) for one in news],
        "news_head": _("Since Friday") if now.weekday() in (MONDAY, SATURDAY, SATURDAY + 1) else _("Since yesterday"),
    }
    return render(request, "home/page.html", context)


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


def first_steps(request: ActorRequest) -> list[dict[str, Any]]:
    """What a new person does first; done ones are ticked. Nothing once all are done."""
    actor, steps = request.actor, []
    contacts = registry()["contact"]
    if reach(contacts, actor, "view") > Level.NONE:
        known = query.rows("contact", actor).count(cap=1)[0] > 0
        if reach(contacts, actor, "import") > Level.NONE:
            text = _(
                "Accounts, contacts and deals from a spreadsheet. You see what will happen first, and can undo it."
            )
            steps.append(_step(_("Bring what you have"), text, "/imports/", _("Import"), known))
        if reach(contacts, actor, "create") > Level.NONE:
            text = _("Somebody you talk to this week, with the firm they work for.")
            steps.append(_step(_("Add a contact"), text, "/contacts/new/", _("Add"), known))
    if actor.admin:
        others = sum(member.active for member in request.snapshot.members.values()) > 1
        text = _("Each with a role and a team, which decide what they see.")
        steps.append(_step(_("Invite the people you work with"), text, "/users/new/", _("Invite"), others))
    else:
        text = _("Language, time zone, theme and row height.")
        steps.append(_step(_("Make it yours"), text, "/settings/profile", _("Settings"), False))
    return steps


def _step(title: str, text: str, url: str, label: str, done: bool) -> dict[str, Any]:
    return {"title": title, "text": text, "url": url, "label": label, "done": done}


# -- what happened ---------------------------------------------------------------------------------------------------
def _line(news: News, now: datetime) -> dict[str, Any]:
    at = news.at.astimezone(now.tzinfo)
    today = at.date() == now.date()
    return {
        "icon": "arrow-right" if news.moved else "plus" if news.verb == "create" else "pencil",
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
    what = format_html('<a href="/{}/{}/">{}</a>', news.spec.plural, encode(news.record.id), news.record.title)
    kind = news.moved.extra.get("kind") if news.moved else None
    if news.verb == "create":
        return format_html(_("{who} added {what}"), who=who, what=what)
    if kind == "won":
        return format_html(_("{who} won {what}"), who=who, what=what)
    if kind == "lost":
        return format_html(_("{who} lost {what}"), who=who, what=what)
    if news.moved:
        return format_html(_("{who} moved {what} to {stage}"), who=who, what=what, stage=news.moved.title)
    fields = ", ".join(str(kind.label).lower() for kind in news.changed[:2])
    if len(news.changed) > len(news.changed[:2]):
        fields = _("%(fields)s and more") % {"fields": fields}
    return format_html(_("{who} changed {what}: {fields}"), who=who, what=what, fields=fields)

"""Parts of a record's page made in Python: field rows, the timeline, related lists.

A page shows dozens of fields and events; a template include for each would cost more than everything else together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine import news
from tracte.engine.recordpage import RecordPage
from tracte.engine.timeline import Changed, Event, FieldChange, Timeline, Written
from tracte.kernel.dates import show_date
from tracte.kernel.ids import encode
from tracte.meta.kinds.base import Context, Kind, escape, say
from tracte.meta.registry import EntitySpec
from tracte.records.changes import shown_actor
from tracte.web import cells, ui

WIDE = frozenset({"long_text", "rich_text"})
EMPTY: tuple[Any, ...] = (None, "", ())
MOST_TEXT = 160


def value_html(kind: Kind, value: Any, context: Context) -> str:
    """A value as it is read on a record's page; empty text when there is none."""
    if value in EMPTY:
        return ""
    if kind.key == "user":
        known = context.titles.get(value)
        return str(ui.person_cell(known.title)) if known else cells.reference_html(None)
    if kind.key in ("reference", "team"):
        return cells.reference_html(context.titles.get(value))
    if kind.key == "many_references":
        return " ".join(cells.reference_html(context.titles.get(one)) for one in value)
    return str(kind.html(value, context))


def value_text(kind: Kind, value: Any, context: Context) -> str:
    """A value as one short line, for before and after."""
    if value in EMPTY:
        return ""
    if getattr(kind, "to", None):
        ids = value if isinstance(value, tuple) else (value,)
        known = [context.titles.get(one) for one in ids]
        return ", ".join(one.title if one else _("a record you may not see") for one in known)
    text = " ".join(str(kind.text(value, context)).split())
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1].rstrip() + "…"


def fact(kind: Kind, value: Any, context: Context) -> SafeString:
    """A value in the fact strip, on one line."""
    html = value_html(kind, value, context)
    if not html:
        return SafeString('<span class="none">–</span>')
    if kind.key in ("text", "long_text", "rich_text", "address"):
        return format_html('<span class="clip" title="{0}">{0}</span>', value_text(kind, value, context))
    return SafeString(html)


# -- fields ----------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=4096)
def _words(kind: Kind, language: str) -> tuple[str, str]:
    """A field's label and the name of its pencil, escaped: asked for every field of every page."""
    label = say(kind.label, Context(language=language))
    return escape(label), escape(_("Edit %(field)s") % {"field": label})


def field_row(
    page: RecordPage, name: str, kind: Kind, url: str, nonce: str, *, focus: bool = False, out_of_band: bool = False
) -> SafeString:
    """One field of the details.

    :param url: address of the record; empty when the field is only shown. :param focus: it was just edited.
    :param out_of_band: it takes the place of the field as it was drawn before.
    """
    context = page.context
    label, says = _words(kind, context.language)
    shown = value_html(kind, page.values.get(name), context) or '<span class="none">–</span>'
    edit = ""
    if url and name in page.editable:
        address = f"{url}field/{name}/"
        edit = (
            f'<a class="edit" href="{address}" hx-get="{address}" hx-target="#field-{name}" hx-swap="outerHTML" '
            f'hx-nonce="{nonce}" aria-label="{says}"{" autofocus" if focus else ""}>{ui.icon("pencil", "s")}</a>'
        )
    aside = page.spec.declaration.asides.get(name)
    if aside is not None and (said := aside.text({one: page.values.get(one) for one in page.rows.visible}, context)):
        shown += f' <small class="aside muted">{escape(said)}</small>'
    wide = " wide" if kind.key in WIDE and page.values.get(name) else ""
    tags = ' class="tags"' if kind.key in ("tags", "multi_choice", "many_references") else ""
    reading = f'<div class="reading">{shown}</div>' if wide else shown
    swap = ' hx-swap-oob="true"' if out_of_band else ""
    return mark_safe(  # noqa: S308
        f'<div class="field{wide}" id="field-{name}"{swap}><dt>{label}</dt><dd{tags}>{reading}{edit}</dd></div>'
    )


def section(
    page: RecordPage, title: str, fields: Iterable[tuple[str, Kind]], url: str, nonce: str, edit_url: str = ""
) -> SafeString:
    """A section of the details."""
    rows = "".join(field_row(page, name, kind, url, nonce) for name, kind in fields)
    pencil = ""
    if edit_url:
        says = escape(_("Edit all fields of %(title)s") % {"title": title})
        pencil = (
            f'<a class="btn btn-ghost btn-sm btn-square" href="{edit_url}" aria-label="{says}">'
            f"{ui.icon('pencil', 's')}</a>"
        )
    return mark_safe(  # noqa: S308
        f'<section class="section"><header><h2>{escape(title)}</h2>{pencil}</header>'
        f'<dl class="field-list">{rows}</dl></section>'
    )


# -- the timeline ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Teller:
    """Draws events for one reader.

    :param back: where a form of an event returns to. :param form: id of the form its buttons belong to.
    """

    page: RecordPage
    context: Context
    url: str
    nonce: str
    back: str
    form: str = "event-form"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.context.timezone)


def timeline_days(found: Timeline, teller: Teller) -> SafeString:
    """The events under their days, pinned ones first."""
    parts = []
    if found.pinned:
        events = "".join(_event(teller, event, whole=True) for event in found.pinned)
        head = escape(_("Pinned"))
        parts.append(f'<h2 class="timeline-day">{head}</h2><ul>{events}</ul>')
    day: date | None = None
    for event in found.events:
        mine = event.at.astimezone(teller.zone).date()
        if mine != day:
            parts.append("</ul>" if day else "")
            parts.append(f'<h2 class="timeline-day">{escape(day_name(mine, teller.context))}</h2><ul>')
            day = mine
        parts.append(_event(teller, event, new=found.is_new(event, teller.page.actor.user_id)))
    parts.append("</ul>" if day else "")
    return mark_safe("".join(parts))  # noqa: S308


def since_line(found: Timeline, teller: Teller) -> SafeString:
    """What others did since the reader was here, in one line over the timeline; nothing when there is nothing."""
    told = news.since_last(found, teller.page.actor.user_id)
    if told is None:
        return SafeString("")
    count = f"{told.count}+" if told.more else str(told.count)
    words = ngettext("{n} change since {when}", "{n} changes since {when}", told.count)
    head = format_html(words, n=count, when=since_words(told.since, teller.context))
    fields = [
        format_html(
            _("{field} {diff} by {who}"),
            field=say(one.kind.label, teller.context),
            diff=ui.diff(
                value_text(one.kind, one.before, teller.context), value_text(one.kind, one.after, teller.context)
            ),
            who=who(one.actor_id, one.actor_name, teller),
        )
        for one in news.telling(teller.page.spec, told.moved)[:3]
    ]
    rows = format_html_join("", "<li>{}</li>", ((one,) for one in fields))
    listed = format_html("<ul>{}</ul>", rows) if fields else ""
    return format_html('<div class="since-line">{}<div><p>{}</p>{}</div></div>', ui.icon("eye", "s"), head, listed)


def since_words(at: datetime, context: Context) -> str:
    """A moment as people say it: a time today, yesterday, a day of this week, else the date."""
    local = at.astimezone(ZoneInfo(context.timezone))
    days = (context.today - local.date()).days
    if days <= 0:
        return f"{local:%H:%M}"
    if days == 1:
        return _("yesterday %(time)s") % {"time": f"{local:%H:%M}"}
    return format_date(local.date(), "EEEE", context.language) if days < 7 else day_name(local.date(), context)


def day_name(day: date, context: Context) -> str:
    """Today, Yesterday, or the date."""
    if day == context.today:
        return _("Today")
    if day == context.today - timedelta(days=1):
        return _("Yesterday")
    return show_date(day, context.language, context.today)


def moment(at: datetime, context: Context, *, whole: bool = False) -> SafeString:
    """The time of day; with ``whole``, the day too."""
    local = at.astimezone(ZoneInfo(context.timezone))
    words = f"{local:%H:%M}"
    if whole:
        words = f"{day_name(local.date(), context)} {words}"
    return format_html('<time datetime="{}"><bdi>{}</bdi></time>', local.isoformat(timespec="minutes"), words)


def who(actor_id: int | None, name: str, teller: Teller) -> SafeString:
    """The person who acted; the reader is “You”."""
    if actor_id is not None and actor_id == teller.page.actor.user_id:
        return format_html("<b>{}</b>", _("You"))
    known = teller.page.rows.snapshot.title("user", actor_id)
    return format_html("<b>{}</b>", known.title if known else shown_actor(name) or _("Somebody"))


def _event(teller: Teller, event: Event, *, whole: bool = False, new: bool = False) -> str:
    drawn = _written(teller, event, whole) if isinstance(event, Written) else _changed(teller, event)
    if not new:
        return drawn
    mark = format_html('<span class="visually-hidden">{}</span>', _("New to you"))
    return drawn.replace('<li class="event', '<li class="event new', 1).replace("<div>", f"<div>{mark}", 1)


def _shell(icon: str, hue: str, line: str, tools: str, time: str, rest: str, minor: bool) -> str:
    tail = f'<span class="event-tools">{tools}</span>' if tools else ""
    return (
        f'<li class="event{" minor" if minor else ""}"><span class="event-icon{f" hue-{hue}" if hue else ""}">'
        f'{ui.icon(icon, "s")}</span><div><div class="event-line"><span>{line}</span>{tail}{time}</div>{rest}</div>'
        "</li>"
    )


def _button(teller: Teller, icon: str, says: str, action: str, name: str, value: str) -> str:
    says = escape(says)
    return (
        f'<button type="submit" class="btn btn-ghost btn-sm btn-square" form="{teller.form}" formaction="{action}" '
        f'name="{name}" value="{escape(value)}" aria-label="{says}" title="{says}">{ui.icon(icon, "s")}</button>'
    )


def _link(icon: str, says: str, url: str) -> str:
    says = escape(says)
    return (
        f'<a class="btn btn-ghost btn-sm btn-square" href="{escape(url)}" aria-label="{says}" title="{says}">'
        f"{ui.icon(icon, 's')}</a>"
    )


def _mark(icon: str, words: str) -> str:
    return f' <span class="pill line">{ui.icon(icon, "s")}{escape(words)}</span>'


def _written(teller: Teller, event: Written, whole: bool) -> str:
    spec = event.talk.spec
    thing = say(spec.declaration.label, teller.context)
    author = event.values.get("created_by") or event.values.get("owner")
    line = format_html(_("{who} wrote a {thing}"), who=who(author, "", teller), thing=thing[:1].lower() + thing[1:])
    marks = ""
    if event.pinned:
        marks += _mark("pin", _("Pinned"))
    if event.private:
        marks += _mark("lock", _("Only for me"))
    address = f"/{spec.plural}/{encode(event.id)}/"
    back = f"?next={teller.back}"
    tools = ""
    if event.editable:
        if "pinned" in event.talk.flags:
            says = _("Take the pin off") if event.pinned else _("Pin to the top")
            tools += _button(teller, "pin", says, f"{address}field/pinned/", "pinned", str(not event.pinned).lower())
        tools += _link("pencil", _("Edit this"), f"{address}edit/{back}")
    if event.deletable:
        tools += _link("trash-2", _("Delete this"), f"{address}delete/{back}")
    body = spec.fields[event.talk.body].html(event.values.get(event.talk.body), teller.context)
    rest = f'<div class="event-body note">{body}</div>'
    return _shell(
        spec.declaration.icon, "ochre", line + marks, tools, moment(event.at, teller.context, whole=whole), rest, False
    )


VIA = {"import": "upload", "api": "server", "cli": "server", "task": "zap", "system": "zap"}


def _via(origin: str) -> str:
    return {
        "import": _("by import"),
        "api": _("through the API"),
        "cli": _("on the command line"),
        "task": _("automatically"),
        "system": _("automatically"),
    }.get(origin, "")


def _changed(teller: Teller, event: Changed) -> str:
    context, author = teller.context, who(event.actor_id, event.actor_name, teller)
    line: SafeString
    rest, icon, tools = "", "pencil", ""
    if event.verb == "create":
        line, icon = format_html(_("{who} created this"), who=author), "plus"
    elif event.verb == "delete":
        line, icon = format_html(_("{who} moved this to the bin"), who=author), "trash-2"
    elif event.verb == "restore":
        line, icon = format_html(_("{who} took this out of the bin"), who=author), "archive"
    elif len(event.fields) == 1:
        one = event.fields[0]
        words = (
            _("{who} moved the {field} {diff}")
            if one.name == teller.page.spec.declaration.path
            else _("{who} changed {field} {diff}")
        )
        icon = "arrow-right flip" if one.name == teller.page.spec.declaration.path else "pencil"
        label = say(one.kind.label, context)
        shown = label[:1].lower() + label[1:] if one.name == teller.page.spec.declaration.path else label
        line = format_html(words, who=author, field=shown, diff=_diff(one, context))
        tools = _restore(teller, event, one)
    else:
        words = ngettext("{who} changed {n} field", "{who} changed {n} fields", len(event.fields))
        line = format_html(words, who=author, n=len(event.fields))
        rows = "".join(
            f"<div><dt>{escape(say(one.kind.label, context))}</dt><dd>{_diff(one, context)}"
            f'<span class="event-tools">{_restore(teller, event, one)}</span></dd></div>'
            for one in event.fields
        )
        rest = f'<dl class="event-changes">{rows}</dl>'
    if event.undo:
        line, icon = format_html("{} · {}", line, _("undoing")), "undo-2"
    elif _via(event.origin):
        line = format_html('{} <span class="faint">{}</span>', line, _via(event.origin))
    if event.seen_set:
        tools += _link("layers", _("All that changed with this"), f"/changes/{event.set_id}/")
    return _shell(icon.split(" ")[0], "", line, tools, moment(event.at, context), rest, True)


def _diff(one: FieldChange, context: Context) -> SafeString:
    return ui.diff(value_text(one.kind, one.before, context), value_text(one.kind, one.after, context))


def _restore(teller: Teller, event: Changed, one: FieldChange) -> str:
    if not one.restorable or teller.page.values.get(one.name) == one.before:
        return ""
    text = value_text(one.kind, one.before, teller.context) or _("empty")
    says = _("Restore %(field)s: %(value)s") % {"field": say(one.kind.label, teller.context), "value": text}
    address = f"{teller.url}put-back/?version={teller.page.version}"
    return _button(teller, "rotate-ccw", says, address, "what", f"{event.id}.{one.name}")


# -- related lists ---------------------------------------------------------------------------------------------------
def related_item(
    spec: EntitySpec, values: Mapping[str, Any], fields: Iterable[str], title: str, context: Context
) -> dict[str, Any]:
    """One line of a related list: the title, small print under it, money and status at the end."""
    notes: list[str] = []
    end = tag = ""
    name = title
    for field in fields:
        kind, value = spec.fields[field], values.get(field)
        if value in EMPTY or value is False:
            continue
        target = getattr(kind, "to", None)
        if kind.key == "money" and not end:
            end = str(kind.html(value, context))
        elif not tag and (kind.key == "choice" or (target and context.titles.get(value or 0, _NONE).extra.get("hue"))):
            tag = value_html(kind, value, context)
        elif target and not name:
            name = value_text(kind, value, context)
        else:
            notes.append(value_text(kind, value, context))
    sign = "person" if spec.declaration.avatar == "who" else "org" if spec.declaration.searchable else ""
    return {
        "title": name,
        "name": name,
        "note": " · ".join(notes),
        "end": SafeString(end),
        "tag": SafeString(tag),
        "sign": sign,
    }


class _Nothing:
    extra: Mapping[str, Any] = {}


_NONE: Any = _Nothing()


def stamps(page: RecordPage) -> SafeString:
    """Who made the record and who changed it, and when: the last section of the details."""
    rows = ""
    for at, by, label in (("created_at", "created_by", _("Created")), ("modified_at", "modified_by", _("Changed"))):
        if at in page.rows.visible and page.values.get(at):
            person = page.titles.get(page.values.get(by) or 0)
            when = moment(page.values[at], page.context, whole=True)
            name = f'<span class="clip">{escape(person.title)}</span>' if person else ""
            rows += f'<div class="field"><dt>{escape(label)}</dt><dd>{when}{name}</dd></div>'
    title = escape(_("Record"))
    return SafeString(
        f'<section class="section"><header><h2>{title}</h2></header><dl class="field-list">{rows}</dl></section>'
    )

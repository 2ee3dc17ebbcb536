"""Small parts of a page made in Python, for places too dense for a template: rows of a list, cards of a board.

A fifty-row list is bound by its templates (an ``include`` costs thirty times a function call), so these parts are
plain functions. Everything they take is escaped, everything they return is safe to print; what repeats is cached.
"""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zlib import crc32

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tracte.meta.kinds.base import escape
from tracte.web.assets import asset_url

HUES = ("clay", "ochre", "olive", "green", "teal", "sea", "blue", "violet", "plum", "rose", "stone")
ICONS = frozenset((Path(__file__).resolve().parent / "icons.txt").read_text(encoding="utf-8").split())

StageKind = Literal["open", "won", "lost"]
Tone = Literal["", "good", "warn", "bad", "info"]


def joined(parts: Iterable[str]) -> SafeString:
    """Parts that are safe already (each made by a function that escapes what it takes), as one piece of markup."""
    return mark_safe("".join(parts))  # noqa: S308


@lru_cache(maxsize=1024)
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An icon of the sprite.

    :param name: a name of ``icons.txt``; an unknown one shows a plain circle rather than nothing.
    :param size: ``s`` 14 px, empty 16 px, ``l`` 20 px; more classes may follow (``s flip`` mirrors right to left).
    :param label: what it says when no words stand beside it; without it the icon is decoration.
    """
    known = name if name in ICONS else "circle"
    says = f' role="img" aria-label="{escape(label)}"' if label else ' aria-hidden="true"'
    classes = f"icon {escape(size)}".strip()
    return mark_safe(f'<svg class="{classes}"{says}><use href="{asset_url("icons.svg")}#{known}"/></svg>')  # noqa: S308


def hue_of(text: str) -> str:
    """The same colour for the same name, everywhere and for ever."""
    return HUES[crc32(text.strip().casefold().encode()) % len(HUES)]


def initials(name: str, most: int = 2) -> str:
    """Up to two letters of a person's name: Núria Ferrer is NF."""
    words = [word for word in name.replace("-", " ").split() if word[:1].isalnum()]
    if not words:
        return name.strip()[:1].upper() or "?"
    picked = [words[0]] if most == 1 or len(words) == 1 else [words[0], words[-1]]
    return "".join(word[0].upper() for word in picked)


@lru_cache(maxsize=4096)
def avatar(name: str, size: str = "", named: bool = False) -> SafeString:
    """The round sign of a person.

    :param size: empty 20 px, ``m`` 28 px, ``l`` 40 px.
    :param named: the name is written beside it, so the sign is decoration.
    """
    says = 'aria-hidden="true"' if named else f'role="img" aria-label="{escape(name)}"'
    return mark_safe(  # noqa: S308
        f'<span class="avatar-i {escape(size)} hue-{hue_of(name)}" {says} title="{escape(name)}">'
        f"{escape(initials(name))}</span>"
    )


@lru_cache(maxsize=4096)
def org(name: str, size: str = "") -> SafeString:
    """The square sign of a firm or any other thing with a name; always decoration, the name stands beside it."""
    return mark_safe(  # noqa: S308
        f'<span class="avatar-i org {escape(size)} hue-{hue_of(name)}" aria-hidden="true">'
        f"{escape(initials(name, 1))}</span>"
    )


@lru_cache(maxsize=2048)
def pill(text: str, hue: str = "stone", outline: bool = False) -> SafeString:
    """A small coloured word: a tag, a status. ``hue`` is one of :data:`HUES`."""
    colour = "line" if outline else f"hue-{hue if hue in HUES else 'stone'}"
    return mark_safe(f'<span class="pill {colour}"><span class="clip">{escape(text)}</span></span>')  # noqa: S308


_RING = '<circle cx="7" cy="7" r="5.4" fill="none" stroke="currentColor" stroke-width="1.4"/>'
_WON = (
    '<circle cx="7" cy="7" r="6" fill="currentColor"/><path class="tick" d="M4.3 7.2l1.9 1.9 3.6-4" fill="none" '
    'stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>'
)
_LOST = (
    '<circle cx="7" cy="7" r="5.2" fill="none" stroke="currentColor" stroke-width="1.6"/>'
    '<path d="M5 5l4 4M9 5L5 9" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>'
)
# Where a pie of radius 3.4 around (7, 7) ends, for every twentieth of a turn clockwise from the top.
_PIE = (
    (7.0, 3.6), (8.05, 3.77), (9.0, 4.25), (9.75, 5.0), (10.23, 5.95), (10.4, 7.0), (10.23, 8.05), (9.75, 9.0),
    (9.0, 9.75), (8.05, 10.23), (7.0, 10.4), (5.95, 10.23), (5.0, 9.75), (4.25, 9.0), (3.77, 8.05), (3.6, 7.0),
    (3.77, 5.95), (4.25, 5.0), (5.0, 4.25), (5.95, 3.77),
)  # fmt: skip


@lru_cache(maxsize=256)
def glyph(probability: int = 0, kind: StageKind = "open") -> SafeString:
    """The sign of a stage: a ring filled to its probability (0-100), a tick for won, a cross for lost."""
    if kind == "won":
        inside = _WON
    elif kind == "lost":
        inside = _LOST
    else:
        step = min(max(round(probability / 5), 0), 20)
        x, y = _PIE[step % 20]
        pie = f'<path d="M7 7V3.6A3.4 3.4 0 {int(step > 10)} 1 {x} {y}Z" fill="currentColor"/>' if step % 20 else ""
        full = '<circle cx="7" cy="7" r="3.4" fill="currentColor"/>' if step == 20 else ""
        inside = _RING + pie + full
    return mark_safe(f'<svg class="glyph" viewBox="0 0 14 14" aria-hidden="true">{inside}</svg>')  # noqa: S308


@lru_cache(maxsize=1024)
def stage(name: str, probability: int = 0, kind: StageKind = "open", hue: str = "stone") -> SafeString:
    """A stage as a pill: its sign and its name, never colour alone."""
    colour = hue if hue in HUES else "stone"
    return mark_safe(  # noqa: S308
        f'<span class="pill stage hue-{colour}">{glyph(probability, kind)}'
        f'<span class="clip">{escape(name)}</span></span>'
    )


def bar(part: float, whole: float, width: int = 100, height: int = 6, classes: str = "meter") -> SafeString:
    """A bar filled to ``part`` of ``whole``, drawn so that its length is exact without a style attribute."""
    filled = 0.0 if whole <= 0 else min(max(part / whole, 0.0), 1.0) * width
    return format_html(
        '<svg class="{0}" viewBox="0 0 {1} {2}" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="rest" width="{1}" height="{2}"/><rect class="part" width="{3}" height="{2}"/></svg>',
        classes,
        width,
        height,
        f"{filled:.1f}",
    )


def age(days: int, usual: int | None = None) -> SafeString:
    """How long something has stood where it stands, against the usual time.

    :param usual: the usual number of days; the bar is full at twice that. Without it no bar and no judgement.
    """
    return _age(days, usual, get_language() or "")


def age_tone(days: int, usual: int) -> Tone:
    """How the time something stands is marked: late after the usual time, bad after twice that."""
    return "bad" if days > 2 * usual else "warn" if days > usual else ""


@lru_cache(maxsize=4096)
def _age(days: int, usual: int | None, _language: str) -> SafeString:
    """:func:`age`, kept per language."""
    short = _("%(days)d d") % {"days": days}
    if not usual:
        return format_html('<span class="age"><bdi>{}</bdi></span>', short)
    tone = age_tone(days, usual)
    title = ngettext(
        "%(days)d day in this stage, usually %(usual)d", "%(days)d days in this stage, usually %(usual)d", days
    ) % {"days": days, "usual": usual}
    return format_html(
        '<span class="age {}" title="{}">{}<bdi>{}</bdi></span>',
        tone,
        title,
        bar(days, 2 * usual, 30, 4, "track"),
        short,
    )


@lru_cache(maxsize=1024)
def badge(count: str, tone: Tone = "") -> SafeString:
    """A count in a small grey disc; ``bad`` and ``warn`` colour it."""
    return format_html('<span class="badge-n {}">{}</span>', tone, count)


def diff(before: str, after: str) -> SafeString:
    """What a value was and what it becomes; an empty side reads "empty"."""
    return format_html(
        '<span class="diff">{}{}{}</span>',
        format_html('<del title="{0}"><bdi>{0}</bdi></del>', before)
        if before
        else format_html('<span class="faint">{}</span>', _("empty")),
        icon("arrow-right", "s", _("becomes")),
        format_html('<ins title="{0}"><bdi>{0}</bdi></ins>', after)
        if after
        else format_html("<ins>{}</ins>", _("empty")),
    )


def amount(text: str) -> SafeString:
    """Money already written in the reader's way; kept whole in right-to-left text and never cut."""
    return format_html('<bdi class="amount">{}</bdi>', text)


def cell(text: str, tone: Tone = "", icon_name: str = "", end: str = "") -> SafeString:
    """Plain text of a list's cell, cut at its end when long.

    :param icon_name: an icon before the text. :param end: a short word at the end of the cell, such as a due date.
    """
    if not text:
        return SafeString("")
    return format_html(
        '<span class="cell {}">{}<span class="clip" title="{}">{}</span>{}</span>',
        f"is-{tone}" if tone else "",
        icon(icon_name, "s") if icon_name else "",
        text,
        text,
        format_html('<span class="end {}"><bdi>{}</bdi></span>', "" if tone else "faint", end) if end else "",
    )


def link_cell(text: str, url: str) -> SafeString:
    """The name of a row, leading to its record."""
    return format_html('<span class="cell"><a class="link clip" href="{}" title="{}">{}</a></span>', url, text, text)


def person_cell(name: str, short: str = "") -> SafeString:
    """A person with the round sign; ``short`` is what is written when it is not the whole name."""
    if not name:
        return SafeString("")
    return format_html(
        '<span class="cell">{}<span class="clip" title="{}">{}</span></span>',
        avatar(name, "", True),
        name,
        short or name,
    )


def org_cell(name: str, url: str = "") -> SafeString:
    """A firm, or any other record, with the square sign; with ``url`` it leads there."""
    if not name:
        return SafeString("")
    words = (
        format_html('<a class="clip" href="{}" title="{}">{}</a>', url, name, name)
        if url
        else format_html('<span class="clip" title="{}">{}</span>', name, name)
    )
    return format_html('<span class="cell">{}{}</span>', org(name), words)


def change_bar(parts: Iterable[tuple[str, int]], label: str) -> SafeString:
    """The share of new, updated, unchanged and problem rows as one bar.

    :param parts: (``new`` | ``upd`` | ``same`` | ``bad``, rows) in the order drawn. :param label: the same in words.
    """
    shown = [(kind, count) for kind, count in parts if count > 0]
    total = sum(count for _kind, count in shown) or 1
    gap, width = 3.0, 600.0 - 3.0 * max(len(shown) - 1, 0)
    drawn: list[tuple[str, str, str]] = []
    x = 0.0
    for kind, count in shown:
        span = max(width * count / total, 2.0)
        drawn.append((kind, f"{x:.1f}", f"{span:.1f}"))
        x += span + gap
    return format_html(
        '<svg class="change-bar" viewBox="0 0 {} 8" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        f"{max(x - gap, 1.0):.1f}",
        label,
        format_html_join("", '<rect class="{}" x="{}" width="{}" height="8" rx="2"/>', drawn),
    )

"""One line of an answer: a record found, a place to go, a thing to do; in the palette and on the page of hits."""

from collections.abc import Iterable
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tracte.engine.searching import Hit
from tracte.kernel.fold import fold
from tracte.meta.kinds.base import Context, escape, say
from tracte.meta.registry import registry
from tracte.web import ui
from tracte.web.cells import url_of

SIGNS = {"org": "org", "who": "person"}


def item_of(hit: Hit, context: Context, words: Iterable[str]) -> dict[str, Any]:
    """A record as one line: sign, title with the matches marked, what it is."""
    declared = registry()[hit.entity].declaration
    kind = say(declared.label, context)
    icon = declared.icon and hit.entity not in ("account", "contact", "user")
    return {
        "title_html": marked(hit.title or _("Without name"), words),
        "sub": f"{kind}, {hit.subtitle}" if hit.subtitle else kind,
        "end": "",
        "url": url_of(hit.entity, hit.id),
        "sign": "icon" if icon else SIGNS.get(declared.avatar, "org"),
        "name": hit.title,
        "icon": declared.icon,
    }


def line(label: str, url: str, icon: str, words: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """A place or a thing to do as one line.

    :param more: ``end`` (a word at the end), ``press`` (keys), ``sub``, ``dialog`` (address of the dialog that does
        it here), ``post`` (the version of the record when choosing it writes at once).
    """
    bare = {"sub": "", "end": "", "sign": "icon", "name": label, "icon": icon, "url": url}
    return bare | {"title_html": marked(label, words)} | more


def lower(label: str) -> str:
    """A label inside a sentence."""
    return label[:1].lower() + label[1:]


def fits(label: str, words: Iterable[str]) -> bool:
    """Whether every word begins a word of the label, accents and case apart."""
    folded = f" {fold(label)}"
    return all(f" {word}" in folded for word in words)


def marked(text: str, words: Iterable[str]) -> SafeString:
    """``text`` escaped, with every place where a folded word stands inside ``<mark>``."""
    folded, places = "", []
    for at, letter in enumerate(text):
        bare = fold(letter)
        folded += bare
        places.extend([at] * len(bare))
    hits = bytearray(len(text))
    for word in words:
        start = folded.find(word) if word else -1
        while start >= 0:
            for at in places[start : start + len(word)]:
                hits[at] = 1
            start = folded.find(word, start + len(word))
    pieces: list[str] = []
    begin = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or hits[at] != hits[begin]:
            piece = escape(text[begin:at])
            pieces.append(f"<mark>{piece}</mark>" if hits[begin] else piece)
            begin = at
    return ui.joined(pieces)

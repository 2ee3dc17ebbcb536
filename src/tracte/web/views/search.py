"""Search: a page of hits, and the list inside the command palette."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tracte.engine import searching
from tracte.engine.searching import Hit
from tracte.kernel.fold import fold
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import escape, say
from tracte.meta.registry import registry
from tracte.web import navigation, ui
from tracte.web.cells import url_of
from tracte.web.menu import Menu
from tracte.web.request import ActorRequest, with_actor

PALETTE_HITS, PAGE_HITS = 8, 50
MOST_PLACES = 6


@require_safe
@with_actor
def search_page(request: ActorRequest) -> HttpResponseBase:
    """``GET /search?q=``: everything the actor may see that holds the words; ``palette=1`` gives the palette's list."""
    unknown = [name for name in request.GET if name not in ("q", "palette", "in")]
    if unknown:
        raise Rejected([Problem(name, "unknown_parameter", {"name": name}) for name in unknown], status=400)
    text = " ".join(request.GET.get("q", "").split())[:200]
    if request.GET.get("palette") == "1":
        return render(request, "components/palette_list.html", {"groups": _palette(request, text), "words": text})
    only = request.GET.get("in", "")
    entities = [only] if only in registry() else None
    hits = searching.search(request.actor, text, PAGE_HITS, entities) if text else []
    context = {
        "area": "home",
        "search_words": text,
        "words": text,
        "groups": _by_entity(request, hits, text),
        "count": len(hits),
        "more": len(hits) == PAGE_HITS,
    }
    return render(request, "search/page.html", context)


def item_of(request: ActorRequest, hit: Hit, words: Iterable[str]) -> dict[str, Any]:
    """A hit as one line: sign, title with the matches marked, what it is."""
    declared = registry()[hit.entity].declaration
    kind = say(declared.label, request.context)
    sub = f"{kind}, {hit.subtitle}" if hit.subtitle else kind
    sign = {"org": "org", "who": "person"}.get(declared.avatar, "org")
    if declared.icon and hit.entity not in ("account", "contact", "user"):
        sign = "icon"
    return {
        "title_html": marked(hit.title or _("Without name"), words),
        "sub": sub,
        "end": "",
        "url": url_of(hit.entity, hit.id),
        "sign": sign,
        "name": hit.title,
        "icon": declared.icon,
    }


def _by_entity(request: ActorRequest, hits: list[Hit], text: str) -> list[dict[str, Any]]:
    """The hits grouped by what they are; the group of the best hit comes first."""
    words = searching.asked_of(text).words
    groups: dict[str, dict[str, Any]] = {}
    for hit in hits:
        spec = registry()[hit.entity]
        group = groups.setdefault(
            hit.entity,
            {"title": say(spec.declaration.label_plural, request.context), "entity": hit.entity, "items": []},
        )
        group["items"].append(item_of(request, hit, words) | {"sub": hit.subtitle})
    return list(groups.values())


def _palette(request: ActorRequest, text: str) -> list[dict[str, Any]]:
    """Records, things to do, places to go."""
    words = searching.asked_of(text).words
    shell = navigation.menu(request)
    groups: list[dict[str, Any]] = []
    if text:
        hits = searching.search(request.actor, text, PALETTE_HITS)
        groups.append({"title": _("Records"), "items": [item_of(request, hit, words) for hit in hits]})
    groups.append({"title": _("Do"), "items": _doings(shell, words)})
    groups.append({"title": _("Go to"), "items": _places(shell, words)})
    return [group for group in groups if group["items"]]


def _doings(shell: Menu, words: tuple[str, ...]) -> list[dict[str, Any]]:
    offered = [(_("New %(thing)s") % {"thing": e.label.lower()}, e.url, "circle-plus") for e in shell.create]
    return [_line(label, url, icon, words) for label, url, icon in offered if _fits(label, words)][:MOST_PLACES]


def _places(shell: Menu, words: tuple[str, ...]) -> list[dict[str, Any]]:
    offered = [(area.label, area.url, area.icon) for area in shell.areas if not area.entries]
    offered += [(entry.label, entry.url, entry.icon) for area in shell.areas for entry in area.entries]
    most = MOST_PLACES if words else 20
    return [_line(label, url, icon, words) for label, url, icon in offered if _fits(label, words)][:most]


def _fits(label: str, words: tuple[str, ...]) -> bool:
    folded = f" {fold(label)}"
    return all(f" {word}" in folded for word in words)


def _line(label: str, url: str, icon: str, words: Iterable[str]) -> dict[str, Any]:
    return {
        "title_html": marked(label, words),
        "sub": "",
        "end": "",
        "url": url,
        "sign": "icon",
        "name": label,
        "icon": icon,
    }


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

"""Search: a page of hits, and the list inside the command palette."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tracte.engine import searching
from tracte.engine.searching import Hit
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.meta.registry import registry
from tracte.web import palette
from tracte.web.hits import item_of
from tracte.web.request import ActorRequest, with_actor

PAGE_HITS = 50


@require_safe
@with_actor
def search_page(request: ActorRequest) -> HttpResponseBase:
    """``GET /search?q=``: everything the actor may see that holds the words; ``palette=1`` gives the palette's list."""
    unknown = [name for name in request.GET if name not in ("q", "palette", "in", "at")]
    if unknown:
        raise Rejected([Problem(name, "unknown_parameter", {"name": name}) for name in unknown], status=400)
    text = " ".join(request.GET.get("q", "").split())[:200]
    if request.GET.get("palette") == "1":
        return _palette(request, text)
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
        group["items"].append(item_of(hit, request.context, words) | {"sub": hit.subtitle})
    return list(groups.values())


def _palette(request: ActorRequest, text: str) -> HttpResponse:
    """The palette's list; nothing found explains itself and offers to create."""
    groups = palette.groups(request, text, request.GET.get("at", "")[:300])
    count = sum(len(group["items"]) for group in groups)
    context = {"groups": groups, "words": text, "asked": request.GET.get("q", ""), "count": count}
    if text and not groups:
        context["offers"] = palette.offers(request, text)
    return render(request, "components/palette_list.html", context)

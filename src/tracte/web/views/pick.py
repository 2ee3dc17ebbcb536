"""Answers for the picker of a reference: records by a few letters of their name."""

from django.http import HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from tracte.engine import searching
from tracte.kernel.actor import Level
from tracte.kernel.fold import fold
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.meta.kinds.base import say
from tracte.meta.registry import registry
from tracte.meta.values import shown_title
from tracte.records import query
from tracte.records.query import reach
from tracte.web.request import ActorRequest, with_actor

MOST = 20
ANY = "any"  # records of every kind, for links to whatever a note is about


@require_safe
@with_actor
def pick(request: ActorRequest, entity: str) -> HttpResponseBase:
    """``GET /pick/{entity}?q=``: ``[{"id", "title", "sub"}]``, within the actor's reach, best first."""
    text = " ".join(request.GET.get("q", "").split())[:200]
    if entity == ANY:
        return JsonResponse(_everything(request, text), safe=False)
    spec = registry()[entity]
    if reach(spec, request.actor, "view") is Level.NONE:
        raise NotFound(entity)
    if spec.declaration.directory:
        return JsonResponse(_directory(request, entity, text), safe=False)
    if text and spec.declaration.searchable:
        hits = searching.search(request.actor, text, MOST, [entity])
        found = [{"id": encode(hit.id), "title": hit.title, "sub": hit.subtitle} for hit in hits]
        return JsonResponse(found, safe=False)
    return JsonResponse(_first(request, entity), safe=False)


def _directory(request: ActorRequest, entity: str, text: str) -> list[dict[str, str]]:
    """Records of the directory are in the snapshot."""
    words, rows = fold(text).split(), request.snapshot.rows.get(entity, {})
    found = [
        {"id": encode(pk), "title": known.title, "sub": ""}
        for pk, known in request.snapshot.directory.get(entity, {}).items()
        if not rows.get(pk, {}).get("deleted_at") and all(word in fold(known.title) for word in words)
    ]
    return found[:MOST]


def _first(request: ActorRequest, entity: str) -> list[dict[str, str]]:
    """The first records by name, before anything is typed."""
    rows = query.rows(entity, request.actor)
    spec = rows.spec
    names = [name for name in spec.title_fields if name in rows.visible]
    page = rows.page(names, sort="title" if names else "id", limit=MOST)
    return [
        {"id": encode(values["id"]), "title": shown_title(spec, values, request.context), "sub": ""}
        for values in page.rows
    ]


def _everything(request: ActorRequest, text: str) -> list[dict[str, str]]:
    found = []
    for hit in searching.search(request.actor, text, MOST) if text else []:
        spec = registry()[hit.entity]
        if spec.may_be_topic:
            kind_of_record = say(spec.declaration.label, request.context)
            found.append({"id": encode(hit.id), "title": hit.title, "sub": kind_of_record})
    return found

"""Search over everything in sight."""

from django.http import HttpResponse

from tracte.api.answers import answer
from tracte.api.dispatch import Call, entity_named
from tracte.api.params import refuse
from tracte.engine import searching
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.meta.registry import registry

MOST = 100


def search(call: Call) -> HttpResponse:
    """``GET /search?q=``: best first; ``entities=accounts,contacts`` looks only there."""
    params = call.params
    text, limit = params.text("q"), params.number("limit", 20, MOST)
    plurals = params.words("entities")
    params.finish()
    if text is None:
        raise refuse("required", "q")
    entities = None if plurals is None else [_key(call, plural) for plural in plurals]
    hits = searching.search(call.actor, text, limit, entities)
    data = [
        {
            "id": encode(hit.id),
            "entity": hit.entity,
            "plural": registry()[hit.entity].plural,
            "title": hit.title,
            "subtitle": hit.subtitle,
        }
        for hit in hits
    ]
    return answer({"data": data})


def _key(call: Call, plural: str) -> str:
    try:
        return entity_named(plural, call.actor).key
    except NotFound:
        raise refuse("bad_parameter", "entities", name="entities") from None

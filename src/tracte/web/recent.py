"""The records a person looked at last, kept by the browser they looked with.

Only ids are kept, in a cookie no script can read; whoever asks for them sees what their rights show today, and another
person who signs in on the same browser starts with none.
"""

from django.http.response import HttpResponseBase

from tracte.kernel.ids import decode, encode
from tracte.meta.kinds.base import RefTitle
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.web.request import ActorRequest

COOKIE = "tracte_recent"
MOST = 8
KEPT_SECONDS = 30 * 86_400


def remember(request: ActorRequest, response: HttpResponseBase, spec: EntitySpec, record_id: int) -> HttpResponseBase:
    """Note that the person looked at a record; the newest comes first."""
    seen = [(spec.key, record_id)] + [one for one in _ids(request) if one[1] != record_id]
    text = ".".join(f"{entity}-{encode(pk)}" for entity, pk in seen[:MOST])
    response.set_cookie(
        COOKIE,
        f"{_whose(request)}.{text}",
        max_age=KEPT_SECONDS,
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
    )
    return response


def lately(request: ActorRequest) -> list[RefTitle]:
    """What was looked at and is still in reach, the newest first. One query, whatever it is."""
    seen = _ids(request)
    titles = query.titles_of(seen, request.actor)
    return [titles[pk] for _entity, pk in seen if pk in titles]


def _whose(request: ActorRequest) -> str:
    return encode(int(request.actor.user_id or 0))


def _ids(request: ActorRequest) -> list[tuple[str, int]]:
    owner, *parts = request.COOKIES.get(COOKIE, "").split(".")
    found: list[tuple[str, int]] = []
    if owner != _whose(request):
        return found
    for part in parts[:MOST]:
        entity, _dash, text = part.partition("-")
        try:
            pk = decode(text)
        except ValueError:
            continue
        if entity in registry():
            found.append((entity, pk))
    return found

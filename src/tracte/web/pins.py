"""The records a person keeps at hand in the side panel, in the order they gave them.

Only ids are kept, with the person; whoever reads them sees what their rights show today.
"""

from typing import Any

from tracte.kernel.ids import decode, encode
from tracte.meta.kinds.base import RefTitle
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records.transactions import writing
from tracte.web.cells import url_of
from tracte.web.hits import SIGNS
from tracte.web.menu import Shortcut
from tracte.web.request import ActorRequest

MOST = 20


def kept(request: ActorRequest) -> list[tuple[str, int]]:
    """Entity and id of what is pinned. No query: it comes with the person who signed in."""
    found = []
    for one in getattr(request.user, "pins", None) or ():
        try:
            entity, pk = str(one[0]), decode(str(one[1]))
        except (ValueError, IndexError, TypeError):
            continue
        if entity in registry():
            found.append((entity, pk))
    return found[:MOST]


def is_pinned(request: ActorRequest, record_id: int) -> bool:
    """Whether the person keeps this record at hand."""
    return any(pk == record_id for _entity, pk in kept(request))


def titles(request: ActorRequest) -> list[RefTitle]:
    """What is pinned and still in reach, in order. One query, whatever it is."""
    pinned = kept(request)
    known = query.titles_of(pinned, request.actor)
    return [known[pk] for _entity, pk in pinned if pk in known]


def shortcuts(request: ActorRequest) -> tuple[Shortcut, ...]:
    """The same for the side panel."""
    found = []
    for one in titles(request):
        declared = registry()[one.entity].declaration
        plain = one.entity not in ("account", "contact", "user")
        sign = "icon" if plain else SIGNS.get(declared.avatar, "org")
        found.append(Shortcut(one.title, url_of(one.entity, one.id), sign, declared.icon))  # type: ignore[arg-type]
    return tuple(found)


def pin(request: ActorRequest, entity: str, record_id: int, on: bool) -> None:
    """Put a record at the end of what is pinned, or take it off."""
    left = [one for one in kept(request) if one[1] != record_id]
    _keep(request, [*left, (entity, record_id)][-MOST:] if on else left)


def move(request: ActorRequest, record_id: int, up: bool) -> None:
    """Move a pinned record one place up or down."""
    order = kept(request)
    at = next((place for place, one in enumerate(order) if one[1] == record_id), None)
    if at is None:
        return
    to = at - 1 if up else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        _keep(request, order)


def _keep(request: ActorRequest, order: list[tuple[str, int]]) -> None:
    person: Any = request.user  # with_actor lets nobody else in
    person.pins = [[entity, encode(pk)] for entity, pk in order]
    with writing():
        person.save(update_fields=["pins"])

"""What modules put on the record page of an entity, above its related lists: its state at a glance."""

from collections.abc import Callable

from django.utils.safestring import SafeString

from tracte.engine.recordpage import RecordPage
from tracte.web.request import ActorRequest

Draw = Callable[[ActorRequest, RecordPage], SafeString | None]
_offers: dict[str, list[Draw]] = {}


def offer_block(entity: str, draw: Draw) -> None:
    """Register a part of an entity's record page, once at start-up; they stand in the order of the modules.

    :param draw: makes the part for one reader; ``None`` leaves it out.
    """
    held = _offers.setdefault(entity, [])
    if draw not in held:
        held.append(draw)


def drawn(request: ActorRequest, page: RecordPage) -> list[SafeString]:
    """Every module's part of this page."""
    return [part for draw in _offers.get(page.spec.key, ()) if (part := draw(request, page)) is not None]

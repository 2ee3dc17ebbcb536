"""What modules offer to do with the rows ticked in a list, beside changing, assigning and deleting them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponseBase

from tracte.kernel.actor import Actor
from tracte.meta.kinds.base import Label
from tracte.web.request import ActorRequest

if TYPE_CHECKING:
    from tracte.web.bulkpages import Asked


@dataclass(frozen=True, slots=True)
class BulkOffer:
    """One button of the bar.

    :param may: whether somebody may do it at all. :param view: answers each step, as ``POST /{plural}/bulk`` does.
    """

    name: str
    label: Label
    icon: str
    may: Callable[[Actor], bool]
    view: "Callable[[ActorRequest, Asked], HttpResponseBase]"


_offers: dict[str, list[BulkOffer]] = {}


def offer_bulk(entity: str, offer: BulkOffer) -> None:
    """Register a button for the list of an entity, once at start-up."""
    held = _offers.setdefault(entity, [])
    if offer.name not in [one.name for one in held]:
        held.append(offer)


def offered(entity: str, actor: Actor) -> list[BulkOffer]:
    """The buttons somebody sees."""
    return [offer for offer in _offers.get(entity, ()) if offer.may(actor)]

"""What modules put on the home page: blocks for the main column or beside it, and sentences for the line of the day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_skeleton
from django.utils.translation import gettext as _

from tracte.engine.listing import compact
from tracte.kernel.dates import date_locale, show_date
from tracte.web.request import ActorRequest


@dataclass(frozen=True, slots=True)
class Block:
    """One part of the home page.

    :param template: drawn with ``block`` = ``content``. :param aside: beside the main column.
    :param line: a sentence about the day, shown under the greeting.
    """

    template: str
    content: Mapping[str, Any] = field(default_factory=dict)
    aside: bool = False
    line: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """What one module says for one request.

    :param busy: whether there is work to show. :param full: whether the firm has records to work on already; where
        nothing is full, the page shows the first steps.
    :param mine: whether the page is about the person alone; so is the news then.
    :param scopes: ``[{label, url, current}]`` when the person may look at their own or at all.
    """

    blocks: tuple[Block, ...] = ()
    busy: bool = False
    full: bool = False
    mine: bool = False
    scopes: tuple[Mapping[str, Any], ...] = ()


Offer = Callable[[ActorRequest], Offered]
_offers: list[Offer] = []


def offer_home(offer: Offer) -> None:
    """Register a module's part of the home page, once at start-up; they show in the order of the modules."""
    if offer not in _offers:
        _offers.append(offer)


def offered(request: ActorRequest) -> list[Offered]:
    """Every module's part for this request."""
    return [offer(request) for offer in _offers]


def list_url(plural: str, conditions: Sequence[Any], sort: str = "") -> str:
    """The address of the list with the rows behind a figure.

    :param conditions: in JSON form; all must hold.
    """
    asked = {"filter": compact({"all": list(conditions)})} | ({"sort": sort} if sort else {})
    return f"/{plural}/?{urlencode(asked)}"


def due_words(day: date, today: date, language: str) -> str:
    """When something falls, in a word: Yesterday, Today, Tomorrow, a weekday of this week, else the day."""
    near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}
    days = (day - today).days
    if days in near:
        return near[days]
    if -7 < days < 7:
        return str(format_skeleton("EEEd", day, locale=date_locale(language)))
    return show_date(day, language, today)

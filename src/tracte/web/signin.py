"""The sign-in page: allauth's, with the firm's name and whoever a module offers to sign in as."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from allauth.account.views import LoginView
from django.http import HttpRequest

from tracte.meta.kinds.base import Label
from tracte.records import snapshot


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody a visitor may be by one click. :param value: what the form posts as ``person``."""

    name: str
    role: Label
    value: str


Offer = Callable[[HttpRequest], list[Guest]]


@dataclass(slots=True)
class _Offers:
    offer: Offer | None = field(default=None)
    url: str = ""


_offers = _Offers()


def offer_guests(offer: Offer, url: str) -> None:
    """Register who is offered on the sign-in page; each is a form that posts to ``url``."""
    _offers.offer, _offers.url = offer, url


class SignIn(LoginView):  # type: ignore[misc]  # allauth ships no types
    """The page under ``/auth/login/``."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """allauth's context, the firm's name and the guests."""
        guests = _offers.offer(self.request) if _offers.offer else []
        more = {"company_name": snapshot.current().company.get("name"), "demo_people": guests, "demo_url": _offers.url}
        return {**super().get_context_data(**kwargs), **more}

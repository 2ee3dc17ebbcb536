"""A firm with a few deals, and browsers that are signed in."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from tests.modules.conftest import Make, firm, make, person

from tracte.kernel.actor import Actor
from tracte.records.people import User

__all__ = ["firm", "make", "person"]


@pytest.fixture
def seller(make: Make, person: Callable[..., Actor]) -> Actor:
    """Núria sells in the team Iberia."""
    return person("Núria", "seller", make("team", name="Iberia"))


@pytest.fixture
def manager(person: Callable[..., Actor]) -> Actor:
    return person("Laia", "manager")


def signed_in(actor: Actor, *, fragment: bool = False) -> Client:
    """A browser in which ``actor`` is signed in; ``fragment`` asks as the page's script does."""
    client = Client(headers={"HX-Request": "true"} if fragment else {})
    client.force_login(User.objects.get(pk=actor.user_id), backend=settings.AUTHENTICATION_BACKENDS[0])
    return client

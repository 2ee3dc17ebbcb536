"""What a change of a role would do is told before it is saved (GA-22, U4)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.modules.conftest import firm, make, person

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door
from tracte.records import snapshot as snapshots
from tracte.records.people import Role, User

__all__ = ["firm", "make", "person"]
pytestmark = pytest.mark.django_db
Make = Callable[..., int]


@pytest.fixture
def admin(person: Callable[..., Actor]) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=person("Boss", "administrator", is_admin=True).user_id))
    return client


def role(**values: Any) -> int:
    return door.create(OPERATOR, "role", values, origin="system", strict=True).id


def holder(name: str, held: int) -> int:
    values = {"name": name, "email": f"{name.lower()}@firm.example", "roles": [encode(held)]}
    return door.create(OPERATOR, "user", values, origin="system").id


def sent(grants: dict[str, dict[str, str]]) -> dict[str, str]:
    return {f"{entity}:{verb}": level for entity, verbs in grants.items() for verb, level in verbs.items()}


def test_rows_gained_and_lost_are_told_and_nothing_is_saved(admin: Client, make: Make) -> None:
    held = role(name="Desk", grants={"*": {"view": "own", "edit": "own"}, "contact": {"view": "all"}})
    pau = holder("Pau", held)
    make("account", name="Acme of somebody")
    make("account", name="Pau's own", owner=encode(pau))
    make("contact", first_name="Mar", last_name="Vila")
    form = sent({"*": {"view": "all", "edit": "own"}, "contact": {"view": "none"}})
    page = admin.post(f"/settings/roles/{encode(held)}/", {**form, "version": "1", "suppose": "1"})
    text = " ".join(page.content.decode().split())
    assert "Acme of somebody" in text
    assert "Pau&#x27;s own" not in text
    assert 'class="loss"' in text
    assert "Mar Vila" in text
    assert Role.objects.get(pk=held).grants["*"]["view"] == "own"
    assert snapshots.current().actor(pau).level("account", "view").name == "OWN"
    assert '<option value="all" selected>' in text  # what was chosen is still there to be saved


def test_fields_gained_and_lost_are_told(admin: Client) -> None:
    held = role(name="Desk", grants={"*": {"view": "all"}}, masks={"account": {"email": "hidden"}})
    holder("Pau", held)
    form = {"account:email": "", "account:phone": "hidden", "version": "1", "suppose": "1"}
    text = " ".join(admin.post(f"/settings/roles/{encode(held)}/fields/", form).content.decode().split())
    assert "hidden → as usual" in text
    assert "as usual → hidden" in text
    assert Role.objects.get(pk=held).masks == {"account": {"email": "hidden"}}


def test_a_role_nobody_holds_changes_nothing_for_anybody(admin: Client) -> None:
    held = role(name="Desk", grants={"*": {"view": "own"}})
    page = admin.post(f"/settings/roles/{encode(held)}/", {"*:view": "all", "version": "1", "suppose": "1"})
    assert "Nothing would change for anybody." in page.content.decode()


def test_only_administrators_may_suppose(person: Callable[..., Actor]) -> None:
    held = role(name="Desk", grants={"*": {"view": "own"}})
    seller = Client()
    seller.force_login(User.objects.get(pk=person("Ona", "seller").user_id))
    assert seller.post(f"/settings/roles/{encode(held)}/", {"suppose": "1"}).status_code == 404

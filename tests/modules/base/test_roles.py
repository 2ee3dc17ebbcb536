"""The default roles: what each may do, and that an administrator's changes to them stand."""

from collections.abc import Callable
from typing import Any

import pytest

from tracte.config.registration import installed_modules
from tracte.kernel.actor import FOLLOWS, OPERATOR, VERBS, Actor, Level
from tracte.kernel.problems import Forbidden, NotFound
from tracte.modules.base.role import wrong_grant, wrong_mask
from tracte.modules.base.roles import DEFAULT_ROLES
from tracte.records import door, query
from tracte.records.changes import ChangeSet
from tracte.records.people import Role

pytestmark = pytest.mark.django_db
Person = Callable[..., Actor]
Make = Callable[..., int]


@pytest.mark.parametrize("role", DEFAULT_ROLES, ids=lambda role: role.key)
def test_a_default_role_names_only_what_exists_and_every_verb(role: Any) -> None:
    assert wrong_grant(role.grants) == ""
    assert set(VERBS) - set(FOLLOWS) <= set(role.grants["*"]) <= set(VERBS)


def test_a_second_start_adds_nothing(firm: None) -> None:
    before = ChangeSet.objects.count()
    for module in installed_modules():
        if module.seed is not None:
            module.seed()
    assert ChangeSet.objects.count() == before


def test_a_second_start_leaves_what_an_administrator_changed(firm: None) -> None:
    seller = Role.objects.get(key="seller")
    door.update(OPERATOR, "role", seller.pk, {"name": "Comercial", "grants": {"*": {"view": "all"}}}, origin="ui")
    door.delete(OPERATOR, "role", Role.objects.get(key="service").pk, origin="ui")
    for module in installed_modules():
        if module.seed is not None:
            module.seed()
    seller.refresh_from_db()
    assert (seller.name, seller.grants) == ("Comercial", {"*": {"view": "all"}})
    assert not Role.objects.live().filter(key="service").exists()


def test_a_seller_sees_the_teams_records_and_no_others(make: Make, person: Person) -> None:
    iberia, other = make("team", name="Iberia"), make("team", name="România")
    nuria, jordi = person("Nuria", "seller", iberia), person("Jordi", "seller", iberia)
    stranger = person("Ion", "seller", other)
    hers = make("account", name="Hers", actor=nuria)
    assert query.rows("account", jordi).ids() == [hers]
    assert query.rows("account", stranger).ids() == []
    door.update(jordi, "account", hers, {"phone": "+34937412880"}, origin="ui")
    with pytest.raises(Forbidden):
        door.delete(jordi, "account", hers, origin="ui")
    with pytest.raises(NotFound):
        door.update(stranger, "account", hers, {"phone": "+34937412880"}, origin="ui")
    door.delete(nuria, "account", hers, origin="ui")


def test_a_seller_sees_every_product_and_changes_none(make: Make, person: Person) -> None:
    product = make("product", name="Pump")
    seller = person("Nuria", "seller")
    assert query.rows("product", seller).ids() == [product]
    with pytest.raises(Forbidden):
        door.update(seller, "product", product, {"price": "1 EUR"}, origin="ui")


def test_a_seller_exports_and_imports_nothing(person: Person) -> None:
    seller = person("Nuria", "seller")
    for entity in ("account", "contact", "opportunity", "product", "note"):
        assert seller.level(entity, "export") is Level.NONE
        assert seller.level(entity, "import") is Level.NONE


def test_read_only_sees_everything_and_writes_nothing(make: Make, person: Person) -> None:
    reader = person("Laia", "read_only")
    account = make("account", name="Acme")
    assert query.rows("account", reader).ids() == [account]
    for verb in VERBS:
        assert (reader.level("account", verb) > Level.NONE) == (verb in ("view", "history"))


@pytest.mark.parametrize("role", ["manager", "seller", "marketing", "service", "read_only"])
def test_settings_are_for_administrators(role: str, person: Person) -> None:
    actor = person("Nuria", role)
    for entity, values in {"team": {"name": "New"}, "role": {"name": "New"}, "pipeline": {"name": "New"}}.items():
        with pytest.raises((Forbidden, NotFound)):
            door.create(actor, entity, values, origin="ui")


def test_a_role_refuses_rights_on_what_does_not_exist(firm: None, codes: Callable[..., Any]) -> None:
    wrong = {"name": "Odd", "grants": {"acount": {"view": "all"}}, "masks": {"account": {"turnovr": "hidden"}}}
    assert codes(door.create, OPERATOR, "role", wrong, origin="ui") == {("grants", "bad_grant"), ("masks", "bad_grant")}
    assert wrong_grant({"account": {"see": "all"}}) == "account.see"
    assert wrong_grant({"*": {"view": "some"}}) == "*.view: some"
    assert wrong_mask({"account": {"turnover": "grey"}}) == "account.turnover: grey"
    assert wrong_mask({"account": {"turnover": "hidden"}}) == ""

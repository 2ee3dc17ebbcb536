"""What a field is made of is declared, checked at start-up and followed all the way."""

import pytest

from tracte.config.registration import installed_modules
from tracte.meta.entity import Extend
from tracte.meta.kinds import Text
from tracte.meta.registry import BadDeclaration, Registry


def compiled(**fields: Text) -> Registry:
    """The installed entities, with the account extended by a module called ``x``."""
    entities = [entity() for module in installed_modules() for entity in module.entities]
    return Registry(entities, [Extend("account", "x", fields=fields)])


def test_a_field_made_of_others_by_way_of_others_is_known_from_its_first_source() -> None:
    spec = compiled(
        initials=Text("Initials", made_of=("name",)), badge=Text("Badge", made_of=("x_initials", "website"))
    )["account"]
    assert spec.made_from["name"] == {"x_initials", "x_badge"}
    assert spec.made_from["website"] == {"x_badge"}
    assert spec.made_from["x_badge"] == frozenset()


def test_a_source_that_is_no_field_stops_the_start() -> None:
    with pytest.raises(BadDeclaration, match=r"account\.x_badge is made of 'nme', which is no field"):
        compiled(badge=Text("Badge", made_of=("nme",)))


def test_a_field_made_of_itself_stops_the_start() -> None:
    with pytest.raises(BadDeclaration, match="is made of itself"):
        compiled(one=Text("One", made_of=("x_other",)), other=Text("Other", made_of=("x_one",)))


def test_what_is_computed_is_made_of_what_it_is_computed_from() -> None:
    spec = compiled()["opportunity"]
    assert spec.made_from["cost_real"] == {"margin"}
    assert spec.made_from["amount"] == {"weighted", "margin"}

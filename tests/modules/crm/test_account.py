"""Accounts: VAT numbers, trees of firms and branches."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.modules.crm.tree import branch_ids
from tracte.records import door
from tracte.records.door import Op

pytestmark = pytest.mark.django_db
Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]


def test_a_vat_number_is_kept_with_its_country(make: Make, values_of: Values) -> None:
    assert values_of("account", make("account", name="A", vat_number="b-58378431"))["vat_number"] == "ESB58378431"


def test_the_billing_country_says_whose_number_it_is(make: Make, values_of: Values) -> None:
    romanian = make("account", name="A", vat_number="18547290", billing_address={"country": "RO"})
    assert values_of("account", romanian)["vat_number"] == "RO18547290"


def test_a_false_vat_number_is_refused(firm: None, codes: Codes) -> None:
    wrong = {"name": "A", "vat_number": "ESB58378432"}
    assert codes(door.create, OPERATOR, "account", wrong, origin="ui") == {("vat_number", "bad_vat")}


def test_a_firm_is_not_its_own_parent_even_through_a_chain(make: Make, codes: Codes) -> None:
    top = make("account", name="Top")
    middle = make("account", name="Middle", parent=top)
    bottom = make("account", name="Bottom", parent=middle)
    loop = {("parent", "parent_loop")}
    assert codes(door.update, OPERATOR, "account", top, {"parent": encode(top)}, origin="ui") == loop
    assert codes(door.update, OPERATOR, "account", top, {"parent": encode(bottom)}, origin="ui") == loop
    door.update(OPERATOR, "account", bottom, {"parent": encode(top)}, origin="ui")


def test_a_ring_made_in_one_bulk_is_found(make: Make) -> None:
    one, two, three = (make("account", name=name) for name in ("One", "Two", "Three"))
    writer = door.begin(OPERATOR, "import", "Ring")
    ring = [Op({"parent": encode(to)}, id=of) for of, to in ((one, two), (two, three), (three, one))]
    results = writer.write("account", "update", ring)
    assert {problem.code for result in results for problem in result.problems} == {"parent_loop"}


def test_branches_are_found_level_by_level(make: Make) -> None:
    top = make("account", name="Top")
    firms = [make("account", name=f"Firm {n}", parent=top) for n in range(3)]
    shops = [make("account", name=f"Shop {n}", parent=firm) for firm in firms for n in range(3)]
    make("account", name="Another")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = branch_ids(top, OPERATOR)
    assert found == [top, *firms, *sorted(shops)]
    assert len([q for q in queries if '"account"' in q["sql"]]) == 3


def test_branches_out_of_reach_are_not_found(make: Make, person: Callable[..., Actor]) -> None:
    seller = person("Nuria", "seller", make("team", name="Iberia"))
    top = make("account", name="Top", actor=seller)
    mine = make("account", name="Mine", parent=top, actor=seller)
    make("account", name="Theirs", parent=top)
    assert branch_ids(top, seller) == [top, mine]


def test_the_same_firm_entered_twice_is_hinted(make: Make) -> None:
    first = make("account", name="Cellers Montgrí")
    outcome = door.create(OPERATOR, "account", {"name": "Cellers Montgrí"}, origin="ui")
    assert [(problem.code, problem.params["ids"]) for problem in outcome.warnings] == [("duplicate_hint", [first])]

"""Rules of the settings: administrators, the company, currencies and rates, value lists."""

from collections.abc import Callable
from typing import Any

import pytest

from tracte.kernel.actor import OPERATOR
from tracte.records import door, snapshot
from tracte.records.firm import Company

pytestmark = pytest.mark.django_db
Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]


def test_the_last_administrator_stays(make: Make, codes: Codes) -> None:
    ada = make("user", name="Ada", email="ada@firm.example", is_admin=True)
    last = {("is_admin", "last_admin")}
    assert codes(door.update, OPERATOR, "user", ada, {"is_admin": False}, origin="ui") == last
    assert codes(door.update, OPERATOR, "user", ada, {"can_sign_in": False}, origin="ui") == last
    assert codes(door.delete, OPERATOR, "user", ada, origin="ui") == last
    make("user", name="Bea", email="bea@firm.example", is_admin=True)
    door.delete(OPERATOR, "user", ada, origin="ui")
    assert snapshot.current().members[ada].active is False


def test_who_signs_in_has_an_address(firm: None, codes: Codes) -> None:
    assert codes(door.create, OPERATOR, "user", {"name": "Ada"}, origin="ui") == {("email", "required")}
    door.create(OPERATOR, "user", {"name": "Agent", "can_sign_in": "no"}, origin="ui")


def test_there_is_one_company(firm: None, codes: Codes) -> None:
    assert codes(door.create, OPERATOR, "company", {"name": "Two"}, origin="ui") == {(None, "only_one_company")}


def test_the_companys_settings_are_real(firm: None, codes: Codes) -> None:
    company = Company.objects.get().pk
    wrong = {"currency": "XQX", "timezone": "Europe/Vic", "vat_number": "ES1"}
    assert codes(door.update, OPERATOR, "company", company, wrong, origin="ui") == {
        ("currency", "bad_currency"),
        ("timezone", "bad_timezone"),
        ("vat_number", "bad_vat"),
    }
    door.update(OPERATOR, "company", company, {"currency": "usd", "country": "ro"}, origin="ui")
    assert (snapshot.current().company["currency"], snapshot.current().company["country"]) == ("USD", "RO")


def test_a_currency_has_one_rate_a_day(make: Make, codes: Codes) -> None:
    make("exchange_rate", currency="usd", valid_from="2026-01-01", rate="0.92")
    again = {"currency": "USD", "valid_from": "2026-01-01", "rate": "0.93"}
    assert codes(door.create, OPERATOR, "exchange_rate", again, origin="ui") == {("valid_from", "not_unique")}
    nought = {"currency": "USD", "valid_from": "2026-01-02", "rate": "0"}
    assert codes(door.create, OPERATOR, "exchange_rate", nought, origin="ui") == {("rate", "too_small")}


def test_a_list_entry_is_of_a_list_that_exists_and_named_once(make: Make, codes: Codes) -> None:
    entry = make("value_item", list="industry", label="Wine")
    assert snapshot.current().lists["industry"]["wine"].label == "Wine"
    unknown = {"list": "industri", "label": "Wine"}
    assert codes(door.create, OPERATOR, "value_item", unknown, origin="ui") == {("list", "not_a_choice")}
    again = {"list": "industry", "key": "wine", "label": "Cellars"}
    assert codes(door.create, OPERATOR, "value_item", again, origin="ui") == {("key", "not_unique")}
    stable = {"key": "winery"}
    assert codes(door.update, OPERATOR, "value_item", entry, stable, origin="ui") == {("key", "key_is_stable")}


def test_a_relabelled_shipped_entry_keeps_its_key(make: Make) -> None:
    make("value_item", list="industry", key="medical", label="Health")
    options: Any = snapshot.current().lists["industry"]
    assert options["medical"].label == "Health"

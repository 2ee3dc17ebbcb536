"""Contacts and the further ways to reach them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.records import door, query, undo

pytestmark = pytest.mark.django_db
Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]


def test_a_person_has_a_name(make: Make, codes: Codes) -> None:
    nameless = {("last_name", "name_needed")}
    assert codes(door.create, OPERATOR, "contact", {"email": "a@b.example"}, origin="ui") == nameless
    someone = make("contact", first_name="Ana")
    assert codes(door.update, OPERATOR, "contact", someone, {"first_name": ""}, origin="ui") == nameless
    door.update(OPERATOR, "contact", someone, {"first_name": "", "last_name": "Pop"}, origin="ui")


@pytest.mark.parametrize(
    "again",
    [
        {"first_name": "A.", "email": "ana@firm.example"},
        {"first_name": "A.", "mobile": "612 34 56 78"},
        {"first_name": "Ana", "last_name": "Pop"},
    ],
)
def test_the_same_person_entered_twice_is_hinted(again: dict[str, str], make: Make) -> None:
    account = make("account", name="Acme")
    known = {"first_name": "Ana", "last_name": "Pop", "email": "ana@firm.example", "mobile": "+34612345678"}
    make("contact", account=account, **known)
    outcome = door.create(OPERATOR, "contact", {**again, "account": encode(account)}, origin="ui")
    assert [problem.code for problem in outcome.warnings] == ["duplicate_hint"]


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("email_private", " Ana@Firm.EXAMPLE ", "Ana@firm.example"),
        ("mobile", "612 34 56 78", "+34612345678"),
        ("fax", "+34 937 412 880", "+34937412880"),
        ("messenger", "@ana ", "@ana"),
    ],
)
def test_a_point_is_kept_as_its_kind_writes_it(
    kind: str, written: str, kept: str, make: Make, values_of: Values
) -> None:
    point = make("contact_point", contact=make("contact", first_name="Ana"), kind=kind, value=written)
    assert values_of("contact_point", point)["value"] == kept


def test_a_false_point_is_refused_by_its_kind(make: Make, codes: Codes) -> None:
    wrong = {"contact": encode(make("contact", first_name="Ana")), "kind": "email_work", "value": "ana"}
    assert codes(door.create, OPERATOR, "contact_point", wrong, origin="ui") == {("value", "bad_email")}


def test_making_a_point_primary_swaps_it_with_the_contacts_own(make: Make, values_of: Values) -> None:
    contact = make("contact", first_name="Ana", email="old@firm.example")
    point = make("contact_point", contact=contact, kind="email_private", value="new@home.example")
    outcome = door.act(OPERATOR, "contact_point", point, "make_primary", {}, origin="ui")
    assert values_of("contact", contact)["email"] == "new@home.example"
    assert values_of("contact_point", point)["value"] == "old@firm.example"
    assert {result.id for result in outcome.results} == {contact, point}


def test_a_point_moves_up_where_nothing_was(make: Make, values_of: Values) -> None:
    contact = make("contact", first_name="Ana")
    point = make("contact_point", contact=contact, kind="mobile", value="612345678")
    door.act(OPERATOR, "contact_point", point, "make_primary", {}, origin="ui")
    assert values_of("contact", contact)["mobile"] == "+34612345678"
    with pytest.raises(NotFound):
        values_of("contact_point", point)


def test_a_messenger_name_has_no_main_field(make: Make, codes: Codes) -> None:
    point = make("contact_point", contact=make("contact", first_name="Ana"), kind="messenger", value="@ana")
    assert codes(door.act, OPERATOR, "contact_point", point, "make_primary", {}, origin="ui") == {
        (None, "action_not_now")
    }


def test_points_and_affiliations_are_seen_by_who_sees_the_contact(make: Make, person: Callable[..., Actor]) -> None:
    iberia = make("team", name="Iberia")
    seller, stranger = person("Nuria", "seller", iberia), person("Ion", "seller", make("team", name="Other"))
    contact = make("contact", first_name="Ana", actor=seller)
    account = make("account", name="Acme", actor=seller)
    point = make("contact_point", contact=contact, kind="messenger", value="@ana", actor=seller)
    part = make("affiliation", contact=contact, account=account, roles=["decides", "pays"], actor=seller)
    assert query.rows("contact_point", seller).ids() == [point]
    assert query.rows("affiliation", seller).ids() == [part]
    assert query.rows("contact_point", stranger).ids() == []
    assert query.rows("affiliation", stranger).ids() == []


def test_an_affiliation_ends_after_it_begins(make: Make, codes: Codes) -> None:
    contact, account = make("contact", first_name="Ana"), make("account", name="Acme")
    values = {
        "contact": encode(contact),
        "account": encode(account),
        "starts_on": "2026-02-01",
        "ends_on": "2026-01-31",
    }
    assert codes(door.create, OPERATOR, "affiliation", values, origin="ui") == {("ends_on", "ends_before_start")}
    values["ends_on"] = str(date(2026, 2, 1))
    door.create(OPERATOR, "affiliation", values, origin="ui")


def test_a_swap_is_undone_on_both_records(make: Make, values_of: Values) -> None:
    contact = make("contact", first_name="Ana", email="old@firm.example")
    point = make("contact_point", contact=contact, kind="email_work", value="new@firm.example")
    swap = door.act(OPERATOR, "contact_point", point, "make_primary", {}, origin="ui")
    assert swap.set_id is not None
    assert undo.run(swap.set_id, OPERATOR).conflicts == []
    assert values_of("contact", contact)["email"] == "old@firm.example"
    assert values_of("contact_point", point)["value"] == "new@firm.example"

"""Converting leads: one change set that makes or chooses account, contact and opportunity, and can be undone."""

from collections.abc import Callable
from typing import Any

import pytest

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode, new_id
from tracte.kernel.problems import Conflict, Forbidden, NotFound, Rejected
from tracte.modules.sales import conversion, matching
from tracte.records import door, query, undo
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet
from tracte.records.people import Role

pytestmark = pytest.mark.django_db
Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]
Person = Callable[..., Actor]
ANA = {
    "first_name": "Ana",
    "last_name": "Pons",
    "company": "Cal Pons",
    "email": "ana@calpons.example",
    "phone": "+34937412880",
    "interest": "Bottling line",
    "amount": "45000 EUR",
}


def convert(actor: Actor, lead: int, **params: Any) -> Any:
    return door.act(actor, "lead", lead, "convert", params, origin="ui")


def note(actor: Actor, *about: int, **more: Any) -> int:
    values = {"body": "<p>They called twice.</p>", "about": [encode(one) for one in about], **more}
    return door.create(actor, "note", values, origin="ui").id


def test_a_lead_becomes_account_contact_and_deal_in_one_set(firm: None, values_of: Values) -> None:
    lead = door.create(OPERATOR, "lead", {**ANA, "origin": "fair"}, origin="ui").id
    written = note(OPERATOR, lead)
    before = values_of("lead", lead)
    sets = ChangeSet.objects.count()
    outcome = convert(OPERATOR, lead, opportunity="new")
    assert ChangeSet.objects.count() == sets + 1
    values = values_of("lead", lead)
    account, contact, deal = (values[f"converted_{one}"] for one in conversion.MADE)
    assert (values["status"], values["converted_on"] is not None) == ("converted", True)
    assert values_of("account", account)["name"] == "Cal Pons"
    person = values_of("contact", contact)
    assert (person["first_name"], person["email"], person["account"]) == ("Ana", "ana@calpons.example", account)
    opportunity = values_of("opportunity", deal)
    assert (opportunity["name"], opportunity["account"], opportunity["contact"]) == ("Bottling line", account, contact)
    assert (opportunity["lead"], opportunity["amount"].amount, opportunity["origin"]) == (lead, 45000, "fair")
    assert set(values_of("note", written)["about"]) == {lead, account, contact, deal}
    undo.run(outcome.set_id, OPERATOR)
    after = values_of("lead", lead)
    assert {n: v for n, v in after.items() if n not in ("version", "modified_at")} == {
        n: v for n, v in before.items() if n not in ("version", "modified_at")
    }
    assert [query.system_rows(one).ids() for one in conversion.MADE] == [[], [], []]
    assert values_of("note", written)["about"] == (lead,)


def test_existing_ones_are_suggested_and_chosen(make: Make, values_of: Values) -> None:
    account = make("account", name="cal pons")
    other = make("account", name="Other")
    contact = make("contact", first_name="Anna", email="ana@calpons.example")
    lead = values_of("lead", make("lead", **ANA))
    assert matching.likely("account", matching.account_values(lead), OPERATOR) == [account]
    assert matching.likely("contact", matching.contact_values(lead), OPERATOR) == [contact]
    convert(OPERATOR, lead["id"], account=encode(account), contact=encode(contact), opportunity="none")
    values = values_of("lead", lead["id"])
    assert [values[f"converted_{one}"] for one in conversion.MADE] == [account, contact, None]
    assert values_of("contact", contact)["account"] == account  # it was with no firm yet
    assert sorted(query.system_rows("account").ids()) == sorted([account, other])


def test_what_is_out_of_sight_is_like_what_is_not_there(make: Make, person: Person, codes: Codes) -> None:
    north, south = make("team", name="North"), make("team", name="South")
    laia, stranger = person("Laia", "seller", north), person("Out", "seller", south)
    hidden = make("account", stranger, name="Cal Pons")
    lead = make("lead", laia, **ANA)
    found = codes(convert, laia, lead, account=encode(hidden), contact=encode(hidden))
    assert found == codes(convert, laia, lead, account=encode(new_id()), contact="x")
    assert found == {("account", "no_such_record"), ("contact", "no_such_record")}
    assert matching.likely("account", {"name": "Cal Pons"}, laia) == []
    with pytest.raises(NotFound):
        convert(stranger, lead)
    convert(laia, lead)


def test_who_may_not_make_one_converts_nothing(make: Make, person: Person, values_of: Values) -> None:
    lead = make("lead", **ANA)
    anna = person("Anna", "marketing")
    with pytest.raises(Forbidden):
        convert(anna, lead, opportunity="new")
    assert values_of("lead", lead)["status"] == "new"
    assert [query.system_rows(one).ids() for one in ("account", "contact")] == [[], []]
    with pytest.raises(Forbidden):
        convert(person("Reader", "read_only"), lead)
    convert(anna, lead)


def test_a_lead_is_converted_once(make: Make, codes: Codes, values_of: Values) -> None:
    lead = make("lead", **ANA)
    seen = query.rows("lead", OPERATOR).get(lead)
    convert(OPERATOR, lead)
    with pytest.raises(Rejected) as again:
        convert(OPERATOR, lead)
    assert [(p.code, again.value.status) for p in again.value.problems] == [("already_converted", 409)]
    spec = query.rows("lead", OPERATOR).spec
    request = door.ActionRequest(OPERATOR, spec, lead, seen, {}, door.begin(OPERATOR, "ui", "Convert"))
    with pytest.raises(Rejected) as late:  # it was read before the first one was done
        spec.actions["convert"].run(request)
    assert late.value.problems[0].code == "already_converted"
    assert len(query.system_rows("account").ids()) == 1
    rejected = make("lead", email="no@firm.example")
    door.act(OPERATOR, "lead", rejected, "reject", {"reject_reason": "other"}, origin="ui")
    assert codes(convert, OPERATOR, rejected) == {(None, "already_rejected")}


def test_something_must_come_of_it(make: Make, codes: Codes, values_of: Values) -> None:
    lead = make("lead", phone="+34937412880")
    assert codes(convert, OPERATOR, lead) == {(None, "nothing_to_convert")}
    assert codes(convert, OPERATOR, lead, contact="new") == {("contact", "name_needed")}
    convert(OPERATOR, lead, opportunity="new", opportunity_name="A call from the fair")
    deal = values_of("lead", lead)["converted_opportunity"]
    assert values_of("opportunity", deal)["name"] == "A call from the fair"


def test_a_stale_version_converts_nothing(make: Make) -> None:
    lead = make("lead", **ANA)
    door.update(OPERATOR, "lead", lead, {"interest": "Pallets"}, origin="ui")
    with pytest.raises(Conflict):
        door.act(OPERATOR, "lead", lead, "convert", {}, origin="api", version=1)
    assert query.system_rows("account").ids() == []


def test_a_trial_stores_nothing(make: Make, values_of: Values) -> None:
    lead = make("lead", **ANA)
    params = {"opportunity": "new"}
    outcome = door.act(OPERATOR, "lead", lead, "convert", params, origin="api", dry_run=True)
    verdicts = [(result.entity, result.verdict) for result in outcome.results]
    assert verdicts == [(one, "created") for one in conversion.MADE] + [("lead", "updated")]
    assert values_of("lead", lead)["status"] == "new"
    assert query.system_rows("account").ids() == []


def test_only_notes_one_may_change_go_along(make: Make, person: Person, values_of: Values) -> None:
    north = make("team", name="North")
    laia, pol = person("Laia", "seller", north), person("Pol", "seller", north)
    lead = make("lead", laia, **ANA)
    mine, secret = note(laia, lead), note(pol, lead, private="true")
    outcome = convert(laia, lead)
    assert len(values_of("note", mine)["about"]) == 3
    assert values_of("note", secret)["about"] == (lead,)
    result = undo.run(outcome.set_id, laia)
    assert (result.kept, values_of("lead", lead)["status"]) == (0, "new")


def test_an_owner_comes_with_the_conversion(make: Make, person: Person, values_of: Values) -> None:
    laia = person("Laia", "seller", make("team", name="North"))
    lead = make("lead", laia, **ANA, owner="")
    convert(laia, lead)
    values = values_of("lead", lead)
    assert values["owner"] == laia.user_id
    assert values_of("account", values["converted_account"])["owner"] == laia.user_id


def mask(role: str, **masks: dict[str, str]) -> None:
    held = Role.objects.get(key=role)
    door.update(OPERATOR, "role", held.pk, {"masks": masks}, origin="system", canonical=True)


def again(actor: Actor) -> Actor:
    """The same person with the rights of now."""
    return snapshots.current().actor(int(actor.user_id or 0))


def test_a_deal_s_name_is_read_as_any_text(make: Make, codes: Codes, values_of: Values) -> None:
    lead = make("lead", **ANA)
    found = codes(convert, OPERATOR, lead, opportunity="new", opportunity_name="A\x00B")
    assert found == {("opportunity_name", "nul_character")}
    convert(OPERATOR, lead, opportunity="new", opportunity_name="  Two\n lines ")
    deal = values_of("lead", lead)["converted_opportunity"]
    assert "\n" not in values_of("opportunity", deal)["name"]


def test_a_person_s_long_name_fits_an_account(make: Make, values_of: Values) -> None:
    lead = make("lead", first_name="A" * 100, last_name="B" * 100, email="a@long.example")
    convert(OPERATOR, lead, account="new", contact="none")
    account = values_of("lead", lead)["converted_account"]
    assert len(values_of("account", account)["name"]) == 200


@pytest.mark.parametrize("how", ["hidden", "readonly"])
def test_notes_stay_where_what_they_are_about_may_not_be_changed(
    make: Make, person: Person, values_of: Values, how: str
) -> None:
    laia = person("Laia", "seller", make("team", name="North"))
    lead = make("lead", laia, **ANA)
    written = note(laia, lead)
    mask("seller", note={"about": how})
    convert(again(laia), lead)
    assert values_of("note", written)["about"] == (lead,)


def test_a_deal_is_never_called_none(make: Make, person: Person, codes: Codes) -> None:
    laia = person("Laia", "seller", make("team", name="North"))
    lead = make("lead", laia, email="ana@calpons.example")
    mask("seller", lead={"email": "hidden"})
    assert codes(convert, again(laia), lead, opportunity="new") == {("name", "required")}


def test_a_deal_is_called_by_the_person_where_the_rest_is_hidden(make: Make, person: Person, values_of: Values) -> None:
    laia = person("Laia", "seller", make("team", name="North"))
    lead = make("lead", laia, **ANA)
    mask("seller", lead={"company": "hidden", "interest": "hidden"})
    convert(again(laia), lead, account="none", opportunity="new")
    deal = values_of("opportunity", values_of("lead", lead)["converted_opportunity"])
    assert (deal["name"], deal["objective"]) == ("Ana Pons", None)

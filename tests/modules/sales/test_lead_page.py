"""The page that converts a lead: choices that work without script, errors in place, and nothing for strangers."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode, new_id
from tracte.records import query
from tracte.records.people import User

pytestmark = pytest.mark.django_db
Make = Callable[..., int]
Values = Callable[[str, int], dict[str, Any]]
Person = Callable[..., Actor]
ANA = {
    "first_name": "Ana",
    "last_name": "Pons",
    "company": "Cal Pons",
    "email": "ana@calpons.example",
    "interest": "Bottling line",
}


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


@pytest.fixture
def laia(make: Make, person: Person) -> Actor:
    return person("Laia", "seller", make("team", name="North"))


def address(lead: int) -> str:
    return f"/leads/{encode(lead)}/convert/"


def checked(text: str) -> dict[str, str]:
    return dict(re.findall(r'type="radio" name="(\w+)" value="([^"]+)" checked', text))


def test_it_proposes_new_ones_and_converts(make: Make, laia: Actor, values_of: Values) -> None:
    lead, pages = make("lead", laia, **ANA), browser(laia)
    assert address(lead) in pages.get(f"/leads/{encode(lead)}/").content.decode()
    text = pages.get(address(lead)).content.decode()
    assert checked(text) == {"account": "new", "contact": "new", "opportunity": "new"}
    sent = {**checked(text), "opportunity_name": "Line for the new hall", "version": "1"}
    answer = pages.post(address(lead), sent)
    values = values_of("lead", lead)
    deal = values["converted_opportunity"]
    assert (answer.status_code, answer["Location"]) == (302, f"/opportunities/{encode(deal)}/")
    assert values_of("opportunity", deal)["name"] == "Line for the new hall"
    told = pages.get(answer["Location"]).content.decode()
    assert "Lead converted" in told
    undo = re.search(r"/changes/[0-9]+/undo", told)
    assert undo
    pages.post(undo[0])
    assert values_of("lead", lead)["status"] == "new"
    assert query.system_rows("opportunity").ids() == []


def test_what_it_may_be_already_is_proposed_first(make: Make, laia: Actor, values_of: Values) -> None:
    account = make("account", laia, name="CAL PONS")
    contact = make("contact", laia, first_name="Anna", email="ana@calpons.example", account=account)
    other = make("account", laia, name="Pons Germans")
    lead, pages = make("lead", laia, **ANA), browser(laia)
    text = pages.get(address(lead)).content.decode()
    assert (checked(text)["account"], checked(text)["contact"]) == (encode(account), encode(contact))
    sent = {"account": "other", "account_other": "Pons Germans", "contact": encode(contact), "opportunity": "none"}
    assert pages.post(address(lead), sent).status_code == 302
    values = values_of("lead", lead)
    assert (values["converted_account"], values["converted_contact"]) == (other, contact)


def test_a_wrong_choice_is_told_beside_it_and_nothing_is_lost(make: Make, laia: Actor, values_of: Values) -> None:
    lead, pages = make("lead", laia, **ANA), browser(laia)
    sent = {"account": "other", "account_other": "Nobody's", "contact": "none", "opportunity": "new"}
    answer = pages.post(address(lead), {**sent, "opportunity_name": "Kept name"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert checked(text) == {"account": "other", "contact": "none", "opportunity": "new"}
    assert "There is no such record" in text
    assert "Kept name" in text
    nothing = pages.post(address(lead), dict.fromkeys(("account", "contact", "opportunity"), "none"))
    assert (nothing.status_code, "Choose at least one" in nothing.content.decode()) == (422, True)
    stale = pages.post(address(lead), {"account": "new", "version": "9"})
    assert stale.status_code == 409
    assert values_of("lead", lead)["status"] == "new"


def test_a_hidden_account_is_like_none(make: Make, laia: Actor, person: Person) -> None:
    stranger = person("Out", "seller", make("team", name="South"))
    hidden = make("account", stranger, name="Cal Pons")
    lead, pages = make("lead", laia, **ANA), browser(laia)
    assert encode(hidden) not in pages.get(address(lead)).content.decode()
    answers = []
    for one in (hidden, new_id()):
        text = pages.post(address(lead), {"account": encode(one), "contact": "none"}).content.decode()
        text = re.sub(r'(csrfmiddlewaretoken" value=|csrf-token" content=|nonce=)"[^"]+"|X-CSRFToken[^}]+', "", text)
        answers.append(text.replace(encode(one), ""))
    assert answers[0] == answers[1]


def test_strangers_and_readers_are_kept_out(make: Make, laia: Actor, person: Person) -> None:
    lead = make("lead", laia, **ANA)
    stranger = browser(person("Out", "seller", make("team", name="South")))
    reader = browser(person("Reader", "read_only"))
    for pages, code in ((stranger, 404), (reader, 403)):
        assert pages.get(address(lead)).status_code == code
        assert pages.post(address(lead), {"account": "new"}).status_code == code
    assert stranger.get(address(new_id())).status_code == 404
    assert stranger.get("/leads/nothing/convert/").status_code == 404


def test_a_converted_or_rejected_lead_says_so(make: Make, laia: Actor) -> None:
    lead, pages = make("lead", laia, **ANA), browser(laia)
    assert pages.post(f"/leads/{encode(lead)}/do/convert/").status_code == 302  # its page asks first
    pages.post(address(lead), {"account": "new", "contact": "new", "opportunity": "none"})
    for answer in (pages.get(address(lead)), pages.post(address(lead), {"account": "new"})):
        assert (answer.status_code, "converted already" in answer.content.decode()) == (409, True)
    other = make("lead", laia, email="b@firm.example")
    rejected = pages.post(f"/leads/{encode(other)}/do/reject/", {"reject_reason": "no_need", "version": "1"})
    assert rejected.status_code == 302
    assert pages.get(address(other)).status_code == 409


def test_the_queue_is_claimed_from_the_page(make: Make, laia: Actor, values_of: Values) -> None:
    lead, pages = make("lead", laia, **ANA, owner=""), browser(laia)
    assert encode(lead) in pages.get("/leads/?view=claim").content.decode()
    assert pages.post(f"/leads/{encode(lead)}/do/claim/", {"version": "1"}).status_code == 302
    assert values_of("lead", lead)["owner"] == laia.user_id
    again = pages.post(f"/leads/{encode(lead)}/do/claim/", {"version": "1"})
    assert (again.status_code, "has taken this lead already" in again.content.decode()) == (409, True)


def test_the_api_converts_with_the_same_choices(make: Make, laia: Actor, values_of: Values) -> None:
    lead, pages = make("lead", laia, **ANA), browser(laia)
    account = make("account", laia, name="Pons Germans")
    body = {"account": encode(account), "contact": "new", "opportunity": "none"}
    path = f"/api/v1/leads/{encode(lead)}/convert"
    answer = pages.post(path, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["status"], shown["converted_account"]["id"]) == ("converted", encode(account))
    again = pages.post(path, body, content_type="application/json")
    assert (again.status_code, again.json()["problems"][0]["code"]) == (409, "already_converted")


def test_forms_boards_and_filters_offer_the_stages_of_their_own_pipelines(
    make: Make, laia: Actor, stage: dict[str, int]
) -> None:
    pages = browser(laia)
    mine, others = encode(stage["incoming"]), encode(stage["negotiation"])
    for plural, own, other in (("leads", mine, others), ("opportunities", others, mine)):
        for address in (f"/{plural}/new/", f"/{plural}/board?view=", f"/{plural}/?view=&f=stage"):
            text = pages.get(address).content.decode()
            assert own in text, address
            assert other not in text, address

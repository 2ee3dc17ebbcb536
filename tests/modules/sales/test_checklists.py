"""What must be ticked to stand in a stage: asked wherever a deal moves (GA-46)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Rejected
from tracte.meta.kinds import Checklist
from tracte.meta.kinds.base import Context
from tracte.meta.kinds.checklist import Item
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.door import Op
from tracte.records.people import User

Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]
FRAGMENT = {"HX-Request": "true"}
ITEMS = "Budget confirmed #budget\nMet who decides #decider\n? Site visited #site"


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


@pytest.fixture
def asking(make: Make, stage: dict[str, int]) -> int:
    """The stage *qualified*, which asks for two items and offers a third."""
    door.update(OPERATOR, "stage", stage["qualified"], {"checklist": ITEMS}, origin="ui")
    return stage["qualified"]


def refused(deal: int, **values: Any) -> Sequence[str]:
    with pytest.raises(Rejected) as caught:
        door.update(OPERATOR, "opportunity", deal, values, origin="ui")
    return [problem.message for problem in caught.value.problems]


# -- the items -------------------------------------------------------------------------------------------------------
def test_a_line_is_an_item_with_a_key_that_stays() -> None:
    kind = Checklist("Checks", list="checks").bound("checks")
    items = kind.parse("Budget confirmed\n? Site visited #site\n\nBudget confirmed again #budget_confirmed2", Context())
    assert items == (
        Item("budget_confirmed", "Budget confirmed"),
        Item("site", "Site visited", needed=False),
        Item("budget_confirmed2", "Budget confirmed again"),
    )
    written = kind.edit_text(items, Context()).replace("Budget confirmed #", "The money is there #")
    assert kind.parse(written, Context())[0] == Item("budget_confirmed", "The money is there")
    assert kind.from_json(kind.to_json(items)) == items


@pytest.mark.django_db
def test_writing_an_item_anew_keeps_the_ticks(make: Make, asking: int, values_of: Values) -> None:
    deal = make("opportunity", name="Line", stage=asking, checked=["budget", "decider"])
    anew = ITEMS.replace("Budget confirmed", "The money is there")
    door.update(OPERATOR, "stage", asking, {"checklist": anew}, origin="ui")
    assert values_of("opportunity", deal)["checked"] == ("budget", "decider")
    label = snapshots.current().lists["stage_check"]["budget"].label
    assert label == "The money is there"
    door.update(OPERATOR, "opportunity", deal, {"name": "Line two"}, origin="ui")


@pytest.mark.django_db
def test_the_same_words_in_two_stages_are_one_item_and_other_words_another(make: Make, stage: dict[str, int]) -> None:
    first = "Budget confirmed\nOffer sent"
    door.update(OPERATOR, "stage", stage["qualified"], {"checklist": first}, origin="ui")
    door.update(OPERATOR, "stage", stage["negotiation"], {"checklist": "Offer sent\nBudget, confirmed!"}, origin="ui")
    rows = snapshots.current().rows["stage"]
    assert [item.key for item in rows[stage["negotiation"]]["checklist"]] == ["offer_sent", "budget_confirmed_2"]


# -- the gate --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_stage_names_every_open_item_and_lets_in_who_has_them(make: Make, asking: int, values_of: Values) -> None:
    deal = make("opportunity", name="Line", checked=["budget"]) if asking else 0
    (said,) = refused(deal, stage=encode(asking))
    assert said == "Qualified asks for: Met who decides. Tick what is done."
    door.update(OPERATOR, "opportunity", deal, {"stage": encode(asking), "checked": ["budget", "decider"]}, origin="ui")
    assert values_of("opportunity", deal)["stage"] == asking
    assert "Budget confirmed" in refused(deal, checked=["decider"])[0]
    door.update(OPERATOR, "opportunity", deal, {"checked": ["budget", "decider", "site"]}, origin="ui")


@pytest.mark.django_db
def test_an_item_written_later_asks_nothing_of_who_stands_there(make: Make, asking: int) -> None:
    deal = make("opportunity", name="Line", stage=asking, checked=["budget", "decider"])
    door.update(OPERATOR, "stage", asking, {"checklist": f"{ITEMS}\nOffer drafted #offer"}, origin="ui")
    door.update(OPERATOR, "opportunity", deal, {"checked": ["budget", "decider", "site"]}, origin="ui")


@pytest.mark.django_db
def test_an_import_is_warned(asking: int) -> None:
    writer = door.begin(OPERATOR, "import", "Old", lenient=True)
    (result,) = writer.write("opportunity", "create", [Op({"name": "Old", "stage": encode(asking)})])
    assert result.verdict == "created"
    assert [(p.field, p.code, p.warning) for p in result.problems] == [("checked", "unticked", True)]


@pytest.mark.django_db
def test_a_stage_of_leads_asks_the_same_way(make: Make, stage: dict[str, int], codes: Codes) -> None:
    door.update(OPERATOR, "stage", stage["in_contact"], {"checklist": "Called #called"}, origin="ui")
    lead = make("lead", company="Acme", email="a@acme.example")
    there = {"stage": encode(stage["in_contact"])}
    assert codes(door.update, OPERATOR, "lead", lead, there, origin="ui") == {("checked", "unticked")}
    door.update(OPERATOR, "lead", lead, {**there, "checked": ["called"]}, origin="ui")


# -- pages -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def nuria(make: Make, person: Callable[..., Actor]) -> Actor:
    return person("Nuria", "seller", make("team", name="Iberia"))


@pytest.mark.django_db
def test_the_dialog_of_a_move_asks_for_fields_and_items_together(
    make: Make, stage: dict[str, int], nuria: Actor, values_of: Values
) -> None:
    door.update(OPERATOR, "stage", stage["proposal"], {"checklist": ITEMS}, origin="ui")
    door.update(OPERATOR, "stage", stage["new"], {"checklist": "? Named #named"}, origin="ui")
    deal, pages = make("opportunity", nuria, name="Line", checked=["named", "budget"]), browser(nuria)
    address = f"/opportunities/{encode(deal)}/move"
    asked = pages.post(address, {"stage": encode(stage["proposal"]), "version": "1"}, headers=FRAGMENT)
    text = asked.content.decode()
    assert asked.status_code == 422
    assert 'name="amount"' in text
    assert 'value="budget" checked' in text
    assert 'value="decider"><span>Met who decides' in text
    assert 'type="hidden" name="checked" value="named"' in text  # ticked for another stage
    assert "Tick what is done" not in text  # nothing was done wrong yet
    sent = {"stage": encode(stage["proposal"]), "version": "1", "asked": "1", "checked__sent": "1",
            "checked": ["named", "budget"], "amount": "10", "amount_currency": "EUR", "closes_on": "2027-01-01"}  # fmt: skip
    again = pages.post(address, sent, headers=FRAGMENT)
    assert again.status_code == 422
    assert "Met who decides. Tick what is done" in again.content.decode()
    done = pages.post(address, {**sent, "checked": ["named", "budget", "decider"]}, headers=FRAGMENT)
    assert done.status_code in (200, 204, 302)
    assert values_of("opportunity", deal)["stage"] == stage["proposal"]
    assert values_of("opportunity", deal)["checked"] == ("budget", "decider", "named")
    page = pages.get(f"/opportunities/{encode(deal)}/").content.decode()
    assert "2 of 3 in this stage" in page


@pytest.mark.django_db
def test_a_form_that_is_refused_asks_for_the_items_too(make: Make, asking: int, nuria: Actor) -> None:
    pages = browser(nuria)
    sent = {"name": "Line", "stage": encode(asking), "owner": encode(nuria.user_id or 0)}
    assert 'name="checked"' not in pages.get("/opportunities/new/").content.decode()
    refused = pages.post("/opportunities/new/", sent)
    assert refused.status_code == 422
    assert 'name="checked" id' not in refused.content.decode()
    assert 'type="checkbox" name="checked" value="decider"' in refused.content.decode()
    done = pages.post("/opportunities/new/", {**sent, "checked__sent": "1", "checked": ["budget", "decider"]})
    assert done.status_code == 302
    assert query.rows("opportunity", nuria).where(["checked", "has_all", ["budget", "decider"]]).count()[0] == 1


@pytest.mark.django_db
def test_the_won_dialog_asks_what_the_won_stage_asks_for(make: Make, stage: dict[str, int], nuria: Actor) -> None:
    door.update(OPERATOR, "stage", stage["won"], {"checklist": "Order filed #filed"}, origin="ui")
    deal, pages = make("opportunity", nuria, name="Line"), browser(nuria)
    address = f"/opportunities/{encode(deal)}/do/win/"
    refused = pages.post(address, {"version": "1"}, headers=FRAGMENT)
    assert refused.status_code == 422
    assert 'name="checked" value="filed"' in refused.content.decode()
    done = pages.post(address, {"version": "1", "checked__sent": "1", "checked": "filed"}, headers=FRAGMENT)
    assert (done.status_code, done["HX-Redirect"]) == (200, f"/opportunities/{encode(deal)}/")
    assert query.rows("opportunity", nuria).where(["stage.kind", "eq", "won"]).count()[0] == 1

"""Leads: one way to reach them is enough; they are claimed, qualified, rejected, and come back."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Conflict, NotFound, Rejected
from tracte.modules.sales import recycling
from tracte.modules.sales.default_pipeline import seed
from tracte.modules.sales.pipeline import Pipeline
from tracte.records import door, query, snapshot, undo
from tracte.records.door import Op
from tracte.records.guard import open_door
from tracte.records.tasks.api import enqueue
from tracte.records.tasks.registry import all_recurring
from tracte.records.tasks.worker import Worker

pytestmark = pytest.mark.django_db
Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]
Person = Callable[..., Actor]
Stages = dict[str, int]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ANA = {"first_name": "Ana", "last_name": "Pons", "company": "Cal Pons", "email": "ana@calpons.example"}


def act(actor: Actor, lead: int, action: str, **params: Any) -> Any:
    return door.act(actor, "lead", lead, action, params, origin="ui")


def change(lead: int, **values: Any) -> None:
    door.update(OPERATOR, "lead", lead, values, origin="ui")


# -- what a lead is --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "called"),
    [
        ({"email": "ana@calpons.example"}, ("", "ana@calpons.example")),
        ({"phone": "+34937412880"}, ("", "+34937412880")),
        ({"mobile": "612345678"}, ("", "+34612345678")),
        ({"website": "https://www.calpons.example/"}, ("", "www.calpons.example")),
        ({"first_name": "Ana", "company": "Cal Pons", "phone": "+34937412880"}, ("Ana · Cal Pons", "")),
    ],
)
def test_one_way_to_reach_them_is_enough(
    make: Make, values_of: Values, given: dict[str, Any], called: tuple[str, str]
) -> None:
    values = values_of("lead", make("lead", **given))
    assert (values["name"] or "", values["handle"] or "") == called
    assert values["status"] == "new"


def test_without_any_way_to_reach_them_it_is_refused(make: Make, codes: Codes) -> None:
    nobody = {"first_name": "Ana", "company": "Cal Pons"}
    assert codes(door.create, OPERATOR, "lead", nobody, origin="ui") == {("email", "no_channel")}
    wrong = {**nobody, "email": "not an address"}
    assert codes(door.create, OPERATOR, "lead", wrong, origin="ui") == {("email", "bad_email")}
    lead = make("lead", **ANA)
    assert codes(change, lead, email="") == {("email", "no_channel")}
    change(lead, email="", phone="+34937412880")


def test_the_status_follows_the_stage(make: Make, stage: Stages, values_of: Values, codes: Codes) -> None:
    lead = make("lead", **ANA)
    assert values_of("lead", lead)["stage"] == stage["incoming"]
    change(lead, stage=encode(stage["in_contact"]))
    assert values_of("lead", lead)["status"] == "working"
    change(lead, stage=encode(stage["ready"]))
    assert values_of("lead", lead)["status"] == "qualified"
    assert codes(change, lead, stage=encode(stage["rejected"])) == {("reject_reason", "missing_in_stage")}
    assert codes(change, lead, stage=encode(stage["converted"])) == {(None, "convert_instead")}
    assert codes(change, lead, status="new") == {("status", "read_only")}


def test_leads_and_deals_keep_to_their_pipelines(make: Make, stage: Stages, codes: Codes, values_of: Values) -> None:
    lead, deal = make("lead", **ANA), make("opportunity", name="Bottling")
    assert codes(change, lead, stage=encode(stage["new"])) == {("stage", "pipeline_not_for")}
    moved = {"stage": encode(stage["incoming"])}
    assert codes(door.update, OPERATOR, "opportunity", deal, moved, origin="ui") == {("stage", "pipeline_not_for")}
    fair = make("pipeline", name="Fair leads", entity="lead")
    talked = make("stage", pipeline=fair, name="Talked to")
    assert values_of("lead", make("lead", **{**ANA, "pipeline": fair}))["stage"] == talked
    assert codes(door.update, OPERATOR, "pipeline", fair, {"entity": "opportunity"}, origin="ui") == {
        ("entity", "in_use")
    }
    wrong = {"asks": ["has_budget"]}
    assert codes(door.update, OPERATOR, "stage", stage["new"], wrong, origin="ui") == {("asks", "not_a_choice")}
    wrong = {"asks": ["closes_on"]}
    assert codes(door.update, OPERATOR, "stage", talked, wrong, origin="ui") == {("asks", "not_a_choice")}
    assert codes(door.update, OPERATOR, "stage", talked, {"qualifies": "true"}, origin="ui") == {
        ("qualifies", "in_use")
    }


# -- qualify, reject, reopen -----------------------------------------------------------------------------------------
def test_qualify_keeps_the_answers(make: Make, stage: Stages, values_of: Values, codes: Codes) -> None:
    lead = make("lead", **ANA)
    act(OPERATOR, lead, "qualify", has_need="true", has_budget="true", knows_decider="true")
    values = values_of("lead", lead)
    assert (values["status"], values["stage"], values["checklist"]) == ("qualified", stage["ready"], 75)
    assert codes(act, OPERATOR, lead, "qualify") == {(None, "action_not_now")}


def test_a_stage_may_ask_for_an_answer_of_the_checklist(make: Make, stage: Stages, codes: Codes) -> None:
    door.update(OPERATOR, "stage", stage["ready"], {"asks": ["has_need"]}, origin="ui")
    lead = make("lead", **ANA)
    assert codes(act, OPERATOR, lead, "qualify", has_budget="true") == {("has_need", "missing_in_stage")}
    act(OPERATOR, lead, "qualify", has_need="true")


def test_reject_needs_a_reason_and_reopen_takes_it_back(
    make: Make, stage: Stages, values_of: Values, codes: Codes
) -> None:
    lead = make("lead", **ANA)
    change(lead, stage=encode(stage["in_contact"]))
    assert codes(act, OPERATOR, lead, "reject") == {("reject_reason", "required")}
    act(OPERATOR, lead, "reject", reject_reason="no_budget", reject_note="Next year, perhaps")
    values = values_of("lead", lead)
    assert (values["status"], values["reject_reason"]) == ("rejected", "no_budget")
    assert codes(act, OPERATOR, lead, "reject", reject_reason="other") == {(None, "already_rejected")}
    act(OPERATOR, lead, "reopen")
    values = values_of("lead", lead)
    assert (values["stage"], values["status"]) == (stage["in_contact"], "working")
    assert [values[name] for name in ("reject_reason", "reject_note")] == [None, None]
    assert codes(act, OPERATOR, lead, "reopen") == {(None, "action_not_now")}


def test_a_rejected_lead_comes_back_on_its_day(make: Make, stage: Stages, values_of: Values, codes: Codes) -> None:
    with clock.frozen(NOON):
        lead, other = make("lead", **ANA), make("lead", email="other@firm.example")
        past = {"reject_reason": "later", "recycle_on": "2026-11-24"}
        assert codes(act, OPERATOR, lead, "reject", **past) == {("recycle_on", "recycle_in_past")}
        act(OPERATOR, lead, "reject", reject_reason="later", recycle_on="2026-12-01")
        act(OPERATOR, other, "reject", reject_reason="later")
        assert recycling.recycle_some("Again") == (0, None)
    with clock.frozen(datetime(2026, 12, 1, 6, tzinfo=UTC)):
        assert recycling.recycle_some("Again") == (1, None)
        assert recycling.recycle_some("Again") == (0, None)
    values = values_of("lead", lead)
    assert (values["status"], values["stage"]) == ("new", stage["incoming"])
    assert (values["recycled_on"], values["recycle_on"]) == (date(2026, 12, 1), None)
    assert values["reject_reason"] == "later"  # whoever takes it up should know
    assert values_of("lead", other)["status"] == "rejected"
    change(lead, stage=encode(stage["in_contact"]))
    assert values_of("lead", lead)["recycled_on"] is None


def test_the_daily_job_brings_back_every_chunk(make: Make, values_of: Values, monkeypatch: Any) -> None:
    monkeypatch.setattr(recycling, "CHUNK", 2)
    with clock.frozen(NOON):
        leads = [make("lead", email=f"l{number}@firm.example") for number in range(5)]
        for lead in leads:
            act(OPERATOR, lead, "reject", reject_reason="later", recycle_on="2026-12-01")
    with clock.frozen(datetime(2026, 12, 2, 6, tzinfo=UTC)):
        enqueue("sales.recycle_leads", {})
        Worker().drain()
        assert {values_of("lead", lead)["status"] for lead in leads} == {"new"}
    assert "sales.recycle" in {one.name for one in all_recurring()}


def test_an_import_takes_what_happened_elsewhere(stage: Stages, values_of: Values) -> None:
    writer = door.begin(OPERATOR, "import", "Old leads", lenient=True)
    ops = [
        Op({"email": "a@firm.example", "stage": encode(stage["converted"])}),
        Op({"email": "b@firm.example", "stage": encode(stage["rejected"]), "recycle_on": "2020-01-01"}),
        Op({"company": "Nowhere"}),
    ]
    results = writer.write("lead", "create", ops)
    assert [result.verdict for result in results] == ["created", "created", "problem"]
    assert values_of("lead", int(results[0].id or 0))["status"] == "converted"
    assert [(p.code, p.warning) for p in results[1].problems] == [("missing_in_stage", True)]
    assert [p.code for p in results[2].problems] == ["no_channel"]


# -- claim -----------------------------------------------------------------------------------------------------------
def test_a_lead_of_the_queue_is_claimed_once(make: Make, person: Person, values_of: Values, codes: Codes) -> None:
    north, south = make("team", name="North"), make("team", name="South")
    laia, pol, stranger = (
        person("Laia", "seller", north),
        person("Pol", "seller", north),
        person("Out", "seller", south),
    )
    lead = make("lead", laia, **ANA, owner="")
    values = values_of("lead", lead)
    assert (values["owner"], values["team"]) == (None, north)
    to_claim = {"all": [["owner", "empty"], ["status", "eq", "new"]]}
    assert query.rows("lead", pol).where(to_claim).ids() == [lead]
    with pytest.raises(NotFound):
        act(stranger, lead, "claim")
    outcome = act(pol, lead, "claim")
    assert values_of("lead", lead)["owner"] == pol.user_id
    with pytest.raises(Rejected) as late:
        door.act(laia, "lead", lead, "claim", {}, origin="ui", version=values["version"])
    assert late.value.status == 409
    assert "Pol" in late.value.problems[0].message
    undo.run(outcome.set_id, pol)
    assert values_of("lead", lead)["owner"] is None


def test_of_two_people_claiming_at_once_one_wins(make: Make, person: Person, monkeypatch: Any) -> None:
    north = make("team", name="North")
    laia, pol = person("Laia", "seller", north), person("Pol", "seller", north)
    lead = make("lead", laia, **ANA, owner="")
    seen = query.rows("lead", laia).get(lead)
    act(pol, lead, "claim")
    declared = query.rows("lead", laia).spec.actions["claim"]
    writer = door.begin(laia, "ui", "Claim")
    request = door.ActionRequest(laia, query.rows("lead", laia).spec, lead, seen, {}, writer, seen["version"])
    with pytest.raises(Rejected) as late:  # both had read it while it was free
        declared.run(request)
    assert [(p.code, late.value.status) for p in late.value.problems] == [("already_claimed", 409)]


def test_a_stale_version_is_refused(make: Make, codes: Codes) -> None:
    lead = make("lead", **ANA)
    change(lead, interest="Bottling")
    with pytest.raises(Conflict):
        door.act(OPERATOR, "lead", lead, "reject", {"reject_reason": "other"}, origin="api", version=1)


def test_a_fresh_home_has_a_pipeline_for_leads(firm: None) -> None:
    rows = [row for row in snapshot.current().rows["pipeline"].values() if row["entity"] == "lead"]
    assert [row["key"] for row in rows] == ["leads"]


def test_a_home_that_calls_a_pipeline_leads_gets_another_beside_it(make: Make) -> None:
    (seeded,) = (row["id"] for row in snapshot.current().rows["pipeline"].values() if row["entity"] == "lead")
    with open_door():
        Pipeline.objects.filter(pk=seeded).update(entity="opportunity")
    seed()
    found = {row["key"]: row for row in Pipeline.objects.filter(entity="lead").values("key", "name")}
    assert found == {"leads_2": {"key": "leads_2", "name": "Leads 2"}}
    seed()
    assert Pipeline.objects.filter(entity="lead").count() == 1

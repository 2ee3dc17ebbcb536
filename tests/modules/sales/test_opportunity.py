"""Opportunities: stage, probability, weighted amount, closing day and gates follow from one another."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.kernel.money import Money
from tracte.meta.draft import Draft
from tracte.modules.sales import rules
from tracte.records import door, query, undo
from tracte.records.door import Op

Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]
Stages = dict[str, int]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
COMPLETE = {"amount": "1000 EUR", "closes_on": "2026-12-12"}


def change(deal: int, **values: Any) -> None:
    door.update(OPERATOR, "opportunity", deal, values, origin="ui")


@given(
    st.decimals(min_value="-1000000", max_value="1000000000", places=2),
    st.decimals(min_value=0, max_value=100, places=4),
)
def test_weighted_is_the_share_of_the_amount_to_the_cent(amount: Decimal, probability: Decimal) -> None:
    draft = Draft(1, "create", {}, {"amount": Money(amount, "EUR"), "probability": probability})
    rules.weigh([draft], None)  # type: ignore[arg-type]
    weighted = draft.values["weighted"]
    assert weighted.currency == "EUR"
    assert weighted.amount == weighted.amount.quantize(Decimal("0.01"))
    assert abs(weighted.amount - amount * probability / 100) <= Decimal("0.005")


def test_nothing_weighs_nothing() -> None:
    drafts = [Draft(1, "create", {}, {"amount": None, "probability": Decimal(5)})]
    rules.weigh(drafts, None)  # type: ignore[arg-type]
    assert drafts[0].values["weighted"] is None


@pytest.mark.django_db
def test_a_deal_begins_in_the_first_stage_with_its_probability(make: Make, stage: Stages, values_of: Values) -> None:
    deal = values_of("opportunity", make("opportunity", name="Bottling", amount="186400 EUR"))
    assert deal["stage"] == stage["new"]
    assert deal["probability"] == 10
    assert deal["weighted"] == Money(Decimal(18640), "EUR")
    assert deal["number"].startswith("OP-")


@pytest.mark.django_db
def test_a_new_deal_is_with_its_contacts_account(make: Make, values_of: Values) -> None:
    account = make("account", name="Acme")
    contact = make("contact", first_name="Ana", account=account)
    other = make("account", name="Other")
    assert values_of("opportunity", make("opportunity", name="A", contact=contact))["account"] == account
    assert values_of("opportunity", make("opportunity", name="B", contact=contact, account=other))["account"] == other


@pytest.mark.django_db
def test_the_probability_follows_the_stage(make: Make, stage: Stages, values_of: Values) -> None:
    deal = make("opportunity", name="Bottling", **COMPLETE)
    change(deal, stage=encode(stage["negotiation"]))
    assert values_of("opportunity", deal)["probability"] == 70
    assert values_of("opportunity", deal)["weighted"].amount == 700


@pytest.mark.django_db
def test_an_own_probability_stays_until_the_deal_is_closed(make: Make, stage: Stages, values_of: Values) -> None:
    deal = make("opportunity", name="Bottling", probability="35", **COMPLETE)
    change(deal, stage=encode(stage["negotiation"]))
    assert values_of("opportunity", deal)["probability"] == 35
    change(deal, stage=encode(stage["verbal_yes"]), probability="95")
    assert values_of("opportunity", deal)["probability"] == 95
    change(deal, probability="")
    assert values_of("opportunity", deal)["probability"] == 90
    change(deal, stage=encode(stage["won"]), probability="12")
    assert values_of("opportunity", deal)["probability"] == 100


@pytest.mark.django_db
def test_the_pipeline_follows_the_stage_and_the_stage_the_pipeline(
    make: Make, stage: Stages, values_of: Values, codes: Codes
) -> None:
    maven = make("pipeline", name="Maven")
    talk = make("stage", pipeline=maven, name="Talk")
    maven_new = make("stage", pipeline=maven, name="New")
    deal = make("opportunity", name="Bottling", pipeline=maven)
    assert values_of("opportunity", deal)["stage"] == talk
    change(deal, stage=encode(stage["qualified"]))
    first = values_of("opportunity", deal)["pipeline"]
    assert first not in (None, maven)
    change(deal, pipeline=encode(maven))
    assert values_of("opportunity", deal)["stage"] == talk  # no stage called "qualified" there: the first open one
    change(deal, stage=encode(stage["new"]))
    change(deal, pipeline=encode(maven))
    assert values_of("opportunity", deal)["stage"] == maven_new  # the one with the same key
    change(deal, stage=encode(stage["new"]))
    contrary = {"pipeline": encode(maven), "stage": encode(stage["qualified"])}
    assert codes(change, deal, **contrary) == {("stage", "stage_elsewhere")}
    change(deal, pipeline="")
    assert values_of("opportunity", deal)["pipeline"] == first
    assert codes(change, deal, stage="") == {("stage", "required")}


@pytest.mark.django_db
def test_a_deal_needs_a_stage_to_stand_in(make: Make, codes: Codes) -> None:
    empty = make("pipeline", name="Empty")
    wrong = {"name": "Bottling", "pipeline": encode(empty)}
    assert codes(door.create, OPERATOR, "opportunity", wrong, origin="ui") == {("stage", "required")}


@pytest.mark.django_db
def test_a_gate_asks_for_every_missing_field_at_once(make: Make, stage: Stages, codes: Codes) -> None:
    deal = make("opportunity", name="Bottling")
    gate = {("amount", "missing_in_stage"), ("closes_on", "missing_in_stage")}
    assert codes(change, deal, stage=encode(stage["proposal"])) == gate
    change(deal, stage=encode(stage["proposal"]), **COMPLETE)
    assert codes(change, deal, amount="") == {("amount", "missing_in_stage")}
    change(deal, name="Bottling line")


@pytest.mark.django_db
def test_a_gate_warns_in_an_import(stage: Stages) -> None:
    writer = door.begin(OPERATOR, "import", "Old deals", lenient=True)
    ops = [Op({"name": "Old", "stage": encode(stage["lost"]), "started_on": "2020-02-01", "closed_on": "2020-01-01"})]
    (result,) = writer.write("opportunity", "create", ops)
    assert result.verdict == "created"
    assert {(p.field, p.code, p.warning) for p in result.problems} == {
        ("lost_reason", "missing_in_stage", True),
        ("closed_on", "ends_before_start", True),
    }


@pytest.mark.django_db
def test_a_closed_deal_closes_today_and_an_import_invents_no_day(make: Make, stage: Stages, values_of: Values) -> None:
    with clock.frozen(NOON):
        deal = make("opportunity", name="Bottling", stage=stage["won"])
        assert values_of("opportunity", deal)["closed_on"] == date(2026, 11, 24)
        old = make("opportunity", name="Old", stage=stage["won"], closed_on="2020-01-01")
        assert values_of("opportunity", old)["closed_on"] == date(2020, 1, 1)
    writer = door.begin(OPERATOR, "import", "Old deals", lenient=True)
    (result,) = writer.write("opportunity", "create", [Op({"name": "Old", "stage": encode(stage["won"])})])
    assert result.id is not None
    assert values_of("opportunity", result.id)["closed_on"] is None


@pytest.mark.django_db
def test_dates_make_sense(make: Make, codes: Codes) -> None:
    deal = make("opportunity", name="Bottling", starts_on="2026-02-01")
    assert codes(change, deal, closes_on="2026-01-31") == {("closes_on", "ends_before_start")}
    assert codes(change, deal, closed_on="2026-03-01") == {("closed_on", "not_closed_yet")}
    change(deal, closes_on="2026-02-01")


@pytest.mark.django_db
def test_win_asks_the_day_and_the_amount(make: Make, stage: Stages, values_of: Values) -> None:
    deal = make("opportunity", name="Bottling", amount="1000 EUR")
    params = {"closed_on": "2026-11-20", "amount": "900 EUR"}
    outcome = door.act(OPERATOR, "opportunity", deal, "win", params, origin="ui")
    values = values_of("opportunity", deal)
    assert outcome.set_id is not None
    assert (values["stage"], values["probability"], values["closed_on"]) == (stage["won"], 100, date(2026, 11, 20))
    assert values["weighted"] == values["amount"] == Money(Decimal(900), "EUR")


@pytest.mark.django_db
def test_lose_needs_a_reason_and_reopen_takes_it_back(
    make: Make, stage: Stages, values_of: Values, codes: Codes
) -> None:
    deal = make("opportunity", name="Bottling", **COMPLETE)
    change(deal, stage=encode(stage["negotiation"]))
    assert codes(door.act, OPERATOR, "opportunity", deal, "lose", {}, origin="ui") == {("lost_reason", "required")}
    door.act(OPERATOR, "opportunity", deal, "lose", {"lost_reason": "price", "lost_detail": "9 % more"}, origin="ui")
    lost = values_of("opportunity", deal)
    assert (lost["stage"], lost["probability"], lost["lost_reason"]) == (stage["lost"], 0, "price")
    assert lost["closed_on"] is not None
    assert codes(door.act, OPERATOR, "opportunity", deal, "win", {}, origin="ui") == {(None, "action_not_now")}
    door.act(OPERATOR, "opportunity", deal, "reopen", {}, origin="ui")
    again = values_of("opportunity", deal)
    assert (again["stage"], again["probability"]) == (stage["negotiation"], 70)
    assert [again[name] for name in ("closed_on", "lost_reason", "lost_detail")] == [None, None, None]
    assert codes(door.act, OPERATOR, "opportunity", deal, "reopen", {}, origin="ui") == {(None, "action_not_now")}


@pytest.mark.django_db
def test_a_deal_won_at_once_reopens_in_the_first_stage(make: Make, stage: Stages, values_of: Values) -> None:
    deal = make("opportunity", name="Bottling", stage=stage["won"])
    door.act(OPERATOR, "opportunity", deal, "reopen", {}, origin="ui")
    assert values_of("opportunity", deal)["stage"] == stage["new"]


@pytest.mark.django_db
def test_a_pipeline_without_lost_stage_says_so(make: Make, codes: Codes) -> None:
    maven = make("pipeline", name="Maven")
    deal = make("opportunity", name="Bottling", stage=make("stage", pipeline=maven, name="Talk"))
    lose = {"lost_reason": "price"}
    assert codes(door.act, OPERATOR, "opportunity", deal, "lose", lose, origin="ui") == {("stage", "no_such_stage")}


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 40])
def test_rules_cost_the_same_queries_for_one_deal_and_for_many(
    size: int, stage: Stages, django_assert_max_num_queries: Any
) -> None:
    writer = door.begin(OPERATOR, "import", "Deals", lenient=True)
    ops = [Op({"name": f"Deal {n}", "stage": encode(stage["new"]), "amount": "5 EUR"}) for n in range(size)]
    with django_assert_max_num_queries(25):
        writer.write("opportunity", "create", ops)


@pytest.mark.django_db
def test_every_tab_of_the_list_holds_what_its_name_says(make: Make, stage: Stages, person: Callable[..., Any]) -> None:
    with clock.frozen(NOON):
        team = make("team", name="Iberia")
        nuria = person("Nuria", "seller", team)
        jordi = person("Jordi", "seller", team)
        soon = make("opportunity", name="Soon", actor=nuria, closes_on="2026-12-01", next_step_on="2026-11-30")
        late = make("opportunity", name="Late", actor=nuria, closes_on="2027-06-01", next_step_on="2026-11-20")
        his = make("opportunity", name="His", actor=jordi, closes_on="2026-12-02")
        won = make("opportunity", name="Won", actor=nuria, stage=stage["won"])
        views = {view.key: view for view in query.registry()["opportunity"].declaration.views}

        def shown(key: str) -> Sequence[int]:
            rows = query.rows("opportunity", nuria)
            if views[key].where is not None:
                rows = rows.where(views[key].where)
            return [row["id"] for row in rows.page(["name"], views[key].sort or "").rows]

        assert shown("mine") == [soon, late]
        assert shown("closing") == [soon, his]
        assert shown("team") == [soon, his, late]
        assert shown("neglected") == [his, late]
        assert shown("won") == [won]
        assert set(shown("all")) == {soon, late, his, won}


@pytest.mark.django_db
def test_a_lost_deal_is_exactly_as_before_when_the_loss_is_undone(make: Make, stage: Stages, values_of: Values) -> None:
    deal = make("opportunity", name="Bottling", probability="35", **COMPLETE)
    before = values_of("opportunity", deal)
    lost = door.act(OPERATOR, "opportunity", deal, "lose", {"lost_reason": "price"}, origin="ui")
    assert lost.set_id is not None
    undo.run(lost.set_id, OPERATOR)
    after = values_of("opportunity", deal)
    stamps = {"version", "modified_at", "modified_by"}
    assert {k: v for k, v in after.items() if k not in stamps} == {k: v for k, v in before.items() if k not in stamps}

"""A probability that follows the stage, or somebody's own: who set it and when is known (GA-46, SP-14)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.modules.sales import rules
from tracte.records import door, query, undo
from tracte.records import snapshot as snapshots
from tracte.records.door import Op
from tracte.records.people import User

Make = Callable[..., int]
Values = Callable[[str, int], dict[str, Any]]
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
COMPLETE = {"amount": "1000 EUR", "closes_on": "2026-12-12"}


@pytest.fixture
def marta(make: Make, person: Callable[..., Actor]) -> Actor:
    return person("Marta", "seller", make("team", name="Iberia"))


def who(values: dict[str, Any]) -> tuple[Any, Any, Any]:
    return values["probability"], values["probability_set_by"], values["probability_set_on"]


@pytest.mark.django_db
def test_who_set_another_probability_is_known_until_it_follows_the_stage_again(
    make: Make, marta: Actor, values_of: Values
) -> None:
    deal = make("opportunity", name="Bottling", actor=marta, **COMPLETE)
    assert who(values_of("opportunity", deal)) == (10, None, None)
    with clock.frozen(NOON):
        door.update(marta, "opportunity", deal, {"probability": "35"}, origin="ui")
    assert who(values_of("opportunity", deal)) == (35, marta.user_id, date(2026, 11, 12))
    door.update(OPERATOR, "opportunity", deal, {"name": "Bottling line"}, origin="ui")
    assert who(values_of("opportunity", deal)) == (35, marta.user_id, date(2026, 11, 12))
    emptied = door.update(marta, "opportunity", deal, {"probability": ""}, origin="ui")
    assert who(values_of("opportunity", deal)) == (10, None, None)
    undo.run(emptied.set_id or 0, OPERATOR)
    assert who(values_of("opportunity", deal)) == (35, marta.user_id, date(2026, 11, 12))
    door.update(marta, "opportunity", deal, {"probability": "10"}, origin="ui")
    assert who(values_of("opportunity", deal)) == (10, None, None)


@pytest.mark.django_db
def test_moving_keeps_an_own_probability_and_says_so(
    make: Make, marta: Actor, stage: dict[str, int], values_of: Values
) -> None:
    deal = make("opportunity", name="Bottling", actor=marta, probability="35", **COMPLETE)
    moved = door.update(OPERATOR, "opportunity", deal, {"stage": encode(stage["negotiation"])}, origin="ui", hold=True)
    assert who(values_of("opportunity", deal))[:2] == (35, marta.user_id)
    assert moved.notices == ["The probability stays at 35 %; the stage Negotiation says 70 %."]
    followed = make("opportunity", name="Labels", **COMPLETE)
    assert not door.update(
        OPERATOR, "opportunity", followed, {"stage": encode(stage["negotiation"])}, origin="ui"
    ).notices


@pytest.mark.django_db
def test_an_import_sets_a_probability_of_its_own_only_where_it_differs(
    marta: Actor, stage: dict[str, int], values_of: Values
) -> None:
    writer = door.begin(marta, "import", "Deals", lenient=True)
    first = {"stage": encode(stage["new"])}
    ops = [Op({"name": "As usual", "probability": "10", **first}), Op({"name": "Sure", "probability": "80", **first})]
    usual, sure = writer.write("opportunity", "create", ops)
    assert who(values_of("opportunity", usual.id or 0)) == (10, None, None)
    assert who(values_of("opportunity", sure.id or 0))[:2] == (80, marta.user_id)
    found = query.rows("opportunity", marta).where(["probability_set_on", "not_empty"]).ids()
    assert found == [sure.id]


@pytest.mark.django_db
def test_the_record_tells_beside_the_field_who_said_so(make: Make, marta: Actor, stage: dict[str, int]) -> None:
    with clock.frozen(NOON):
        deal = make("opportunity", name="Bottling", actor=marta, stage=stage["qualified"], probability="40.5")
        client = Client()
        client.force_login(User.objects.get(pk=marta.user_id))
        page = client.get(f"/opportunities/{encode(deal)}/").content.decode()
    assert "Marta, 12 Nov · stage says 25 %" in page
    assert "Probability set by" not in page  # said already


@pytest.mark.django_db
def test_whoever_may_not_see_the_probability_is_not_told_who_set_it(make: Make, marta: Actor) -> None:
    make("opportunity", name="Bottling", actor=marta, probability="40")
    masks = {("opportunity", "probability"): "hidden"}
    told = snapshots.with_what_is_made("opportunity", {name: how for (_e, name), how in masks.items()})
    assert {"probability_set_by", "probability_set_on"} <= told.keys()


def test_percentages_are_written_without_needless_zeros() -> None:
    assert [rules.whole(Decimal(one)) for one in ("40.0000", "12.5000", "100", "0")] == ["40", "12.5", "100", "0"]

"""Pipelines and stages: keys, order, and that nothing under a deal disappears."""

from collections.abc import Callable
from typing import Any

import pytest

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.modules.sales import stages
from tracte.records import door, query, snapshot, undo

pytestmark = pytest.mark.django_db
Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]


def test_a_fresh_home_has_a_pipeline_of_seven_stages(firm: None) -> None:
    first = stages.default_pipeline()
    assert first is not None
    found = [(stage["key"], stage["probability"], stage["kind"]) for stage in stages.live_stages(first)]
    assert found == [
        ("new", 10, "open"),
        ("qualified", 25, "open"),
        ("proposal", 50, "open"),
        ("negotiation", 70, "open"),
        ("verbal_yes", 90, "open"),
        ("won", 100, "won"),
        ("lost", 0, "lost"),
    ]


def test_a_stage_gets_key_place_hue_and_probability(make: Make, values_of: Values) -> None:
    maven = make("pipeline", name="Maven")
    assert values_of("pipeline", maven)["key"] == "maven"
    first = values_of("stage", make("stage", pipeline=maven, name="First talk"))
    last = values_of("stage", make("stage", pipeline=maven, name="Won", kind="won"))
    assert (first["key"], first["position"], first["hue"], first["probability"]) == ("first_talk", 10, "blue", 50)
    assert (last["key"], last["position"], last["hue"], last["probability"]) == ("won", 20, "green", 100)


def test_won_is_certain_and_lost_is_hopeless(make: Make, codes: Codes, values_of: Values) -> None:
    maven = make("pipeline", name="Maven")
    wrong = {"pipeline": encode(maven), "name": "Won", "kind": "won", "probability": "90"}
    assert values_of("stage", door.create(OPERATOR, "stage", wrong, origin="ui").id)["probability"] == 100
    stage = make("stage", pipeline=maven, name="Lost", kind="lost")
    assert codes(door.update, OPERATOR, "stage", stage, {"probability": "5"}, origin="ui") == {
        ("probability", "closed_probability")
    }


def test_a_key_names_one_stage_of_a_pipeline_and_stays(make: Make, codes: Codes) -> None:
    maven = make("pipeline", name="Maven")
    talk = make("stage", pipeline=maven, name="Talk")
    again = {"pipeline": encode(maven), "name": "talk"}
    assert codes(door.create, OPERATOR, "stage", again, origin="ui") == {("key", "not_unique")}
    assert codes(door.update, OPERATOR, "stage", talk, {"key": "talks"}, origin="ui") == {("key", "key_is_stable")}
    odd = {"pipeline": encode(maven), "name": "Talk", "key": "Talk two"}
    assert codes(door.create, OPERATOR, "stage", odd, origin="ui") == {("key", "bad_slug")}
    make("stage", pipeline=make("pipeline", name="Other"), name="Talk")


def test_a_stage_or_pipeline_with_deals_stays(make: Make, codes: Codes, stage: dict[str, int]) -> None:
    deal = make("opportunity", name="Bottling", stage=stage["new"])
    pipeline = snapshot.current().rows["stage"][stage["new"]]["pipeline"]
    in_use = {(None, "in_use")}
    assert codes(door.delete, OPERATOR, "stage", stage["new"], origin="ui") == in_use
    assert codes(door.delete, OPERATOR, "pipeline", pipeline, origin="ui") == in_use
    elsewhere = {"pipeline": encode(make("pipeline", name="Maven"))}
    assert codes(door.update, OPERATOR, "stage", stage["new"], elsewhere, origin="ui") == {("pipeline", "in_use")}
    door.delete(OPERATOR, "opportunity", deal, origin="ui")
    door.delete(OPERATOR, "stage", stage["new"], origin="ui")


def test_an_unused_pipeline_takes_its_stages_along(make: Make) -> None:
    maven = make("pipeline", name="Maven")
    make("stage", pipeline=maven, name="Talk")
    make("stage", pipeline=maven, name="Won", kind="won")
    outcome = door.delete(OPERATOR, "pipeline", maven, origin="ui")
    assert outcome.ids == [maven]
    assert query.system_rows("stage").where(["pipeline", "eq", encode(maven)]).count()[0] == 0


def test_the_first_pipeline_in_use_is_the_default(make: Make) -> None:
    make("pipeline", name="Resting", position=1, active=False)
    maven = make("pipeline", name="Maven", position=5)
    assert stages.default_pipeline() == maven
    assert stages.first_stage(maven) is None
    assert stages.live_stages(maven) == []


def test_a_binned_pipeline_comes_back_with_its_stages(make: Make) -> None:
    maven = make("pipeline", name="Maven")
    talk = make("stage", pipeline=maven, name="Talk")
    gone = door.delete(OPERATOR, "pipeline", maven, origin="ui")
    assert stages.live_stages(maven) == []
    assert gone.set_id is not None
    undo.run(gone.set_id, OPERATOR)
    assert [row["id"] for row in stages.live_stages(maven)] == [talk]

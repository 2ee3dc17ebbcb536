"""Assignment rules: who gets a lead that comes in without an owner, by form, import and API alike."""

from collections.abc import Callable
from typing import Any

import pytest

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.door import Op

pytestmark = pytest.mark.django_db
Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]
Person = Callable[..., Actor]


@pytest.fixture
def sellers(make: Make, person: Person) -> tuple[int, list[Actor]]:
    north = make("team", name="North")
    return north, [person(name, "seller", north) for name in ("Laia", "Pol", "Quim")]


def rule(make: Make, **values: Any) -> int:
    pointing = {n: encode(v) if isinstance(v, int) and n.startswith("to_") else v for n, v in values.items()}
    return make("assignment_rule", **{"name": "Rule", **pointing})


def lead(values_of: Values, actor: Actor = OPERATOR, number: int = 0, **given: Any) -> dict[str, Any]:
    made = door.create(actor, "lead", {"email": f"lead{number}@firm.example", **given}, origin="api").id
    return values_of("lead", made)


def test_leads_go_round(make: Make, sellers: tuple[int, list[Actor]], values_of: Values) -> None:
    north, people = sellers
    made = rule(make, mode="round_robin", to_team=north)
    ids = [one.user_id for one in people]
    dealt = [lead(values_of, number=n) for n in range(4)]
    assert [one["owner"] for one in dealt] == [ids[0], ids[1], ids[2], ids[0]]
    assert {(one["team"], one["assigned_rule"]) for one in dealt} == {(north, made)}
    door.update(OPERATOR, "lead", dealt[3]["id"], {"owner": encode(ids[2] or 0)}, origin="ui")
    assert lead(values_of, number=9)["owner"] == ids[1]  # handing one on does not change whose turn it is


def test_an_import_is_dealt_out_too(make: Make, sellers: tuple[int, list[Actor]], values_of: Values) -> None:
    north, people = sellers
    rule(make, mode="round_robin", to_team=north)
    writer = door.begin(OPERATOR, "import", "Fair", lenient=True)
    results = writer.write("lead", "create", [Op({"email": f"v{n}@firm.example"}) for n in range(6)])
    owners = [values_of("lead", int(one.id or 0))["owner"] for one in results]
    assert owners == [one.user_id for one in people] * 2


def test_the_least_busy_one_gets_it(make: Make, sellers: tuple[int, list[Actor]], values_of: Values) -> None:
    north, people = sellers
    first, second, third = (one.user_id or 0 for one in people)
    for number, owner in enumerate((first, first, second)):
        make("lead", email=f"own{number}@firm.example", owner=owner)
    rule(make, mode="least_busy", to_team=north)
    writer = door.begin(OPERATOR, "import", "Fair", lenient=True)
    results = writer.write("lead", "create", [Op({"email": f"v{n}@firm.example"}) for n in range(4)])
    owners = [values_of("lead", int(one.id or 0))["owner"] for one in results]
    assert owners == [third, second, third, first]


def test_a_rule_may_name_one_person_or_the_queue(
    make: Make, sellers: tuple[int, list[Actor]], values_of: Values
) -> None:
    north, people = sellers
    rule(make, name="Big", mode="fixed", to_user=people[1].user_id, at_least="50000 EUR", position=10)
    rule(make, name="Fair", mode="queue", to_team=north, origins=["fair"], position=20)
    assert lead(values_of, number=1, amount="60000 EUR")["owner"] == people[1].user_id
    small = lead(values_of, number=2, amount="100 EUR", origin="fair")
    assert (small["owner"], small["team"]) == (None, north)
    other = lead(values_of, number=3, origin="website")
    assert (other["assigned_rule"], other["assigned_to"]) == (None, None)


def test_a_rule_looks_at_country_and_at_any_condition(
    make: Make, sellers: tuple[int, list[Actor]], values_of: Values, codes: Codes
) -> None:
    north, people = sellers
    who = people[2].user_id
    rule(make, name="Romania", mode="fixed", to_user=who, country="RO", position=10)
    asked = {"all": [["interest", "contains", "conveyor"], ["status", "eq", "new"]]}
    rule(make, name="Conveyors", mode="fixed", to_user=people[0].user_id, condition=asked, position=20)
    made = door.create(
        OPERATOR, "lead", {"email": "ro@firm.example", "address": {"country": "RO"}}, origin="api", strict=True
    )
    assert values_of("lead", made.id)["owner"] == who
    assert lead(values_of, number=2, interest="A conveyor for bottles")["owner"] == people[0].user_id
    assert lead(values_of, number=3, interest="Pallets")["assigned_rule"] is None
    wrong = {"name": "X", "mode": "queue", "to_team": encode(north), "condition": {"all": [["nothing", "eq", 1]]}}
    assert codes(door.create, OPERATOR, "assignment_rule", wrong, origin="api") == {("condition", "unknown_field")}
    bare = {"name": "Y", "mode": "round_robin"}
    assert codes(door.create, OPERATOR, "assignment_rule", bare, origin="ui") == {("to_team", "nobody_to_assign")}


def test_who_names_an_owner_keeps_him_and_a_resting_rule_does_nothing(
    make: Make, sellers: tuple[int, list[Actor]], values_of: Values
) -> None:
    north, people = sellers
    resting = rule(make, mode="round_robin", to_team=north, active=False)
    laia = people[0]
    assert lead(values_of, laia, 1)["owner"] == laia.user_id
    door.update(OPERATOR, "assignment_rule", resting, {"active": "true"}, origin="ui")
    mine = lead(values_of, laia, 2, owner=encode(people[1].user_id or 0))
    assert (mine["owner"], mine["assigned_rule"]) == (people[1].user_id, None)


def test_a_rule_may_hand_a_lead_beyond_its_makers_reach(
    make: Make, sellers: tuple[int, list[Actor]], person: Person, values_of: Values
) -> None:
    north, people = sellers
    rule(make, mode="round_robin", to_team=north)
    stranger = person("Out", "seller", make("team", name="South"))
    made = lead(values_of, stranger, 1)
    assert made["owner"] == people[0].user_id
    assert query.rows("lead", stranger).ids() == []


def test_nobody_is_dealt_to_who_does_not_work_here(
    make: Make, sellers: tuple[int, list[Actor]], values_of: Values
) -> None:
    north, people = sellers
    rule(make, mode="round_robin", to_team=north)
    for one in people[1:]:
        door.update(OPERATOR, "user", one.user_id or 0, {"can_sign_in": ""}, origin="ui")
    assert [lead(values_of, number=n)["owner"] for n in range(2)] == [people[0].user_id] * 2
    door.update(OPERATOR, "user", people[0].user_id or 0, {"can_sign_in": ""}, origin="ui")
    left = lead(values_of, number=5)
    assert (left["owner"], left["team"]) == (None, north)

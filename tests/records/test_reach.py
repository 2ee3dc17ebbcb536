"""Random firms, in which the query, the check in memory and the explanation agree on who reaches what (GA-22, U4)."""

import random
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.modules.conftest import firm, make, person

from tracte.config.registration import installed_modules
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.kernel.ids import encode
from tracte.meta.kinds import Computed
from tracte.meta.registry import registry
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.covering import in_reach
from tracte.records.explaining import VERBS, Asked, asked, explain

__all__ = ["firm", "make", "person"]
pytestmark = pytest.mark.django_db
TAGS = count()
LEVELS = ("none", "own", "team", "unit", "all")
DAY, ONE = clock.now().date(), timedelta(days=1)
RULES: list[tuple[str, Any]] = [
    ("account", {"all": [["industry", "eq", "retail"]]}),
    ("account", {"any": [["employees", "gt", 5], ["owner", "empty"]]}),
    ("account", {"all": [["collaborators", "has_any", ["me"]], ["employees", "lt", 4]]}),
    ("opportunity", {"all": [["account.industry", "eq", "retail"]]}),
    ("opportunity", {"not": ["stage.kind", "eq", "won"]}),
    ("opportunity", None),
    ("note", {"all": [["pinned", "eq", False]]}),
]
PRIVATE = (("account", ["industry"]), ("opportunity", ["amount", "closes_on"]))
ENTITIES = ("account", "note", "opportunity_line", "opportunity", "stage", "team", "saved_view")


def create(entity: str, **values: Any) -> int:
    return door.create(OPERATOR, entity, values, origin="system", strict=True).id


def write_many(entity: str, rows: list[dict[str, Any]]) -> list[int]:
    writer = door.begin(OPERATOR, "import", entity, lenient=True)
    results = writer.write(entity, "create", [door.Op(row) for row in rows])
    writer.finish()
    assert {result.verdict for result in results} == {"created"}, results[0].problems
    return [int(result.id or 0) for result in results]


def named(
    chance: random.Random, people: list[int], teams: list[int], units: list[int], groups: list[int] | None = None
) -> dict[str, Any]:
    """Somebody by any of the ways in which people are named."""
    found = {}
    for name, of in {"people": people, "teams": teams, "units": units, "groups": groups or []}.items():
        chosen = chance.sample(of, min(len(of), chance.choice([0, 0, 1])))
        if chosen:
            found[name] = [encode(one) for one in chosen]
    return found or {"people": [encode(people[-1])]}


def share(
    chance: random.Random, tag: str, people: list[int], teams: list[int], units: list[int], roles: list[int]
) -> None:
    """Groups, sharing rules, people who stand in for others, and private fields."""
    groups = [create("group", name=f"Group {tag} {n}", **named(chance, people, teams, units)) for n in range(2)]
    if chance.random() < 0.5:
        create("group", name=f"Leads {tag}", people=[encode(people[0])], roles=[encode(chance.choice(roles))])
    for n, (kind, condition) in enumerate(chance.sample(RULES, 3)):
        who = named(chance, people, teams, units, groups)
        how, active = chance.choice(["view", "edit"]), chance.random() < 0.9
        create("sharing_rule", name=f"Rule {tag} {n}", kind=kind, condition=condition, how=how, active=active, **who)
    for _ in range(chance.randrange(4)):
        giver, taker = chance.sample(people, 2)
        days = {
            "since": chance.choice([None, (DAY - 3 * ONE).isoformat()]),
            "until": (DAY + chance.choice([-2, 0, 5]) * ONE).isoformat(),
        }
        create("delegation", giver=encode(giver), taker=encode(taker), **days)
    for n, (kind, hidden) in enumerate(PRIVATE):
        if chance.random() < 0.5:
            who = named(chance, people, teams, units, groups)
            create("field_group", name=f"Private {tag} {n}", kind=kind, hidden={"fields": hidden}, **who)


def build(chance: random.Random) -> tuple[list[Actor], dict[str, list[int]]]:
    """A firm of units, teams, people with one to three random roles, and records of theirs, some in the bin."""
    if not query.system_rows("stage").ids(1):
        for module in installed_modules():
            if module.seed is not None:
                module.seed()
    tag = next(TAGS)
    units: list[int] = []
    for n in range(4):
        above = {"parent": encode(chance.choice(units))} if units and chance.random() < 0.7 else {}
        units.append(create("unit", name=f"Unit {tag} {n}", **above))
    teams = []
    for n in range(5):
        place = {"unit": encode(chance.choice(units))} if chance.random() < 0.8 else {}
        teams.append(create("team", name=f"Team {tag} {n}", **place))
    roles: list[int] = []
    for n in range(4):
        grants = {
            entity: {verb: chance.choice(LEVELS) for verb in VERBS if chance.random() < 0.8}
            for entity in ("*", *ENTITIES)
            if entity == "*" or chance.random() < 0.5
        }
        roles.append(create("role", name=f"Role {tag} {n}", grants=grants))
    people = []
    for n in range(6):
        values: dict[str, Any] = {"name": f"Person {tag} {n}", "email": f"p{n}.{tag}@firm.example"}
        values["roles"] = [encode(one) for one in chance.sample(roles, chance.randrange(3))]
        values["teams"] = [encode(one) for one in chance.sample(teams, chance.randrange(4))]
        people.append(create("user", is_admin=chance.random() < 0.15, **values))
    share(chance, str(tag), people, teams, units, roles)

    def whose() -> dict[str, Any]:
        owner, team = chance.choice([*people, None]), chance.choice([*teams, None])
        return {"owner": owner and encode(owner), "team": team and encode(team)}

    found: dict[str, list[int]] = {}

    def kept() -> dict[str, Any]:
        with_whom = chance.sample(people, chance.choice([0, 0, 1, 2]))
        return {**whose(), "collaborators": [encode(one) for one in with_whom]}

    firms = [
        {"name": f"Firm {tag} {n}", "industry": chance.choice(["retail", None]), "employees": n, **kept()}
        for n in range(8)
    ]
    found["account"] = write_many("account", firms)
    stage = snapshots.current().keyed("stage", "new")[0]
    deals = [
        {"name": f"Deal {n}", "stage": encode(stage), "account": encode(chance.choice(found["account"])), **kept()}
        for n in range(8)
    ]
    found["opportunity"] = write_many("opportunity", deals)
    lines = [
        {"opportunity": encode(one), "name": "Line", "quantity": "1", "price": "5.00 EUR"}
        for one in found["opportunity"][:5]
    ]
    found["opportunity_line"] = write_many("opportunity_line", lines)
    notes = [
        {"body": "<p>Said</p>", "about": [encode(chance.choice(found["account"]))], "private": bool(n % 2), **whose()}
        for n in range(6)
    ]
    found["note"] = write_many("note", notes)
    for entity, ids in found.items():
        if entity != "opportunity_line":
            door.delete(OPERATOR, entity, ids[-1], origin="system")
    found["stage"], found["team"] = [stage], teams
    return [snapshots.current().actor(one) for one in people], found


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_query_memory_and_explanation_agree(seed: int, db: None) -> None:
    people, records = build(random.Random(seed))
    for entity, ids in records.items():
        spec = registry()[entity]
        abouts = {pk: asked(spec, pk) for pk in ids}
        for actor in people:
            for verb in VERBS:
                reached: set[int] = set()
                level = query.reach(spec, actor, verb)
                if level is not Level.NONE:
                    reached = set(query.rows(entity, actor, verb).only(ids).ids())
                for pk, about in abouts.items():
                    assert about is not None
                    told = explain(about, actor, (verb,)).verdicts[0]
                    assert told.allowed == (pk in reached), (entity, verb, actor.name, told.reasons)
                    assert told.reasons
                    if spec.declaration.parent is None and spec.declaration.row_rule(actor) is None and not about.gone:
                        everybody = spec.declaration.directory and verb == "view"
                        assert (everybody or in_reach(spec, actor, verb, about.values)) == (pk in reached)
            fields_agree(entity, ids, actor, abouts)


def fields_agree(entity: str, ids: list[int], actor: Actor, abouts: dict[int, Asked | None]) -> None:
    """Of every record and field: what a query gives, what the actor's rights say, and what the explanation says. A
    random firm asks this of some 3,000 triples of person, record and field."""
    spec = registry()[entity]
    sees = query.reach(spec, actor, "view") is not Level.NONE
    given = query.rows(entity, actor).read(ids) if sees else {}
    stored = {name for name, kind in spec.fields.items() if not isinstance(kind, Computed)}
    for pk, about in abouts.items():
        assert about is not None
        told = explain(about, actor, ("view",))
        for name in stored:
            in_query = name in given.get(pk, {})
            assert in_query == (pk in given and not actor.hides(entity, name)), (entity, name)
            assert in_query == (told.may("view") and told.masks.get(name) != "hidden"), (entity, name)


def test_the_widest_of_several_roles_wins_also_against_a_narrow_one_that_names_the_entity(db: None) -> None:
    broad = create("role", name="Broad", grants={"*": {"view": "all"}})
    narrow = create("role", name="Narrow", grants={"account": {"view": "own"}, "*": {"view": "team"}})
    made = create("user", name="Ann", email="ann@firm.example", roles=[encode(broad), encode(narrow)])
    actor = snapshots.current().actor(made)
    assert actor.level("account", "view") is Level.ALL
    assert actor.level("contact", "view") is Level.ALL
    alone = create("user", name="Bea", email="bea@firm.example", roles=[encode(narrow)])
    assert snapshots.current().actor(alone).level("account", "view") is Level.OWN


def test_a_unit_reaches_the_teams_of_the_units_below_and_not_those_beside(db: None) -> None:
    spain = create("unit", name="Spain")
    north = create("unit", name="North", parent=encode(spain))
    france = create("unit", name="France")
    teams = {name: create("team", name=name, unit=encode(unit)) for name, unit in
             {"Madrid": spain, "Bilbao": north, "Lyon": france}.items()}  # fmt: skip
    role = create("role", name="Head", grants={"*": {"view": "unit", "edit": "unit", "create": "unit"}})
    owner = create("user", name="Owner", email="o@firm.example")
    head = create("user", name="Head", email="h@firm.example", roles=[encode(role)], teams=[encode(teams["Madrid"])])
    below = create("user", name="Low", email="l@firm.example", roles=[encode(role)], teams=[encode(teams["Bilbao"])])
    made = {name: create("account", name=name, owner=encode(owner), team=encode(pk)) for name, pk in teams.items()}
    actor, lower = snapshots.current().actor(head), snapshots.current().actor(below)
    assert set(query.rows("account", actor).ids()) == {made["Madrid"], made["Bilbao"]}
    assert set(query.rows("account", lower).ids()) == {made["Bilbao"]}
    door.update(OPERATOR, "team", teams["Lyon"], {"unit": encode(north)}, origin="ui")  # counts at the next request
    assert made["Lyon"] in query.rows("account", snapshots.current().actor(head)).ids()


def test_a_unit_never_stands_under_itself(db: None) -> None:
    upper = create("unit", name="Upper")
    lower = create("unit", name="Lower", parent=encode(upper))
    with pytest.raises(Exception, match="parent_loop"):
        door.update(OPERATOR, "unit", upper, {"parent": encode(lower)}, origin="ui")

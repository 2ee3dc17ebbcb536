"""What is shared adds records, never verbs and never fields; what is private takes fields away (GA-22, U4)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.modules.conftest import firm, make

from tracte.engine import searching
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.kernel.problems import Forbidden, NotFound, Rejected
from tracte.records import door, query
from tracte.testing.actors import Person

__all__ = ["firm", "make"]
pytestmark = pytest.mark.django_db
Hire = Callable[..., Person]
OWN = dict.fromkeys(("view", "create", "edit", "delete", "undo", "export"), "own")
DAY = timedelta(days=1)


def create(entity: str, **values: Any) -> int:
    return door.create(OPERATOR, entity, values, origin="system", strict=True).id


@pytest.fixture
def hire(firm: None) -> Hire:
    """Somebody with a role of their own."""

    def hired(name: str, grants: dict[str, Any] | None = None, **more: Any) -> Person:
        masks = more.pop("masks", {})
        role = create("role", name=f"Role {name}", grants=grants or {"*": OWN}, masks=masks)
        return Person(name, create("user", name=name, email=f"{name}@firm.example", roles=[encode(role)], **more))

    return hired


def seen(person: Person, entity: str = "account", verb: str = "view") -> list[int]:
    return sorted(query.rows(entity, person.actor, verb).ids())


def test_a_collaborator_sees_and_changes_one_record_and_no_other(hire: Hire) -> None:
    pau, stranger = hire("pau"), hire("ona")
    shared, kept = create("account", name="Shared"), create("account", name="Kept")
    door.update(OPERATOR, "account", shared, {"collaborators": [encode(pau.id)]}, origin="ui", strict=True)
    assert seen(pau) == [shared]
    assert seen(stranger) == []
    assert pau.api("PATCH", f"accounts/{encode(shared)}", {"name": "Renamed"}).status_code == 200
    assert pau.api("PATCH", f"accounts/{encode(kept)}", {"name": "Renamed"}).status_code == 404
    assert pau.api("DELETE", f"accounts/{encode(shared)}").status_code == 403
    assert [hit.title for hit in searching.search(pau.actor, "renamed")] == ["Renamed"]
    assert not searching.search(stranger.actor, "renamed")
    assert pau.pages.get(f"/accounts/{encode(shared)}/").status_code == 200
    assert stranger.pages.get(f"/accounts/{encode(shared)}/").status_code == 404
    door.update(OPERATOR, "account", shared, {"collaborators": []}, origin="ui", strict=True)
    assert seen(pau) == []


def test_sharing_opens_no_verb_a_role_does_not_grant_at_all(hire: Hire) -> None:
    looks = hire("mar", {"*": {"view": "own"}})
    blind = hire("nil", {"contact": {"view": "own"}})
    shared = create("account", name="Shared", collaborators=[encode(looks.id), encode(blind.id)])
    create("sharing_rule", name="All", kind="account", how="edit", everybody=True)
    assert seen(looks) == [shared]
    with pytest.raises(Forbidden):
        door.update(looks.actor, "account", shared, {"name": "Renamed"}, origin="ui")
    with pytest.raises(NotFound):
        query.rows("account", blind.actor)


def test_sharing_opens_no_field(hire: Hire) -> None:
    pau = hire("pau", masks={"account": {"email": "hidden"}})
    create("sharing_rule", name="All", kind="account", how="edit", everybody=True)
    shared = create("account", name="Shared", email="secret@firm.example", collaborators=[encode(pau.id)])
    assert "email" not in query.rows("account", pau.actor).get(shared)
    assert "secret@" not in pau.pages.get(f"/accounts/{encode(shared)}/").content.decode()
    assert "secret@" not in pau.api("GET", f"accounts/{encode(shared)}").content.decode()


def test_a_rule_opens_what_meets_it_now_to_those_it_names(hire: Hire) -> None:
    team = create("team", name="Desk", unit=encode(unit := create("unit", name="North")))
    people = {
        "person": hire("ada"),
        "team": hire("bea", teams=[encode(team)]),
        "group": hire("cai"),
        "nobody": hire("dan"),
    }
    group = create("group", name="Export", people=[encode(people["group"].id)])
    condition = {"all": [["industry", "eq", "retail"]]}
    who = {"people": [encode(people["person"].id)], "units": [encode(unit)], "groups": [encode(group)]}
    rule = create("sharing_rule", name="Retail", kind="account", condition=condition, how="view", **who)
    retail = create("account", name="Shop", industry="retail")
    create("account", name="Other")
    assert {name: seen(person) for name, person in people.items()} == {
        "person": [retail],
        "team": [retail],
        "group": [retail],
        "nobody": [],
    }
    assert people["person"].api("PATCH", f"accounts/{encode(retail)}", {"name": "X"}).status_code == 403
    door.update(OPERATOR, "sharing_rule", rule, {"how": "edit"}, origin="ui")
    assert people["person"].api("PATCH", f"accounts/{encode(retail)}", {"industry": None}).status_code == 200
    assert seen(people["person"]) == []  # it meets the rule no longer


def test_who_was_let_in_by_a_rule_hands_the_record_to_nobody_they_could_not_follow_it_to(hire: Hire) -> None:
    pau, ona = hire("pau"), hire("ona")
    condition = {"all": [["owner", "empty"]]}
    create("sharing_rule", name="Loose", kind="account", condition=condition, how="edit", people=[encode(pau.id)])
    loose = door.create(OPERATOR, "account", {"name": "Loose", "owner": None}, origin="system").id
    with pytest.raises(Rejected, match="owner"):
        door.update(pau.actor, "account", loose, {"owner": encode(ona.id)}, origin="ui")
    assert query.system_rows("account").get(loose)["owner"] is None


def test_a_stand_in_reaches_what_the_other_reaches_until_the_day_is_over(hire: Hire) -> None:
    away, taker = hire("away"), hire("taker", masks={"account": {"email": "hidden"}})
    theirs = create("account", name="Theirs", email="secret@firm.example", owner=encode(away.id))
    today = clock.now().date()
    assert seen(taker) == []
    create("delegation", giver=encode(away.id), taker=encode(taker.id), until=today.isoformat())
    assert seen(taker) == [theirs] == seen(taker, verb="edit") == seen(taker, verb="delete")
    assert seen(away) == [theirs]
    assert "email" not in query.rows("account", taker.actor).get(theirs)
    with clock.frozen(clock.now() + 2 * DAY):
        assert seen(taker) == []


def test_everybody_names_their_own_stand_in_and_nobody_else_s(hire: Hire) -> None:
    away, taker = hire("away"), hire("taker")
    until = (clock.now() + DAY).date().isoformat()
    mine = {"taker": encode(taker.id), "until": until}
    assert away.api("POST", "delegations", mine).status_code == 201
    stolen = {"giver": encode(away.id), "taker": encode(taker.id), "until": until}
    answer = taker.api("POST", "delegations", stolen)
    assert answer.status_code == 422
    assert "giver" in answer.content.decode()


def test_what_is_reached_in_several_ways_counts_once(hire: Hire) -> None:
    team = create("team", name="Desk")
    away, pau = hire("away", {"*": OWN | {"view": "team"}}, teams=[encode(team)]), hire("pau", {"*": OWN}, teams=[])
    create("sharing_rule", name="All", kind="account", how="view", everybody=True)
    create(
        "sharing_rule",
        name="Big",
        kind="account",
        how="view",
        everybody=True,
        condition={"all": [["employees", "gt", 1]]},
    )
    create("delegation", giver=encode(away.id), taker=encode(pau.id), until=clock.now().date().isoformat())
    for owner in (pau, away):
        who = {"owner": encode(owner.id), "team": encode(team), "collaborators": [encode(pau.id), encode(away.id)]}
        create("account", name=f"Of {owner.name}", employees=5, kind="customer", **who)
    assert query.rows("account", pau.actor).count() == (2, False)
    figures = query.rows("account", pau.actor).aggregate(["kind"], ["count"])
    assert [row["count"] for row in figures] == [2]
    assert len(query.rows("account", pau.actor).page(["name"]).rows) == 2


def test_a_group_s_roles_are_held_by_everybody_in_it(hire: Hire) -> None:
    pau = hire("pau")
    account = create("account", name="Of somebody")
    wide = create("role", name="Wide", grants={"account": {"view": "all"}})
    group = create("group", name="Board", people=[encode(pau.id)], roles=[encode(wide)])
    assert seen(pau) == [account]
    door.delete(OPERATOR, "group", group, origin="ui")
    assert seen(pau) == []


def test_private_fields_are_hidden_from_everybody_they_do_not_name(hire: Hire, make: Any) -> None:
    named, other = (hire(name, {"*": {"view": "all", "edit": "all"}}) for name in ("ada", "bea"))
    admin = Person("boss", create("user", name="boss", email="boss@firm.example", is_admin=True))
    account = create("account", name="Acme", email="secret@firm.example")
    create("field_group", name="Mail", kind="account", hidden={"fields": ["email"]}, people=[encode(named.id)])
    assert "email" in query.rows("account", named.actor).get(account)
    for person in (other, admin):
        assert "email" not in query.rows("account", person.actor).get(account)
        assert "secret@" not in person.pages.get(f"/accounts/{encode(account)}/").content.decode()
    assert other.api("PATCH", f"accounts/{encode(account)}", {"name": "Renamed"}).status_code == 200
    assert query.system_rows("account").get(account)["email"] == "secret@firm.example"  # kept by who cannot see it


def test_a_role_that_shows_no_such_record_lifts_no_mask(hire: Hire) -> None:
    pau = hire("pau", {"account": {"view": "all"}}, masks={"account": {"email": "hidden"}})
    other = create("role", name="Other", grants={"contact": {"view": "all"}})
    roles = [encode(one) for one in (*query.system_rows("user").get(pau.id)["roles"], other)]
    door.update(OPERATOR, "user", pau.id, {"roles": roles}, origin="ui", strict=True)
    account = create("account", name="Acme", email="secret@firm.example")
    assert "email" not in query.rows("account", pau.actor).get(account)


@pytest.mark.parametrize(
    ("entity", "values", "wrong"),
    [
        ("sharing_rule", {"name": "R", "kind": "account"}, "people"),
        ("sharing_rule", {"name": "R", "kind": "account", "everybody": True, "condition": {"all": [["no", "eq", 1]]}}, "condition"),
        ("sharing_rule", {"name": "R", "kind": "nothing", "everybody": True}, "kind"),
        ("field_group", {"name": "F", "kind": "account", "hidden": {"fields": ["no"]}}, "hidden"),
        ("field_group", {"name": "F", "kind": "account", "hidden": {"fields": ["name"]}}, "hidden"),
    ],
)  # fmt: skip
def test_what_would_open_or_close_something_nobody_meant_is_refused(
    firm: None, entity: str, values: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(Rejected) as refused:
        create(entity, **values)
    assert wrong in {problem.field for problem in refused.value.problems}

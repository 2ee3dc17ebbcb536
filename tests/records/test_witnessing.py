"""Who may see who changed what: the right *history* (GA-22, U4)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import firm, make

from tracte.engine import history, recordpage, timeline
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.records import door, witnessing
from tracte.records import snapshot as snapshots
from tracte.testing.actors import Person

__all__ = ["firm", "make"]
pytestmark = pytest.mark.django_db
Make = Callable[..., int]
TEAM = dict.fromkeys(("view", "create", "edit", "delete", "undo"), "team")


@pytest.fixture
def hire(firm: None) -> Callable[..., Person]:
    """Somebody with a role of their own, in a team by name."""
    teams: dict[str, int] = {}

    def hired(name: str, grants: dict[str, Any], team: str = "north", masks: dict[str, Any] | None = None) -> Person:
        if team not in teams:
            teams[team] = door.create(OPERATOR, "team", {"name": team}, origin="system").id
        role = {"name": f"Role {name}", "grants": {"*": grants}, "masks": masks or {}}
        made = door.create(OPERATOR, "role", role, origin="system", strict=True).id
        values = {"name": name, "email": f"{name.lower()}@firm.example", "roles": [encode(made)]}
        values["teams"] = [encode(teams[team])]
        return Person(name, door.create(OPERATOR, "user", values, origin="system", strict=True).id)

    return hired


def told(actor: Actor) -> list[int]:
    return [one.pk for one in history.sets(actor, everybody=True)[0]]


def test_a_set_is_seen_by_its_maker_and_by_who_may_see_the_history_of_what_it_touched(hire: Any) -> None:
    seller, lead, stranger = hire("Pau", TEAM), hire("Mar", TEAM), hire("Ona", TEAM, "south")
    blind = hire("Biel", TEAM | {"history": "none"})
    firm = door.create(seller.actor, "account", {"name": "Acme"}, origin="ui").id
    changed = door.update(seller.actor, "account", firm, {"name": "Acme SL"}, origin="ui").set_id or 0
    assert changed in told(seller.actor)
    assert changed in told(lead.actor)
    assert changed not in told(stranger.actor)
    assert told(blind.actor) == []
    assert witnessing.look_at(changed, lead.actor).counts["updated"] == 1
    for person in (stranger, blind):
        with pytest.raises(NotFound):
            witnessing.look_at(changed, person.actor)
        assert person.pages.get(f"/changes/{changed}/").status_code == 404
        assert person.api("GET", f"changes/{changed}").status_code == 404
    assert lead.pages.get(f"/changes/{changed}/").status_code == 200
    assert b"/undo" not in lead.pages.get(f"/changes/{changed}/").content
    assert lead.pages.post(f"/changes/{changed}/undo").status_code == 404


def test_of_a_set_of_others_only_what_one_sees_is_told_and_counted(hire: Any) -> None:
    boss = hire("Nil", dict.fromkeys(TEAM, "all"))
    lead = hire("Mar", TEAM, masks={"account": {"email": "hidden"}})
    mine = door.create(lead.actor, "account", {"name": "Ours"}, origin="ui").id
    stranger = hire("Ona", TEAM, "south")
    theirs = door.create(stranger.actor, "account", {"name": "Theirs"}, origin="ui").id
    both = {one: {"name": f"Renamed {n}", "email": f"n{n}@firm.example"} for n, one in enumerate((mine, theirs))}
    done = door.update_all(boss.actor, "account", both, origin="ui", title="Theirs renamed").set_id or 0
    seen = witnessing.look_at(done, lead.actor)
    assert seen.counts["updated"] == 1
    assert seen.title == ""
    deeds = history.deeds(seen, lead.actor)
    assert [one.id for one in deeds.touched] == [mine]
    assert deeds.unseen == 0
    assert {field.name for one in deeds.touched for field in one.fields} == {"name"}
    page = lead.pages.get(f"/changes/{done}/").content.decode()
    assert "Renamed 0" in page
    assert "Renamed 1" not in page
    assert "n0@firm.example" not in page
    api = lead.api("GET", f"changes/{done}").json()
    assert [set(one["fields"]) for one in api["changes"]] == [{"name"}]
    assert api["counts"]["updated"] == 1


def test_who_may_not_see_history_sees_the_record_without_it(hire: Any) -> None:
    seller, blind = hire("Pau", TEAM), hire("Biel", TEAM | {"history": "own"})
    firm = door.create(seller.actor, "account", {"name": "Acme"}, origin="ui").id
    door.update(seller.actor, "account", firm, {"name": "Acme SL"}, origin="ui")
    assert timeline.read(recordpage.read("account", seller.actor, firm), "changes").events
    assert not timeline.read(recordpage.read("account", blind.actor, firm), "changes").events
    kinds = [one["kind"] for one in blind.api("GET", f"accounts/{encode(firm)}/timeline").json()["data"]]
    assert "change" not in kinds
    own = door.create(blind.actor, "account", {"name": "Mine"}, origin="ui").id
    assert timeline.read(recordpage.read("account", blind.actor, own), "changes").events


def test_the_changes_of_everybody_cost_no_query_a_set(hire: Any) -> None:
    seller, lead = hire("Pau", TEAM), hire("Mar", TEAM)
    counts = []
    for n in (1, 20):
        for at in range(n):
            door.create(seller.actor, "account", {"name": f"Acme {n} {at}"}, origin="ui")
        snapshots.current().actor(lead.id)
        with CaptureQueriesContext(connection) as queries:
            assert len(told(lead.actor)) >= n
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_assigning_and_sharing_take_rights_of_their_own(hire: Any) -> None:
    seller = hire("Pau", TEAM | {"assign": "own", "share": "none"})
    other = hire("Mar", TEAM)
    mine = door.create(seller.actor, "account", {"name": "Mine"}, origin="ui").id
    theirs = door.create(other.actor, "account", {"name": "Theirs"}, origin="ui").id
    me, them = {"owner": encode(seller.id)}, {"owner": encode(other.id)}
    assert seller.api("PATCH", f"accounts/{encode(theirs)}", me).status_code == 422
    assert seller.api("PATCH", f"accounts/{encode(mine)}", {"collaborators": [encode(other.id)]}).status_code == 422
    assert seller.api("PATCH", f"accounts/{encode(theirs)}", {"name": "Renamed"}).status_code == 200
    assert seller.api("PATCH", f"accounts/{encode(mine)}", them).status_code == 200


def test_restoring_takes_the_right_to_restore(hire: Any) -> None:
    seller = hire("Pau", TEAM | {"restore": "none"})
    mine = door.create(seller.actor, "account", {"name": "Mine"}, origin="ui").id
    assert seller.api("DELETE", f"accounts/{encode(mine)}").status_code in (200, 204)
    assert seller.api("POST", f"accounts/{encode(mine)}/restore").status_code in (403, 404)
    other = hire("Mar", TEAM)
    assert other.api("POST", f"accounts/{encode(mine)}/restore").status_code == 200

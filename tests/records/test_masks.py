"""A field mask hides what is made of the hidden field, and no order tells what a mask hides."""

from collections.abc import Callable
from typing import Any

import pytest

from tracte.kernel.actor import OPERATOR
from tracte.kernel.problems import Rejected
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.sorting import own_order
from tracte.testing.actors import Person, hire, plant

pytestmark = pytest.mark.django_db
Hire = Callable[[dict[str, dict[str, str]]], Person]


@pytest.fixture
def masked(db: None) -> Hire:
    """``masked({"note": {"body": "hidden"}})`` → somebody with every right but those fields."""
    plant()
    return lambda masks: hire(masks)["masked"]


def deal(**values: Any) -> int:
    given = {"name": "New roof", "amount": "1000 EUR", "probability": "50"} | values
    return door.create(OPERATOR, "opportunity", given, origin="system").id


def test_who_hides_the_amount_hides_the_weighted_amount_and_the_margin(masked: Hire) -> None:
    actor = masked({"opportunity": {"amount": "hidden"}}).actor
    one = deal()
    rows = query.rows("opportunity", actor)
    assert not {"amount", "weighted", "margin"} & rows.get(one).keys()
    assert "cost_real" in rows.get(one)
    for ask in (
        lambda: rows.page(None, "weighted"),
        lambda: rows.where(["weighted", "gte", 1]),
        lambda: rows.where(["weighted.amount", "gte", 1]),
        lambda: rows.aggregate([], ["sum:weighted"]),
        lambda: rows.aggregate(["weighted"], ["count"]),
    ):
        with pytest.raises(Rejected):
            ask()


def test_what_is_made_of_a_hidden_field_is_in_no_answer_of_the_api(masked: Hire) -> None:
    person = masked({"opportunity": {"probability": "hidden"}, "note": {"body": "hidden"}})
    deal()
    note = door.create(OPERATOR, "note", {"body": "<p>Their cnryword is for sale.</p>"}, origin="ui")
    door.update(OPERATOR, "note", note.id, {"body": "<p>Sold to cnrybuyer.</p>"}, origin="ui")
    for path in ("notes", "opportunities", f"changesets/{note.set_id}", "search?q=cnryword", "notes?q=cnryword"):
        text = person.api("GET", path).content.decode()  # type: ignore[attr-defined]
        assert "cnry" not in text, path
        assert "weighted" not in text, path
    assert person.api("GET", "opportunities?sort=weighted").status_code == 400
    for address in ("/notes/?view=", "/changes/", f"/changes/{note.set_id}/", "/opportunities/board", "/"):
        text = person.pages.get(address).content.decode()
        assert "cnry" not in text, address


def test_who_does_not_see_how_to_reach_a_lead_does_not_know_it_by_that(masked: Hire) -> None:
    person = masked({"lead": {"email": "hidden"}})
    door.create(OPERATOR, "lead", {"email": "cnryword@firm.example"}, origin="system")
    for path in ("leads", "search?q=cnryword", "leads?q=cnryword"):
        assert "cnryword@" not in person.api("GET", path).content.decode(), path  # type: ignore[attr-defined]
    for address in ("/leads/?view=", "/search?q=cnryword", "/leads/board", "/pick/lead?q=cnryword"):
        assert "cnryword@" not in person.pages.get(address).content.decode(), address


def test_a_mask_that_only_locks_hides_nothing(masked: Hire) -> None:
    actor = masked({"opportunity": {"amount": "readonly"}}).actor
    assert {"amount", "weighted"} <= query.rows("opportunity", actor).get(deal()).keys()


def test_a_field_another_role_shows_is_shown_with_all_that_is_made_of_it(masked: Hire) -> None:
    person = masked({"opportunity": {"amount": "hidden"}})
    other = door.create(
        OPERATOR, "role", {"name": "Sees amounts", "grants": {"*": {"view": "all"}}}, origin="system", strict=True
    )
    held = query.rows("user", OPERATOR).get(person.id, ["roles"])["roles"]
    door.update(OPERATOR, "user", person.id, {"roles": (*held, other.id)}, origin="system", canonical=True)
    actor = snapshots.current().actor(person.id)
    assert not actor.masks


def test_a_list_whose_own_order_is_hidden_opens_in_another(masked: Hire) -> None:
    person = masked({"opportunity": {"closes_on": "hidden"}, "account": {"name": "hidden"}})
    made = [deal(), deal(), deal()]
    rows = query.rows("opportunity", person.actor)
    assert own_order(rows.spec, person.actor) == "-id"
    assert [row["id"] for row in rows.page(["name"]).rows] == made[::-1]
    assert person.pages.get("/opportunities/?view=").status_code == 200
    assert person.pages.get("/opportunities/board").status_code == 200


def test_an_order_by_titles_does_not_tell_a_hidden_name(masked: Hire) -> None:
    actor = masked({"account": {"name": "hidden"}}).actor
    for entity, sort in (("account", "title"), ("opportunity", "account")):
        with pytest.raises(Rejected):
            query.rows(entity, actor).page(None, sort)
        assert query.rows(entity, OPERATOR).page(None, sort).rows == []


def test_a_view_that_narrows_by_a_hidden_field_is_not_offered(masked: Hire) -> None:
    person = masked({"opportunity": {"closes_on": "hidden", "owner": "hidden"}})
    deal()
    page = person.pages.get("/opportunities/")  # the first view, "My open", narrows by the owner
    assert page.status_code == 200
    text = page.content.decode()
    assert "?view=closing" not in text
    assert "?view=mine" not in text
    assert "view=neglected" in text
    assert person.pages.get("/opportunities/board").status_code == 200
    assert (
        person.pages.get("/opportunities/?view=closing").status_code
        == person.pages.get("/opportunities/?view=zzz").status_code
    )

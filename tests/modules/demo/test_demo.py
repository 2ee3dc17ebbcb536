"""The demo firm: loads whole, tells the same story, and lets visitors in by one click only where it should."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import Client

from tracte.config.seeding import seed_home
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR
from tracte.modules.demo import customers, deals, generator, home, leads, notes, targets
from tracte.modules.demo.people import PEOPLE
from tracte.modules.demo.story import Diary, Event
from tracte.modules.sales.opportunity_type import OpportunityType
from tracte.records import door, query, snapshot
from tracte.records.changes import ChangeSet, FieldSpan
from tracte.records.people import User
from tracte.records.searchtext import SearchRow
from tracte.records.tables import RecordLink

NOW = datetime(2026, 11, 19, 11, 12, tzinfo=UTC)


def told(now: datetime) -> list[Event]:
    diary = Diary(now)
    firms = customers.tell(diary)
    begun = deals.tell(diary, firms)
    notes.fill(diary, firms)
    leads.tell(diary, begun)
    targets.tell(diary, begun)
    return diary.told()


def test_the_story_of_a_day_is_always_the_same() -> None:
    assert [(e.at, e.who, e.handle, e.verb) for e in told(NOW)] == [(e.at, e.who, e.handle, e.verb) for e in told(NOW)]


@pytest.mark.parametrize("hours", [0, 7, 13, 24 * 3 + 5, 24 * 200, 24 * 366 + 23])
def test_on_whatever_day_it_is_loaded_nothing_lies_ahead_and_nothing_is_used_before_it_is_made(hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    made: set[str] = {"stage/new"}
    for event in told(now):
        assert event.at < now
        if event.verb == "create":
            made.add(event.handle)
        assert event.handle in made or event.verb == "recycle"
        used = [
            v
            for v in event.values.values()
            if type(v).__name__ == "To" and v.split("/")[0] in ("account", "contact", "deal", "lead")
        ]
        assert made.issuperset(used) or event.bulk
    about_customers = [e for e in told(now) if e.entity == "note" and not e.handle.startswith("note/lead")]
    assert len(about_customers) == pytest.approx(notes.NOTES_IN_ALL, abs=15)


@pytest.fixture
def marker(tmp_path: Path, settings: Any) -> Path:
    settings.TRACTE_DEMO_MARKER = tmp_path / "demo"
    return Path(settings.TRACTE_DEMO_MARKER)


def test_the_command_fills_an_empty_home_marks_it_and_does_not_fill_it_twice(db: None, marker: Path) -> None:
    with clock.frozen(NOW):
        seed_home()  # as `tracte migrate` does before
        call_command("demo")
        assert marker.exists()
        before = ChangeSet.objects.count()
        call_command("demo")
    assert ChangeSet.objects.count() == before
    count = {entity: query.rows(entity, OPERATOR).count()[0] for entity in home.TOLD}
    assert count["account"] == 120
    assert 290 <= count["contact"] <= 310
    assert (count["product"], count["opportunity"]) == (25, 260)
    assert 900 <= count["note"] <= 980
    assert 180 <= count["lead"] <= 215
    _leads_tell_a_story()
    _looks_like_eighteen_months()
    _deals_are_worth_their_lines()
    _what_set_the_home_up_is_as_old_as_the_firm()


def _what_set_the_home_up_is_as_old_as_the_firm() -> None:
    """No page of a stage or a type of deals tells of its making after what was done with it."""
    first = min(row["created_at"] for row in query.rows("account", OPERATOR).stream(["created_at"]))
    for entity in ("role", "pipeline", "stage", "opportunity_type"):
        for row in query.rows(entity, OPERATOR).stream(["created_at"]):
            assert row["created_at"] <= first, entity
    sets = set(OpportunityType.objects.values_list("created_set", flat=True))
    assert all(one.created_at <= first for one in ChangeSet.objects.filter(pk__in=sets))
    assert not ChangeSet.objects.filter(created_at__gt=NOW).exists()


def _deals_are_worth_their_lines() -> None:
    """Most deals that got as far as an offer have lines, people with a say have roles, and the money adds up."""
    sums: dict[int, list[Any]] = {}
    for line in query.rows("opportunity_line", OPERATOR).stream(["opportunity", "amount", "cost_total"]):
        sums.setdefault(line["opportunity"], []).append(line)
    deals = query.rows("opportunity", OPERATOR).read(sums, ["amount", "cost_estimated", "line_count"])
    assert 80 <= len(deals) <= 180
    for pk, lines in sums.items():
        assert deals[pk]["line_count"] == len(lines)
        assert deals[pk]["amount"].amount == sum(one["amount"].amount for one in lines)
        assert deals[pk]["cost_estimated"].amount == sum(one["cost_total"].amount for one in lines)
    roles = query.rows("opportunity_contact", OPERATOR).aggregate(["role"], ["count"])
    assert len(roles) == 7
    assert all(one["count"] >= 5 for one in roles)


def _leads_tell_a_story() -> None:
    """Many were rejected, some became the deals that are told; some wait for somebody, a few came back."""
    rows = query.rows("lead", OPERATOR)
    count = {status: rows.where(["status", "eq", status]).count()[0] for status in ("new", "working", "rejected")}
    assert count["rejected"] > 80
    assert min(count.values()) >= 3
    became = list(rows.where(["status", "eq", "converted"]).stream(["converted_opportunity", "converted_account"]))
    assert len(became) >= 40
    assert all(one["converted_opportunity"] and one["converted_account"] for one in became)
    assert rows.where({"all": [["owner", "empty"], ["status", "eq", "new"]]}).count()[0] >= 3
    assert rows.where(["recycled_on", "not_empty"]).count()[0] >= 1
    assert rows.where({"all": [["status", "eq", "rejected"], ["recycle_on", "not_empty"]]}).count()[0] >= 2


def _looks_like_eighteen_months() -> None:
    rows = query.rows("opportunity", OPERATOR)
    kinds = {kind: rows.where(["stage.kind", "eq", kind]).count()[0] for kind in ("open", "won", "lost")}
    assert all(number > 30 for number in kinds.values())
    assert rows.where({"all": [["stage.kind", "eq", "lost"], ["lost_reason", "empty"]]}).count()[0] == 0
    with clock.frozen(NOW):
        still = rows.where(["stage.kind", "eq", "open"])
        assert still.where(["next_step_on", "empty"]).count()[0] > 3
        assert still.where(["next_step_on", "lt", "today"]).count()[0] > 3
    assert FieldSpan.objects.filter(until__lt=F("since")).count() == 0
    first = min(row["created_at"] for row in rows.stream(["created_at"]))
    assert NOW - timedelta(days=548) < first < NOW - timedelta(days=500)
    authors = {row["created_by"] for row in query.rows("note", OPERATOR).stream(["created_by"])}
    assert len(authors) >= 5
    assert RecordLink.objects.filter(field="note.about").count() > 1500
    assert SearchRow.objects.filter(entity="account").count() == 120
    seller = snapshot.current().actor(User.objects.get(email__startswith="laia").pk)
    mine, everything = query.rows("account", seller).count()[0], query.rows("account", OPERATOR).count()[0]
    assert 0 < mine < everything


def test_a_home_with_data_of_its_own_is_left_alone(db: None, marker: Path) -> None:
    door.create(OPERATOR, "user", {"name": "Pia", "email": "pia@firm.example"}, origin="cli")
    with pytest.raises(CommandError, match="data of its own"):
        call_command("demo")
    call_command("demo", "--if-empty")
    assert not marker.exists()
    assert User.objects.count() == 1


@pytest.fixture
def people(db: None) -> Client:
    """A demo home with its people only."""
    loader = generator.Loader(actors={"operator": OPERATOR})
    generator.seed_base()
    generator.seed_sales()
    generator._found(loader, NOW)
    return Client()


def test_one_click_signs_in_as_each_person_who_may(people: Client, settings: Any) -> None:
    settings.TRACTE_DEMO = True
    for person in PEOPLE:
        answer = people.post("/auth/demo/", {"person": person.key, "next": "/opportunities/"})
        assert (answer.status_code == 302) is person.signs_in
        if person.signs_in:
            assert answer.headers["Location"] == "/opportunities/"
            assert people.session["_auth_user_id"] == str(User.objects.get(email=person.email).pk)


@pytest.mark.parametrize(
    "asked",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "::ffff:192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
    ],
)
def test_nobody_from_elsewhere_or_through_a_proxy_is_let_in(
    people: Client, settings: Any, asked: dict[str, str]
) -> None:
    settings.TRACTE_DEMO = True
    assert people.post("/auth/demo/", {"person": "nuria"}, **asked).status_code == 404  # type: ignore[arg-type]
    assert "demo-person" not in people.get("/auth/login/", **asked).content.decode()  # type: ignore[arg-type]
    assert "_auth_user_id" not in people.session


def test_a_home_that_is_no_demo_has_no_one_click_sign_in(people: Client, settings: Any) -> None:
    settings.TRACTE_DEMO = False
    assert people.post("/auth/demo/", {"person": "nuria"}).status_code == 404
    assert "demo-person" not in people.get("/auth/login/").content.decode()


def test_it_takes_a_form_with_its_token_and_leads_to_no_other_host(people: Client, settings: Any) -> None:
    settings.TRACTE_DEMO = True
    assert people.get("/auth/demo/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/auth/demo/", {"person": "nuria"}).status_code == 403
    answer = people.post("/auth/demo/", {"person": "nuria", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


def test_the_sign_in_page_offers_the_people_and_names_the_firm(people: Client, settings: Any) -> None:
    settings.TRACTE_DEMO = True
    page = people.get("/auth/login/").content.decode()
    assert page.count("demo-person") == sum(person.signs_in for person in PEOPLE)
    assert "Roure i Fàbrega" in page


def test_a_home_without_administrator_says_on_its_pages_how_to_make_one(db: None) -> None:
    page = Client().get("/auth/login/").content.decode()
    assert "tracte user create EMAIL --admin" in page
    door.create(OPERATOR, "user", {"name": "Pia", "email": "pia@firm.example", "is_admin": True}, origin="cli")
    assert "tracte user create" not in Client().get("/auth/login/").content.decode()

"""What a person keeps of records for themselves: pins, follows, the last visit; and putting a value back."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make, firm, make, person
from tests.web.listing.conftest import manager, seller, signed_in

from tracte.engine import news
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query, watching
from tracte.records.changes import Change, ChangeSet
from tracte.records.people import Role, User
from tracte.records.tables import Watch

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}
__all__ = ["firm", "make", "manager", "person", "seller"]


@pytest.fixture
def monday() -> datetime:
    """A moment after everything a test made, while its people are still signed in."""
    return clock.now() + timedelta(hours=1)


def at(entity: str, record_id: int, rest: str = "") -> str:
    return f"/{entity}/{encode(record_id)}/{rest}"


def side(client: Client) -> list[str]:
    html = client.get("/accounts/").content.decode()
    part = html[html.index('id="side-pins"') : html.index('id="phone-pins"')]
    return re.findall(r'class="side-item" href="(/[a-z]+/[^"]+)"', part)[: part.count("side-item")]


def change(entity: str, record_id: int, by: Actor = OPERATOR, **values: Any) -> None:
    door.update(by, entity, record_id, values, origin="ui")


class TestPins:
    def test_a_pinned_record_stands_in_the_side_panel_of_this_person_alone(
        self, make: Make, manager: Actor, seller: Actor
    ) -> None:
        firm = make("account", name="Forns Vallès")
        mine, theirs = signed_in(manager), signed_in(seller)
        assert mine.post(at("accounts", firm, "pin?on=1")).status_code == 302
        assert at("accounts", firm) in mine.get("/contacts/").content.decode()
        assert at("accounts", firm) not in theirs.get("/contacts/").content.decode()
        mine.post(at("accounts", firm, "pin?on=0"))
        assert at("accounts", firm) not in mine.get("/contacts/").content.decode()

    def test_records_of_several_kinds_keep_the_order_they_are_given(self, make: Make, manager: Actor) -> None:
        firm, contact = make("account", name="Forns"), make("contact", last_name="Pop")
        client = signed_in(manager)
        for plural, pk in (("accounts", firm), ("contacts", contact), ("accounts", firm)):
            client.post(at(plural, pk, "pin?on=1"))
        order = lambda: [one[0] for one in User.objects.get(pk=manager.user_id).pins]  # noqa: E731
        assert order() == ["contact", "account"]
        client.post(at("accounts", firm, "pin/move"), {"to": "up"})
        assert order() == ["account", "contact"]
        client.post(at("accounts", firm, "pin/move"), {"to": "up"})
        assert order() == ["account", "contact"]
        html = client.get("/pinned/").content.decode()
        assert html.index("Forns") < html.index(">Pop<")

    def test_without_leaving_the_page_the_star_and_the_panel_come_back(self, make: Make, manager: Actor) -> None:
        firm = make("account", name="Forns")
        html = signed_in(manager).post(at("accounts", firm, "pin?on=1"), headers=FRAGMENT).content.decode()
        assert 'aria-pressed="true"' in html
        assert re.search(r'id="side-pins" hx-swap-oob="true">.*Forns', html)

    def test_what_one_may_no_longer_see_is_not_named(self, make: Make, seller: Actor) -> None:
        firm = make("account", name="Forns Vallès", owner=encode(int(seller.user_id or 0)))
        client = signed_in(seller)
        client.post(at("accounts", firm, "pin?on=1"))
        assert "Forns Vallès" in client.get("/pinned/").content.decode()
        door.delete(OPERATOR, "account", firm, origin="ui")
        assert "Forns Vallès" not in client.get("/pinned/").content.decode()

    def test_pinning_leaves_no_change_set_and_costs_nobody_a_query_who_pins_nothing(
        self, make: Make, manager: Actor
    ) -> None:
        firm = make("account", name="Forns")
        client, before = signed_in(manager), ChangeSet.objects.count()
        client.get("/products/")
        with CaptureQueriesContext(connection) as without:
            client.get("/products/")
        client.post(at("accounts", firm, "pin?on=1"))
        client.get("/products/")
        with CaptureQueriesContext(connection) as having:
            client.get("/products/")
        assert ChangeSet.objects.count() == before
        assert len(having) == len(without) + 1

    def test_pins_of_five_kinds_cost_one_query_and_the_list_stays_within_its_budget(
        self, make: Make, seller: Actor
    ) -> None:
        mine = {"owner": encode(int(seller.user_id or 0))}
        firm = make("account", name="Forns", **mine)
        pinned = [
            ("account", firm),
            ("contact", make("contact", first_name="Ioana", last_name="Pop", **mine)),
            ("opportunity", make("opportunity", name="Oven line", **mine)),
            ("lead", make("lead", last_name="Ionescu", email="i@x.example", **mine)),
            ("note", make("note", body="<p>They asked again.</p>", about=[encode(firm)], **mine)),
            ("product", make("product", name="Pump")),
        ]
        client, user = signed_in(seller), User.objects.get(pk=seller.user_id)
        client.get("/opportunities/")
        with CaptureQueriesContext(connection) as without:
            client.get("/opportunities/")
        user.pins = [[entity, encode(pk)] for entity, pk in pinned]
        user.save(update_fields=["pins"])
        with CaptureQueriesContext(connection) as having:
            html = client.get("/opportunities/").content.decode()
        part = html[html.index('id="side-pins"') : html.index('id="phone-pins"')]
        for name in ("Forns", "Ioana Pop", "Oven line", "Ionescu", "They asked again.", "Pump"):
            assert name in part
        assert len(having) == len(without) + 1
        assert sum("SAVEPOINT" not in one["sql"] for one in having) <= 8 + 2  # who it is and what they may see

    def test_titles_read_together_are_those_read_one_kind_at_a_time(
        self, make: Make, seller: Actor, manager: Actor
    ) -> None:
        ours = {"team": encode(next(iter(seller.teams)))}
        firm, theirs = make("account", name="Forns", **ours), make("account", name="Secret")
        kept = [("account", firm), ("account", theirs), ("product", make("product", name="Pump"))]
        kept += [
            ("contact", make("contact", last_name="Pop", **ours)),
            ("contact", make("contact", last_name="Hidden")),
        ]
        private = {"body": "<p>Mine alone</p>", "private": "true", "about": [encode(firm)]}
        kept += [("note", make("note", seller, **private)), ("user", int(seller.user_id or 0)), ("lead", 1 << 60)]
        for actor in (seller, manager, OPERATOR):
            each: dict[int, Any] = {}
            for entity in dict.fromkeys(entity for entity, _pk in kept):
                each |= query.titles(entity, [pk for one, pk in kept if one == entity], actor)
            assert query.titles_of(kept, actor) == each
            assert query.titles_of(kept[:2], actor) == {pk: one for pk, one in each.items() if pk in (firm, theirs)}
        assert query.titles_of([], seller) == {}
        assert theirs not in query.titles_of(kept, seller)

    def test_pins_broken_by_hand_do_not_break_the_pages(self, manager: Actor) -> None:
        person = User.objects.get(pk=manager.user_id)
        person.pins = [["nothing", "x"], 7, ["account"], ["account", "!"]]
        person.save(update_fields=["pins"])
        assert signed_in(manager).get("/pinned/").status_code == 200

    def test_a_record_out_of_reach_cannot_be_pinned_or_followed(self, make: Make, seller: Actor) -> None:
        firm = make("account", name="Somebody else's")
        client = signed_in(seller)
        for rest in ("pin?on=1", "follow?on=1", "seen"):
            assert client.post(at("accounts", firm, rest)).status_code == 404
        assert Watch.objects.count() == 0


class TestSince:
    def test_it_says_what_others_changed_since_the_last_visit(
        self, monday: datetime, make: Make, manager: Actor, seller: Actor
    ) -> None:
        firm = make("account", name="Forns", employees="10", owner=encode(int(seller.user_id or 0)))
        client = signed_in(manager)
        with clock.frozen(monday):
            client.post(at("accounts", firm, "seen"))
        with clock.frozen(monday + timedelta(hours=5)):
            change("account", firm, seller, employees="12")
            change("account", firm, seller, employees="15")
            change("account", firm, manager, phone="+34 937 412 880")
        with clock.frozen(monday + timedelta(days=1)):
            html = client.get(at("accounts", firm)).content.decode()
        line = html[html.index('class="since-line"') :].split("</div></div>")[0]
        assert "2 changes since" in line
        assert re.search(r"<bdi>10</bdi></del>.*<bdi>15</bdi></ins>.*Núria", line)
        assert "937" not in line  # one's own are no news
        assert html.count('class="event new') == 2

    def test_the_first_visit_and_one_without_news_say_nothing(self, make: Make, manager: Actor) -> None:
        firm = make("account", name="Forns")
        client = signed_in(manager)
        assert "since-line" not in client.get(at("accounts", firm)).content.decode()
        with clock.frozen(clock.now() + timedelta(minutes=1)):
            client.post(at("accounts", firm, "seen"))
        with clock.frozen(clock.now() + timedelta(days=1)):
            assert "since-line" not in client.get(at("accounts", firm)).content.decode()

    def test_news_stay_for_the_length_of_a_visit(self, monday: datetime, make: Make, manager: Actor) -> None:
        firm = make("account", name="Forns")
        client = signed_in(manager)
        with clock.frozen(monday):
            client.post(at("accounts", firm, "seen"))
        with clock.frozen(monday + timedelta(hours=1)):
            change("account", firm, employees="3")
        for minutes, told in ((120, True), (125, True), (140, True), (24 * 60, False)):
            with clock.frozen(monday + timedelta(minutes=minutes)):
                assert ("since-line" in client.get(at("accounts", firm)).content.decode()) is told, minutes
                client.post(at("accounts", firm, "seen"))

    def test_hidden_fields_are_no_news(self, monday: datetime, make: Make, person: Any) -> None:
        levels = {"view": "all"}
        values = {"name": "Reader", "grants": {"*": levels}, "masks": {"account": {"turnover": "hidden"}}}
        role = door.create(OPERATOR, "role", values, origin="system", canonical=True).id
        reader = person("Ona", Role.objects.get(pk=role).key)
        firm = make("account", name="Forns", turnover="10 EUR")
        client = signed_in(reader)
        with clock.frozen(monday):
            client.post(at("accounts", firm, "seen"))
            watching.follow(int(reader.user_id), "account", firm, True)
        with clock.frozen(monday + timedelta(hours=1)):
            change("account", firm, turnover="777 EUR")
        with clock.frozen(monday + timedelta(days=1)):
            html = client.get(at("accounts", firm)).content.decode()
            assert "777" not in html
            assert "since-line" not in html
            assert news.following(reader)[0][0].deeds == ()

    def test_looking_writes_little_and_no_history(self, make: Make, manager: Actor) -> None:
        firm = make("account", name="Forns")
        client, sets = signed_in(manager), ChangeSet.objects.count()
        client.get(at("accounts", firm))
        assert Watch.objects.count() == 0  # the page itself writes nothing
        client.post(at("accounts", firm, "seen"))
        with CaptureQueriesContext(connection) as again:
            client.post(at("accounts", firm, "seen"))
        assert not [q for q in again if q["sql"].startswith(("UPDATE", "INSERT"))]
        assert ChangeSet.objects.count() == sets

    def test_visits_are_forgotten_after_ninety_days_unless_the_record_is_followed(
        self, monday: datetime, make: Make, manager: Actor
    ) -> None:
        one, two = make("account", name="One"), make("account", name="Two")
        me = int(manager.user_id or 0)
        with clock.frozen(monday):
            watching.seen(me, "account", one)
            watching.seen(me, "account", two)
            watching.follow(me, "account", two, True)
        with clock.frozen(monday + timedelta(days=91)):
            assert watching.purge() == 1
        assert list(Watch.objects.values_list("record_id", flat=True)) == [two]


class TestFollowing:
    def test_followers_are_named_on_the_record(self, make: Make, manager: Actor, seller: Actor) -> None:
        firm = make("account", name="Forns", owner=encode(int(seller.user_id or 0)))
        signed_in(seller).post(at("accounts", firm, "follow?on=1"))
        client = signed_in(manager)
        assert "Núria" in client.post(at("accounts", firm, "seen"), headers=FRAGMENT).content.decode()
        assert 'aria-pressed="false">' in client.get(at("accounts", firm)).content.decode()
        html = client.post(at("accounts", firm, "follow?on=1"), headers=FRAGMENT).content.decode()
        assert "Núria" in html
        assert "Laia" in html
        follow = client.get(at("accounts", firm)).content.decode()
        assert 'id="follow"' in follow
        assert "follow?on=0" in follow

    def test_the_list_of_followed_records_begins_with_news(self, monday: datetime, make: Make, manager: Actor) -> None:
        quiet, loud = make("account", name="Quiet"), make("account", name="Loud", employees="1")
        client = signed_in(manager)
        with clock.frozen(monday):
            for pk in (loud, quiet):
                client.post(at("accounts", pk, "follow?on=1"))
                client.post(at("accounts", pk, "seen"))
        with clock.frozen(monday + timedelta(hours=1)):
            change("account", loud, employees="9")
        with clock.frozen(monday + timedelta(hours=3)):
            html = client.get("/pinned/").content.decode()
            found, _context = news.following(manager, only_new=True)
        assert html.index(">Loud<") < html.index(">Quiet<")
        assert "1 change since you were there" in html
        assert [one.title.title for one in found] == ["Loud"]

    def test_an_erased_record_is_forgotten(self, make: Make, manager: Actor) -> None:
        pk = make("contact", last_name="Pop")
        watching.follow(int(manager.user_id or 0), "contact", pk, True)
        watching.forget_about([pk])
        assert watching.followers(pk) == []


class TestPuttingBack:
    def test_a_value_changed_meanwhile_is_not_overwritten(self, make: Make, manager: Actor) -> None:
        firm = make("account", name="Forns", employees="10")
        change("account", firm, employees="12")
        client = signed_in(manager)
        html = client.get(at("accounts", firm)).content.decode()
        action = re.search(r'formaction="([^"]*put-back[^"]*)"[^>]* value="([^"]+)"', html)
        assert action is not None
        change("account", firm, employees="99")
        client.post(action[1], {"what": action[2]})
        assert query.rows("account", OPERATOR).get(firm)["employees"] == 99
        assert "Nothing was put back" in client.get(at("accounts", firm)).content.decode()

    def test_what_others_changed_elsewhere_does_not_stand_in_the_way(self, make: Make, manager: Actor) -> None:
        firm = make("account", name="Forns", employees="10")
        change("account", firm, employees="12")
        version = query.rows("account", OPERATOR).get(firm)["version"]
        done = Change.objects.get(record_id=firm)
        change("account", firm, name="Forns Vallès")
        signed_in(manager).post(at("accounts", firm, f"put-back/?version={version}"), {"what": f"{done.pk}.employees"})
        values = query.rows("account", OPERATOR).get(firm)
        assert (values["employees"], values["name"]) == (10, "Forns Vallès")

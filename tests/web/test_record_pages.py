"""Record pages, forms, the past and undo, through the real addresses and the real door."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tracte.engine import undoing
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.meta.registry import registry
from tracte.modules.sales.default_pipeline import seed
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.changes import Change, ChangeSet
from tracte.records.tasks.models import Task

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}
EVERYTHING = dict.fromkeys(("view", "create", "edit", "delete", "undo", "bulk"), "all")
NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7|add:7 }}<svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
]


def role(name: str, grants: dict[str, Any], masks: dict[str, Any] | None = None) -> int:
    values = {"name": name, "grants": grants, "masks": masks or {}}
    return door.create(OPERATOR, "role", values, origin="system", canonical=True).id


def person(name: str, *roles: int, admin: bool = False) -> int:
    values = {
        "name": name,
        "email": f"{name.lower()}@example.org",
        "can_sign_in": "true",
        "is_admin": str(admin).lower(),
        "roles": [encode(one) for one in roles],
    }
    return door.create(OPERATOR, "user", values, origin="system").id


def client(user_id: int) -> Client:
    made = Client()
    made.force_login(get_user_model().objects.get(pk=user_id))
    return made


def make(entity: str, owner: int | None = None, **values: Any) -> int:
    raw = values | ({"owner": encode(owner)} if owner else {})
    return door.create(OPERATOR, entity, raw, origin="system").id


def stored(entity: str, record_id: int) -> dict[str, Any]:
    return query.rows(entity, OPERATOR).get(record_id)


def url(entity: str, record_id: int, rest: str = "") -> str:
    return f"/{registry()[entity].plural}/{encode(record_id)}/{rest}"


@pytest.fixture(autouse=True)
def pipeline(db: None) -> None:
    """The stages a fresh home has."""
    seed()


@pytest.fixture
def seller() -> Iterator[int]:
    """Somebody who may do everything with his own records."""
    own = dict.fromkeys(EVERYTHING, "own")
    kinds = ("account", "contact", "opportunity", "note", "product")
    return person("Anna", role("Own", dict.fromkeys(kinds, own)))


@pytest.fixture
def boss() -> int:
    return person("Boss", role("All", {"*": EVERYTHING}), admin=True)


class TestReading:
    def test_a_stranger_gets_the_same_404_as_for_nothing_on_every_address(self, seller: int, boss: int) -> None:
        hidden = make("account", boss, name="Hidden Ltd")
        browser, body = client(seller), set()
        for rest in ("", "edit/", "delete/", "field/name/", "timeline/", "tree/"):
            for one in (hidden, hidden + 1):
                answer = browser.get(url("account", one, rest))
                assert answer.status_code == 404, rest
                assert b"Hidden Ltd" not in answer.content
                body.add(
                    re.sub(rb"nonce[^>]*|hx-headers[^>]*|value=\"[^\"]*\"", b"", answer.content).replace(
                        encode(one).encode(), b""
                    )
                )
        for rest in ("edit/", "delete/", "field/name/", "put-back/", "talk/"):
            assert browser.post(url("account", hidden, rest), {"name": "Taken"}).status_code == 404
        assert stored("account", hidden)["name"] == "Hidden Ltd"

    def test_a_hidden_field_is_nowhere_in_the_page_its_form_or_its_history(self, boss: int) -> None:
        masked = role("Masked", {"*": EVERYTHING}, {"account": {"turnover": "hidden", "employees": "readonly"}})
        one = make("account", name="Firm", turnover="77123 EUR", employees="9")
        door.update(OPERATOR, "account", one, {"turnover": "88456 EUR", "employees": "12"}, origin="ui")
        browser = client(person("Mara", masked))
        for rest in ("", "edit/", "?show=changes", "timeline/"):
            text = browser.get(url("account", one, rest)).content.decode()
            assert "77,123" not in text
            assert "88,456" not in text
            assert "Turnover" not in text
        assert 'name="employees"' not in browser.get(url("account", one, "edit/")).content.decode()
        for name in ("turnover", "employees"):
            assert browser.get(url("account", one, f"field/{name}/")).status_code == 404
            assert browser.post(url("account", one, f"field/{name}/"), {name: "1"}).status_code == 404
        change = Change.objects.get(record_id=one)
        answer = browser.post(url("account", one, "put-back/"), {"what": f"{change.pk}.turnover"})
        assert answer.status_code == 404

    def test_a_page_takes_twelve_queries_at_most_however_much_hangs_on_it(self, boss: int) -> None:
        parent = make("account", name="Group")
        firm = make("account", name="Firm", parent=encode(parent))
        for number in range(12):
            contact = make("contact", first_name=f"C{number}", account=encode(firm))
            make("affiliation", contact=encode(contact), account=encode(firm), job_title="x")
            make("account", name=f"Branch {number}", parent=encode(firm))
            deal = make("opportunity", name=f"Deal {number}", account=encode(firm), contact=encode(contact))
            product = make("product", name=f"Product {number}", price="5 EUR")
            for _line in range(3):
                make("opportunity_line", opportunity=encode(deal), product=encode(product))
            make("opportunity_contact", opportunity=encode(deal), contact=encode(contact), role="champion")
            make("note", body="text", about=[encode(firm), encode(deal)])
            door.update(OPERATOR, "account", firm, {"employees": str(number + 1)}, origin="ui")
        browser = client(boss)
        for entity, record_id in (("account", firm), ("contact", contact), ("opportunity", deal)):
            browser.get(url(entity, record_id))
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(url(entity, record_id)).status_code == 200
            # Each many-reference field costs one more; only the example module gives these entities any.
            assert len(queries) <= 12 + len(registry()[entity].link_fields), "\n".join(q["sql"][-150:] for q in queries)

    def test_what_is_typed_is_shown_and_never_obeyed(self, boss: int) -> None:
        browser = client(boss)
        for nasty in NASTY:
            firm = make("account", name=f"A {nasty}", description=nasty, tags=re.sub("[,;|]", "", nasty)[:40])
            person_ = make("contact", first_name=nasty[:90], job_title=nasty, account=encode(firm))
            deal = make("opportunity", name=nasty, account=encode(firm), contact=encode(person_), next_step=nasty)
            door.update(OPERATOR, "opportunity", deal, {"next_step": f"{nasty} 2", "description": nasty}, origin="ui")
            browser.post(url("opportunity", deal, "talk/"), {"text": nasty})
            browser.post("/notes/new/", {"body": nasty, "about": encode(deal), "body__marks": "1"})
            make("note", body=f"<p>text {nasty}</p>", about=[encode(deal)])
            pages = [
                url("account", firm),
                url("contact", person_),
                url("opportunity", deal),
                url("opportunity", deal, "edit/"),
            ]
            pages += ["/changes/?all=1", url("opportunity", deal, "field/next_step/"), url("account", firm, "tree/")]
            for page in pages:
                text = browser.get(page).content.decode()
                assert "<script>alert" not in text, (page, nasty)
                assert not re.search(r"<(img|svg)[^>]*\son\w+\s*=", text.replace("&lt;", "")), (page, nasty)
                assert 'href="javascript:' not in text
                assert not re.search(r"<[^>&\"]*\sonmouseover=", text), (page, nasty)

    def test_a_private_note_is_for_its_owner_alone(self, boss: int, seller: int) -> None:
        firm = make("account", seller, name="Firm")
        client(seller).post(url("account", firm, "talk/"), {"text": "only mine", "private": "1"})
        assert "only mine" in client(seller).get(url("account", firm)).content.decode()
        assert "only mine" not in client(boss).get(url("account", firm)).content.decode()

    def test_older_events_follow_without_gap_or_repetition(self, boss: int) -> None:
        firm = make("account", name="Firm")
        for number in range(45):
            if number % 3:
                make("note", body=f"note-{number:03}", about=[encode(firm)])
            else:
                door.update(OPERATOR, "account", firm, {"description": f"text-{number:03}"}, origin="ui")
        browser, seen, address = client(boss), [], url("account", firm, "timeline/")
        for _ in range(10):
            text = html.unescape(browser.get(address).content.decode())
            seen += re.findall(r"note-\d{3}", text) + re.findall(r"<ins[^>]*><bdi>(text-\d{3})", text)
            found = re.search(r'hx-get="([^"]+)"', text)
            if not found:
                break
            address = found[1]
        assert len(seen) == len(set(seen)) == 45

    def test_the_path_shows_where_the_deal_is_and_its_days(self, boss: int) -> None:
        deal = make("opportunity", name="Deal")
        text = client(boss).get(url("opportunity", deal)).content.decode()
        assert 'aria-current="step"' in text
        assert text.count('class="step"') >= 4


class TestForms:
    def test_every_problem_is_told_at_once_and_what_was_typed_survives(self, boss: int) -> None:
        answer = client(boss).post(
            "/contacts/new/", {"first_name": "Ștefania", "email": "nope", "phone": "12", "born": "never"}
        )
        text = answer.content.decode()
        assert answer.status_code == 422
        assert text.count('class="field-error"') == 3
        assert 'value="Ștefania"' in text
        assert 'value="nope"' in text
        for name in ("email", "phone", "born"):
            assert f'href="#f-{name}"' in text
        assert query.rows("contact", OPERATOR).count() == (0, False)

    def test_a_likely_duplicate_is_asked_about_once(self, boss: int) -> None:
        make("contact", first_name="Emily", email="emily@example.org")
        browser, data = client(boss), {"first_name": "Emily", "email": "emily@example.org"}
        asked = browser.post("/contacts/new/", data)
        accept = re.search(r'name="accept" value="([^"]+)"', asked.content.decode())
        assert asked.status_code == 422
        assert accept
        assert "Emily" in asked.content.decode()
        assert browser.post("/contacts/new/", data | {"accept": "something else"}).status_code == 422
        assert browser.post("/contacts/new/", data | {"accept": accept[1]}).status_code == 302
        assert query.rows("contact", OPERATOR).count()[0] == 2

    def test_the_same_form_sent_twice_makes_one_record(self, boss: int) -> None:
        browser, data = client(boss), {"name": "Once Ltd", "nonce": "n" * 24}
        answers = [browser.post("/accounts/new/", data) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {302}
        assert len({answer["Location"] for answer in answers}) == 1
        assert query.rows("account", OPERATOR).count()[0] == 1

    def test_a_refused_form_may_be_sent_again_with_the_same_nonce(self, boss: int) -> None:
        browser = client(boss)
        assert browser.post("/accounts/new/", {"name": "", "nonce": "m" * 24}).status_code == 422
        assert browser.post("/accounts/new/", {"name": "Now", "nonce": "m" * 24}).status_code == 302

    def test_a_link_fills_the_form(self, boss: int) -> None:
        firm = make("account", name="Firm & Co")
        text = client(boss).get(f"/contacts/new/?account={encode(firm)}&first_name=Ana&next=/x").content.decode()
        assert 'data-title="Firm &amp; Co"' in text
        assert 'value="Ana"' in text

    def test_a_reference_may_be_typed_by_its_whole_name(self, boss: int) -> None:
        firm = make("account", name="Harbourline Freight")
        client(boss).post("/contacts/new/", {"first_name": "Ana", "account": "harbourline freight"})
        (values,) = query.rows("contact", OPERATOR).page(["account"]).rows
        assert values["account"] == firm

    def test_nobody_is_sent_to_another_site_after_saving(self, boss: int) -> None:
        for evil in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
            answer = client(boss).post("/accounts/new/", {"name": "Firm", "next": evil, "accept": ""})
            location = answer["Location"] if answer.status_code == 302 else ""
            assert "evil" not in location
            query_rows = query.rows("account", OPERATOR).ids()
            door.delete(OPERATOR, "account", query_rows, origin="system")

    def test_stale_with_a_clash_shows_both_versions_and_saves_the_choice(self, boss: int) -> None:
        firm, browser = make("account", name="Firm", description="old"), client(boss)
        door.update(OPERATOR, "account", firm, {"description": "theirs"}, origin="ui")
        sent = {"name": "Firm", "description": "mine", "version": "1"}
        answer = browser.post(url("account", firm, "edit/"), sent)
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "theirs" in text
        assert "mine" in text
        assert 'name="version" value="2"' in text
        assert stored("account", firm)["description"] == "theirs"
        keep = sent | {"version": "2", "keep-description": "theirs"}
        assert browser.post(url("account", firm, "edit/"), keep).status_code == 302
        assert stored("account", firm)["description"] == "theirs"
        assert browser.post(url("account", firm, "edit/"), keep | {"keep-description": "mine"}).status_code == 302
        assert stored("account", firm)["description"] == "mine"

    def test_stale_edits_of_different_fields_are_offered_together(self, boss: int) -> None:
        firm, browser = make("account", name="Firm", description="old", employees="3"), client(boss)
        door.update(OPERATOR, "account", firm, {"description": "theirs"}, origin="ui")
        sent = {"name": "Firm", "description": "old", "employees": "5", "version": "1"}
        answer = browser.post(url("account", firm, "edit/"), sent)
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "Save both" in text
        checked = dict(re.findall(r'name="keep-(\w+)" value="(\w+)" checked', text))
        assert checked == {"description": "theirs", "employees": "mine"}
        merged = sent | {"version": "2"} | {f"keep-{name}": side for name, side in checked.items()}
        assert browser.post(url("account", firm, "edit/"), merged).status_code == 302
        values = stored("account", firm)
        assert (values["description"], values["employees"]) == ("theirs", 5)

    def test_what_is_deleted_lies_in_the_bin_and_comes_back(self, boss: int) -> None:
        firm, browser = make("account", name="Firm"), client(boss)
        assert "Firm" in browser.get(url("account", firm, "delete/")).content.decode()
        assert browser.post(url("account", firm, "delete/"))["Location"] == "/accounts/"
        assert browser.get(url("account", firm)).status_code == 404
        assert "Firm" in browser.get("/accounts/bin/").content.decode()
        assert browser.post("/accounts/bin/restore/", {"id": encode(firm)}).status_code == 302
        assert browser.get(url("account", firm)).status_code == 200


class TestInPlace:
    def test_a_field_is_saved_and_the_page_told(self, boss: int) -> None:
        firm, browser = make("account", name="Firm"), client(boss)
        form = browser.get(url("account", firm, "field/employees/"), headers=FRAGMENT).content.decode()
        assert 'name="employees"' in form
        assert 'name="version" value="1"' in form
        answer = browser.post(
            url("account", firm, "field/employees/"), {"employees": "12", "version": "1"}, headers=FRAGMENT
        )
        text = answer.content.decode()
        assert answer.status_code == 200
        assert 'id="field-employees"' in text
        assert "/undo" in text
        assert 'id="record-top"' in text
        assert stored("account", firm)["employees"] == 12

    def test_a_bad_value_stays_in_its_box_with_the_reason(self, boss: int) -> None:
        firm = make("account", name="Firm")
        answer = client(boss).post(url("account", firm, "field/employees/"), {"employees": "many"}, headers=FRAGMENT)
        assert answer.status_code == 422
        assert 'value="many"' in answer.content.decode()
        assert "field-error" in answer.content.decode()

    def test_the_same_field_changed_meanwhile_is_asked_about_another_one_is_not(self, boss: int) -> None:
        firm, browser = make("account", name="Firm", employees="1"), client(boss)
        door.update(OPERATOR, "account", firm, {"description": "x"}, origin="ui")
        address = url("account", firm, "field/employees/")
        assert browser.post(address, {"employees": "2", "version": "1"}, headers=FRAGMENT).status_code == 200
        door.update(OPERATOR, "account", firm, {"employees": "7"}, origin="ui")
        answer = browser.post(address, {"employees": "3", "version": "3"}, headers=FRAGMENT)
        assert answer.status_code == 409
        assert "7" in answer.content.decode()
        assert 'value="3"' in answer.content.decode()
        assert stored("account", firm)["employees"] == 7

    def test_an_earlier_value_is_restored_as_a_change_of_its_own(self, boss: int) -> None:
        firm, browser = make("account", name="Firm", employees="1"), client(boss)
        door.update(OPERATOR, "account", firm, {"employees": "7"}, origin="ui")
        change = Change.objects.get(record_id=firm)
        assert f"{change.pk}.employees" in browser.get(url("account", firm)).content.decode()
        browser.post(url("account", firm, "put-back/"), {"what": f"{change.pk}.employees"})
        assert stored("account", firm)["employees"] == 1
        assert ChangeSet.objects.order_by("-id")[0].title.startswith("Restore")

    def test_a_change_of_another_record_restores_nothing(self, boss: int) -> None:
        firm, other = make("account", name="Firm", employees="1"), make("account", name="Other", employees="5")
        door.update(OPERATOR, "account", other, {"employees": "6"}, origin="ui")
        change = Change.objects.get(record_id=other)
        assert (
            client(boss).post(url("account", firm, "put-back/"), {"what": f"{change.pk}.employees"}).status_code == 404
        )


class TestVerbs:
    def test_a_gate_asks_for_what_the_stage_needs_and_then_moves(self, boss: int) -> None:
        deal, browser = make("opportunity", name="Deal"), client(boss)
        rows = snapshots.current().rows["stage"]
        now = stored("opportunity", deal)["stage"]
        ahead = next(pk for pk, row in rows.items() if row["kind"] == "open" and pk != now)
        door.update(OPERATOR, "stage", ahead, {"asks": ("amount",)}, origin="system", canonical=True)
        address = url("opportunity", deal, "move")
        asked = browser.post(address, {"stage": encode(ahead)}, headers=FRAGMENT)
        assert asked.status_code == 422
        assert 'name="amount"' in asked.content.decode()
        assert "data-show" in asked.content.decode()
        assert stored("opportunity", deal)["stage"] == now
        page = browser.post(address, {"stage": encode(ahead)})
        assert page.status_code == 422
        assert "<html" in page.content.decode()
        given = {"stage": encode(ahead), "amount": "1200", "amount_currency": "EUR"}
        assert browser.post(address, given).status_code == 302
        assert stored("opportunity", deal)["stage"] == ahead

    def test_a_verb_asks_in_a_dialog_and_refuses_in_it(self, boss: int) -> None:
        deal, browser = make("opportunity", name="Deal"), client(boss)
        address = url("opportunity", deal, "do/lose/")
        assert 'name="lost_reason"' in browser.get(address, headers=FRAGMENT).content.decode()
        refused = browser.post(address, {"lost_reason": ""}, headers=FRAGMENT)
        assert refused.status_code == 422
        assert "field-error" in refused.content.decode()
        reason = next(iter(snapshots.current().lists["lost_reason"]))
        done = browser.post(address, {"lost_reason": reason}, headers=FRAGMENT)
        assert done.status_code == 200
        assert done["HX-Redirect"] == url("opportunity", deal)
        assert snapshots.current().rows["stage"][stored("opportunity", deal)["stage"]]["kind"] == "lost"

    def test_a_verb_on_an_older_version_says_what_changed_and_keeps_what_was_typed(self, boss: int) -> None:
        deal, browser = make("opportunity", name="Deal", amount="1000 EUR"), client(boss)
        door.update(OPERATOR, "opportunity", deal, {"amount": "2500 EUR"}, origin="ui")
        address = url("opportunity", deal, "do/lose/")
        reason = next(iter(snapshots.current().lists["lost_reason"]))
        sent = {"lost_reason": reason, "lost_detail": "They were too small.", "version": "1"}
        for headers in ({}, FRAGMENT):
            stale = browser.post(address, sent, headers=headers)
            text = stale.content.decode()
            assert stale.status_code == 409
            assert "moved-on" in text
            assert "€1,000" in text
            assert "€2,500" in text
            assert "They were too small." in text
            assert 'name="version" value="2"' in text
        assert stored("opportunity", deal)["version"] == 2
        assert browser.post(address, sent | {"version": "2"}).status_code == 302
        assert stored("opportunity", deal)["lost_detail"] == "They were too small."

    def test_a_verb_that_no_longer_makes_sense_is_not_offered_again(self, boss: int) -> None:
        deal, browser = make("opportunity", name="Deal"), client(boss)
        door.act(OPERATOR, "opportunity", deal, "win", {}, origin="ui")
        stale = browser.post(url("opportunity", deal, "do/win/"), {"version": "1"}, headers=FRAGMENT)
        assert stale.status_code == 409
        assert "moved-on" in stale.content.decode()
        assert "btn-primary" not in stale.content.decode()
        version = stored("opportunity", deal)["version"]
        assert browser.post(url("opportunity", deal, "do/reopen/"), {"version": str(version)}).status_code == 302

    def test_a_step_on_an_older_version_is_asked_about_first(self, boss: int) -> None:
        deal, browser = make("opportunity", name="Deal"), client(boss)
        now = stored("opportunity", deal)["stage"]
        stages = snapshots.current().rows["stage"]
        ahead = next(pk for pk, row in stages.items() if row["kind"] == "open" and pk != now)
        door.update(OPERATOR, "opportunity", deal, {"name": "Renamed by others"}, origin="ui")
        address, sent = url("opportunity", deal, "move"), {"stage": encode(ahead), "version": "1"}
        for headers in ({}, FRAGMENT):
            stale = browser.post(address, sent, headers=headers)
            assert stale.status_code == 409
            assert "Renamed by others" in stale.content.decode()
            assert stored("opportunity", deal)["stage"] == now
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', stale.content.decode()))
        assert form["version"] == "2"
        again = browser.post(address, form, headers=FRAGMENT)
        assert again["HX-Redirect"] == url("opportunity", deal)
        assert stored("opportunity", deal)["stage"] == ahead

    def test_a_field_edited_in_place_does_not_make_the_page_stale(self, boss: int) -> None:
        deal, browser = make("opportunity", name="Deal"), client(boss)
        saved = browser.post(
            url("opportunity", deal, "field/next_step/"), {"next_step": "Call", "version": "1"}, headers=FRAGMENT
        )
        text = saved.content.decode()
        assert 'id="record-head" hx-swap-oob="true"' in text
        assert set(re.findall(r'name="version" value="(\d+)"', text)) == {"2"}
        asked = browser.get(url("opportunity", deal, "do/win/"), headers=FRAGMENT).content.decode()
        assert 'name="version" value="2"' in asked
        won = browser.post(url("opportunity", deal, "do/win/"), {"version": "2"}, headers=FRAGMENT)
        assert won["HX-Redirect"] == url("opportunity", deal)
        assert snapshots.current().rows["stage"][stored("opportunity", deal)["stage"]]["kind"] == "won"

    def test_a_version_that_is_no_number_is_refused(self, boss: int) -> None:
        deal = make("opportunity", name="Deal")
        for rest in ("do/win/", "move"):
            assert client(boss).post(url("opportunity", deal, rest), {"version": "1; x"}).status_code == 400

    def test_there_is_one_address_to_move_and_it_leads_back_to_where_one_came_from(self, boss: int) -> None:
        deal, browser = make("opportunity", name="Deal", amount="10 EUR", closes_on="2027-01-31"), client(boss)
        stages = [pk for pk, row in snapshots.current().rows["stage"].items() if row["kind"] == "open"]
        assert browser.post(url("opportunity", deal, "move/"), {"stage": encode(stages[1])}).status_code == 404
        page, address = browser.get(url("opportunity", deal)).content.decode(), url("opportunity", deal, "move")
        assert f'action="{address}"' in page
        for number, place in enumerate((url("opportunity", deal), "/opportunities/board?view=all"), 1):
            sent = {"stage": encode(stages[number]), "version": str(number)}
            answer = browser.post(address, sent, headers={"Referer": f"http://testserver{place}"})
            assert answer["Location"] == place
            assert stored("opportunity", deal)["stage"] == stages[number]
        assert browser.get(address).status_code == 405

    def test_an_unknown_verb_and_one_without_right_are_refused(self, seller: int, boss: int) -> None:
        looks = client(person("Lena", role("Looks", {"opportunity": {"view": "all"}})))
        deal = make("opportunity", name="Deal")
        assert client(boss).get(url("opportunity", deal, "do/fly/")).status_code == 404
        assert looks.get(url("opportunity", deal, "do/win/")).status_code == 403
        assert "do/win/" not in looks.get(url("opportunity", deal)).content.decode()


class TestChangeSets:
    def test_each_sees_his_own_and_those_of_what_one_may_see_the_history_of(self, seller: int, boss: int) -> None:
        client(seller).post("/accounts/new/", {"name": "Annas firm"})
        mine = ChangeSet.objects.order_by("-id")[0]
        other = client(person("Carl", role("Other", {"account": EVERYTHING | {"view": "own", "history": "own"}})))
        colleague = client(person("Berta", role("Colleague", {"account": EVERYTHING})))
        assert "Annas firm" in client(seller).get("/changes/").content.decode()
        assert other.get(f"/changes/{mine.pk}/").status_code == 404
        assert other.post(f"/changes/{mine.pk}/undo").status_code == 404
        assert colleague.get(f"/changes/{mine.pk}/").status_code == 200
        assert colleague.post(f"/changes/{mine.pk}/undo").status_code == 404
        assert client(boss).get(f"/changes/{mine.pk}/").status_code == 200

    def test_undo_is_previewed_says_what_is_kept_and_takes_back(self, boss: int) -> None:
        browser = client(boss)
        browser.post("/accounts/new/", {"name": "Firm", "employees": "1"})
        (firm,) = query.rows("account", OPERATOR).ids()
        browser.post(url("account", firm, "field/employees/"), {"employees": "2"})
        changed = ChangeSet.objects.order_by("-id")[0].pk
        door.update(OPERATOR, "account", firm, {"employees": "3"}, origin="ui")
        preview = browser.get(f"/changes/{changed}/undo").content.decode()
        assert 'name="force"' in preview
        assert "changed again" in preview
        assert stored("account", firm)["employees"] == 3
        browser.post(f"/changes/{changed}/undo", {"force": "1"})
        assert stored("account", firm)["employees"] == 1

    def test_undoing_a_creation_from_its_own_page_leads_to_the_list(self, boss: int) -> None:
        browser = client(boss)
        where = browser.post("/accounts/new/", {"name": "Firm"})["Location"]
        made = ChangeSet.objects.order_by("-id")[0].pk
        answer = browser.post(f"/changes/{made}/undo", headers={"Referer": f"http://testserver{where}"})
        assert answer["Location"] == "/accounts/"
        assert query.rows("account", OPERATOR).count()[0] == 0

    def test_a_hidden_field_is_not_told_by_the_change_set_either(self, boss: int) -> None:
        masked = person("Mara", role("Masked", {"*": EVERYTHING}, {"account": {"turnover": "hidden"}}))
        firm = make("account", name="Firm", turnover="77123 EUR")
        outcome = door.update(OPERATOR, "account", firm, {"turnover": "88456 EUR", "employees": "3"}, origin="ui")
        ChangeSet.objects.filter(pk=outcome.set_id).update(actor_id=masked)
        text = client(masked).get(f"/changes/{outcome.set_id}/").content.decode()
        assert "Employees" in text
        assert "88,456" not in text
        assert "Turnover" not in text

    def test_a_large_undo_is_queued_once_and_done_in_the_background(self, boss: int, monkeypatch: Any) -> None:
        monkeypatch.setattr(undoing, "AT_ONCE", 0)
        browser = client(boss)
        browser.post("/accounts/new/", {"name": "Firm"})
        made = ChangeSet.objects.order_by("-id")[0].pk
        assert "background" in browser.get(f"/changes/{made}/undo").content.decode()
        answers = {browser.post(f"/changes/{made}/undo")["Location"] for _ in range(2)}
        assert len(answers) == 1
        assert "Undoing" in browser.get(answers.pop()).content.decode()
        task = Task.objects.get()

        class Quiet:
            def check(self) -> None: ...
            def progress(self, done: int, total: int) -> None: ...

        done = undoing.take_back(Quiet(), **json.loads(task.args))  # type: ignore[arg-type]
        assert done is not None
        assert (done["undone"], done["kept"]) == (1, 0)
        assert query.rows("account", OPERATOR).count()[0] == 0

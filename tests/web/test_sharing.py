"""The pages of sharing rules and of private fields: made by an administrator, they hold for others at once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import firm, make, person

from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.records import query, snapshot
from tracte.records.changes import ChangeSet
from tracte.records.people import User
from tracte.records.sharing import FieldGroup, SharingRule

Make = Callable[..., int]
__all__ = ["firm", "make", "person"]
RULES, PRIVATE = "/settings/sharing/", "/settings/private-fields/"


@pytest.fixture
def admin(person: Callable[..., Actor]) -> Client:
    return signed_in(person("Boss", "administrator", is_admin=True))


@pytest.fixture
def north(make: Make) -> int:
    return make("team", name="North")


@pytest.fixture
def south(make: Make) -> int:
    return make("team", name="South")


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def fresh(actor: Actor) -> Actor:
    return snapshot.current().actor(int(actor.user_id or 0))


def reached(actor: Actor) -> set[int]:
    return set(query.rows("account", fresh(actor)).ids())


def a_rule(**more: Any) -> dict[str, Any]:
    """What the form of a rule sends: accounts whose name begins with Acme, for seeing."""
    return {
        "do": "save",
        "name": "Acme for export",
        "kind": "account",
        "how": "view",
        "active__sent": "1",
        "active": "true",
        "everybody__sent": "1",
        "w:r": "all",
        "node": ["r-0"],
        "p:r-0": "name",
        "o:r-0": "starts",
        "b:r-0": "name starts",
        "v:r-0": "Acme",
        **more,
    }


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


# -- rules -----------------------------------------------------------------------------------------------------------
def test_a_rule_made_on_its_page_opens_exactly_the_records_of_its_condition(
    admin: Client, make: Make, person: Callable[..., Actor], north: int, south: int
) -> None:
    owner, colleague = person("Laia", "seller", north), person("Joan", "seller", south)
    stranger = person("Marc", "seller", south)
    opened = make("account", name="Acme Vic", owner=owner.user_id, team=north)
    make("account", name="Other", owner=owner.user_id, team=north)
    assert reached(colleague) == set()
    answer = admin.post(f"{RULES}new/", a_rule(people=[encode(colleague.user_id or 0)]))
    assert answer.status_code == 302
    assert (reached(colleague), reached(stranger)) == ({opened}, set())
    assert query.rows("account", fresh(colleague), "edit").ids() == []
    rule = SharingRule.objects.get()
    assert rule.condition == {"all": [["name", "starts", "Acme"]]}
    assert ChangeSet.objects.latest("pk").pk == rule.created_set
    shown = text(admin.get(RULES))
    assert "Joan may see them" in shown
    assert "Accounts · Name begins with Acme" in shown
    assert "1 person" in shown


def test_a_rule_is_changed_step_by_step_without_losing_what_was_typed(
    admin: Client, make: Make, person: Callable[..., Actor], north: int
) -> None:
    team = encode(north)
    admin.post(f"{RULES}new/", a_rule(teams=[team]))
    page = f"{RULES}{encode(SharingRule.objects.get().pk)}/"
    begun = text(admin.get(page))
    assert 'value="Acme"' in begun
    version = re.search(r'name="version" value="(\d+)"', begun)
    assert version is not None
    step = text(admin.post(page, a_rule(do="add:r", name="Acme and more", teams=[team], version=version[1])))
    assert 'name="p:r-1"' in step
    assert 'value="Acme and more"' in step
    assert f'name="version" value="{version[1]}"' in step
    assert SharingRule.objects.get().name == "Acme for export"
    more = {"node": ["r-0", "r-1"], "p:r-1": "name", "o:r-1": "contains", "b:r-1": "name contains", "v:r-1": "Vic"}
    saved = admin.post(page, a_rule(how="edit", teams=[team], version=version[1], **more))
    assert saved.status_code == 302
    rule = SharingRule.objects.get()
    assert rule.condition == {"all": [["name", "starts", "Acme"], ["name", "contains", "Vic"]]}
    assert "The team North may see and change them" in text(admin.get(RULES))
    late = admin.post(page, a_rule(name="Too late", teams=[team], version=version[1]))
    assert late.status_code == 409
    assert 'value="Too late"' in text(late)
    assert SharingRule.objects.get().name == "Acme for export"


def test_before_saving_it_says_how_many_records_it_opens_and_to_how_many(
    admin: Client, make: Make, person: Callable[..., Actor], north: int
) -> None:
    joan = person("Joan", "seller", north)
    for n in range(3):
        make("account", name=f"Acme {n}", owner=joan.user_id, team=north)
    told = admin.post(f"{RULES}new/", a_rule(do="count", teams=[encode(north)]), headers={"HX-Request": "true"})
    assert re.sub(r"<[^>]+>", "", text(told)) == "Today it opens 3 accounts to 1 person"
    assert SharingRule.objects.count() == 0


def test_a_broken_condition_is_said_beside_its_line_and_what_was_typed_stays(admin: Client, north: int) -> None:
    wrong = a_rule(name="Kept as typed", teams=[encode(north)])
    wrong |= {"p:r-0": "turnover", "o:r-0": "gt", "b:r-0": "turnover gt", "v:r-0": "a lot"}
    answer = admin.post(f"{RULES}new/", wrong)
    shown = text(answer)
    assert answer.status_code == 422
    assert 'id="e-r-0"' in shown
    assert 'value="a lot"' in shown
    assert 'value="Kept as typed"' in shown
    assert re.search(rf'value="{encode(north)}" checked', shown)
    assert SharingRule.objects.count() == 0


def test_a_rule_for_nobody_and_one_without_a_name_are_said_beside_their_fields(admin: Client) -> None:
    answer = admin.post(f"{RULES}new/", a_rule(name=""))
    shown = text(answer)
    assert answer.status_code == 422
    assert 'id="f-name-error"' in shown
    assert 'value="Acme"' in shown
    assert 'id="f-people-error"' in text(admin.post(f"{RULES}new/", a_rule()))
    assert SharingRule.objects.count() == 0


def test_a_condition_the_administrator_may_not_read_is_neither_shown_nor_lost(
    admin: Client, make: Make, person: Callable[..., Actor], north: int
) -> None:
    secret = {"all": [["website", "contains", "secret.example"]]}
    make("sharing_rule", name="Sites", kind="account", condition=secret, teams=[encode(north)])
    rule = SharingRule.objects.get()
    make("field_group", name="Names", kind="account", hidden={"fields": ["website"]}, teams=[encode(north)])
    page = f"{RULES}{encode(rule.pk)}/"
    assert "secret.example" not in text(admin.get(page)) + text(admin.get(RULES))
    assert admin.post(page, a_rule(name="Renamed", teams=[encode(north)])).status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.condition) == ("Renamed", secret)
    anew = text(admin.post(page, {**a_rule(), "do": "anew"}))
    assert 'name="anew" value="1"' in anew
    assert admin.post(page, a_rule(anew="1", teams=[encode(north)])).status_code == 302
    rule.refresh_from_db()
    assert rule.condition == {"all": [["name", "starts", "Acme"]]}


def test_nothing_is_opened_before_somebody_saw_which_records_these_are(
    admin: Client, make: Make, person: Callable[..., Actor], north: int
) -> None:
    """Without script the builder comes only once the kind of record is sent."""
    unseen = {key: value for key, value in a_rule(teams=[encode(north)]).items() if "r" not in key.split(":")}
    unseen = {key: value for key, value in unseen.items() if not key.endswith("r-0") and key != "node"}
    answer = admin.post(f"{RULES}new/", unseen)
    assert answer.status_code == 422
    assert "Look at which records it opens, then save once more." in text(answer)
    assert 'name="w:r"' in text(answer)
    assert SharingRule.objects.count() == 0
    condition = {"all": [["website", "contains", "secret.example"]]}
    rule = make("sharing_rule", name="Sites", kind="account", condition=condition, teams=[encode(north)])
    make("field_group", name="Sites", kind="account", hidden={"fields": ["website"]}, teams=[encode(north)])
    assert admin.post(f"{RULES}{encode(rule)}/", {**unseen, "kind": "contact"}).status_code == 422
    assert SharingRule.objects.get().condition == condition
    assert admin.post(f"{RULES}new/", {**unseen, "w:r": "all"}).status_code == 302


def test_only_administrators_find_the_pages_and_nothing_is_written_for_others(
    admin: Client, make: Make, person: Callable[..., Actor], north: int
) -> None:
    admin.post(f"{RULES}new/", a_rule(teams=[encode(north)]))
    made = make("field_group", name="Sites", kind="account", hidden={"fields": ["website"]}, teams=[encode(north)])
    rule, seller = SharingRule.objects.get(), signed_in(person("Laia", "seller", north))
    sets = ChangeSet.objects.count()
    for page in (
        RULES,
        f"{RULES}new/",
        f"{RULES}{encode(rule.pk)}/",
        PRIVATE,
        f"{PRIVATE}new/",
        f"{PRIVATE}{encode(made)}/",
    ):
        assert seller.get(page).status_code == 404, page
        assert seller.post(page, a_rule(everybody="true", hidden=["phone"])).status_code in (404, 405), page
        assert Client().get(page).status_code == 302, page
    assert ChangeSet.objects.count() == sets
    assert (SharingRule.objects.get().everybody, FieldGroup.objects.get().hidden) == (False, {"fields": ["website"]})
    assert "/settings/sharing/" not in seller.get("/settings/").content.decode()


def test_menu_lists_and_records_lead_to_these_pages(admin: Client, north: int) -> None:
    admin.post(f"{RULES}new/", a_rule(teams=[encode(north)]))
    one = encode(SharingRule.objects.get().pk)
    assert admin.get("/settings/").content.decode().count(f'href="{RULES}"') >= 1
    record, records = text(admin.get(f"/sharing_rules/{one}/")), text(admin.get("/field_groups/"))
    assert f'href="{RULES}{one}/"' in record
    assert f'href="/sharing_rules/{one}/edit/"' not in record
    assert f'href="{PRIVATE}new/"' in records


def test_the_list_costs_as_many_queries_for_many_rules_as_for_few(admin: Client, make: Make, north: int) -> None:
    owner = make("account", name="Parent")

    def one(n: int) -> None:
        condition = {"all": [["parent", "in", [encode(owner)]]]}
        make("sharing_rule", name=f"Rule {n}", kind="account", condition=condition, teams=[encode(north)])

    def cost() -> int:
        admin.get(RULES)
        with CaptureQueriesContext(connection) as asked:
            assert admin.get(RULES).status_code == 200
        return len(asked)

    one(0)
    few = cost()
    for n in range(1, 12):
        one(n)
    assert cost() == few


# -- private fields --------------------------------------------------------------------------------------------------
def private(**more: Any) -> dict[str, Any]:
    return {"do": "save", "name": "Sites", "kind": "account", "hidden": ["website"], **more}


def test_private_fields_vanish_for_whoever_is_not_named(
    admin: Client, make: Make, person: Callable[..., Actor], north: int
) -> None:
    laia, joan = person("Laia", "seller", north), person("Joan", "seller", north)
    account = make("account", name="Acme", website="https://acme.example", owner=laia.user_id, team=north)
    assert admin.post(f"{PRIVATE}new/", private(people=[encode(laia.user_id or 0)])).status_code == 302
    page = f"/accounts/{encode(account)}/"
    assert "acme.example" in text(signed_in(laia).get(page))
    assert "acme.example" not in text(signed_in(joan).get(page))
    assert "acme.example" not in text(admin.get(page))
    shown = text(admin.get(PRIVATE))
    assert "Laia sees them" in shown
    assert "Accounts: Website" in shown


def test_a_required_field_is_not_offered_and_says_why(admin: Client, north: int) -> None:
    shown = text(admin.post(f"{PRIVATE}new/", private(do="again")))
    assert 'value="website" checked' in shown
    assert 'name="hidden" value="name"' not in shown
    assert "Must be filled in each record, so everybody sees it." in shown
    forced = admin.post(f"{PRIVATE}new/", private(hidden=["name"], teams=[encode(north)]))
    assert forced.status_code == 422
    assert "must be filled in each record" in text(forced)
    none = admin.post(f"{PRIVATE}new/", private(hidden=[], teams=[encode(north)]))
    assert "Choose the fields that are private." in text(none)
    assert FieldGroup.objects.count() == 0


def test_private_fields_are_changed_and_say_who_would_see_them(admin: Client, make: Make, north: int) -> None:
    made = make("field_group", name="Sites", kind="account", hidden={"fields": ["website"]}, teams=[encode(north)])
    page = f"{PRIVATE}{encode(made)}/"
    shown = text(admin.get(page))
    assert "1 field, seen by 0 people; you are not among them" in shown
    version = FieldGroup.objects.get().version
    sent = private(hidden=["phone", "website"], teams=[encode(north)], teams__sent="1", version=version)
    assert admin.post(page, sent).status_code == 302
    group = FieldGroup.objects.get()
    assert set(group.hidden["fields"]) == {"phone", "website"}
    assert admin.post(page, sent).status_code == 409
    assert query.system_rows("field_group").count() == (1, False)

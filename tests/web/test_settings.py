"""Settings: who may see them, and that what is chosen there is kept through the door."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tracte.config.registration import installed_modules
from tracte.kernel.actor import OPERATOR, VERBS, Actor
from tracte.kernel.ids import encode
from tracte.records import door, snapshot
from tracte.records.changes import Change, ChangeSet
from tracte.records.people import Role, User

ADMIN_PAGES = (
    "/settings/company/",
    "/settings/roles/",
    "/settings/lists/",
    "/settings/lists/industry/",
    "/settings/pipelines/",
)


@pytest.fixture
def firm(db: None) -> None:
    for module in installed_modules():
        if module.seed is not None:
            module.seed()


@pytest.fixture
def person(firm: None) -> Callable[..., Client]:
    def maker(name: str, role: str, **more: Any) -> Client:
        values = {"name": name, "email": f"{name}@firm.example", "roles": [encode(_role(role).pk)]} | more
        made = door.create(OPERATOR, "user", values, origin="cli").id
        client = Client()
        client.force_login(User.objects.get(pk=made))
        return client

    return maker


@pytest.fixture
def admin(person: Callable[..., Client]) -> Client:
    return person("nuria", "administrator", is_admin=True)


@pytest.fixture
def seller(person: Callable[..., Client]) -> Client:
    return person("laia", "seller")


def _role(key: str) -> Role:
    return Role.objects.get(key=key)


def _actor(name: str) -> Actor:
    return snapshot.current().actor(User.objects.get(email=f"{name}@firm.example").pk)


def role_url(key: str = "seller") -> str:
    return f"/settings/roles/{encode(_role(key).pk)}/"


def test_pages_for_administrators_are_not_there_for_others(admin: Client, seller: Client) -> None:
    for path in (*ADMIN_PAGES, role_url(), f"{role_url()}fields/"):
        assert admin.get(path).status_code in (200, 302), path
        assert seller.get(path).status_code == 404, path
        assert seller.post(path, {}).status_code in (404, 405), path


def test_everybody_has_an_overview_a_profile_and_about(seller: Client, settings: Any) -> None:
    settings.TRACTE_SOURCE_URL = "https://source.example/tracte"
    overview = seller.get("/settings/").content.decode()
    assert "/settings/profile/" in overview
    assert "/settings/roles/" not in overview
    assert "https://source.example/tracte" in seller.get("/settings/about/").content.decode()
    for path in ("/settings/", "/settings/about/", "/settings/profile/"):
        assert 'style="' not in seller.get(path).content.decode()


def test_the_profile_is_kept_through_the_door_and_takes_effect_at_once(seller: Client) -> None:
    form = {
        "name": "Laia Vidiella",
        "language": "ca",
        "timezone": "Europe/Bucharest",
        "theme": "dark",
        "density": "compact",
    }
    answer = seller.post("/settings/profile/", form)
    assert answer.status_code == 302
    user = User.objects.get(email="laia@firm.example")
    assert (user.name, user.language, user.timezone, user.theme) == ("Laia Vidiella", "ca", "Europe/Bucharest", "dark")
    change = Change.objects.get(record_id=user.pk)
    assert set(change.data) == {"name", "language", "timezone", "theme", "density"}
    assert ChangeSet.objects.get(pk=change.set_id).actor_id == user.pk
    page = seller.get("/settings/profile/").content.decode()
    assert 'lang="ca"' in page
    assert 'data-theme="dark"' in page
    assert 'data-density="compact"' in page


def test_nobody_gives_himself_rights_by_the_profile(seller: Client) -> None:
    seller.post("/settings/profile/", {"name": "Laia", "is_admin": "1", "can_sign_in": "", "roles": "x"})
    user = User.objects.get(email="laia@firm.example")
    assert user.name == "Laia"
    assert user.is_admin is False
    assert user.can_sign_in is True


def test_a_wrong_time_zone_is_told_beside_its_field_and_nothing_is_kept(seller: Client) -> None:
    answer = seller.post("/settings/profile/", {"name": "New", "timezone": "Mars/Olympus"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "“Mars/Olympus” is not a time zone" in text
    box = re.search(r'<input[^>]*name="timezone"[^>]*>', text)
    assert box is not None
    assert all(part in box[0] for part in ('value="Mars/Olympus"', 'aria-invalid="true"', "f-timezone-error", "list="))
    assert User.objects.get(email="laia@firm.example").name == "laia"


def test_a_time_zone_is_chosen_from_a_list_or_by_its_city(seller: Client) -> None:
    assert '<option value="Europe/Bucharest">' in seller.get("/settings/profile/").content.decode()
    assert seller.post("/settings/profile/", {"name": "laia", "timezone": "new york"}).status_code == 302
    assert User.objects.get(email="laia@firm.example").timezone == "America/New_York"
    assert seller.post("/settings/profile/", {"name": "laia", "timezone": ""}).status_code == 302
    assert not User.objects.get(email="laia@firm.example").timezone


def test_the_theme_switch_is_kept_for_the_person(seller: Client) -> None:
    assert seller.post("/settings/preferences", {"theme": "light"}).status_code == 204
    assert User.objects.get(email="laia@firm.example").theme == "light"
    assert seller.post("/settings/preferences", {"theme": "neon"}).status_code == 422
    assert seller.post("/settings/preferences", {"is_admin": "1"}).status_code == 400
    assert Client().post("/settings/preferences", {"theme": "dark"}).status_code == 302


def test_rights_are_saved_as_one_change_set_and_hold_from_then_on(admin: Client, seller: Client) -> None:
    sent = {f"*:{verb}": "own" for verb in VERBS} | {"product:view": "all", "contact:edit": ""}
    before, types = ChangeSet.objects.count(), _role("seller").grants["opportunity_type"]
    assert admin.post(role_url(), sent).status_code == 302
    assert ChangeSet.objects.count() == before + 1
    assert _role("seller").grants == {
        "*": dict.fromkeys(VERBS, "own"), "product": {"view": "all"}, "opportunity_type": types
    }  # fmt: skip
    actor = _actor("laia")
    assert (actor.level("contact", "edit").name, actor.level("product", "view").name) == ("OWN", "ALL")
    assert admin.post(role_url(), sent).status_code == 302
    assert ChangeSet.objects.count() == before + 1  # nothing had changed


def test_rights_changed_meanwhile_and_rights_that_do_not_exist_are_refused(admin: Client) -> None:
    grants = _role("seller").grants
    assert admin.post(role_url(), {"*:view": "all", "version": "99"}).status_code == 409
    assert admin.post(role_url(), {"*:view": "galaxy"}).status_code == 400
    assert _role("seller").grants == grants


def test_field_rights_are_saved_as_one_change_set_and_hold_from_then_on(admin: Client, seller: Client) -> None:
    address, before = f"{role_url()}fields/", ChangeSet.objects.count()
    sent = {"opportunity:amount": "hidden", "account:name": "", "account:phone": "readonly"}
    assert admin.post(address, sent).status_code == 302
    assert ChangeSet.objects.count() == before + 1
    assert _role("seller").masks == {"opportunity": {"amount": "hidden"}, "account": {"phone": "readonly"}}
    actor = _actor("laia")
    assert actor.hides("opportunity", "weighted")  # what is made of the amount goes with it
    assert (actor.hides("account", "phone"), actor.locks("account", "phone")) == (False, True)
    page = admin.get(address).content.decode()
    assert "Hidden: it is made of Amount." in page
    assert re.search(r'name="opportunity:amount"[^>]*>.*?<option value="hidden" selected>', page)
    assert "2</span>" in admin.get(role_url()).content.decode()
    assert admin.post(address, sent).status_code == 302
    assert ChangeSet.objects.count() == before + 1  # nothing had changed


def test_a_form_of_field_rights_that_broke_off_opens_nothing(admin: Client) -> None:
    address = f"{role_url()}fields/"
    admin.post(address, {"opportunity:amount": "hidden", "contact:email": "hidden"})
    admin.post(address, {"contact:email": ""})
    assert _role("seller").masks == {"opportunity": {"amount": "hidden"}}


def test_field_rights_changed_meanwhile_and_ones_that_do_not_exist_are_refused(admin: Client) -> None:
    address = f"{role_url()}fields/"
    stale = admin.post(address, {"opportunity:amount": "hidden", "version": "99"})
    assert stale.status_code == 409
    assert re.search(r'name="opportunity:amount"[^>]*>.*?<option value="hidden" selected>', stale.content.decode())
    assert admin.post(address, {"opportunity:amount": "invisible"}).status_code == 400
    assert admin.post(address, {"opportunity:weighted": "readonly"}).status_code == 400  # nobody writes it anyway
    assert not _role("seller").masks


def test_every_field_right_can_be_chosen_and_is_named_for_who_does_not_see_the_page(admin: Client) -> None:
    page = admin.get(f"{role_url()}fields/").content.decode()
    names = re.findall(r'<select[^>]* name="([a-z_]+:[a-z_]+)" aria-label="([^"]+)"', page)
    assert {"account:name", "opportunity:weighted", "note:body", "affiliation:job_title"} <= {name for name, _ in names}
    assert len(names) == page.count("<select") == len({said for _, said in names})
    described = re.findall(r'aria-describedby="([^"]+)"', page)
    assert described
    assert all(f'id="{one}"' in page for one in described)


def _list_form(name: str, **changes: str) -> dict[str, str]:
    form = {}
    for at, option in enumerate(snapshot.current().lists[name].values(), 1):
        form |= {
            f"label:{option.key}": str(option.label),
            f"hue:{option.key}": option.hue,
            f"place:{option.key}": str(at),
        }
    return form | changes


def test_a_list_is_relabelled_coloured_ordered_retired_and_extended_in_one_change_set(admin: Client) -> None:
    url, before = "/settings/lists/lost_reason/", ChangeSet.objects.count()
    changes = {"label:price": "Too dear", "hue:price": "rose", "place:competitor": "0.5", "retired:duplicate": "1"}
    form = _list_form("lost_reason", **changes, new_label="Ship’s gone", new_hue="sea")
    assert admin.post(url, form).status_code == 302
    assert ChangeSet.objects.count() == before + 1
    options = snapshot.current().lists["lost_reason"]
    assert list(options)[:5] == ["competitor", "cheaper", "better_offer", "stayed", "price"]
    assert list(options)[-1] == "ship_s_gone"
    assert (str(options["price"].label), options["price"].hue) == ("Too dear", "rose")
    assert options["duplicate"].retired
    assert admin.post(url, _list_form("lost_reason", **{"retired:duplicate": "1"})).status_code == 302
    assert ChangeSet.objects.count() == before + 1


def test_an_entry_is_put_under_another_on_the_page_of_its_list(admin: Client) -> None:
    url = "/settings/lists/lost_reason/"
    page = admin.get(url).content.decode()
    assert 'name="parent:too_expensive"' in page
    assert '<option value="price" selected>' in page
    assert admin.post(url, _list_form("lost_reason", **{"parent:too_expensive": "other"})).status_code == 302
    assert snapshot.current().lists["lost_reason"]["too_expensive"].parent == "other"
    assert admin.post(url, _list_form("lost_reason", **{"parent:too_expensive": ""})).status_code == 302
    assert snapshot.current().lists["lost_reason"]["too_expensive"].parent == ""
    assert admin.post(url, _list_form("lost_reason", **{"parent:price": "too_terms"})).status_code == 422
    added = _list_form("lost_reason", new_label="Discount", new_parent="price")
    assert admin.post(url, added).status_code == 302
    assert snapshot.current().lists["lost_reason"]["discount"].parent == "price"


def test_a_list_with_an_empty_label_is_refused_whole(admin: Client) -> None:
    answer = admin.post(
        "/settings/lists/lost_reason/", _list_form("lost_reason", **{"label:price": " ", "label:timing": "Now"})
    )
    assert answer.status_code == 422
    assert str(snapshot.current().lists["lost_reason"]["timing"].label) != "Now"


def test_lists_that_are_not_the_firms_are_not_there(admin: Client) -> None:
    assert admin.get("/settings/lists/language/").status_code == 404
    assert admin.get("/settings/lists/nothing/").status_code == 404


def _stages() -> list[str]:
    """The stages of the pipeline for opportunities, in order."""
    rows = snapshot.current().rows["stage"].values()
    pipeline = next(row["pipeline"] for row in rows if row["key"] == "proposal")
    mine = [row for row in rows if row["pipeline"] == pipeline]
    return [row["key"] for row in sorted(mine, key=lambda row: row["position"])]


def test_a_stage_moves_up_and_down(admin: Client) -> None:
    by_key = {row["key"]: encode(row["id"]) for row in snapshot.current().rows["stage"].values()}
    before = _stages()
    assert admin.post("/settings/pipelines/", {"move": f"up:{by_key['proposal']}"}).status_code == 302
    assert _stages()[:3] == ["new", "proposal", "qualified"]
    admin.post("/settings/pipelines/", {"move": f"down:{by_key['proposal']}"})
    admin.post("/settings/pipelines/", {"move": f"up:{by_key['new']}"})  # already first
    assert _stages() == before
    assert admin.post("/settings/pipelines/", {"move": "up:nonsense"}).status_code == 404
    assert admin.post("/settings/pipelines/", {"move": f"sideways:{by_key['new']}"}).status_code == 404

"""By keyboard from anywhere: find, go, create; what was typed survives. At the desk and on a phone."""

import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import House
from tests.e2e.test_tour import AXE, look
from tests.modules.conftest import Make

from tracte.kernel.actor import OPERATOR
from tracte.records import door, query

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def stored(entity: str, **wanted: Any) -> list[dict[str, Any]]:
    rows = query.rows(entity, OPERATOR).page([*wanted, "owner"], "-id", limit=50).rows
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def options(page: "Page") -> "Locator":
    return page.locator("#palette a[role=option]")


def chosen(page: "Page") -> str:
    """What a screen reader is told: the option the input says is active."""
    return str(
        page.evaluate(
            "document.getElementById(document.querySelector('#palette input')"
            ".getAttribute('aria-activedescendant'))?.textContent.trim() ?? ''"
        )
    )


class TestPalette:
    """Ctrl K."""

    def test_a_record_is_found_and_opened_without_the_mouse(self, house: House, page: "Page") -> None:
        page.goto("/products/")
        page.keyboard.press("Control+k")
        page.keyboard.type("forns")
        options(page).filter(has_text="Forns Vallès").first.wait_for()
        assert "Forns Vallès" in chosen(page)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/accounts/\w{12}/"))
        assert page.locator("h1").inner_text().strip() == "Forns Vallès"

    def test_it_opens_over_a_field_that_is_being_typed_in_and_gives_it_back(self, house: House, page: "Page") -> None:
        page.goto("/contacts/new/")
        page.fill("#f-first_name", "Anna")
        page.keyboard.press("Control+k")
        options(page).first.wait_for()
        page.keyboard.press("Escape")
        page.locator("#palette").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.id") == "f-first_name"
        assert page.input_value("#f-first_name") == "Anna"

    def test_arrows_move_round_and_the_reader_is_told(self, house: House, page: "Page") -> None:
        page.goto("/products/")
        page.keyboard.press("Control+k")
        options(page).first.wait_for()
        page.locator("#palette a[aria-selected=true]").wait_for()
        first = chosen(page)
        page.keyboard.press("ArrowUp")
        assert chosen(page) != first
        page.keyboard.press("ArrowDown")
        assert chosen(page) == first
        assert page.locator("#palette-say").inner_text() != ""

    def test_enter_waits_for_the_answer_to_what_was_typed(self, house: House, page: "Page") -> None:
        def slowly(route: "Route") -> None:
            page.wait_for_timeout(300)
            route.continue_()

        page.goto("/products/")
        page.keyboard.press("Control+k")
        options(page).first.wait_for()
        page.route("**/search?*q=forns*", slowly)
        page.keyboard.type("forns")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/accounts/\w{12}/"))

    def test_it_may_be_opened_and_answered_before_its_script_is_there(self, house: House, page: "Page") -> None:
        held: list[Route] = []

        def hold(route: "Route") -> None:
            answer = route.fetch()
            if "data-answers" in answer.text():
                held.append(route)
            else:
                route.fulfill(response=answer)

        scripts = re.compile(r"/assets/palette-[^/]*\.js")
        page.route(scripts, hold)
        page.goto("/products/", wait_until="commit")
        page.locator("html.js").wait_for()
        page.keyboard.press("Control+k")
        page.keyboard.type("forns")
        options(page).filter(has_text="Forns Vallès").first.wait_for()
        assert not chosen(page)
        held[0].continue_()
        page.unroute(scripts)
        page.locator("#palette a[aria-selected=true]").wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/accounts/\w{12}/"))

    def test_an_action_of_the_record_one_stands_on_is_asked_in_its_dialog(self, house: House, page: "Page") -> None:
        page.goto(house.at("opportunities", house.deal))
        page.keyboard.press("Control+k")
        page.keyboard.type("lost")
        options(page).filter(has_text="Lost").first.wait_for()
        page.keyboard.press("Enter")
        page.locator("#gate").wait_for()
        assert page.url.endswith(house.at("opportunities", house.deal))

    def test_an_action_that_asks_nothing_is_done_and_can_be_taken_back(
        self, house: House, page: "Page", make: Make
    ) -> None:
        door.act(OPERATOR, "opportunity", house.other, "lose", {"lost_reason": "price"}, origin="ui")
        page.goto(house.at("opportunities", house.other))
        page.keyboard.press("Control+k")
        page.keyboard.type("reop")
        options(page).filter(has_text="Reopen").first.wait_for()
        page.keyboard.press("Enter")
        page.locator("#toasts .toast-msg").filter(has_text="Reopen").locator("[data-undo]").wait_for()

    def test_nothing_found_offers_to_create_it_with_what_was_typed(self, house: House, page: "Page") -> None:
        page.goto("/products/")
        page.keyboard.press("Control+k")
        page.keyboard.type("Zsófia Üveges")
        page.locator("#palette .none").filter(has_text="Nothing found for “Zsófia Üveges”").wait_for()
        options(page).filter(has_text="New contact “Zsófia Üveges”").click()
        page.locator("#quick").wait_for()
        assert page.input_value("#quick #f-first_name") == "Zsófia"
        assert page.input_value("#quick #f-last_name") == "Üveges"

    def test_a_phone_opens_it_from_the_search_box(self, house: House, page: "Page") -> None:
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.goto("/products/")
        page.locator(".topbar .search").click()
        page.keyboard.type("forns")
        options(page).filter(has_text="Forns Vallès").first.click()
        page.wait_for_url(re.compile(r"/accounts/\w{12}/"))


class TestShortcuts:
    """Single letters."""

    def test_letters_go_to_places_and_never_while_typing(self, house: House, page: "Page") -> None:
        page.goto("/contacts/new/")
        page.fill("#f-first_name", "")
        page.keyboard.type("gac?/z")
        assert page.input_value("#f-first_name") == "gac?/z"
        page.locator("h1").click()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("g")
        page.keyboard.press("a")
        page.wait_for_url("**/accounts/")

    def test_a_keyboard_of_another_alphabet_works_too(self, house: House, page: "Page") -> None:
        page.goto("/products/")
        for key, code in (("п", "KeyG"), ("ф", "KeyA")):
            page.evaluate(
                "([key, code]) => document.dispatchEvent(new KeyboardEvent('keydown', {key, code, bubbles: true}))",
                [key, code],
            )
        page.wait_for_url("**/accounts/")

    def test_switched_off_they_do_nothing_and_ctrl_k_still_works(self, house: House, page: "Page") -> None:
        door.update(OPERATOR, "user", house.boss.user_id or 0, {"shortcuts": "off"}, origin="ui")
        page.goto("/products/")
        for key in "?jc":
            page.keyboard.press(key)
        assert page.locator("dialog[open]").count() == 0
        assert page.locator("#create-menu[open]").count() == 0
        page.keyboard.press("Control+k")
        page.locator("#palette").wait_for()


class TestQuick:
    """Creating from anywhere."""

    def test_two_letters_and_a_name_make_a_record_and_lead_back(self, house: House, page: "Page") -> None:
        page.goto("/products/")
        page.keyboard.press("c")
        page.keyboard.press("a")
        page.locator("#quick").wait_for()
        page.keyboard.type("Vidres Cadí")
        page.keyboard.press("Control+Enter")
        toast = page.locator("#toasts .toast-msg").filter(has_text="Vidres Cadí")
        toast.wait_for()
        assert page.url.endswith("/products/")
        assert stored("account", name="Vidres Cadí")[0]["owner"] == house.boss.user_id
        toast.locator("[data-undo]").click()
        page.locator("#toasts .toast-msg").filter(has_text=re.compile("undone|back", re.IGNORECASE)).wait_for()
        assert not stored("account", name="Vidres Cadí")

    def test_who_is_already_there_shows_while_typing(self, house: House, page: "Page") -> None:
        page.goto("/products/")
        page.keyboard.press("c")
        page.keyboard.press("a")
        page.locator("#quick").wait_for()
        page.keyboard.type("Forns Vallès")
        page.locator("#quick .alike a").filter(has_text="Forns Vallès").wait_for()
        page.keyboard.type(" 2")
        page.locator("#quick .alike a").wait_for(state="detached")

    def test_a_mistake_stays_in_the_dialog_and_more_fields_takes_everything_along(
        self, house: House, page: "Page"
    ) -> None:
        page.goto("/products/")
        page.keyboard.press("c")
        page.keyboard.press("c")
        page.fill("#quick #f-last_name", "Üveges")
        page.fill("#quick #f-email", "not mail")
        page.keyboard.press("Control+Enter")
        page.locator("#quick #f-email-error").wait_for()
        assert page.evaluate("document.activeElement.id") == "f-email"
        page.locator("#quick [data-more]").click()
        page.locator("form[data-main]").wait_for()
        assert page.url.endswith("/contacts/new/")
        assert page.input_value("#f-last_name") == "Üveges"
        assert page.input_value("#f-email") == "not mail"

    def test_over_a_form_being_filled_in_it_leaves_the_form_alone(self, house: House, page: "Page") -> None:
        page.goto("/opportunities/new/")
        page.fill("#f-name", "Half a deal")
        page.keyboard.press("Control+k")
        page.keyboard.type("new acc")
        options(page).filter(has_text="New account").first.wait_for()
        page.keyboard.press("Enter")
        page.locator("#quick").wait_for()
        page.fill("#quick #f-name", "Needed first")
        page.locator("#quick [data-first]").click()
        page.locator("#toasts .toast-msg").filter(has_text="Needed first").wait_for()
        page.locator("#quick").wait_for(state="detached")
        assert page.input_value("#f-name") == "Half a deal"

    def test_on_a_phone(self, house: House, page: "Page") -> None:
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.goto("/products/")
        page.locator(".phone-bar summary").first.click()
        page.locator(".phone-bar a[data-dialog^='/accounts/']").click()
        page.fill("#quick #f-name", "Vidres Cadí")
        page.locator("#quick [name=_open]").click()
        page.wait_for_url(re.compile(r"/accounts/\w{12}/"))
        assert stored("account", name="Vidres Cadí")


class TestDrafts:
    """What was typed survives."""

    def test_it_comes_back_in_another_browser(
        self, house: House, page: "Page", chromium: "Browser", server: str
    ) -> None:
        page.goto("/opportunities/new/")
        with page.expect_response("**/opportunities/new/draft"):
            page.fill("#f-name", "Half a thought")
        page.locator("[data-draft-state]").filter(has_text="Draft kept").wait_for()
        other = chromium.new_context(base_url=server)
        other.add_cookies(page.context.cookies())  # type: ignore[arg-type]
        there = other.new_page()
        there.goto("/opportunities/new/")
        assert there.input_value("#f-name") == ""
        there.locator("[data-draft-offer]").get_by_text("Restore").click()
        there.locator("#f-name").wait_for()
        assert there.input_value("#f-name") == "Half a thought"
        there.locator("[data-draft-discard]").click()
        there.wait_for_url("**/opportunities/new/")
        assert there.locator("[data-draft-offer]").is_hidden()
        other.close()

    def test_what_is_typed_in_the_last_moment_is_kept_too(self, house: House, page: "Page") -> None:
        page.goto("/opportunities/new/", wait_until="networkidle")  # what keeps it has been loaded
        page.fill("#f-name", "Just before leaving")
        page.goto("/products/")
        page.goto("/opportunities/new/")
        page.locator("[data-draft-offer]").get_by_text("Restore").click()
        page.wait_for_url("**/new/?draft=1")
        assert page.input_value("#f-name") == "Just before leaving"

    def test_what_was_typed_while_the_server_was_away_is_offered_when_it_is_back(
        self, house: House, page: "Page"
    ) -> None:
        page.goto("/opportunities/new/", wait_until="networkidle")
        page.route("**/new/draft", lambda route: route.abort())
        page.fill("#f-name", "On the train")
        page.locator("[data-draft-state]").filter(has_text="in this browser").wait_for()
        page.unroute("**/new/draft")
        with page.expect_response("**/opportunities/new/draft"):
            page.goto("/opportunities/new/")
        page.locator("[data-draft-offer]").get_by_text("Restore").click()
        page.wait_for_url("**/new/?draft=1")
        assert page.input_value("#f-name") == "On the train"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the front end's development packages")
@pytest.mark.parametrize("state", ["palette", "none", "help", "quick", "draft"])
def test_each_of_them_is_accessible_at_every_width(house: House, page: "Page", state: str) -> None:
    if state == "draft":
        page.goto("/contacts/new/")
        with page.expect_response("**/contacts/new/draft"):
            page.fill("#f-first_name", "Anna")
        page.goto("/contacts/new/")
    else:
        page.goto(house.at("accounts", house.account))
    keys = {"palette": ["Control+k"], "none": ["Control+k", *"zzqx"], "help": ["?"], "quick": ["c", "c"]}
    for key in keys.get(state, []):
        page.keyboard.press(key)
    seen = {"palette": "#palette a[role=option]", "none": "#palette .none", "help": "#help", "quick": "#quick"}
    page.locator(seen.get(state, "[data-draft-offer]")).first.wait_for()
    assert look(page, state) == []

"""The filter builder in a real browser: built by keyboard, on a desk and on a phone, saved as a view and opened again."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.modules.conftest import Make
from tests.web.test_look import AXE, audit

from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.records.people import User

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("TRACTE_TEST_SHOTS")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
SENTENCE = "Any of: account: relation is Customer or has notes"


@pytest.fixture
def laia(manager: Actor, sign_in: Callable[[Any], None]) -> Actor:
    sign_in(User.objects.get(pk=manager.user_id))
    return manager


@pytest.fixture
def deals(make: Make, laia: Actor) -> None:
    """One deal of a customer, one with a note, one of neither."""
    customer, other = (
        make("account", name=name, kind=kind) for name, kind in (("Gas", "customer"), ("Oil", "prospect"))
    )
    make("opportunity", name="Of a customer", account=customer)
    noted = make("opportunity", name="With a note", account=other)
    make("opportunity", name="Of neither", account=other)
    make("note", body="<p>Call again</p>", about=[encode(noted)])


def open_builder(page: "Page") -> None:
    page.locator(".filter-bar summary", has_text="Filter").last.click()
    page.locator(".filter-bar [data-dialog]", has_text="Several conditions").click()
    page.locator("#filter[open]").wait_for()


def choose_field(page: "Page", node: str, words: str) -> None:
    """Type into the field box one stands on, and take the first that is found."""
    page.locator(f"#p-{node}[role=combobox]:focus").wait_for()
    page.keyboard.type(words)
    page.locator(".filter-field .combo-item[aria-selected=true]").wait_for()
    page.keyboard.press("Enter")
    page.locator(f"#o-{node}:focus").wait_for()


def shot(page: "Page", name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_any_of_a_related_field_and_a_related_list_is_built_saved_and_opened_again(
    deals: None, page: "Page", size: Any
) -> None:
    page.set_viewport_size(size)
    page.goto("/opportunities/?view=all")
    page.wait_for_load_state("networkidle")
    open_builder(page)
    choose_field(page, "r-0", "account relation")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "prospect"
    page.locator('[name="v:r-0"][value=customer]').check()
    page.locator("#filter-count", has_text="1 opportunity").wait_for()
    page.locator("#w-r").select_option("any")
    page.locator("#add-r").focus()
    page.keyboard.press("Enter")
    choose_field(page, "r-1", "notes")
    page.locator("#filter-count", has_text="2 opportunities").wait_for()
    shot(page, f"filter-{size['width']}")
    page.locator(".filter-acts .btn-primary").click()
    page.locator(".filter-chip", has_text=SENTENCE).wait_for()
    assert page.locator("tbody tr[data-id]").count() == 2
    assert page.locator("tbody", has_text="Of neither").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]

    page.locator("#view-new > summary").click()
    page.locator("#view-new input[name=name]").fill("Warm")
    page.locator("#view-new select[name=share]").select_option("everybody")
    page.locator("#view-new button[type=submit]").click()
    page.locator(".view-tab[aria-current]", has_text="Warm").wait_for()
    page.goto("/opportunities/?view=all")
    page.locator(".view-tab", has_text="Warm").click()
    page.locator(".filter-chip a.say", has_text=SENTENCE).click()
    page.locator("#filter[open]").wait_for()
    assert page.locator("#w-r").input_value() == "any"
    assert page.locator('input[name="p:r-0"]').input_value() == "account.kind"
    assert page.locator('[name="v:r-0"]:checked').get_attribute("value") == "customer"
    page.keyboard.press("Escape")
    page.locator("#filter").wait_for(state="detached")


def test_what_is_wrong_stays_typed_and_is_said_beside_it(deals: None, page: "Page") -> None:
    page.goto("/accounts/?view=all")
    page.wait_for_load_state("networkidle")
    open_builder(page)
    choose_field(page, "r-0", "employees")
    page.keyboard.press("Tab")
    page.keyboard.type("very many")
    page.keyboard.press("Enter")
    page.locator("#e-r-0", has_text="whole number").wait_for()
    assert page.locator("#v-r-0").input_value() == "very many"
    page.locator("#v-r-0:focus").wait_for()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    page.locator(".filter-chip", has_text="Employees is at least 5").wait_for()


def test_a_condition_becomes_a_group_and_a_record_is_found_by_name(deals: None, page: "Page") -> None:
    page.goto("/opportunities/?view=all")
    page.wait_for_load_state("networkidle")
    open_builder(page)
    choose_field(page, "r-0", "account")
    page.keyboard.press("Tab")
    page.keyboard.type("Oil")
    page.locator(".picks .combo-item", has_text="Oil").wait_for()
    page.keyboard.press("Enter")
    page.locator(".picks .combo").nth(1).wait_for()
    page.locator("#filter-count", has_text="2 opportunities").wait_for()
    page.get_by_role("button", name="Turn into a group").click()
    page.locator("#w-r-0").wait_for()
    page.locator("#w-r-0:focus").wait_for()
    page.locator("#add-r-0").click()
    choose_field(page, "r-0-2", "name")
    page.keyboard.press("Tab")
    page.keyboard.type("customer")
    page.locator(".filter-acts .btn-primary").click()
    page.locator(".filter-chip", has_text="Any of: account is Oil or name contains customer").wait_for()
    assert page.locator("tbody tr[data-id]").count() == 3


def test_it_is_built_without_script(deals: None, page: "Page", laia: Actor, server: str) -> None:
    browser, cookies = page.context.browser, page.context.cookies()
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, base_url=server, viewport=PHONE)  # type: ignore[arg-type]
    context.add_cookies(cookies)  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto("/opportunities/?view=all")
    plain.locator(".filter-bar summary", has_text="Filter").last.click()
    plain.locator(".filter-bar [data-dialog]").click()
    plain.locator('select[name="p:r-0"]').select_option("account.kind")
    plain.get_by_role("button", name="Update").click()
    plain.locator('[name="v:r-0"][value=customer]').check()
    plain.locator("#add-r").click()
    plain.locator('select[name="p:r-1"]').select_option("name")
    plain.get_by_role("button", name="Update").click()
    plain.locator("#v-r-1").fill("neither")
    plain.locator("#w-r").select_option("any")
    plain.locator(".filter-acts .btn-primary").click()
    plain.locator(".filter-chip", has_text="Any of: account: relation is Customer or name contains neither").wait_for()
    assert plain.locator("tbody tr[data-id]").count() == 2
    context.close()


def test_a_record_in_a_small_form_keeps_its_name(make: Make, laia: Actor, page: "Page") -> None:
    gas = make("account", name="Gas Natural")
    page.goto(f'/opportunities/?view=&filter=["account","in",["{encode(gas)}"]]')
    page.locator(".filter-chip summary", has_text="Account is Gas Natural").click()
    box = page.locator(".filter-chip .combo input[role=combobox]").first
    box.wait_for()
    assert box.input_value() == "Gas Natural"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the front end's development packages")
@pytest.mark.parametrize("width", [1440, 768, 390])
def test_the_builder_is_accessible_in_light_and_dark(deals: None, page: "Page", width: int) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    asked = (
        '{"all":[{"any":[["account.industry","in",["energy"]],["amount","gt","10 EUR"]]},["owner","in",["me"]],'
        '["notes","none",{"all":[["created_at","within","last_14_days"]]}]]}'
    )
    found = []
    for address in (f"/opportunities/?view=&filter={asked}", f"/opportunities/filter?view=&filter={asked}"):
        page.goto(address)
        if "/filter?" not in address:
            page.locator(".filter-chip a.say").first.click()
            page.locator("#filter[open]").wait_for()
        page.locator("#p-r-0-0[role=combobox]").wait_for()
        for theme in ("light", "dark"):
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            found += audit(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
    for words in ("owner", "amount", "account relation", "account"):
        node = f"r-{page.locator('.filter-group.is-outermost > .filter-parts > li').count()}"
        page.locator("#add-r").click()
        choose_field(page, node, words)
    page.locator(".filter-acts .btn-primary").click()
    page.locator(".field-error").nth(3).wait_for()
    found += audit(page)
    assert not found, "\n".join(found)

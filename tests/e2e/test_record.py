"""What a record's page does without being left: adding to its related lists, on a desk and on a phone."""

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import House

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
WIDTHS = [pytest.param(1440, 900, id="desk"), pytest.param(390, 844, id="phone")]


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_a_contact_is_added_to_an_account_without_leaving_its_page(
    house: House, page: "Page", width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(house.at("accounts", house.account))
    page.evaluate("() => { window.stayed = true }")
    if width < 700:
        page.locator(".record-parts [data-show=related]").click()
    panel = page.locator("#panel-contact-account")
    panel.locator("header a.btn").click()
    page.locator("#quick output.locked").wait_for()
    assert page.locator("#quick #f-first_name").evaluate("el => el === document.activeElement")
    page.fill("#quick #f-last_name", "Üveges-Țăranu")
    page.keyboard.press("Control+Enter")
    panel.locator(".rel-item.fresh").filter(has_text="Üveges-Țăranu").wait_for()
    page.locator("#quick").wait_for(state="detached")
    page.locator("#toasts .toast-msg").filter(has_text="saved").wait_for()
    assert page.evaluate("() => window.stayed === true")
    assert panel.locator("header .badge-n").inner_text() == "2"
    page.locator("#toasts [data-undo]").last.click()
    page.wait_for_function("() => window.stayed !== true")
    assert page.locator("#panel-contact-account .rel-item").filter(has_text="Üveges-Țăranu").count() == 0

"""What a record's page does without being left: adding to its related lists, on a desk and on a phone."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import House
from tests.e2e.test_tour import AXE, look
from tests.modules.conftest import Make

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR
from tracte.records import door, watching

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


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_a_record_is_pinned_followed_and_its_link_copied(house: House, page: "Page", width: int, height: int) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.set_viewport_size({"width": width, "height": height})
    page.goto(house.at("accounts", house.account))
    page.evaluate("() => { window.stayed = true }")
    page.locator(".pin-form button").click()
    page.locator('.pin-form button[aria-pressed="true"]').wait_for()
    where = "#side-pins" if width > 700 else "#phone-pins"
    if width < 700:
        page.locator(".phone-bar details").last.locator("summary").click()
    page.locator(f"{where} .side-item").filter(has_text="Societatea").wait_for()
    page.keyboard.press("Escape")
    page.locator("#follow button").click()
    page.locator("#follow").filter(has_text="Following").wait_for()
    page.locator("#followers").filter(has_text="Ștefania").wait_for(state="attached")
    if width > 700:
        page.locator("#record-head .row > [data-island=copylink]").click()
    else:
        page.locator("#record-head details.menu summary").click()
        page.locator("#record-head .menu-list [data-island=copylink]").click()
    page.locator("#toasts .toast-msg").filter(has_text="Link copied").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()").endswith(house.at("accounts", house.account))
    assert page.evaluate("() => window.stayed === true")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the front end's development packages")
def test_what_is_kept_and_what_is_new_is_accessible_and_fits(house: House, make: Make, page: "Page") -> None:
    me = int(house.boss.user_id or 0)
    with clock.frozen(clock.now() - timedelta(days=3)):
        watching.seen(me, "opportunity", house.deal)
    watching.follow(me, "opportunity", house.deal, True)
    door.update(OPERATOR, "opportunity", house.deal, {"amount": "1300000 EUR"}, origin="ui")
    found = []
    page.goto(house.at("opportunities", house.deal))
    page.locator(".since-line").wait_for()
    page.locator(".pin-form button").click()
    page.locator('.pin-form button[aria-pressed="true"]').wait_for()
    page.goto("/pinned/")
    found += look(page, "pinned")
    page.locator(".kept-list").filter(has_text="since you were there").wait_for()
    page.goto(house.at("opportunities", house.deal))
    found += look(page, "since")
    fields = "&".join(f"columns={name}" for name in ("amount", "probability", "closes_on", "contact", "owner"))
    page.goto(f"/opportunities/board?view=all&{fields}")
    found += look(page, "board-chosen")
    page.goto("/opportunities/?view=all&group=stage")
    page.locator(".fold-group").first.click()
    found += look(page, "groups-folded")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/opportunities/?view=all&columns=title,amount,closes_on")
    page.locator("tbody td.s-figure").first.click()
    page.locator("#cell-sheet").wait_for()
    found += look(page, "cell-sheet")
    assert not found, "\n".join(found)

"""A seller's morning with leads, walked in a real browser on a desk and on a phone: claim, reject, convert, undo."""

from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import House
from tests.e2e.test_tour import AXE, look
from tests.modules.conftest import Make

from tracte.kernel.actor import OPERATOR
from tracte.records import query

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
WIDTHS = [pytest.param(1440, 900, id="desk"), pytest.param(390, 844, id="phone")]
ANA = {"first_name": "Ana", "last_name": "Pons", "company": "Forns Pons", "phone": "+34937412880"}


def stored(lead: int) -> dict[str, Any]:
    return query.rows("lead", OPERATOR).get(lead)


def act(page: "Page", label: str, width: int) -> None:
    """Press a verb: beside the title where there is room, else in the menu."""
    button = page.locator(".record-head").get_by_role("button", name=label, exact=True)
    link = page.locator(".record-head").get_by_role("link", name=label, exact=True)
    for found in (button, link):
        if found.count() and found.first.is_visible():
            found.first.click()
            return
    page.locator(".record-head details.menu > summary").first.click()
    page.locator(".record-head .menu-list").get_by_text(label, exact=True).first.click()


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_a_lead_is_claimed_and_rejected_with_a_reason(
    house: House, make: Make, page: "Page", width: int, height: int
) -> None:
    lead = make("lead", house.boss, **ANA, interest="Cuptor nou", owner="")
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/leads/?view=claim")
    page.locator("#main, main").get_by_text("Ana Pons").first.click()
    page.wait_for_url(f"**{house.at('leads', lead)}")
    act(page, "Claim", width)
    page.locator("#toasts .toast-msg").wait_for()
    assert stored(lead)["owner"] == house.boss.user_id
    page.goto(house.at("leads", lead))
    act(page, "Reject", width)
    page.locator("#f-reject_reason").wait_for()
    page.get_by_role("button", name="Reject", exact=True).last.click()
    page.locator(".error-summary").wait_for()  # a reason is needed
    page.select_option("#f-reject_reason", "later")
    page.fill("#f-reject_note", "După mutarea în hala nouă")
    page.get_by_role("button", name="Reject", exact=True).last.click()
    page.locator("#toasts .toast-msg").filter(has_text="Reject").wait_for()
    values = stored(lead)
    assert (values["status"], values["reject_reason"], values["reject_note"]) == (
        "rejected",
        "later",
        "După mutarea în hala nouă",
    )


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_a_lead_is_converted_to_a_known_account_and_back(
    house: House, make: Make, page: "Page", width: int, height: int
) -> None:
    lead = make("lead", house.boss, **ANA, interest="Cuptor nou", amount="12000 EUR")
    page.set_viewport_size({"width": width, "height": height})
    page.goto(house.at("leads", lead))
    act(page, "Convert", width)
    page.wait_for_url("**/convert/")
    page.locator("#f-account").get_by_text("Another account").click()
    page.click("#f-account-other")
    page.keyboard.type("forns v")
    page.locator(".combo-item").filter(has_text="Forns Vallès").click()
    page.fill("#f-opportunity_name", "Cuptor pentru Iași")
    page.get_by_role("button", name="Convert").click()
    page.wait_for_url("**/opportunities/**")
    assert "Cuptor pentru Iași" in page.inner_text("h1")
    values = stored(lead)
    account = query.rows("account", OPERATOR).get(values["converted_account"])
    assert (values["status"], account["name"]) == ("converted", "Forns Vallès")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    page.wait_for_function("() => !document.querySelector('h1')?.textContent.includes('Cuptor pentru')")
    values = stored(lead)
    assert (values["status"], values["converted_opportunity"]) == ("new", None)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the front end's development packages")
def test_the_pages_of_leads_are_accessible_and_fit(house: House, make: Make, page: "Page") -> None:
    make("account", house.boss, name="Forns Pons")
    lead = make("lead", house.boss, **ANA, interest="Cuptor nou", has_need="true")
    make("lead", house.boss, email="foarte.lunga.adresa.de.posta@departament.exemplu.example", owner="")
    found = []
    for name, address in {
        "leads": "/leads/?view=all",
        "board": "/leads/board?view=all",
        "lead": house.at("leads", lead),
        "convert": house.at("leads", lead, "convert/"),
        "rule": "/assignment_rules/new/",
        "pipelines": "/settings/pipelines/",
    }.items():
        page.goto(address)
        found += look(page, f"leads-{name}")
    assert not found, "\n".join(found)

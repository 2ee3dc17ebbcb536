"""A seller's Monday, walked in a real browser on a desk and on a phone: home, the call list, cells, the board, leads."""

import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import House
from tests.e2e.test_leads import act
from tests.e2e.test_tour import _shot
from tests.modules.conftest import Make, stage

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.records import door, query

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

__all__ = ["stage"]
pytestmark = pytest.mark.browser
WIDTHS = [pytest.param(1440, 900, id="desk"), pytest.param(390, 844, id="phone")]


def stored(entity: str, pk: int) -> dict[str, Any]:
    return query.rows(entity, OPERATOR).get(pk)


def said(page: "Page", words: str) -> None:
    page.locator("#toasts .toast-msg").filter(has_text=words).first.wait_for()


def cell_of(page: "Page", pk: int, field: str) -> "Locator":
    """The cell of a row under the head of a field."""
    at = page.evaluate(
        "name => [...document.querySelectorAll('thead th')].findIndex(th => th.dataset.edit === name)", field
    )
    return page.locator(f'tr[data-id="{encode(pk)}"] > td').nth(at)


def edit_cell(page: "Page", pk: int, field: str, text: str, width: int) -> None:
    """Change a value where it stands in the list: in the cell, on a phone in a sheet."""
    cell = cell_of(page, pk, field)
    if width > 760:
        page.wait_for_selector("table[role=grid]")
        cell.dblclick()
        page.locator(".cell-form input:not([type=hidden])").first.fill(text)
        page.keyboard.press("Enter")
        page.locator(".cell-form").wait_for(state="detached")
        return
    cell.click()
    sheet = page.locator("#cell-sheet")
    sheet.locator("input:not([type=hidden])").first.fill("not a sum")
    sheet.get_by_role("button", name="Save").click()
    sheet.locator(".field-error").wait_for()
    sheet.locator("input:not([type=hidden])").first.fill(text)
    box = sheet.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] >= 843, "the sheet stands at the foot of the page, in reach of the thumb"
    _shot(page, f"monday-sheet-{width}")
    sheet.get_by_role("button", name="Save").click()
    sheet.wait_for(state="detached")


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_a_sellers_monday(
    house: House, make: Make, page: "Page", stage: dict[str, int], width: int, height: int
) -> None:
    mine = {"owner": house.boss.user_id}
    ana = make("lead", first_name="Ana", last_name="Pons", phone="+34937412880", amount="5000 EUR", **mine)
    bakery = {"company": "Brutăria Țăranu", "phone": "+40213101234", "interest": "Cuptor", "amount": "12000 EUR"}
    ion = make("lead", first_name="Ion", last_name="Țăranu", **bakery, **mine)
    door.create(
        house.boss,
        "saved_view",
        {"name": "Call list", "entity": "lead", "shown": "title,amount,phone,status", "order": "title"},
        origin="ui",
    )
    page.set_viewport_size({"width": width, "height": height})

    # Home, and from there by the palette to the list of calls.
    page.goto("/")
    _shot(page, f"monday-home-{width}")
    page.locator(".topbar input[type=search]").click()
    page.locator("dialog.palette input").wait_for()
    page.keyboard.type("call list")
    page.locator("#palette a[role=option]").filter(has_text="Call list").click()
    page.wait_for_url(re.compile(r"/leads/\?view=saved-"))
    _shot(page, f"monday-calls-{width}")

    # What the calls brought is written down where it stands.
    edit_cell(page, ana, "amount", "7500", width)
    said(page, "Saved")
    assert stored("lead", ana)["amount"].amount == 7500
    assert "7,500" in cell_of(page, ana, "amount").inner_text()

    # A deal goes on; the stage asks for what it needs.
    page.goto("/opportunities/board?view=all")
    card = page.locator(f"#card-{encode(house.other)}")
    card.focus()
    for key in ("Space", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert "Proposal" in page.locator("#board-said").inner_text()
    with page.expect_response(re.compile("/move$")) as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 422
    gate = page.locator("#gate")
    gate.locator("#f-closes_on").wait_for()
    _shot(page, f"monday-gate-{width}")
    gate.locator("#f-closes_on").fill("2027-02-15")
    gate.locator(".btn-primary").click()
    said(page, "Moved to Proposal")
    column = page.locator(f'[data-stage="{encode(stage["proposal"])}"]')
    column.locator(f"#card-{encode(house.other)}").wait_for()
    assert stored("opportunity", house.other)["stage"] == stage["proposal"]
    if width < 700:
        page.locator(".board-tabs a").filter(has_text="Proposal").click()
        page.locator('.board-tabs a[aria-current="true"]').filter(has_text="Proposal").wait_for()
    _shot(page, f"monday-board-{width}")

    # One lead leads nowhere, the other becomes a deal.
    page.goto(house.at("leads", ana))
    act(page, "Reject", width)
    page.select_option("#f-reject_reason", "later")
    page.get_by_role("button", name="Reject", exact=True).last.click()
    said(page, "Reject")
    assert stored("lead", ana)["status"] == "rejected"
    page.goto(house.at("leads", ion))
    act(page, "Convert", width)
    page.wait_for_url("**/convert/")
    page.fill("#f-opportunity_name", "Cuptor pentru Iași")
    page.get_by_role("button", name="Convert").click()
    page.wait_for_url("**/opportunities/**")
    _shot(page, f"monday-deal-{width}")
    assert stored("lead", ion)["status"] == "converted"
    assert "Cuptor pentru Iași" in page.inner_text("h1")


def test_two_people_move_the_same_card_and_nothing_is_lost(house: House, page: "Page", stage: dict[str, int]) -> None:
    page.goto("/opportunities/board?view=all")
    card = page.locator(f"#card-{encode(house.other)}")
    card.wait_for()
    door.update(OPERATOR, "opportunity", house.other, {"stage": encode(stage["qualified"])}, origin="ui")
    card.focus()
    with page.expect_response(re.compile("/move$")) as answer:
        for key in ("Space", "ArrowRight", "ArrowRight", "Enter"):
            page.keyboard.press(key)
    assert answer.value.status == 409
    dialog = page.locator("#gate")
    dialog.locator("#moved-on").wait_for()
    assert "Qualified" in dialog.inner_text()
    page.locator(f'[data-stage="{encode(stage["new"])}"] #card-{encode(house.other)}').wait_for()
    assert stored("opportunity", house.other)["stage"] == stage["qualified"]


def test_the_arrows_go_from_card_to_card(house: House, make: Make, page: "Page", stage: dict[str, int]) -> None:
    late = make(
        "opportunity", house.boss, name="Late", stage=stage["negotiation"], amount="5 EUR", closes_on="2027-01-01"
    )
    page.goto("/opportunities/board?view=all")
    first = page.locator(f'[data-stage="{encode(stage["new"])}"] .deal-card').first
    first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.previousElementSibling?.matches('.deal-card')")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == f"card-{encode(late)}"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.closest('[data-stage]').dataset.stage") == encode(stage["new"])

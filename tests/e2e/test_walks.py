"""What people do all day, walked in a real browser: what was typed survives, and everything can be taken back."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import House
from tests.modules.conftest import Make

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.records import door, query

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

pytestmark = pytest.mark.browser
Stages = dict[str, int]


@pytest.fixture
def stages(house: House) -> Stages:
    """Stages of the first pipeline by key, in order."""
    rows = query.rows("stage", OPERATOR).page(["key", "position"], "position").rows
    return {row["key"]: row["id"] for row in rows}


def stored(entity: str, record_id: int) -> dict[str, Any]:
    return query.rows(entity, OPERATOR).get(record_id)


def saved(page: "Page", text: str | re.Pattern[str]) -> "Locator":
    """The message in the corner, once it is there."""
    toast = page.locator("#toasts .toast-msg").filter(has_text=text)
    toast.wait_for()
    return toast


def test_a_deal_is_entered_with_a_mistake_then_saved_and_nothing_typed_is_lost(house: House, page: "Page") -> None:
    page.goto("/opportunities/new/")
    page.fill("#f-name", "Cuptoare noi pentru Iași")
    page.fill("#f-amount", "about ten")
    page.fill("#f-next_step", "Call Țuțea")
    page.select_option("#f-origin", index=1)
    origin = page.input_value("#f-origin")
    page.click("#f-account")
    page.keyboard.type("forns")
    page.locator(".combo-item").filter(has_text="Forns Vallès").click()
    page.wait_for_function("document.querySelector('#f-account').value === 'Forns Vallès'")
    page.keyboard.press("Control+Enter")
    page.locator("#f-amount-error").wait_for()
    assert page.input_value("#f-name") == "Cuptoare noi pentru Iași"
    assert page.input_value("#f-amount") == "about ten"
    assert page.input_value("#f-next_step") == "Call Țuțea"
    assert page.input_value("#f-origin") == origin
    assert page.input_value("#f-account") == "Forns Vallès"
    page.locator(".error-summary a[href='#f-amount']").click()
    assert page.evaluate("document.activeElement.id") == "f-amount"
    page.fill("#f-amount", "12500.50")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/opportunities/\w{8,}/"))
    saved(page, "Opportunity saved")
    assert page.locator("h1").inner_text().strip() == "Cuptoare noi pentru Iași"
    assert "12,500.50" in page.locator(".fact-strip").inner_text()
    page.goto("/opportunities/new/")
    assert page.input_value("#f-name") == ""


def test_what_was_typed_comes_back_after_the_page_was_left(house: House, page: "Page") -> None:
    page.goto("/opportunities/new/")
    page.fill("#f-name", "Half a thought")
    page.locator("[data-draft-state]:visible").wait_for()
    page.goto("/")
    page.goto("/opportunities/new/")
    page.locator("[data-draft-offer]").get_by_text("Restore").click()
    page.wait_for_url("**/opportunities/new/?draft=1")
    assert page.input_value("#f-name") == "Half a thought"


def test_a_deal_is_won_and_the_message_takes_it_back(house: House, page: "Page", stages: Stages) -> None:
    page.goto(house.at("opportunities", house.deal))
    before = stored("opportunity", house.deal)
    page.locator(".record-head .btn-primary").click()
    dialog = page.locator("#dialogs dialog[open]")
    dialog.wait_for()
    dialog.locator(".btn-primary").click()
    toast = saved(page, "Won")
    assert stored("opportunity", house.deal)["stage"] == stages["won"]
    toast.locator("[data-undo]").click()
    page.locator(".stage-path [aria-current=step]").filter(has_text="New").wait_for()
    after = stored("opportunity", house.deal)
    same = ("stage", "probability", "closed_on", "amount", "weighted")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert page.url.endswith(house.at("opportunities", house.deal))


def test_z_takes_the_last_change_back(house: House, page: "Page") -> None:
    page.goto(house.at("opportunities", house.other, "edit/"))
    page.fill("#f-next_step", "Send the drawing")
    page.locator("form[data-main] .btn-primary").click()
    saved(page, "Saved")
    page.keyboard.press("z")
    saved(page, re.compile("Undone|taken back|back", re.IGNORECASE))
    assert stored("opportunity", house.other)["next_step"] in (None, "")


def drag(page: "Page", card: "Locator", target: "Locator") -> None:
    """Take a card by the pointer, and let go when it is seen in its new place."""
    name = card.get_attribute("id")
    start, end = card.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 60)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 20, start["y"] + 70, steps=4)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 120, steps=12)
    target.locator(f"#{name}").wait_for()
    page.mouse.up()


def test_a_card_is_drawn_to_the_next_stage_by_hand(house: House, page: "Page", stages: Stages) -> None:
    page.goto("/opportunities/board?view=all")
    card = page.locator(f"#card-{encode(house.deal)}")
    column = page.locator(f'[data-stage="{encode(stages["qualified"])}"]')
    with page.expect_response(re.compile("/move$")) as answer:
        drag(page, card, column.locator(".board-list"))
    assert answer.value.ok
    column.locator(f"#card-{encode(house.deal)}").wait_for()
    column.locator(".badge-n").filter(has_text="1").wait_for()
    assert stored("opportunity", house.deal)["stage"] == stages["qualified"]
    # The moved card carries its new version: it can be moved on at once.
    with page.expect_response(re.compile("/move$")) as answer:
        drag(page, card, page.locator(f'[data-stage="{encode(stages["proposal"])}"] .board-list'))
    assert answer.value.ok
    page.locator("#toasts [data-undo]").last.click()
    column.locator(f"#card-{encode(house.deal)}").wait_for()
    assert stored("opportunity", house.deal)["stage"] == stages["qualified"]


def test_a_card_is_moved_by_keyboard_and_can_be_put_back(house: House, page: "Page", stages: Stages) -> None:
    page.goto("/opportunities/board?view=all")
    card = page.locator(f"#card-{encode(house.other)}")
    card.focus()
    for key in ("Space", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    new = page.locator(f'[data-stage="{encode(stages["new"])}"]')
    assert new.locator(f"#card-{encode(house.other)}").count() == 1
    with page.expect_response(re.compile("/move$")) as answer:
        for key in ("Space", "ArrowRight", "Enter"):
            page.keyboard.press(key)
    assert answer.value.ok
    column = page.locator(f'[data-stage="{encode(stages["qualified"])}"]')
    column.locator(".badge-n").filter(has_text="1").wait_for()
    assert column.locator(f"#card-{encode(house.other)}").count() == 1
    assert stored("opportunity", house.other)["stage"] == stages["qualified"]
    assert page.evaluate("document.activeElement.id") == f"card-{encode(house.other)}"


def test_a_deal_goes_on_after_an_edit_in_place_and_not_past_what_others_saved(
    house: House, page: "Page", stages: Stages
) -> None:
    page.goto(house.at("opportunities", house.deal))
    page.locator("#field-next_step a.edit").click()
    page.locator("#field-next_step input[type=text]").fill("Send the contract")
    page.keyboard.press("Enter")
    page.locator("#field-next_step a.edit").wait_for()
    step = page.locator(f'.stage-path button[value="{encode(stages["qualified"])}"]')
    step.click()
    saved(page, "Moved to Qualified")
    assert stored("opportunity", house.deal)["stage"] == stages["qualified"]
    door.update(OPERATOR, "opportunity", house.deal, {"amount": "7777 EUR"}, origin="ui")
    page.locator(f'.stage-path button[value="{encode(stages["proposal"])}"]').click()
    dialog = page.locator("#gate")
    dialog.locator("#moved-on").wait_for()
    assert "€7,777" in dialog.inner_text()
    assert stored("opportunity", house.deal)["stage"] == stages["qualified"]
    dialog.get_by_role("button", name="Move to Proposal").click()
    saved(page, "Moved to Proposal")
    assert stored("opportunity", house.deal)["stage"] == stages["proposal"]


def test_a_field_is_edited_where_it_stands(house: House, page: "Page") -> None:
    page.goto(house.at("opportunities", house.deal))
    page.locator("#field-amount a.edit").click()
    field = page.locator("#field-amount form input[type=text], #field-amount form input:not([type])").first
    field.fill("no money")
    page.keyboard.press("Enter")
    page.locator("#field-amount .field-error").wait_for()
    assert field.input_value() == "no money"
    field.fill("2000")
    page.keyboard.press("Enter")
    page.locator("#field-amount a.edit").wait_for()
    page.locator(".fact-strip").filter(has_text="€2,000").wait_for()
    assert stored("opportunity", house.deal)["amount"].amount == 2000
    page.locator("#field-next_step a.edit").click()
    page.locator("#field-next_step input[type=text]").fill("never saved")
    page.keyboard.press("Escape")
    page.locator("#field-next_step a.edit").wait_for()
    assert "Trimite oferta" in page.locator("#field-next_step").inner_text()
    # Saved in place twice in a row: the second save knows the version of the first.
    for text in ("One", "Two"):
        page.locator("#field-next_step a.edit").click()
        page.locator("#field-next_step input[type=text]").fill(text)
        page.keyboard.press("Enter")
        page.locator("#field-next_step dd").filter(has_text=text).wait_for()
    assert stored("opportunity", house.deal)["next_step"] == "Two"


def test_a_note_is_written_and_an_old_value_restored(house: House, page: "Page") -> None:
    page.goto(house.at("opportunities", house.deal))
    page.locator("#talk-text").fill("")
    page.locator(".composer .btn-primary").click()
    page.locator("#talk-errors").wait_for()
    page.locator("#talk-text").fill("They asked for **garanție** again.\n- five years")
    page.keyboard.press("Control+Enter")
    page.locator(".event-body b, .event-body strong").filter(has_text="garanție").first.wait_for()
    page.locator(".event-body li").filter(has_text="five years").wait_for()
    assert page.input_value("#talk-text") == ""
    page.locator('[data-what="probability"], .event-changes div').filter(has_text="Probability").first.hover()
    page.get_by_role("button", name=re.compile("^Restore Probability")).click()
    saved(page, re.compile("."))
    assert stored("opportunity", house.deal)["probability"] == 10


def test_rows_are_deleted_together_and_come_back(house: House, make: Make, page: "Page") -> None:
    for at in range(3):
        make("account", name=f"Zeta {at}", owner=house.boss.user_id)
    page.goto("/accounts/")
    rows = page.locator("tbody tr").filter(has_text="Zeta")
    assert rows.count() == 3
    for at in range(3):
        rows.nth(at).locator(".c-check input").check()
    bar = page.locator(".bulk-bar")
    assert "3" in bar.locator(".sel").inner_text()
    bar.locator("button[value=delete]").click()
    toast = saved(page, "deleted")
    assert page.locator("tbody tr").filter(has_text="Zeta").count() == 0
    toast.locator("[data-undo]").click()
    page.locator("tbody tr").filter(has_text="Zeta 0").wait_for()
    assert page.locator("tbody tr").filter(has_text="Zeta").count() == 3


def test_two_windows_meet_and_each_change_is_kept(
    house: House, context: "BrowserContext", page: "Page", sign_in: Callable[[Any], None]
) -> None:
    other = context.new_page()
    for one in (page, other):
        one.goto(house.at("opportunities", house.deal, "edit/"))
    other.fill("#f-next_step", "Theirs")
    other.fill("#f-objective", "Fewer stops")
    other.locator("form[data-main] .btn-primary").click()
    saved(other, "Saved")
    page.fill("#f-next_step", "Mine")
    page.fill("#f-description", "Longer text")
    page.locator("form[data-main] .btn-primary").click()
    page.locator("table.versus").wait_for()
    assert {"Theirs", "Mine"} <= set(page.locator("table.versus .clash label").all_inner_texts())
    page.locator("input[name=keep-next_step][value=theirs]").check()
    page.locator("form[data-main] .btn-primary").click()
    saved(page, "Saved")
    now = stored("opportunity", house.deal)
    assert (now["next_step"], now["objective"], now["description"]) == ("Theirs", "Fewer stops", "Longer text")
    # The draft of the refused form does not come back to haunt the next edit.
    page.goto(house.at("opportunities", house.deal, "edit/"))
    assert page.input_value("#f-next_step") == "Theirs"


def test_a_field_in_place_that_somebody_else_changed_is_asked_about(
    house: House, context: "BrowserContext", page: "Page"
) -> None:
    other = context.new_page()
    for one in (page, other):
        one.goto(house.at("opportunities", house.deal))
        one.locator("#field-next_step a.edit").click()
        one.locator("#field-next_step input[type=text]").wait_for()
    other.locator("#field-next_step input[type=text]").fill("Theirs")
    other.keyboard.press("Enter")
    other.locator("#field-next_step dd").filter(has_text="Theirs").wait_for()
    page.locator("#field-next_step input[type=text]").fill("Mine")
    page.keyboard.press("Enter")
    warning = page.locator("#field-next_step .field-warn")
    warning.wait_for()
    assert "Theirs" in warning.inner_text()
    assert page.input_value("#field-next_step input[type=text]") == "Mine"
    assert stored("opportunity", house.deal)["next_step"] == "Theirs"
    page.locator("#field-next_step input[type=text]").press("Enter")
    page.locator("#field-next_step dd").filter(has_text="Mine").wait_for()
    assert stored("opportunity", house.deal)["next_step"] == "Mine"

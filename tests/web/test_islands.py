"""What the islands do, in a real browser under the real content policy (the fixture fails on any breach of it)."""

from typing import Any

import pytest
from tests.web import specimen_urls

pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def test_the_theme_switch_changes_the_page_and_is_remembered(specimen: Any) -> None:
    page = specimen("home", theme="dark")
    assert page.get_attribute("html", "data-theme") == "system"
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("button[aria-label='Switch theme']")
    assert page.get_attribute("html", "data-theme") == "light"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.reload(wait_until="networkidle")
    assert page.get_attribute("html", "data-theme") == "light"


def test_a_menu_opens_moves_by_arrow_and_closes_by_escape(specimen: Any) -> None:
    page = specimen("list")
    menu = page.locator("#create-menu")
    menu.locator("summary").click()
    assert menu.get_attribute("open") is not None
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").startswith("Opportunity")
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_palette_searches_and_opens_what_is_chosen(specimen: Any) -> None:
    page = specimen("list")
    page.keyboard.press("Control+k")
    page.keyboard.type("harb")
    page.locator("#palette a[role=option]", has_text="harb").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/specimens/record")


def test_keys_open_search_help_and_places(specimen: Any) -> None:
    page = specimen("list")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()
    page.keyboard.press("/")
    assert page.locator("#palette").is_visible()
    page.keyboard.press("Escape")
    page.locator("#palette").wait_for(state="hidden")
    with page.expect_request("**/contacts/"):
        page.keyboard.press("g")
        page.keyboard.press("p")


def test_selecting_rows_shows_the_bulk_bar_and_sends_their_ids(specimen: Any) -> None:
    page = specimen("list")
    boxes = page.locator("tbody .c-check input")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    assert page.locator("#bulk [data-count]").inner_text() == "3"
    assert page.locator("tr[aria-selected=true]").count() == 3
    with page.expect_request("**/opportunities/bulk") as sent:
        page.click("#bulk button[value=delete]")
    assert sent.value.post_data.count("ids=id") == 3
    assert "action=delete" in sent.value.post_data


def test_rows_can_be_reached_and_selected_by_keyboard(specimen: Any) -> None:
    page = specimen("list")
    for key in "jjx":
        page.keyboard.press(key)
    assert page.locator("tr.cursor .c-check input").is_checked()
    page.keyboard.press("Escape")
    assert page.locator("#bulk").is_hidden()


def test_a_phone_can_select_rows_too(specimen: Any) -> None:
    page = specimen("list", 390)
    assert not page.locator("tbody .c-check input").first.is_visible()
    page.get_by_role("button", name="Select", exact=True).click()
    page.locator("tbody .c-check input").first.click()
    assert page.locator("#bulk").is_visible()


def _first_card(page: Any, column: int) -> str:
    return str(page.locator(f"#column-s{column} .deal-card").first.get_attribute("data-id"))


def test_a_card_moves_by_keyboard_and_the_server_hears_it(specimen: Any) -> None:
    specimen_urls.moves.clear()
    page = specimen("board")
    card = page.locator("#column-s0 .deal-card").first
    name = card.get_attribute("data-id")
    card.focus()
    with page.expect_response(f"**/{name}/move"):
        for key in ("Enter", "ArrowRight", "Enter"):
            page.keyboard.press(key)
    assert specimen_urls.moves[-1]["card"] == name
    assert specimen_urls.moves[-1]["stage"] == "s1"
    assert _first_card(page, 1) == name


def test_a_card_dragged_onto_another_column_moves(specimen: Any) -> None:
    specimen_urls.moves.clear()
    page = specimen("board")
    card = page.locator("#column-s0 .deal-card").first
    name = card.get_attribute("data-id")
    start, end = card.bounding_box(), page.locator("#column-s1 .deal-card").first.bounding_box()
    with page.expect_response(f"**/{name}/move"):
        page.mouse.move(start["x"] + 20, start["y"] + 70)
        page.mouse.down()
        page.mouse.move(start["x"] + 60, start["y"] + 80, steps=4)
        page.locator(".board.dragging").wait_for()
        page.mouse.move(end["x"] + 40, end["y"] + 30, steps=8)
        page.locator(f"#column-s1 [data-id={name}]").wait_for()
        page.mouse.up()
    assert specimen_urls.moves[-1]["stage"] == "s1"


def test_a_gated_stage_asks_in_a_dialog_and_the_card_goes_back(specimen: Any) -> None:
    page = specimen("board")
    card = page.locator("#column-s3 .deal-card").first
    name = card.get_attribute("data-id")
    card.focus()
    for key in ("Enter", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.locator("#gate").wait_for()
    assert page.evaluate("document.querySelector('#gate').matches(':modal')")
    assert _first_card(page, 3) == name


def test_a_broken_server_says_so_and_changes_nothing(specimen: Any) -> None:
    page = specimen("board")
    card = page.locator("#column-s2 .deal-card").first
    name = card.get_attribute("data-id")
    card.focus()
    for key in ("Enter", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.locator("#toasts [role=alert]").wait_for()
    assert _first_card(page, 2) == name


def test_a_reference_is_picked_by_typing(specimen: Any) -> None:
    page = specimen("components")
    page.fill("#pick", "harb")
    page.get_by_role("option", name="Harbourline Freight Ltd").wait_for()
    page.keyboard.press("Enter")
    assert page.locator("input[name=account]").input_value() == "0xyz"
    assert page.locator("#pick").input_value() == "Harbourline Freight Ltd"


def test_a_field_is_edited_in_place(specimen: Any) -> None:
    page = specimen("record")
    page.hover("#field-type dd")
    page.click("#field-type .edit")
    page.locator("#field-type dd.editing input[name=forecast]").wait_for()


def test_a_draft_outlives_the_page(specimen: Any) -> None:
    page = specimen("record")
    page.fill(".composer textarea", "Not to be lost")
    page.locator(".composer [data-draft-state]").wait_for(state="visible")
    page.reload(wait_until="networkidle")
    assert page.input_value(".composer textarea") == "Not to be lost"


def test_a_message_carries_its_undo(specimen: Any) -> None:
    page = specimen("/specimens/list?toast=1")
    with page.expect_request("**/changes/1/undo") as sent:
        page.keyboard.press("z")
    assert sent.value.method == "POST"


def test_a_phone_shows_one_part_of_a_record_at_a_time(specimen: Any) -> None:
    page = specimen("record", 390)
    assert not page.locator(".record-side").is_visible()
    page.get_by_role("button", name="Details").click()
    assert page.locator(".record-side").is_visible()
    assert not page.locator(".record-main").is_visible()


@pytest.mark.parametrize("name", ["list", "record", "board", "form"])
def test_a_page_is_readable_without_script(specimen: Any, name: str) -> None:
    page = specimen(name, 390, java_script_enabled=False)
    assert page.locator("main h1").is_visible()
    assert not page.locator(".only-js").first.is_visible()
    if name == "record":
        assert page.locator(".record-side").is_visible()


def test_script_cannot_write_markup_and_strange_elements_are_stripped(specimen: Any) -> None:
    specimen.expected += ["This document requires 'TrustedHTML'", "htmx: [hx-csp] blocked <a#strange>"]
    page = specimen("home")
    page.evaluate("""() => {
        const link = document.createElement('a');
        link.id = 'strange';
        link.setAttribute('hx-get', '/search');
        document.querySelector('main').append(link);
        window.htmx.process(link);
    }""")
    assert page.get_attribute("#strange", "hx-get") is None
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; } catch { return true; } return false; }"
    )
    assert refused

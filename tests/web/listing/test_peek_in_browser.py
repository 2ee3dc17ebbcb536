"""The panel beside a list in a real browser: by keyboard, by mouse and by thumb, at a desk and on a phone."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.modules.conftest import Make
from tests.web.test_look import AXE, audit

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import decode, encode
from tracte.records import door, query
from tracte.records.people import User

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("TRACTE_TEST_SHOTS")
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def laia(manager: Actor, sign_in: Callable[[Any], None]) -> Actor:
    sign_in(User.objects.get(pk=manager.user_id))
    return manager


@pytest.fixture
def firms(make: Make, laia: Actor) -> list[str]:
    """Five accounts from A to E."""
    names = ("Alba", "Brau", "Cort", "Drac", "Ebre")
    return [encode(make("account", name=name, kind="customer", owner=laia.user_id)) for name in names]


def shown(page: "Page", name: str) -> None:
    page.locator("dialog.peek[open] #peek-title").filter(has_text=name).wait_for()


def row_in_focus(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.closest('tr')?.dataset.id ?? ''"))


def is_closed(page: "Page") -> bool:
    return page.locator("dialog.peek[open]").count() == 0


def test_the_keyboard_opens_walks_and_closes_and_the_focus_comes_back(firms: list[str], page: "Page") -> None:
    page.goto("/accounts/?view=&sort=title&limit=3")
    page.keyboard.press("j")
    page.keyboard.press(" ")
    shown(page, "Alba")
    assert f"peek={firms[0]}" in page.url
    assert page.locator('tr[aria-current="true"]').get_attribute("data-id") == firms[0]
    for name in ("Brau", "Cort", "Drac", "Ebre"):  # over the edge of the page too
        page.keyboard.press("j")
        shown(page, name)
    assert page.locator('.peek [data-step="next"]').get_attribute("aria-disabled") == "true"
    for name in ("Drac", "Cort"):
        page.keyboard.press("ArrowUp")
        shown(page, name)
    page.keyboard.press("k")
    shown(page, "Brau")
    page.keyboard.press("Escape")
    assert is_closed(page)
    assert row_in_focus(page) == firms[1]
    assert "peek=" not in page.url
    page.keyboard.press("p")
    shown(page, "Brau")
    page.keyboard.press("p")
    assert is_closed(page)
    page.keyboard.press(" ")
    shown(page, "Brau")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/accounts/{firms[1]}/?list=*")
    page.keyboard.press("j")
    page.wait_for_url(f"**/accounts/{firms[2]}/?list=*")


def test_cells_keep_their_keys_and_the_panel_follows_who_walks_through_the_rows(firms: list[str], page: "Page") -> None:
    page.goto("/accounts/?view=&columns=employees,kind&sort=title")
    page.locator(f'tr[data-id="{firms[0]}"] > td:nth-child(3)').click()
    page.keyboard.press(" ")
    shown(page, "Alba")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.cellIndex") == 2
    page.keyboard.press(" ")
    shown(page, "Alba")
    page.locator(f'tr[data-id="{firms[2]}"] > td:nth-child(3)').click()
    shown(page, "Cort")
    page.keyboard.press("ArrowDown")
    shown(page, "Drac")
    page.keyboard.press("ArrowDown")
    shown(page, "Ebre")
    assert row_in_focus(page) == firms[4]
    page.keyboard.press("Enter")  # a cell is edited as ever, and a space typed in it is a space
    page.locator(".cell-form input[name=employees]").wait_for()
    page.keyboard.press(" ")
    page.keyboard.press("Escape")
    shown(page, "Ebre")
    page.keyboard.press("Escape")
    assert is_closed(page)


def test_selection_stays_and_escape_closes_the_panel_before_it_clears_the_selection(
    firms: list[str], page: "Page"
) -> None:
    page.goto("/accounts/?view=&sort=title")
    page.locator(f'tr[data-id="{firms[0]}"] .c-check input').check()
    page.locator(f'tr[data-id="{firms[1]}"]').hover()
    page.locator(f'tr[data-id="{firms[1]}"] .peek-open').click()
    shown(page, "Brau")
    assert page.locator(".bulk-bar").is_visible()
    page.locator(".bulk-bar [data-clear]").click(trial=True)  # nothing lies over it
    page.keyboard.press("Escape")
    assert is_closed(page)
    assert page.locator(f'tr[data-id="{firms[0]}"]').get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert page.locator('tr[aria-selected="true"]').count() == 0


def test_a_field_is_changed_in_the_panel_and_the_row_follows(firms: list[str], page: "Page") -> None:
    page.goto(f"/accounts/?view=&columns=kind&sort=title&peek={firms[1]}")
    shown(page, "Brau")
    page.locator(f'tr[data-id="{firms[1]}"] .c-check input').check()
    page.locator("#field-name a.edit").click()
    field = page.locator("#field-name input[type=text]")
    field.fill("")
    page.keyboard.press("Enter")
    page.locator("#field-name .field-error").wait_for()
    field.fill("Brauhaus")
    page.keyboard.press("Escape")
    page.locator("#field-name a.edit").wait_for()
    shown(page, "Brau")  # Escape left the field, not the panel
    page.locator("#field-name a.edit").click()
    field.fill("Brauhaus")
    page.keyboard.press("Enter")
    page.locator(f'tr[data-id="{firms[1]}"] a.link').filter(has_text="Brauhaus").wait_for()
    page.locator("#toasts [data-undo]").wait_for()
    page.locator("#peek-latest").filter(has_text="Brauhaus").wait_for()
    assert page.locator(f'tr[data-id="{firms[1]}"] .c-check input').is_checked()
    assert query.rows("account", OPERATOR).where(["name", "eq", "Brauhaus"]).count() == (1, False)
    page.locator("dialog.peek").focus()
    page.keyboard.press("j")
    shown(page, "Cort")


def test_an_address_with_a_record_opens_with_it_also_in_a_grouped_list(firms: list[str], page: "Page") -> None:
    page.goto(f"/accounts/?view=&group=kind&sort=title&peek={firms[3]}")
    shown(page, "Drac")
    page.keyboard.press("k")
    shown(page, "Cort")
    page.reload()
    shown(page, "Cort")
    page.locator(".peek [data-peek-close]").click()
    assert is_closed(page)
    assert "peek=" not in page.url


def test_a_record_that_went_meanwhile_is_said_and_the_panel_stays(firms: list[str], page: "Page") -> None:
    page.goto(f"/accounts/?view=&sort=title&peek={firms[0]}")
    shown(page, "Alba")
    door.delete(OPERATOR, "account", [decode(firms[1])], origin="ui")
    page.keyboard.press("j")
    page.locator("#toasts .toast-msg").wait_for()
    shown(page, "Alba")


def test_on_a_phone_it_comes_from_below_and_the_thumb_steps_and_closes(firms: list[str], page: "Page") -> None:
    page.set_viewport_size(PHONE)
    page.goto("/accounts/?view=&sort=title")
    page.locator(f'tr[data-id="{firms[0]}"] .peek-open').click()
    shown(page, "Alba")
    box = page.locator("dialog.peek").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, PHONE["width"])
    assert abs(box["y"] + box["height"] - PHONE["height"]) < 1
    page.locator('.peek [data-step="next"]').click()
    shown(page, "Brau")
    page.locator(".peek [data-peek-close]").click()
    assert is_closed(page)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the front end's development packages")
@pytest.mark.parametrize("width", [1440, 768, 390])
def test_the_panel_is_accessible_in_light_and_dark(firms: list[str], page: "Page", width: int) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/accounts/?view=&sort=title&peek={firms[1]}")
    shown(page, "Brau")
    found = []
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        found += audit(page)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"peek-{width}-{theme}.png")
    assert not found, "\n".join(found)

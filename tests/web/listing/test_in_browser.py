"""The list in a real browser: cells by keyboard, saved views, selection that widens, a change to many."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.modules.conftest import Make

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.people import User
from tracte.records.tasks.registry import load_jobs
from tracte.records.tasks.worker import Worker

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("TRACTE_TEST_SHOTS")
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def laia(manager: Actor, sign_in: Callable[[Any], None]) -> Actor:
    sign_in(User.objects.get(pk=manager.user_id))
    return manager


def stored(pk: int) -> dict[str, Any]:
    return query.rows("account", OPERATOR).get(pk)


def shot(page: "Page", name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def cell(page: "Page", pk: int, column: int) -> Any:
    return page.locator(f'tr[data-id="{encode(pk)}"] > td:nth-child({column})')


def test_cells_are_edited_by_keyboard_as_in_a_spreadsheet(make: Make, laia: Actor, page: "Page") -> None:
    one, two = (make("account", name=name, employees=number) for name, number in (("Alba", 3), ("Brau", 5)))
    page.goto("/accounts/?view=&columns=employees,kind&sort=title")
    page.wait_for_selector("table[role=grid]")
    cell(page, one, 3).click()
    page.keyboard.press("Enter")
    page.locator(".cell-form input[name=employees]").wait_for()
    page.keyboard.type("30")
    shot(page, "cell-1440")
    page.keyboard.press("Enter")  # saved, and one down
    page.locator(".cell-form").wait_for(state="detached")
    page.wait_for_function(f"document.activeElement.closest('tr')?.dataset.id === '{encode(two)}'")
    assert stored(one)["employees"] == 30
    page.keyboard.press("F2")
    page.locator(".cell-form input[name=employees]").wait_for()
    page.keyboard.type("50")
    page.keyboard.press("Tab")  # saved, and the next cell is open
    page.locator(".cell-form select[name=kind]").wait_for()
    assert stored(two)["employees"] == 50
    page.keyboard.press("Escape")
    assert page.locator(".cell-form").count() == 0
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.locator(".cell-form input[name=employees]").wait_for()
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    page.locator(".cell-form .field-error").wait_for()
    assert page.locator(".cell-form input[name=employees]").input_value() == "many"
    page.keyboard.press("Escape")
    assert stored(one)["employees"] == 30
    assert "30" in cell(page, one, 3).inner_text()


def test_a_double_click_edits_and_a_conflict_stays_in_the_cell(make: Make, laia: Actor, page: "Page") -> None:
    pk = make("account", name="Alba", employees=3)
    page.goto("/accounts/?view=&columns=employees,kind")
    page.wait_for_selector("table[role=grid]")
    cell(page, pk, 3).dblclick()
    page.locator(".cell-form input[name=employees]").wait_for()
    door.update(OPERATOR, "account", pk, {"employees": "9"}, origin="system")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    page.locator(".cell-form .field-warn").wait_for()
    assert stored(pk)["employees"] == 9
    page.keyboard.press("Enter")
    page.locator(".cell-form").wait_for(state="detached")
    assert stored(pk)["employees"] == 4
    page.locator("#toasts [data-undo]").last.click()
    page.locator("#toasts", has_text="Undone").wait_for()
    assert stored(pk)["employees"] == 9


def test_a_view_is_saved_named_counted_and_deleted(make: Make, laia: Actor, page: "Page") -> None:
    make("account", name="Small", employees=3)
    make("account", name="Big", employees=300)
    page.goto('/accounts/?filter=["employees","gte",100]')
    page.locator("#view-new > summary").click()
    page.locator("#view-new input[name=name]").fill("Large firms")
    shot(page, "view-new-1440")
    page.locator("#view-new button[type=submit]").click()
    tab = page.locator(".view-tab[aria-current]", has_text="Large firms")
    tab.wait_for()
    page.locator(".view-tab[aria-current] .count", has_text="1").wait_for()
    page.locator("#view-present > summary").click()
    shot(page, "view-present-1440")
    page.locator("#view-present button[value=delete]").click()
    page.wait_for_url("**/accounts/")
    assert page.locator(".view-tab", has_text="Large firms").count() == 0
    page.locator("#toasts [data-undo]").click()
    page.locator(".view-tab", has_text="Large firms").wait_for()


@pytest.mark.parametrize("size", [None, PHONE], ids=["1440", "390"])
def test_everything_that_matches_is_changed_in_the_background(make: Make, laia: Actor, page: "Page", size: Any) -> None:
    writer = door.begin(OPERATOR, "system", "Firms", check_duplicates=False)
    ops = [door.Op({"name": f"Firm {at:03}", "kind": "prospect"}) for at in range(230)]
    writer.write("account", "create", ops)
    writer.finish()
    if size:
        page.set_viewport_size(size)
    page.goto("/accounts/?view=")
    page.wait_for_load_state("networkidle")
    if size:
        page.locator("[data-select-rows]").click()
        for box in page.locator("tbody .c-check input").all()[:50]:
            box.check()
    else:
        page.locator("thead .c-check input").check()
    name = "390" if size else "1440"
    shot(page, f"bulk-bar-{name}")
    page.locator("#bulk [data-wide]").click()
    assert page.locator("#bulk [data-count]").inner_text() == "230"
    page.locator("#bulk button[value=edit]").click()
    page.locator("#f-kind").select_option("customer")  # ticks its own box
    page.locator("input[name=set][value=kind]:checked").wait_for()
    shot(page, f"bulk-form-{name}")
    page.locator("button[value=preview]").click()
    page.locator(".fact-strip dd", has_text="230").wait_for()
    shot(page, f"bulk-preview-{name}")
    page.locator("button[value=apply]").click()
    page.wait_for_url("**/accounts/bulk/*/")
    shot(page, f"bulk-work-{name}")
    load_jobs()
    Worker().drain()
    page.locator("text=230 records changed").wait_for()
    shot(page, f"bulk-done-{name}")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    assert query.rows("account", OPERATOR).where(["kind", "eq", "customer"]).count() == (230, False)


def test_unticking_a_row_takes_everything_back_to_the_rows_ticked(make: Make, laia: Actor, page: "Page") -> None:
    writer = door.begin(OPERATOR, "system", "Firms", check_duplicates=False)
    writer.write("account", "create", [door.Op({"name": f"Firm {at:03}"}) for at in range(60)])
    writer.finish()
    page.goto("/accounts/?view=")
    page.locator("thead .c-check input").check()
    page.locator("#bulk [data-wide]").click()
    page.locator("tbody .c-check input").first.uncheck()
    assert page.locator("#bulk [data-all]").input_value() == ""
    assert page.locator("#bulk [data-count]").inner_text() == "49"


def test_columns_are_put_in_order_by_keyboard_and_by_dragging(make: Make, laia: Actor, page: "Page") -> None:
    make("account", name="Alba", employees=3)
    page.goto("/accounts/?view=&columns=kind,employees,industry")
    page.locator("#columns > summary").click()
    box = page.locator("#columns input[value=employees]")
    page.locator(".column-entry").first.wait_for()
    box.focus()
    page.keyboard.press("Alt+ArrowUp")
    shot(page, "columns-1440")
    page.locator("#columns button[type=submit]").click()
    page.wait_for_url("**columns=employees**")
    heads = page.locator("thead th").all_inner_texts()
    assert [one.strip() for one in heads if one.strip()] == ["Account", "Employees", "Relation", "Industry"]
    page.locator("#columns > summary").click()
    grip = page.locator(".column-entry", has=page.locator("input[value=industry]")).locator(".grip").bounding_box()
    top = page.locator(".column-entry").first.bounding_box()
    assert grip
    assert top
    page.mouse.move(grip["x"] + 5, grip["y"] + 5)
    page.mouse.down()
    page.mouse.move(top["x"] + 5, top["y"] + 3, steps=4)
    page.mouse.up()
    page.locator("#columns button[type=submit]").click()
    page.wait_for_url("**columns=industry**")

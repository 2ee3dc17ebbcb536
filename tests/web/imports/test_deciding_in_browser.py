"""Deciding field by field, mending a line and setting a field of all new records, on a screen and on a phone."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.modules.conftest import Make
from tests.web.imports.test_in_browser import clean, home

from tracte.kernel.actor import OPERATOR, Actor
from tracte.records import query
from tracte.records.people import User

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["home"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PEOPLE = (
    "First name,Last name,E-mail,Mobile,Job title\n"
    "Ana,Puig,ana@nova.example,+34 600 000 011,Buyer\n"
    "Bru,Roca,bru@nova.example,+34 600 000 012,Owner\n"
    'Carla,"Serra,carla@nova.example,,Seller\n'
    "Dolors,Vila,Fills,dolors@nova.example,,Director\n"
)


def shot(page: "Page", name: str, width: int) -> None:
    """A picture to look at, when somebody asks for them; in both themes."""
    folder = os.environ.get("TRACTE_TEST_SHOTS")
    for scheme in ("light", "dark") if folder else ():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.screenshot(path=str(Path(folder or "") / f"import-{name}-{width}-{scheme}.png"), animations="disabled")
    page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_an_import_is_decided_in_the_browser(
    page: "Page",
    sign_in: Callable[[Any], None],
    admin: Actor,
    make: Make,
    worker: Any,
    tmp_path: Path,
    width: int,
) -> None:
    for name, mail, mobile in (("Ana", "ana", "+34600000001"), ("Bru", "bru", "+34600000002")):
        given = {"job_title": "Clerk"} if name == "Ana" else {}
        make("contact", first_name=name, last_name="Old", email=f"{mail}@nova.example", mobile=mobile, **given)
    sign_in(User.objects.get(pk=admin.user_id))
    page.set_default_timeout(30_000)
    page.set_viewport_size({"width": width, "height": 900})
    file = tmp_path / "people.csv"
    file.write_text(PEOPLE, "utf-8")
    page.goto("/imports/?entity=contact")
    page.set_input_files("#f-file", str(file))
    page.get_by_role("button", name="Read the file").click()
    page.get_by_text("separated by comma").first.wait_for()
    page.goto(page.url.replace("/file", "/columns"))

    page.locator("#f-set-new").select_option("tags")
    page.locator("#f-set-tags").fill("RO import Nov 26")
    page.get_by_label("Ask me for each field").check()
    shot(page, "columns", width)
    clean(page)
    page.locator("#f-set-tags").fill("RO import Nov 26")
    page.get_by_label("Ask me for each field").check()
    page.get_by_role("button", name="Preview").locator("visible=true").click()
    page.locator("a.change-tab").first.wait_for()
    assert page.locator(".change-tab b").all_inner_texts() == ["0", "2", "0", "2"]

    ana = page.locator("tr").filter(has_text="Ana Puig").locator(".decide")
    ana.locator("input[name=f-mobile][value=keep]").check()
    page.get_by_text("1 of 2 kept").wait_for()
    ana.get_by_role("button", name="Keep all").click()
    page.get_by_role("button", name="Apply 1 change").locator("visible=true").wait_for()
    ana.locator("input[name='f-job_title'][value=file]").check()
    page.get_by_role("button", name="Apply 2 changes").locator("visible=true").wait_for()
    page.locator(".for-all li").filter(has_text="Last name").get_by_role("button", name="Keep").click()
    page.locator(".for-all button[value=keep][aria-pressed=true]").wait_for()
    shot(page, "ask", width)
    clean(page)

    page.locator("a.change-tab").nth(3).click()
    page.get_by_role("link", name="Fix", exact=True).first.click()
    line = page.get_by_label("The line as it stands in the file")
    assert line.input_value() == 'Carla,"Serra,carla@nova.example,,Seller'
    shot(page, "line", width)
    clean(page)
    line.fill("Carla,Serra,carla@nova.example,,Seller")
    page.get_by_role("button", name="Read the line again").click()
    page.get_by_text("Mended: the row makes a new record now.").wait_for()
    page.get_by_role("link", name="Fix", exact=True).first.click()
    page.get_by_text("Beyond the last column").wait_for()
    shot(page, "cells", width)
    for label, text in (("Last name", "Vila Fills"), ("E-mail", "dolors@nova.example"), ("Mobile", ""),
                        ("Job title", "Director"), ("Beyond the last column", "")):  # fmt: skip
        page.locator(".mend-cells").get_by_label(label).fill(text)
    page.get_by_role("button", name="Use these cells").click()
    page.get_by_text("Mended: the row makes a new record now.").first.wait_for()

    page.get_by_role("button", name="Apply 4 changes").locator("visible=true").click()
    page.get_by_role("heading", name="The import is done").wait_for()
    names = ["first_name", "last_name", "mobile", "job_title", "tags"]
    found = {
        one["first_name"]: [one[name] for name in names[1:]] for one in query.rows("contact", OPERATOR).stream(names)
    }
    assert found == {
        "Ana": ["Old", "+34600000001", "Buyer", None],
        "Bru": ["Old", "+34600000012", "Owner", None],
        "Carla": ["Serra", None, "Seller", ("ro import nov 26",)],
        "Dolors": ["Vila Fills", None, "Director", ("ro import nov 26",)],
    }

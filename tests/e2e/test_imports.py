"""An assistant brings in what other programs export, without help: each file is dropped and the pages do the rest."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import House
from tests.e2e.test_tour import look

from tracte.kernel.actor import OPERATOR
from tracte.records import query

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.data, pytest.mark.django_db(transaction=True)]
WIDTHS = [pytest.param(1440, 900, id="desk"), pytest.param(390, 844, id="phone")]
# Each file with what a new firm gets of it: kind of record, and how many.
FILES = {
    "northwind_customers_cp1252_semicolon.csv": {"account": 91, "contact": 91},
    "google_shared_contacts_sample1.csv": {"contact": 16},
    "roundcube_csv/all.vcf": {"contact": 1},
    "roundcube_csv/gmail.csv": {"contact": 1},
    "roundcube_csv/tb_plain.csv": {"contact": 1},
    "roundcube_csv/outlook.vcf": {"contact": 1},
    "salesforce_portfolio/Accounts.csv": {"account": 8},  # two are in a line of business the list does not have
    "salesforce_portfolio/Contacts.csv": {"contact": 15},
}


def count(entity: str) -> int:
    return query.rows(entity, OPERATOR).count(10_000)[0]


def press(page: "Page", name: str, *, exact: bool = False) -> None:
    """Press what one sees under a name: at the side of the page, or at the bottom of a phone."""
    both = page.get_by_role("link", name=name, exact=exact).or_(page.get_by_role("button", name=name, exact=exact))
    both.locator("visible=true").first.click()


def seen(page: "Page", name: str, width: int, height: int) -> list[str]:
    """What is wrong with a page in every size and theme; looked at once, on the desk's way."""
    if width < 1000:
        return []
    found = look(page, name)
    page.set_viewport_size({"width": width, "height": height})
    return found


def previewed(page: "Page", file: Path) -> None:
    """Drop a file and go on with everything that is suggested."""
    page.goto("/imports/")
    page.set_input_files("#f-file", str(file))
    press(page, "Read the file")
    page.locator(".sample-grid").wait_for()
    press(page, "Choose columns")
    page.locator(".import-lines").wait_for()
    press(page, "Preview")
    page.locator("a.change-tab").first.wait_for(timeout=60_000)


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_files_of_other_programs_come_in_with_what_is_suggested(
    house: House, page: "Page", shared_data: Path, worker: object, width: int, height: int
) -> None:
    page.set_default_timeout(30_000)  # a file of 300 columns takes a while on a busy machine
    page.set_viewport_size({"width": width, "height": height})
    for name, expected in FILES.items():
        before = {entity: count(entity) for entity in expected}
        previewed(page, shared_data / "11_contact_exports" / name)
        press(page, "Apply")
        page.get_by_role("heading", name="The import is done").wait_for(timeout=60_000)
        assert {entity: count(entity) - before[entity] for entity in expected} == expected, name


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_leads_with_words_nobody_knows_are_mended_in_the_preview_and_taken_back(
    house: House, page: "Page", shared_data: Path, worker: object, width: int, height: int
) -> None:
    from playwright.sync_api import expect

    page.set_default_timeout(30_000)
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/imports/")
    page.set_input_files("#f-file", str(shared_data / "11_contact_exports" / "salesforce_portfolio" / "Leads.csv"))
    press(page, "Read the file")
    assert page.locator("#f-entity").input_value() == "lead"
    wrong = seen(page, "import-file", width, height)
    press(page, "Choose columns")
    page.locator(".import-words").first.wait_for()
    wrong += seen(page, "import-columns", width, height)
    press(page, "Preview")
    page.locator("a.change-tab").first.wait_for(timeout=60_000)
    page.locator("a.change-tab").nth(3).click()
    page.wait_for_url("**/preview?show=bad")
    left = int(page.locator("a.change-tab b").nth(3).inner_text())
    assert left > 0
    press(page, "Fix", exact=True)
    page.locator("form.mend").wait_for()
    wrong += seen(page, "import-mend", width, height)
    page.locator("form.mend select").first.select_option(index=1)
    page.locator("form.mend input[type=checkbox]").first.check()
    press(page, "Check again")
    page.locator("a.change-tab").first.wait_for(timeout=60_000)
    expect(page.locator("a.change-tab b").nth(3)).not_to_have_text(str(left), timeout=60_000)
    page.get_by_role("button", name="Bring them in without it").first.click()
    expect(page.locator("a.change-tab b").first).not_to_have_text("0", timeout=60_000)
    wrong += seen(page, "import-preview", width, height)
    press(page, "Apply")
    page.get_by_role("heading", name="The import is done").wait_for(timeout=60_000)
    assert count("lead") > 0
    press(page, "Undo the whole import")
    page.get_by_role("heading", name="The import was taken back").wait_for(timeout=60_000)
    assert count("lead") == 0
    assert not wrong, "\n".join(wrong)

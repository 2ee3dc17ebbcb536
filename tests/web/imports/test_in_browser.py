"""The whole way of an import in a real browser, with a real server and a real worker beside it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.modules.conftest import Make

from tracte.kernel.actor import OPERATOR, Actor
from tracte.records import query
from tracte.records.people import User

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).resolve().parents[3] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ROWS = "name;sector;phone;subsidiary\n" + "".join(
    f"Firm {n:04} SL;{'retail' if n % 10 else 'no such sector'};+34 937 41{n % 10000:04};\n" for n in range(600)
)


@pytest.fixture
def home(settings: Any) -> Path:
    """The home the server has too."""
    return Path(settings.TRACTE_HOME)


def clean(page: "Page") -> None:
    """Axe finds nothing, and nothing is wider than the screen."""
    if AXE.exists():
        page.add_init_script(path=str(AXE))
        page.reload()
        found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
        assert not found["violations"], [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_file_is_imported_and_taken_back_in_the_browser(
    page: "Page", sign_in: Callable[[Any], None], admin: Actor, make: Make, worker: Any, tmp_path: Path
) -> None:
    make("account", name="Firm 0001 SL", phone="+34 600 000 000")
    sign_in(User.objects.get(pk=admin.user_id))
    page.set_default_timeout(30_000)
    file = tmp_path / "firms.csv"
    file.write_bytes(ROWS.encode("cp1252"))

    page.goto("/accounts/")
    page.locator("details.menu summary[aria-label='More actions']").click()
    page.get_by_text("Import …").click()
    page.set_input_files("#f-file", str(file))
    page.get_by_role("button", name="Read the file").click()
    page.get_by_text("separated by semicolon").wait_for()
    clean(page)

    page.locator("aside").get_by_role("link", name="Choose columns").click()
    page.locator("#c2-to").select_option("")
    page.locator("#c2-line.unused").wait_for()
    page.locator("#c2-to").select_option("phone")
    page.locator("#c2-line:not(.unused)").wait_for()
    clean(page)

    page.locator("aside").get_by_role("button", name="Preview").click()
    page.locator("a.change-tab").first.wait_for()
    figures = [text.replace(",", "") for text in page.locator(".change-tab b").all_inner_texts()]
    assert figures == ["539", "1", "0", "60"]
    page.locator("a.change-tab").nth(3).click()
    page.get_by_text("no such sector").first.wait_for()
    page.locator("a[rel=next]").click()
    page.locator("a[rel=prev]").wait_for()
    clean(page)

    page.locator("aside").get_by_role("button", name="Apply 540 changes").click()
    page.get_by_role("heading", name="The import is done").wait_for()
    clean(page)
    assert query.rows("account", OPERATOR).count()[0] == 540

    page.set_viewport_size({"width": 390, "height": 800})
    clean(page)
    page.get_by_role("button", name="Undo the whole import").click()
    page.get_by_role("heading", name="The import was taken back").wait_for()
    assert query.rows("account", OPERATOR).count()[0] == 1

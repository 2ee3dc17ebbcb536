"""The look: every specimen page in a real browser, in both themes and at three widths."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.web import specimens

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = os.environ.get("TRACTE_TEST_SHOTS")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def audit(page: Any) -> list[str]:
    """What axe finds on the page, one line each."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    return [
        f"{item['id']}: {node['html'][:160]} {json.dumps(node['any'][:1])[:300]}"
        for item in found["violations"]
        for node in item["nodes"]
    ]


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the front end's development packages")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", [*specimens.PAGES, "/specimen-login", "/auth/password/reset/", "/nothing/of/the/kind/"]
)
def test_a_page_is_accessible_and_never_wider_than_the_window(specimen: Any, name: str, theme: str) -> None:
    page = specimen(name, 1440, theme)
    for width in (1440, 768, 390):
        page.set_viewport_size({"width": width, "height": 900 if width == 1440 else 1024 if width == 768 else 844})
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name.strip('/').replace('/', '_')}-{width}-{theme}.png")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (width, wide) == (width, 0)
        assert audit(page) == []


def _shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the front end's development packages")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_opens_over_a_page_is_accessible_too(specimen: Any, theme: str) -> None:
    page = specimen("/specimens/list?toast=1&banner=1", 1440, theme)
    page.locator("tbody .c-check input").first.click()
    page.locator("#create-menu summary").click()
    _shot(page, f"open-menu-{theme}")
    assert audit(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("#palette a[role=option]").first.wait_for()
    _shot(page, f"open-palette-{theme}")
    assert audit(page) == []
    page.keyboard.press("Escape")
    page.locator("#palette").wait_for(state="hidden")
    page.keyboard.press("?")
    _shot(page, f"open-help-{theme}")
    assert audit(page) == []
    page = specimen("/specimens/components?gate=1", 390, theme)
    page.locator("#gate").wait_for()
    _shot(page, f"open-gate-{theme}")
    assert audit(page) == []


@pytest.mark.parametrize("name", ["list", "record", "board", "form", "import"])
def test_a_page_read_from_right_to_left_stays_within_the_window(specimen: Any, name: str) -> None:
    page = specimen(name, 1440)
    page.evaluate("document.documentElement.dir = 'rtl'")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        _shot(page, f"rtl-{name}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0

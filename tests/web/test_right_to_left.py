"""A language read from right to left, made up for these tests: each page turns round and nothing is left in English."""

import importlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.conf import settings as configured
from django.test import Client
from tests.modules.conftest import Make, firm, make
from tests.web.conftest import HOST, answer_from_here

from tracte.kernel.ids import encode
from tracte.meta import vocabulary
from tracte.meta.kinds.base import Option
from tracte.records.people import User

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["firm", "make"]
ROOT = Path(__file__).resolve().parents[2]
SHOTS = os.environ.get("TRACTE_TEST_SHOTS")
LANGUAGE = "ar"
LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "ابتثجحخدذرزسشصضطظعغفقكلمنه" * 2)
KEPT = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|<[^>]+>|&\w+;")
SIDES = re.compile(
    r"[\s;{](?:left|right|(?:margin|padding|border)-(?:left|right)(?:-\w+)?|border-(?:top|bottom)-(?:left|right)-radius)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)"
)
FOUR = re.compile(r"[\s;{](padding|margin|inset)\s*:([^;{}]+)")
VALUE = re.compile(r"(?:[\w-]*\([^()]*(?:\([^()]*\)[^()]*)*\)|[^\s!]+)")


def turned(text: str) -> str:
    """``text`` in letters that run from right to left, a third longer, with its placeholders as they were."""
    words = "".join(
        part if kept else part.translate(LETTERS)
        for kept, part in ((KEPT.fullmatch(part), part) for part in re.split(f"({KEPT.pattern})", text))
    )
    return f"{words} {'ي' * (len(text) // 3)}".rstrip() if len(text) > 6 else words


@pytest.fixture
def pseudo(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arabic letters for every text of the product; a person may choose them."""
    made = Catalog(locale=LANGUAGE)
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    texts = importlib.import_module("catalogue").extract()
    for message in texts:
        if isinstance(message.id, list | tuple):
            made.add(message.id, tuple([turned(message.id[-1])] * made.num_plurals), context=message.context)
        elif message.id:
            made.add(message.id, turned(message.id), context=message.context)
    folder = tmp_path / LANGUAGE / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, made)
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, tmp_path]
    settings.LANGUAGES = [*settings.LANGUAGES, (LANGUAGE, "العربية")]
    offered = vocabulary.shipped_lists()
    monkeypatch.setitem(offered, "language", offered["language"] | {LANGUAGE: Option(LANGUAGE, "العربية")})


@pytest.fixture
def window(chromium: "Browser", pseudo: None, make: Make) -> Iterator[Callable[[str], "Page"]]:
    """Open an address as an administrator who reads the language from right to left."""
    made = make("user", name="1", email="1@firm.example", language=LANGUAGE, is_admin="true")
    client = Client()
    client.force_login(User.objects.get(pk=made), backend=configured.AUTHENTICATION_BACKENDS[0])
    context = chromium.new_context(base_url=HOST, reduced_motion="reduce")
    context.set_default_timeout(8_000)
    name = configured.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": HOST}])
    context.route("**/*", answer_from_here)

    def open_(path: str) -> "Page":
        page = context.new_page()
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, (path, answer.status)
        return page

    yield open_
    context.close()


def addresses(make: Make) -> dict[str, str]:
    """The kinds of page, each with a record in it whose own words are figures, so that no Latin letter is data."""
    owner = User.objects.get(email="1@firm.example").pk
    account = make("account", name="100", kind="customer", employees="12500", owner=owner)
    make("contact", last_name="200", account=account, owner=owner)
    deal = make("opportunity", name="300", account=account, amount="1234567.89 EUR", owner=owner)
    lead = make("lead", last_name="400", phone="+34937412880", owner=owner)
    return {
        "home": "/",
        "list": "/accounts/",
        "deals": "/opportunities/?view=all",
        "board": "/opportunities/board?view=all",
        "record": f"/opportunities/{encode(deal)}/",
        "account": f"/accounts/{encode(account)}/",
        "form": f"/opportunities/{encode(deal)}/edit/",
        "leads": "/leads/?view=all",
        "lead": f"/leads/{encode(lead)}/",
        "changes": "/changes/",
        "import": "/imports/",
        "settings": "/settings/",
        "profile": "/settings/profile/",
    }


# Stored or not the product's words: names of seeds, codes, and the example module of the tests.
DATA = re.compile(
    r"New business|Incoming|In contact|Ready for a deal|Converted|Rejected|Leads|New|Qualified|Proposal|Negotiation|Verbal yes|Won|Lost|Tracte|EUR|\S+@firm\.example"
    r"|Visit budget|Visits a year|Visits?|Route|Share|Last seen|Gate|Badge needed|Labels"
)
SIZES = {1440: 900, 390: 844}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LATIN = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = new Set();
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement;
    if (at.closest("script, style, svg, kbd, code, template, [lang]:not(html), option, .mono")) continue;
    if (/[A-Za-z]{3,}/.test(walk.currentNode.data)) found.add(walk.currentNode.data.trim());
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder]"))
    for (const name of ["aria-label", "title", "placeholder"])
      if (/[A-Za-z]{3,}/.test(one.getAttribute(name) || "")) found.add(one.getAttribute(name));
  return [...found];
}"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)  # the browser is answered on a connection of its own
def test_every_kind_of_page_turns_round_within_the_window(window: Callable[[str], "Page"], make: Make) -> None:
    found = []
    for name, path in addresses(make).items():
        page = window(path)
        assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [LANGUAGE, "rtl"]
        for width, height in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/pseudo-{name}-{width}.png")
            if wide := page.evaluate(WIDER):
                found.append(f"{name} {width}: {wide} px wider than the window")
        english = [text for text in page.evaluate(LATIN) if re.search("[A-Za-z]{3}", DATA.sub("", text))]
        found += [f"{name}: not translated: {text}" for text in english]
        page.close()
    assert found == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)  # the browser is answered on a connection of its own
def test_the_side_panel_and_the_first_column_stand_on_the_right(window: Callable[[str], "Page"], make: Make) -> None:
    page = window(addresses(make)["list"])
    page.set_viewport_size({"width": 1440, "height": 900})

    def middle(selector: str) -> float:
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2

    assert middle("main") < middle(".side")
    assert middle("tbody tr td:last-child") < middle("tbody tr td:nth-child(2)") < middle(".side")


def sided(css: str) -> list[str]:
    """What in ``css`` names the left or the right where the start or the end of a line is meant."""
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    found = [match[0].strip() for match in SIDES.finditer(plain)]
    for match in FOUR.finditer(plain):
        values = VALUE.findall(match[2])
        if len(values) == 4 and values[1] != values[3]:
            found.append(match[0].strip())
    return found


def test_styles_speak_of_start_and_end_not_of_left_and_right() -> None:
    folder = ROOT / "frontend" / "src"
    files = sorted(folder.rglob("*.css"))
    assert files
    assert {file.name: sided(file.read_text(encoding="utf-8")) for file in files} == {file.name: [] for file in files}


@pytest.mark.parametrize(
    "rule", ["a { margin-left: 2px }", "a{padding: 1px 2px 3px var(--x)}", "a { left: 0; }", "a { text-align: right }"]
)
def test_a_rule_for_one_side_is_found(rule: str) -> None:
    assert sided(rule)
    assert not sided("a { padding: 1px var(--x, 2px) 3px var(--x, 2px); margin-inline-start: 2px; text-align: start }")

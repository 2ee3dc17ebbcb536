"""A tour of every kind of page: accessible, never wider than the window, in both themes and at three widths."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import House

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.records import door
from tracte.records.changes import ChangeSet
from tracte.records.people import Role
from tracte.records.tasks.registry import load_jobs
from tracte.records.tasks.worker import Worker, WorkerOptions

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the front end's development packages"),
]
SHOTS = os.environ.get("TRACTE_TEST_SHOTS")
TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# A theme changes colours and nothing else.
COLOURS = {"type": "rule", "values": ["color-contrast"]}
SIZES = ((1440, 900), (768, 1024), (390, 844))
Step = Callable[["Page"], None]


def look(page: "Page", name: str) -> list[str]:
    """What is wrong with the page that is open, one line each."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
    # Nothing may be judged in the middle of a fade from one theme to the other.
    page.emulate_media(reduced_motion="reduce")
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            where = f"{name} {width} {theme}"
            found += [f"{where}: {line}" for line in _audit(page, TAGS if theme == "light" else COLOURS)]
            _shot(page, f"{name}-{width}-{theme}")
        for direction in ("rtl", "ltr"):
            page.evaluate("dir => { document.documentElement.dir = dir }", direction)
            if wide := page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
                found.append(f"{name} {width} {direction}: {wide} px wider than the window")
            if direction == "rtl":
                _shot(page, f"{name}-{width}-rtl")
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    return found


def _audit(page: "Page", what: dict[str, Any]) -> list[str]:
    found = page.evaluate("what => axe.run(document, {runOnly: what, resultTypes: ['violations']})", what)
    return [
        f"{item['id']}: {node['html'][:160]} {json.dumps(node['any'][:1])[:300]}"
        for item in found["violations"]
        for node in item["nodes"]
    ]


def _shot(page: "Page", name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def tour(page: "Page", stops: dict[str, tuple[str, int, Step | None]]) -> list[str]:
    """Go to every stop and look: ``{name: (address, expected status, what to do there first)}``."""
    found = []
    for name, (address, status, step) in stops.items():
        answer = page.goto(address)
        assert answer is not None
        if answer.status != status:
            found.append(f"{name}: answered {answer.status}")
        if step:
            step(page)
        found += look(page, name)
    return found


def test_the_pages_of_records(house: House, page: "Page") -> None:
    door.delete(house.boss, "opportunity", house.other, origin="ui")

    def send_wrong(page: "Page") -> None:
        page.fill("#f-amount", "a lot")
        page.fill("#f-closes_on", "2026-11-24")
        page.locator("form[data-main] .btn-primary").click()
        page.locator(".field-error").first.wait_for()

    def meet(page: "Page") -> None:
        page.fill("#f-next_step", "Mine")
        door.update(OPERATOR, "opportunity", house.deal, {"next_step": "Theirs"}, origin="ui")
        page.locator("form[data-main] .btn-primary").click()
        page.locator("table.versus").wait_for()

    def open_views(page: "Page") -> None:
        page.locator("#view-new > summary").click()
        page.locator("#view-new input[name=name]").wait_for()

    def select(page: "Page") -> None:
        page.locator("tbody .c-check input").first.check()

    def edit_in_place(page: "Page") -> None:
        page.locator("#field-next_step a.edit").click()
        page.locator("#field-next_step form").wait_for()

    deal = house.at("opportunities", house.deal)
    stops: dict[str, tuple[str, int, Step | None]] = {
        "list": ("/opportunities/?view=all", 200, None),
        "list-selected": ("/opportunities/?view=all", 200, select),
        "list-filtered": ("/accounts/?f=employees&op=gte&v=100", 200, None),
        "list-no-match": ("/accounts/?kind=supplier", 200, None),
        "list-accounts": ("/accounts/", 200, None),
        "list-contacts": ("/contacts/", 200, None),
        "board": ("/opportunities/board?view=all", 200, None),
        "opportunity": (deal, 200, edit_in_place),
        "account": (house.at("accounts", house.account), 200, None),
        "tree": (house.at("accounts", house.account, "tree/"), 200, None),
        "contact": (house.at("contacts", house.contact), 200, None),
        "new": ("/opportunities/new/", 200, None),
        "new-contact": ("/contacts/new/", 200, None),
        "wrong": ("/opportunities/new/", 200, send_wrong),
        "conflict": (f"{deal}edit/", 200, meet),
        "ask": (f"{deal}do/lose/", 200, None),
        "delete": (f"{deal}delete/", 200, None),
        "bin": ("/opportunities/bin/", 200, None),
        "bin-empty": ("/products/bin/", 200, None),
    }
    assert tour(page, stops) == []


def test_the_pages_of_the_house(house: House, page: "Page") -> None:
    done = door.update(
        house.boss, "opportunity", house.deal, {"next_step": "Înțelegere", "amount": "5 EUR"}, origin="ui"
    ).set_id
    door.update(house.boss, "opportunity", house.deal, {"next_step": "Changed again"}, origin="ui")
    first = ChangeSet.objects.filter(actor_id=house.boss.user_id).order_by("id").values_list("pk", flat=True)[0]
    assert first == done

    def open_palette(page: "Page") -> None:
        page.keyboard.press("Control+k")
        page.locator("#palette a[role=option]").first.wait_for()

    def open_create(page: "Page") -> None:
        page.locator("#create-menu summary").click()

    stops: dict[str, tuple[str, int, Step | None]] = {
        "home": ("/", 200, None),
        "menu": ("/", 200, open_create),
        "palette": ("/", 200, open_palette),
        "search": ("/search?q=brasov", 200, None),
        "search-nothing": ("/search?q=zzzz", 200, None),
        "changes": ("/changes/?all=1", 200, None),
        "change": (f"/changes/{done}/", 200, None),
        "undo": (f"/changes/{done}/undo", 200, None),
        "settings": ("/settings/", 200, None),
        "profile": ("/settings/profile/", 200, None),
        "audit": ("/settings/audit/", 200, None),
        "roles": ("/settings/roles/", 200, None),
        "role": (house.at("settings/roles", Role.objects.get(key="seller").pk), 200, None),
        "role-fields": (house.at("settings/roles", Role.objects.get(key="seller").pk) + "fields/", 200, None),
        "users": ("/users/", 200, None),
        "teams": ("/teams/", 200, None),
        "pipelines": ("/settings/pipelines/", 200, None),
        "value-lists": ("/settings/lists/", 200, None),
        "value-list": ("/settings/lists/origin/", 200, None),
        "about": ("/settings/about/", 200, None),
        "404": ("/nothing/of/the/kind/", 404, None),
        "list-empty": ("/products/?view=all&sku=none", 200, None),
    }
    found = tour(page, stops)
    page.context.clear_cookies()
    found += tour(page, {"sign-in": ("/auth/login/", 200, None), "password": ("/auth/password/reset/", 200, None)})
    assert found == []


def test_the_pages_of_sharing(house: House, page: "Page") -> None:
    """A rule is built as a person does it: the kind of record, a field, a comparison, a value; then private fields."""
    condition = {"any": [["industry", "in", ["retail"]], ["phone", "empty"]]}
    people = [encode(house.boss.user_id or 0)]
    named = {"kind": "account", "people": people}
    values: dict[str, Any] = {"name": "Retail accounts", "condition": condition, "everybody": True, "active": True}
    rule = door.create(OPERATOR, "sharing_rule", {**named, **values}, origin="ui").id
    fields = {"name": "Turnover", "hidden": {"fields": ["turnover"]}}
    taker = door.create(OPERATOR, "user", {"name": "Ioana", "email": "ioana@firm.example"}, origin="ui").id
    away = {"giver": people[0], "taker": encode(taker), "until": "2099-12-31", "reason": "Concediu"}
    door.create(OPERATOR, "delegation", away, origin="ui")
    door.update(OPERATOR, "account", house.account, {"collaborators": [encode(taker)]}, origin="ui")
    group = door.create(OPERATOR, "field_group", {**named, **fields}, origin="ui").id

    def build(page: "Page") -> None:
        page.fill("#f-name", "Those without a telephone")
        page.select_option("#f-kind", "account")
        page.locator("#p-r-0[role=combobox]").fill("phone")
        page.locator(".combo-item:visible").first.click()
        page.select_option("#o-r-0", "empty")
        page.get_by_label("Everybody").check()
        page.locator("#named-count:has-text('Today it opens')").wait_for()
        assert page.input_value("#f-name") == "Those without a telephone"

    def send_empty(page: "Page") -> None:
        build(page)
        page.fill("#f-name", "")
        page.locator("[data-first]").click()
        page.locator("#f-name-error").wait_for()

    def choose(page: "Page") -> None:
        page.select_option("#f-kind", "contact")
        page.locator(".field-boxes").wait_for()

    stops: dict[str, tuple[str, int, Step | None]] = {
        "sharing": ("/settings/sharing/", 200, None),
        "sharing-new": ("/settings/sharing/new/", 200, build),
        "sharing-wrong": ("/settings/sharing/new/", 200, send_empty),
        "sharing-rule": (house.at("settings/sharing", rule), 200, None),
        "stand-in": ("/settings/stand-in/", 200, None),
        "shared-record": (house.at("accounts", house.account, "access/"), 200, None),
        "private-fields": ("/settings/private-fields/", 200, None),
        "private-fields-new": ("/settings/private-fields/new/", 200, choose),
        "private-fields-group": (house.at("settings/private-fields", group), 200, None),
    }
    assert tour(page, stops) == []


FIRMS = (
    "company_name;sector;turnover;phone;remarks\n"
    "Societatea Națională de Întreținere și Modernizare Brașov S.A.;retail;1.234,56 €;+34 937 412 880;x\n"
    "Vella SA;Finance;80,00 €;nonsense;y\n"
    "Trista SL;no such sector;3,50 €;;\n"
)


def test_the_pages_of_an_import(house: House, page: "Page") -> None:
    """From the file to the report, as a person goes; a worker in this process does what the pages queue."""
    load_jobs()

    def work() -> None:
        Worker(WorkerOptions()).drain()

    page.goto("/imports/")
    found = look(page, "import-start")
    page.set_input_files(
        "input[type=file]", [{"name": "clienți.csv", "mimeType": "text/csv", "buffer": FIRMS.encode()}]
    )
    page.locator("select[name=entity]").select_option("account")
    page.locator("#main .btn-primary:visible").first.click()
    page.wait_for_url(re.compile(r"/imports/\d+/"))
    begun = re.search(r"/imports/\d+/", page.url)
    assert begun is not None
    page.goto(f"{begun[0]}file")
    found += look(page, "import-file")
    page.goto(f"{begun[0]}columns")
    found += look(page, "import-columns")
    page.locator("#main .btn-primary:visible").last.click()
    page.wait_for_url(re.compile("preview"))
    found += look(page, "import-working")
    work()
    for part in ("new", "bad"):
        page.goto(f"{begun[0]}preview?show={part}")
        found += look(page, f"import-{part}")
    page.locator("form[action$='/apply'] .btn-primary:visible, button[formaction$='/apply']:visible").first.click()
    page.wait_for_url(re.compile("report"))
    work()
    page.goto(f"{begun[0]}report")
    found += look(page, "import-report")
    assert found == []

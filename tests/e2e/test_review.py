"""A manager's review, walked in a real browser on a desk and on a phone: home by team, the team's board, what goes
quiet, and sixty deals handed to somebody else, with preview and Undo."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.test_tour import AXE, look
from tests.modules.conftest import Make, firm, make, person, stage

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.people import User

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["firm", "make", "person", "stage"]
pytestmark = pytest.mark.browser
WIDTHS = [pytest.param(1440, 900, id="desk"), pytest.param(390, 844, id="phone")]
MANY = 40


@dataclass(frozen=True, slots=True)
class Team:
    """A team with a manager, who is signed in, and two sellers; one of them has too many deals nobody touches."""

    id: int
    boss: Actor
    laia: Actor
    quim: Actor


@pytest.fixture
def team(
    server: str, make: Make, person: Callable[..., Actor], stage: dict[str, int], sign_in: Callable[[Any], None]
) -> Team:
    iberia = make("team", name="Iberia")
    boss = person("Jordi", "manager", iberia)
    laia, quim = person("Laia", "seller", iberia), person("Quim", "seller", iberia)
    now = clock.now()
    with clock.frozen(now - timedelta(days=60)):
        writer = door.begin(OPERATOR, "system", "Deals", check_duplicates=False)
        shared = {"stage": encode(stage["new"]), "owner": encode(laia.user_id or 0), "team": encode(iberia)}
        ops = [door.Op({"name": f"Oven line {at:02}", "amount": f"{900 + at} EUR", **shared}) for at in range(MANY)]
        writer.write("opportunity", "create", ops, partial=False)
        writer.finish()
    make("opportunity", laia, name="Fresh one", amount="700 EUR", closes_on=now.date().isoformat())
    make("opportunity", quim, name="Belt", stage=stage["won"], amount="4000 EUR", closed_on=now.date().isoformat())
    for who, amount in ((laia, "9000 EUR"), (quim, "5000 EUR")):
        held = {"whose": "person", "owner": encode(who.user_id or 0), "amount": amount}
        target(held | {"metric": "won_amount", "period": "quarter", "starts_on": now.date().isoformat()})
    target(
        {"whose": "team", "team": encode(iberia), "owner": "", "amount": "15000 EUR", "period": "quarter"}
        | {"metric": "won_amount", "starts_on": now.date().isoformat()}
    )
    sign_in(User.objects.get(pk=boss.user_id))
    return Team(iberia, boss, laia, quim)


def target(values: dict[str, str]) -> None:
    door.create(OPERATOR, "target", values, origin="ui")


def owned(actor: Actor) -> int:
    return query.rows("opportunity", OPERATOR).where(["owner", "eq", encode(actor.user_id or 0)]).count()[0]


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_a_manager_reviews_a_team_and_hands_its_quiet_deals_over(
    team: Team, page: "Page", width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/?whose=all")
    by_team = page.locator("section[aria-labelledby=by-team]")
    names = by_team.locator("tbody th a").all_inner_texts()
    assert names == ["Iberia", "Laia", "Quim"]  # who lies furthest behind comes first
    by_team.get_by_role("link", name="Iberia", exact=True).click()
    page.wait_for_url("**/opportunities/board?*")
    page.locator(".deal-card", has_text="Oven line").first.wait_for()
    page.go_back()
    laia = by_team.locator("tr", has_text="Laia")
    laia.get_by_role("link", name=f"Laia, Going quiet: {MANY}").click()
    page.wait_for_url("**/opportunities/?*")
    page.locator("tbody tr", has_text="Oven line").first.wait_for()
    assert page.get_by_text("Fresh one").count() == 0
    select_all(page, width)
    assert page.locator("#bulk [data-count]").inner_text() == str(MANY)
    page.locator("#bulk button[value=assign]").click()
    page.locator("#f-owner").wait_for()
    page.select_option("#f-owner", label="Quim")
    page.locator("button[value=preview]").click()
    page.locator(".fact-strip dd", has_text=str(MANY)).first.wait_for()
    page.locator("button[value=apply]").click()
    page.locator("#toasts .toast-msg", has_text=str(MANY)).wait_for()
    assert (owned(team.laia), owned(team.quim)) == (1, MANY + 1)
    with page.expect_response("**/undo"):
        page.locator("#toasts [data-undo]").click()
    page.wait_for_load_state()
    assert (owned(team.laia), owned(team.quim)) == (MANY + 1, 1)


def select_all(page: "Page", width: int) -> None:
    """All rows, which one page holds."""
    page.wait_for_load_state("networkidle")
    if width < 641:
        page.locator("[data-select-rows]").click()
        for box in page.locator("tbody .c-check input").all():
            box.check()
    else:
        page.locator("thead .c-check input").check()


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_a_year_of_targets_is_filled_and_taken_back(team: Team, page: "Page", width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/")
    page.locator("section[aria-labelledby=my-targets]").get_by_role("link", name="Set targets").click()
    page.wait_for_url("**/targets/plan/")
    page.get_by_role("link", name="Months", exact=True).click()  # it opens with the quarters that are in use
    page.wait_for_url("**period=month**")
    page.select_option("select[name=who]", label="Quim")
    page.fill("#f-total", "120 000")
    page.get_by_role("button", name="Fill the year").click()
    page.locator("#toasts .toast-msg").wait_for()
    values = [box.input_value() for box in page.locator("tr", has_text="Quim").locator("input").all()]
    assert values == ["10000"] * 12
    page.locator("#toasts [data-undo]").click()
    page.wait_for_function("() => [...document.querySelectorAll('.targets input')].every(one => !one.value)")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the front end's development packages")
def test_home_by_team_and_the_table_of_targets_are_accessible_and_fit(team: Team, page: "Page") -> None:
    found = []
    for name, address in {"team": "/?whose=all", "mine": "/?whose=mine", "targets": "/targets/plan/"}.items():
        page.goto(address)
        found += look(page, f"review-{name}")
    assert not found, "\n".join(found)

"""What somebody makes of a board: fields on the cards, folded columns, the pipeline; and that saved views keep it."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make, stage
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.people import Role

__all__ = ["stage"]
pytestmark = pytest.mark.django_db
BOARD = "/opportunities/board?view=all"


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def save_view(client: Client, address: str, name: str) -> str:
    """Save what a board shows; gives the address it leads to."""
    html = shown(client, address)
    form = dict(re.findall(r'<input type="hidden" name="(state|look|nonce)" value="([^"]*)"', html))
    form["state"] = form["state"].replace("&amp;", "&").replace("&quot;", '"')
    answer = client.post("/opportunities/views/", form | {"name": name, "share": "me"})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_the_fields_of_the_cards_can_be_chosen_and_put_in_order(make: Make, manager: Actor) -> None:
    make("opportunity", name="Oven line", amount="9500 EUR", probability="65", closes_on="2030-05-04")
    client = signed_in(manager)
    assert 'class="lines"' not in shown(client, BOARD)
    html = shown(client, f"{BOARD}&columns=closes_on&columns=probability")
    labels = re.findall(r"<dt>([^<]+)</dt>", html[html.index('class="lines"') :].split("</dl>")[0])
    assert labels == ["Expected close", "Probability"]
    assert "9,500" not in html[html.index('class="deal-card"') :].split("</article>")[0]


def test_a_hidden_field_is_neither_shown_nor_offered(make: Make, person: Any) -> None:
    levels = dict.fromkeys(("view", "edit"), "all")
    values = {"name": "Reader", "grants": {"*": levels}, "masks": {"opportunity": {"closes_on": "hidden"}}}
    role = door.create(OPERATOR, "role", values, origin="system", canonical=True).id
    client = signed_in(person("Ona", Role.objects.get(pk=role).key))
    make("opportunity", name="Oven line", closes_on="2031-02-03")
    html = shown(client, f"{BOARD}&columns=closes_on&columns=amount")
    assert "2031" not in html
    assert 'value="closes_on"' not in html


def test_a_column_is_folded_and_opened_by_a_link(make: Make, manager: Actor, stage: dict[str, int]) -> None:
    make("opportunity", name="Oven line", stage=stage["new"])
    client, key = signed_in(manager), encode(stage["new"])
    html = shown(client, BOARD)
    assert f'class="board-col hue-stone" data-stage="{key}"' in html
    fold = re.search(rf'id="head-{key}".*?class="[^"]*fold[^"]*" href="([^"]+)"', html, re.DOTALL)
    assert fold is not None
    html = shown(client, fold[1].replace("&amp;", "&"))
    assert "Oven line" not in html
    opened = re.search(rf'id="col-{key}"><a href="([^"]+)"', html)
    assert opened is not None
    assert "Oven line" in shown(client, opened[1].replace("&amp;", "&"))


def test_a_saved_view_keeps_pipeline_folding_and_fields(make: Make, manager: Actor, stage: dict[str, int]) -> None:
    second = make("pipeline", name="Service contracts")
    late = make("stage", name="Signed up", pipeline=second)
    make("opportunity", name="Yearly check", pipeline=second, stage=late, closes_on="2030-05-04")
    pipelines = query.rows("pipeline", OPERATOR).get(second)
    client = signed_in(manager)
    address = f"{BOARD}&pipeline={pipelines['key']}&columns=closes_on"
    html = shown(client, address)
    assert "Yearly check" in html
    assert re.search(r'name="f"', html)
    assert f'name="pipeline" value="{pipelines["key"]}"' in html  # adding a filter stays in this pipeline
    view = save_view(client, address, "Service")
    html = shown(client, view)
    assert "Yearly check" in html
    assert "<dt>Expected close</dt>" in html
    folded = save_view(client, f"{address}&fold={encode(late)}", "Folded")
    assert "Yearly check" not in shown(client, folded)
    assert "Signed up" in shown(client, folded)


def test_a_view_whose_pipeline_is_gone_shows_the_first_one(make: Make, manager: Actor) -> None:
    second = make("pipeline", name="Service contracts")
    make("stage", name="Signed up", pipeline=second)
    key = query.rows("pipeline", OPERATOR).get(second)["key"]
    client = signed_in(manager)
    view = save_view(client, f"{BOARD}&pipeline={key}", "Service")
    stages = query.rows("stage", OPERATOR).where(["pipeline", "eq", encode(second)]).ids(9)
    for pk in stages:
        door.delete(OPERATOR, "stage", pk, origin="ui")
    door.delete(OPERATOR, "pipeline", second, origin="ui")
    assert "Signed up" not in shown(client, view)


def test_a_saved_board_takes_eight_queries_at_most(make: Make, manager: Actor) -> None:
    firm = make("account", name="Forns")
    for number in range(20):
        make("opportunity", name=f"Deal {number}", account=firm)
    client = signed_in(manager)
    view = save_view(client, f"{BOARD}&columns=account&columns=closes_on&columns=owner", "Mine")
    for address in (BOARD, view):
        shown(client, address)
        with CaptureQueriesContext(connection) as queries:
            shown(client, address)
        asked = [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]  # those are the test's own
        assert len(asked) <= 8, "\n".join(sql[:120] for sql in asked)


@pytest.mark.parametrize("wrong", ["fold=%00", "fold=" + "x" * 5000, "columns=nonsense", "columns=stage", "fold="])
def test_nonsense_in_the_address_does_no_harm(manager: Actor, wrong: str) -> None:
    assert signed_in(manager).get(f"{BOARD}&{wrong}").status_code == 200

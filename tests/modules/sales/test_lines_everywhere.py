"""What follows from the declaration of lines: the API, a CSV import by a scenario, an export."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tracte.engine import exporting
from tracte.engine.importing import scenario, service
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.records import query
from tracte.records.people import Token, User

pytestmark = pytest.mark.django_db
Make = Callable[..., int]

SCENARIO = """
format = 1
name = "Lines of the price list"
[[file]]
path = "lines.csv"
entity = "opportunity_line"
[file.columns]
deal = { to = "opportunity", lookup = "opportunity.number" }
sku = { to = "product", lookup = "product.sku" }
quantity = { to = "quantity" }
discount = { to = "discount" }
"""


@pytest.fixture
def deal(make: Make) -> int:
    make("product", name="Pump", sku="P-1", price="120 EUR", cost="80 EUR")
    return make("opportunity", name="Bottling")


def test_the_api_reads_and_writes_lines_and_the_deal_follows(make: Make, deal: int) -> None:
    admin = make("user", name="Boss", email="boss@firm.example", is_admin="true", can_sign_in="true")
    key = Token.issue(User.objects.get(pk=admin), "test")
    head = {"Authorization": f"Bearer {key}"}

    def ask(method: str, path: str, body: Any = None) -> Any:
        data = "" if body is None else json.dumps(body)
        kind = "" if body is None else "application/json"
        return Client().generic(method, f"/api/v1/{path}", data, content_type=kind, headers=head)

    price = {"amount": "19.99", "currency": "EUR"}
    made = ask(
        "POST", "opportunity_lines", {"opportunity": encode(deal), "name": "Hose", "quantity": "3", "price": price}
    )
    assert made.status_code == 201, made.content
    assert made.json()["amount"] == {"amount": "59.97", "currency": "EUR"}
    listed = ask("GET", f"opportunity_lines?opportunity={encode(deal)}&sort=position&count=true").json()
    assert (listed["count"], listed["data"][0]["name"]) == (1, "Hose")
    assert ask("GET", f"opportunities/{encode(deal)}").json()["amount"] == {"amount": "59.97", "currency": "EUR"}
    refused = ask("PATCH", f"opportunities/{encode(deal)}", {"amount": {"amount": "1", "currency": "EUR"}})
    assert (refused.status_code, refused.json()["problems"][0]["field"]) == (422, "amount")
    again = ask("POST", "opportunity_lines", {"opportunity": encode(deal), "name": "x", "amount": price})
    assert again.json()["problems"][0]["code"] == "read_only"


def test_lines_come_from_a_csv_by_the_deal_s_number_and_the_product_s_sku(
    deal: int, tmp_path: Path, settings: Any
) -> None:
    number = query.system_rows("opportunity").get(deal)["number"]
    rows = f"{number},P-1,2,10\n{number},P-1,1,\nOP-1999-0001,P-1,1,\n{number},P-9,1,\n"
    (tmp_path / "lines.csv").write_text("deal,sku,quantity,discount\n" + rows, "utf-8")
    settings.TRACTE_HOME = tmp_path / "home"
    done = service.run(scenario.parse(SCENARIO), tmp_path, OPERATOR)
    assert (done.counts["created"], done.problems) == (2, 2), done.report.read_text()
    now = query.system_rows("opportunity").get(deal)
    assert (now["line_count"], now["amount"].amount, now["cost_estimated"].amount) == (2, 336, 240)
    told = exporting.export("opportunity_line", OPERATOR)
    text = "".join(told.csv_text())
    assert text.count("Pump") == 2
    assert text.count("120.00 EUR") == 2

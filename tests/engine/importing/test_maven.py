"""A real firm's data set comes in by the scenario in the documentation, and goes again."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.engine.importing.test_commands import run

from tracte.config.registration import installed_modules
from tracte.engine.importing import service
from tracte.kernel.actor import OPERATOR
from tracte.meta.registry import registry
from tracte.records import query, snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.data]
SCENARIO = Path(__file__).parents[3] / "docs" / "examples" / "maven-crm-sales" / "scenario.toml"


def counts() -> dict[str, int]:
    return {spec.key: query.rows(spec.key, OPERATOR).count(100_000)[0] for spec in registry()}


def test_the_maven_firm_comes_in_whole_and_goes_again(shared_data: Path) -> None:
    for module in installed_modules():
        if module.seed is not None:
            module.seed()
    before = counts()
    folder = shared_data / "01_crm_sales_opportunities"
    told, _, code = run("import", SCENARIO, folder, "--json")
    assert code == 0
    assert told["created"] >= 8_927
    assert (told["problems"], told["warnings"]) == (0, 1_425)

    after = counts()
    new = {key: after[key] - before[key] for key in after if after[key] != before[key]}
    people = {"user": 35, "team": 6}
    catalogue = {"value_item": 3, "product": 7, "pipeline": 1, "stage": 4}
    assert new == people | catalogue | {"account": 85, "opportunity": 8_800}
    now = snapshot.current()
    deals = query.rows("opportunity", OPERATOR)
    figures = {
        str(now.title("stage", one["stage"]).title): (one["count"], one["sum:amount"])  # type: ignore[union-attr]
        for one in deals.where(["pipeline.name", "eq", "Maven"]).aggregate(["stage"], ["count", "sum:amount"])
    }
    assert figures == {
        "Won": (4_238, {"USD": Decimal(10_005_534)}),
        "Lost": (2_473, {"USD": Decimal(0)}),
        "Engaging": (1_589, None),
        "Prospecting": (500, None),
    }
    assert deals.where(["account", "empty"]).count(10_000)[0] == 1_425
    assert deals.where(["product.name", "eq", "GTX Pro"]).count(10_000)[0] == 1_480
    assert deals.where(["owner", "empty"]).count()[0] == 0
    accounts = query.rows("account", OPERATOR)
    assert accounts.where(["parent", "not_empty"]).count()[0] == 15
    assert accounts.where(["billing_address.country", "eq", "PH"]).count()[0] == 1
    assert accounts.where(["industry", "eq", "technology"]).count()[0] == 12
    assert not any(now.members[one].active for one in query.rows("user", OPERATOR).where(["teams", "not_empty"]).ids())

    again, _, _ = run("import", SCENARIO, folder, "--json")
    assert (again["created"], again["updated"], again["problems"]) == (0, 0, 0)
    assert again["unchanged"] >= 8_892

    undone, _, code = run("undo", told["changeset"], "--json")
    assert (undone["conflicts"], code) == (0, 0)
    assert counts() == before


def test_a_check_of_the_maven_firm_row_by_row_tells_what_the_import_does(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in installed_modules():
        if module.seed is not None:
            module.seed()
    monkeypatch.setattr(service, "REHEARSED_UP_TO", 1_000)
    before = counts()
    told, said, code = run("import", SCENARIO, shared_data / "01_crm_sales_opportunities", "--dry-run", "--json")
    assert (told["created"], told["problems"], told["warnings"], code) == (8_941, 0, 1_425, 0)
    assert told["checked_only"] is True
    assert "one by one" in said
    assert counts() == before

"""The value list of types becomes records, and the way back (SP-07)."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tracte.kernel.ids import new_id

BEFORE, AFTER = [("sales", "0008_opportunity_types")], [("sales", "0009_types_of_deals")]


@pytest.fixture
def at_list() -> Any:
    """A database as it was while the type was an entry of a list; brought up to date at the end."""
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    yield MigrationExecutor(connection).loader.project_state(BEFORE).apps
    MigrationExecutor(connection).migrate(leaves)


def moved(to: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return MigrationExecutor(connection).loader.project_state(to).apps


@pytest.mark.django_db(transaction=True)
def test_deals_and_entries_follow_to_records_and_back(at_list: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deals, items = at_list.get_model("sales", "Opportunity").objects, at_list.get_model("records", "ValueItem").objects
    at_list.get_model("records", "Company").objects.create(id=new_id(), name="Firm", language="ca")
    items.create(id=new_id(), list="opportunity_type", key="rental", label="Rental", hue="plum", retired=True)
    keys = ["renewal", "rental", "long_gone", None, "renewal"]
    ids = [new_id() for _ in keys]
    deals.bulk_create(deals.model(id=pk, name="Deal", type_key=key) for pk, key in zip(ids, keys, strict=True))

    apps = moved(AFTER)
    types = {one.key: one for one in apps.get_model("sales", "OpportunityType").objects.all()}
    assert {"renewal", "pilot", "rental", "long_gone"} <= types.keys()
    assert (types["renewal"].name, types["renewal"].active, types["renewal"].title_key) == (
        "Renovació",
        True,
        "renovacio",
    )
    assert (types["rental"].name, types["rental"].active, types["rental"].hue) == ("Rental", False, "plum")
    assert types["long_gone"].name == "Long gone"
    now = dict(apps.get_model("sales", "Opportunity").objects.values_list("id", "type_id"))
    assert [now[pk] for pk in ids] == [key and types[key].id for key in keys]
    assert not apps.get_model("records", "ValueItem").objects.filter(list="opportunity_type", deleted_at=None).exists()

    back = moved(BEFORE)
    was = dict(back.get_model("sales", "Opportunity").objects.values_list("id", "type_key"))
    assert [was[pk] for pk in ids] == keys
    live = back.get_model("records", "ValueItem").objects.filter(list="opportunity_type", deleted_at=None)
    assert live.get(key="rental").retired


@pytest.mark.django_db(transaction=True)
def test_a_fresh_home_gets_its_types_when_it_is_set_up(at_list: Any) -> None:
    assert not moved(AFTER).get_model("sales", "OpportunityType").objects.exists()

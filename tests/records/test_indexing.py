"""Indexes are added to large tables without stopping writers, and made anew where an attempt was broken off."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models
from django.db.migrations.state import ProjectState

from tracte.kernel.actor import OPERATOR
from tracte.records import door
from tracte.records.indexing import AddIndexOnline

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "product_by_unit"


def columns() -> list[str] | None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "product").get(NAME)
    return found and found["columns"]


def left_unusable() -> None:
    """A build that breaks off: the index promises what the rows do not keep."""
    for name in ("One", "Other"):
        door.create(OPERATOR, "product", {"name": name, "unit": "piece"}, origin="system")
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {NAME} ON product (unit)")
    assert columns() == ["unit"]


@pytest.mark.parametrize("broken_off", [False, True])
def test_an_index_is_made_and_taken_away_again(broken_off: bool) -> None:
    if broken_off:
        if connection.vendor != "postgresql":
            pytest.skip("SQLite builds an index whole or not at all")
        left_unusable()
    before = ProjectState.from_apps(apps)
    after = before.clone()
    operation = AddIndexOnline("product", models.Index(fields=["unit"], name=NAME))
    operation.state_forwards("catalog", after)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("catalog", editor, before, after)
        assert columns() == ["unit"]
        operation.database_backwards("catalog", editor, after, before)
    assert columns() is None

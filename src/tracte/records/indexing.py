"""Indexes on tables that may hold millions of rows, built while people work."""

from typing import Any

from django.db import migrations


class AddIndexOnline(migrations.AddIndex):
    """``AddIndex`` that keeps nobody from reading or writing: on PostgreSQL the index is built *concurrently*.

    For migrations with ``atomic = False``. An index that is there already is left, one that a broken-off build left
    unusable is built anew. Source: PostgreSQL 15 documentation, *CREATE INDEX*, "Building Indexes Concurrently".
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        usable = _usable(schema_editor.connection, model._meta.db_table, self.index.name)
        if schema_editor.connection.vendor != "postgresql":
            if usable is None:
                schema_editor.add_index(model, self.index)
            return
        if usable is False:
            schema_editor.remove_index(model, self.index, concurrently=True)
        if not usable:
            schema_editor.add_index(model, self.index, concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        if _usable(schema_editor.connection, model._meta.db_table, self.index.name) is None:
            return
        beside = {"concurrently": True} if schema_editor.connection.vendor == "postgresql" else {}
        schema_editor.remove_index(model, self.index, **beside)


def _usable(connection: Any, table: str, name: str) -> bool | None:
    """Whether the index answers queries; ``None`` when there is none of this name."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)", [name])
            found = cursor.fetchone()
            return None if found is None else bool(found[0])
        return True if name in connection.introspection.get_constraints(cursor, table) else None

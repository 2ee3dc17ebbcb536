"""Django's connection to PostgreSQL, with a second kind of cursor for statements that are asked again and again."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations
from django.db.backends.utils import CursorWrapper
from psycopg import adapters, pq

_MOMENT = adapters.types["timestamptz"].oid
_READ_MOMENT = adapters.get_loader(_MOMENT, pq.Format.TEXT)


class DatabaseOperations(operations.DatabaseOperations):
    """Tells what was asked also where the statement and its values went apart, for logs and tests."""

    def last_executed_query(self, cursor: Any, sql: str, params: Sequence[Any] | None) -> str:
        """The statement with its values."""
        apart = isinstance(cursor, base.ServerBindingCursor)
        return str(self.compose_sql(sql, params) if apart else super().last_executed_query(cursor, sql, params))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that can also send a statement and its values apart."""

    ops_class = DatabaseOperations

    def planned_cursor(self) -> CursorWrapper:
        """A cursor whose statements PostgreSQL reads once and keeps for the connection (psycopg's ``prepare_threshold``
        tells from which time on, and ``None`` that it never does).

        Django's own cursor writes the values into the text: for the database every one is a new statement, and of a
        page made of several selections it takes twice as long to plan as to answer.
        """
        self.ensure_connection()
        connection = self.connection
        usual = connection.cursor_factory
        connection.cursor_factory = base.ServerBindingCursor
        try:
            cursor = self.cursor()
        finally:
            connection.cursor_factory = usual
        if self.timezone_name == "UTC":  # moments as psycopg reads them: Django's way, for any zone, takes far longer
            cursor.cursor.adapters.register_loader(_MOMENT, _READ_MOMENT)
        return cursor

"""SQL expressions both databases know under one name.

``tracte_fold`` is a database function: registered on each SQLite connection, created by a migration on PostgreSQL.
Both do
exactly what :func:`tracte.kernel.fold.fold` does, so a filter answers the same in SQL and in memory.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Func
from django.db.models.expressions import Expression, F

CF_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z]+)?\Z")


class Fold(Func):
    """Text folded for comparing: lower case, without accents."""

    function = "tracte_fold"
    output_field = models.TextField()
    arity = 1


class Binary(Func):
    """Text ordered by code point on both databases, whatever the locale of the server."""

    template = "%(expressions)s"
    output_field = models.TextField()
    arity = 1

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return super().as_sql(compiler, connection, template='(%(expressions)s) COLLATE "C"', **extra)


@dataclass(frozen=True, slots=True)
class Cast:
    """How a JSON value is read in SQL: the PostgreSQL type, what SQLite does, and the Django field of the result."""

    postgresql: str
    sqlite: str
    field: "type[models.Field[Any, Any]]"


CASTS = {
    "text": Cast("text", "{}", models.TextField),
    "integer": Cast("bigint", "{}", models.BigIntegerField),
    # Decimals stand in JSON as text. Both databases turn that text into the nearest double, so they order alike.
    "decimal": Cast("double precision", "CAST({} AS REAL)", models.FloatField),
    "boolean": Cast("boolean", "{}", models.BooleanField),
}


class CfValue(Func):
    """One value of the JSON column ``cf``, its key written as a literal so that an expression index on it is used.

    :param cf_key: a slug checked at start-up, or such a slug and a part of it: ``sales_budget.amount``. Never text
        from a
        request.
    :param cast: a key of :data:`CASTS`.
    """

    arity = 1

    def __init__(self, column: Expression | F, *, cf_key: str, cast: str = "text", **extra: Any) -> None:
        if not CF_PATH.match(cf_key):
            raise ValueError(cf_key)
        self.cf_key, self.cast = cf_key, CASTS[cast]
        super().__init__(column, output_field=self.cast.field(), **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        value = self.cast.sqlite.format(f"json_extract(%(expressions)s, '$.{self.cf_key}')")
        return self.as_sql(compiler, connection, template=f"({value})", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        way = f"->> '{self.cf_key}'" if "." not in self.cf_key else f"#>> '{{{self.cf_key.replace('.', ',')}}}'"
        return self.as_sql(compiler, connection, template=f"((%(expressions)s {way})::{self.cast.postgresql})", **extra)


CF_CASTS = {"integer": "integer", "duration": "integer", "decimal": "decimal", "percent": "decimal", "money": "decimal"}


def cf_cast(kind_key: str) -> str:
    """How the values of a kind are compared and sorted when they live in ``cf``."""
    return "boolean" if kind_key == "yes_no" else CF_CASTS.get(kind_key, "text")

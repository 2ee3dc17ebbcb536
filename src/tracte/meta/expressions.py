"""SQL expressions both databases know under one name.

``tracte_fold`` is a database function: registered on each SQLite connection, created by a migration on PostgreSQL.
Both do
exactly what :func:`tracte.kernel.fold.fold` does, so a filter answers the same in SQL and in memory.
"""

from typing import Any

from django.db import models
from django.db.models import Func
from django.db.models.expressions import Expression, F


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


CASTS = {"integer": ("integer", "bigint"), "text": ("text", "text")}


class CfValue(Func):
    """One value of the JSON column ``cf``, with its key written as a literal so that an expression index on it is used.

    :param cf_key: a slug checked at start-up (``[a-z][a-z0-9_]*``), never text from a request.
    :param cast: ``text`` or ``integer``.
    """

    arity = 1

    def __init__(self, column: Expression | F, *, cf_key: str, cast: str = "text", **extra: Any) -> None:
        if not cf_key.replace("_", "").isalnum() or not cf_key.isascii():
            raise ValueError(cf_key)
        self.cf_key, self.cast = cf_key, cast
        output = models.BigIntegerField() if cast == "integer" else models.TextField()
        super().__init__(column, output_field=output, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(
            compiler, connection, template=f"(json_extract(%(expressions)s, '$.{self.cf_key}'))", **extra
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        cast = f"::{CASTS[self.cast][1]}"
        return self.as_sql(compiler, connection, template=f"((%(expressions)s ->> '{self.cf_key}'){cast})", **extra)

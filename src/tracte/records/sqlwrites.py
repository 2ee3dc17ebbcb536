"""Writing in SQL: rows inserted and changed, many at a time. The rules of :mod:`tracte.records.sql` hold here too."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models

from tracte.meta.columns import ScaledDecimalField
from tracte.records.sql import column_of, columns_listed, held_by, quoted
from tracte.records.statements import planned_cursor

COPY_FROM = 50  # below this many rows a COPY costs more than it saves
SAME = 4  # rows that take the same values, on average, to be worth writing together
Adapt = Callable[[Any], Any]


@lru_cache(maxsize=512)
def adapter(column: "models.Field[Any, Any]", vendor: str) -> Adapt | None:
    """How a Python value becomes a parameter for ``column``; ``None`` when it goes as it is."""
    if isinstance(column, ScaledDecimalField):
        return lambda value: None if value is None else column.scaled(value)
    if isinstance(column, models.JSONField):  # what Django's own way comes to, without a wrapper for each row
        return lambda value: None if value is None else json.dumps(value, cls=column.encoder)
    if vendor == "sqlite":
        if isinstance(column, models.DateTimeField):
            return lambda value: None if value is None else connection.ops.adapt_datetimefield_value(value)
        if isinstance(column, models.DateField):
            return lambda value: value.isoformat() if isinstance(value, date | datetime) else value
    return None


def adapt_rows(columns: Sequence["models.Field[Any, Any]"], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    plan = [(at, turn) for at, column in enumerate(columns) if (turn := adapter(column, connection.vendor))]
    last: dict[int, tuple[Any, Any]] = {at: (None, None) for at, _ in plan}
    out: list[list[Any]] = []
    for row in rows:
        values = list(row)
        for at, turn in plan:
            value = values[at]
            if value is not None:
                if last[at][0] is not value:  # stamps are one object in a whole batch
                    last[at] = (value, turn(value))
                values[at] = last[at][1]
        out.append(values)
    return out


def adapt_column(turn: Adapt | None, cells: Sequence[Any]) -> Sequence[Any]:
    """The values of one column as parameters of the database."""
    if turn is None:
        return cells
    last, turned = None, None
    out: list[Any] = []
    for value in cells:
        if value is None:
            out.append(None)
        else:
            if value is not last:  # stamps are one object in a whole batch
                last, turned = value, turn(value)
            out.append(turned)
    return out


@lru_cache(maxsize=256)
def _adapters(model: type[models.Model], attnames: tuple[str, ...], vendor: str) -> tuple[Adapt | None, ...]:
    return tuple(adapter(column_of(model, name), vendor) for name in attnames)


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows: COPY on PostgreSQL when there are many, executemany otherwise.

    :param names: attribute names of the columns (``account_id``), in the order of each row's values.
    """
    if rows:
        _insert(model, names, adapt_rows([column_of(model, name) for name in names], rows))


def insert_columns(model: type[models.Model], names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    """:func:`insert`, with the values of each column together: what is to be done to a column is looked up once."""
    if columns and columns[0]:
        turns = _adapters(model, tuple(names), connection.vendor)
        turned = [adapt_column(turn, cells) for turn, cells in zip(turns, columns, strict=True)]
        _insert(model, names, list(zip(*turned, strict=True)))


def _insert(model: type[models.Model], names: Sequence[str], prepared: Sequence[Sequence[Any]]) -> None:
    listed = columns_listed(model, tuple(names))
    table = quoted(model._meta.db_table)
    with planned_cursor() as cursor:
        if connection.vendor == "postgresql" and len(prepared) >= COPY_FROM:
            with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
                for row in prepared:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(names))
            _execute_each(cursor, f"INSERT INTO {table} ({listed}) VALUES ({marks})", prepared)


def insert_new(model: type[models.Model], names: Sequence[str], row: Sequence[Any]) -> int:
    """Insert a row whose id the database gives; that id."""
    (values,) = adapt_rows([column_of(model, name) for name in names], [row])
    listed, marks = columns_listed(model, tuple(names)), ", ".join(["%s"] * len(names))
    statement = f"INSERT INTO {quoted(model._meta.db_table)} ({listed}) VALUES ({marks})"
    with planned_cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(statement, values)
            return int(cursor.lastrowid)
        cursor.execute(f"{statement} RETURNING id", values)
        return int(cursor.fetchone()[0])


def update(
    model: type[models.Model], changes: Mapping[tuple[str, ...], Sequence[tuple[int, int, Sequence[Any]]]]
) -> int:
    """Write changed columns and raise the version, each row only if it still has the version it was read with.

    :param changes: rows grouped by the columns they change: ``{columns: [(id, version, values), …]}``.
    :returns: how many rows were written.
    """
    written = 0
    with planned_cursor() as cursor:
        for names, rows in changes.items():
            columns = [column_of(model, name) for name in names]
            sets = "".join(f"{quoted(column.column)} = %s, " for column in columns)
            sql = f"UPDATE {quoted(model._meta.db_table)} SET {sets}version = version + 1 WHERE version = %s AND id"
            alike: dict[tuple[Any, ...], list[int]] = {}
            for values, (pk, version, _) in zip(adapt_rows(columns, [row[2] for row in rows]), rows, strict=True):
                alike.setdefault((*values, version), []).append(pk)
            if len(alike) * SAME <= len(rows):  # a change to many writes the same into most of them
                for given, ids in alike.items():
                    test, held = held_by(ids)
                    cursor.execute(f"{sql} {test}", [*given, held])
                    written += cursor.rowcount
            else:
                _execute_each(cursor, f"{sql} = %s", [[*given, pk] for given, ids in alike.items() for pk in ids])
                written += cursor.rowcount
    return written


def _execute_each(cursor: Any, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """One statement for every row. For a single one psycopg's ``executemany`` would open a pipeline and wait for it."""
    if len(rows) == 1:
        cursor.execute(sql, rows[0])
    else:
        cursor.executemany(sql, rows)


@contextmanager
def history_opened() -> Iterator[None]:
    """Lift the trigger that protects history, for this transaction: only an erasure does."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL tracte.erasing = 'yes'")
            yield
            cursor.execute("SET LOCAL tracte.erasing = 'no'")
        else:
            cursor.execute("INSERT INTO erasing VALUES ('now')")
            yield
            cursor.execute("DELETE FROM erasing")


def shorten_trail(before: datetime) -> int:
    """Delete entries of the audit trail from before a moment; returns how many.

    The trigger that protects the trail lets exactly those go, within this transaction: nothing else ever deletes one.
    """
    moment = connection.ops.adapt_datetimefield_value(before)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('tracte.audit_before', %s, true)", [before.isoformat()])
        else:
            cursor.execute("INSERT INTO audit_forgetting VALUES (%s)", [moment])
        cursor.execute("DELETE FROM audit_entry WHERE at < %s", [moment])
        gone = int(cursor.rowcount)
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('tracte.audit_before', '', true)")
        else:
            cursor.execute("DELETE FROM audit_forgetting")
    return gone


# What an SQLite connection is given while much is written: kB of cache when negative; pages carried over together.
_ROOM = {"cache_size": -32 * 1024, "wal_autocheckpoint": 10_000}


@contextmanager
def writing_much() -> Iterator[None]:
    """Room for a long row of write transactions: SQLite keeps more of its indexes in memory and carries what was
    written over into its file less often. Every commit is as safe as ever; a reader sees no difference.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        usual = {name: int(cursor.execute(f"PRAGMA {name}").fetchone()[0]) for name in _ROOM}
        _set(cursor, _ROOM)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            _set(cursor, usual)


def _set(cursor: Any, pragmas: Mapping[str, int]) -> None:
    for name, value in pragmas.items():
        cursor.execute(f"PRAGMA {name} = {value:d}")

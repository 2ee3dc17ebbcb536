"""The one room for SQL text: what the ORM cannot say, or says too slowly.

Table and column names come from the registry or from Django's own model metadata, never from input; every value is a
parameter.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models import F, Lookup, Q, QuerySet
from django.db.models.expressions import RawSQL

from tracte.meta.columns import ScaledDecimalField
from tracte.records.sorting import Order

COPY_FROM = 50  # below this many rows a COPY costs more than it saves


def union_ids(branches: Sequence[QuerySet[Any]], limit: int) -> RawSQL:
    """Ids of the first ``limit`` rows of each branch, glued by UNION ALL.

    Each branch walks its own index and stops; an OR over the branches would not (1.1–1.8 s at a million rows).
    """
    pieces: list[str] = []
    params: list[Any] = []
    for number, branch in enumerate(branches):
        sql, values = branch.values("pk")[:limit].query.sql_with_params()
        pieces.append(f"SELECT b{number}.* FROM ({sql}) AS b{number}")
        params.extend(values)
    return RawSQL(" UNION ALL ".join(pieces), params)


_STAND_INS: dict[type, Any] = {int: -(2**61), str: "\ue000 any value"}


def union_ids_by(branches: Sequence[QuerySet[Any]], column: str, values: Sequence[Any], limit: int) -> RawSQL:
    """:func:`union_ids` of every branch once for each value of a column.

    A branch is compiled once, with a stand-in for the value: compiling is what a board would spend its time on.
    """
    stand_in = _STAND_INS.get(type(values[0]))
    if stand_in is None or any(type(value) is not type(values[0]) for value in values):
        return union_ids([branch.filter((column, value)) for value in values for branch in branches], limit)
    compiled = [branch.filter((column, stand_in)).values("pk")[:limit].query.sql_with_params() for branch in branches]
    pieces: list[str] = []
    params: list[Any] = []
    if connection.vendor == "postgresql":
        for sql, given in compiled:
            pieces.append(_for_each(sql, given, stand_in, len(values), len(pieces)))
            params.extend([*values, *(one for one in given if one != stand_in)])
        return RawSQL(" UNION ALL ".join(pieces), params)
    for value in values:
        for sql, given in compiled:
            pieces.append(f"SELECT b{len(pieces)}.* FROM ({sql}) AS b{len(pieces)}")
            params.extend(value if one == stand_in else one for one in given)
    return RawSQL(" UNION ALL ".join(pieces), params)


def _for_each(sql: str, params: Sequence[Any], stand_in: Any, count: int, number: int) -> str:
    """A selection for each of several values, which PostgreSQL plans once: planning a board's twenty selections took
    it twice as long as answering them."""
    told = ["each_value.of" if one == stand_in else "%s" for one in params]
    texts = sql.split("%s")
    one_value = "".join(text + mark for text, mark in zip(texts, [*told, ""], strict=True))
    listed = ", ".join(["(%s)"] * count)
    each = f"(VALUES {listed}) AS each_value(of)"
    return f"SELECT b{number}.* FROM {each} CROSS JOIN LATERAL ({one_value}) AS b{number}"


def first_ids_by(
    branches: Sequence[QuerySet[Any]], column: str, values: Sequence[Any], order: Order, limit: int
) -> RawSQL:
    """Ids of the first ``limit`` rows for each value of a column, in an order no index serves: the branches are read
    once for all values together, each row told its place among those of the same value."""
    ranks = {f"rank_{at}": path for at, path in enumerate(order.paths())}
    pieces: list[str] = []
    params: list[Any] = []
    for branch in branches:
        told = branch.filter(**{f"{column}__in": values}).alias(**order.annotations())
        told = told.annotate(of_value=F(column), **{name: F(path) for name, path in ranks.items()})
        sql, given = told.values("pk", "of_value", *ranks).query.sql_with_params()
        pieces.append(sql)
        params.extend(given)
    terms = ", ".join(
        f"{quoted(name)} {'DESC' if one.descending else 'ASC'}{' NULLS LAST' if one.nullable else ''}"
        for name, one in zip(ranks, order.columns, strict=True)
    )
    place = f"ROW_NUMBER() OVER (PARTITION BY of_value ORDER BY {terms})"
    placed = f"SELECT pk, {place} AS place FROM ({' UNION ALL '.join(pieces)}) AS reached"
    # The last limit cuts nothing: it tells PostgreSQL how few rows these are, which it would overrate.
    few = f"SELECT pk FROM ({placed}) AS placed WHERE place <= %s LIMIT %s"
    return RawSQL(few, [*params, limit, limit * len(values)])


@lru_cache(maxsize=512)
def _indexed(model: type[models.Model]) -> frozenset[tuple[str, ...]]:
    """What the indexes of a table start with: two columns each."""
    attname_of = {field.name: field.attname for field in model._meta.concrete_fields}
    listed = (index.fields[:2] for index in model._meta.indexes)
    return frozenset(tuple(attname_of[name.removeprefix("-")] for name in names) for names in listed if len(names) > 1)


def has_index(model: type[models.Model], column: str, order: Sequence[str]) -> bool:
    """Whether an index holds the rows of each value of a column in an order.

    :param order: the paths of the order's columns; the first decides.
    """
    return (column, order[0]) in _indexed(model)


def union_all(branches: Sequence[QuerySet[Any]]) -> QuerySet[Any]:
    """The rows of several selections of the same columns, one after the other."""
    first, *rest = branches
    return first.union(*rest, all=True) if rest else first


def count_branches(branches: Sequence[QuerySet[Any]], cap: int) -> tuple[str, list[Any]]:
    """The statement that tells how many rows disjoint branches hold together, counting no further than ``cap``."""
    pieces: list[str] = []
    params: list[Any] = []
    for number, branch in enumerate(branches):
        sql, values = branch.values("pk")[:cap].query.sql_with_params()
        pieces.append(f"SELECT b{number}.* FROM ({sql}) AS b{number}")
        params.extend(values)
    glued = " UNION ALL ".join(pieces)
    return f"SELECT COUNT(*) FROM (SELECT * FROM ({glued}) AS g LIMIT %s) AS counted", [*params, cap]


class OneOf(Lookup):
    """``column__one_of=[…]``: like ``in``, with all values in one parameter, so that thousands cost no time to prepare.

    Whole numbers and texts only.
    """

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s)", [*params, list(self.rhs)]
        return f"{column} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(list(self.rhs))]


models.Field.register_lookup(OneOf)
models.ForeignKey.register_lookup(OneOf)


def one_of(column: str, values: Collection[Any]) -> Q:
    """Rows whose column holds one of the values."""
    plain = all(type(value) is int or type(value) is str for value in values)
    return Q((f"{column}__one_of" if plain else f"{column}__in", values))


def quoted(name: str | None) -> str:
    """:param name: a table or column of the models, never from input."""
    return str(connection.ops.quote_name(name or ""))


Adapt = Callable[[Any], Any]


@lru_cache(maxsize=512)
def adapter(column: "models.Field[Any, Any]", vendor: str) -> Adapt | None:
    """How a Python value becomes a parameter for ``column``; ``None`` when it goes as it is."""
    if isinstance(column, ScaledDecimalField):
        return lambda value: None if value is None else column.scaled(value)
    if isinstance(column, models.JSONField):
        if vendor == "sqlite":  # what Django's own way comes to, a row at a time
            return lambda value: None if value is None else json.dumps(value, cls=column.encoder)
        return lambda value: None if value is None else connection.ops.adapt_json_value(value, column.encoder)
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


def adapt_column(column: "models.Field[Any, Any]", cells: Sequence[Any]) -> Sequence[Any]:
    """The values of one column as parameters of the database."""
    turn = adapter(column, connection.vendor)
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


_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.ForeignKey)  # BigAutoField is an IntegerField


@lru_cache(maxsize=512)
def is_plain(model: type[models.Model], attname: str) -> bool:
    """Whether the database's value of a column is Python's, on both databases."""
    column = column_of(model, attname)
    target = column.target_field if isinstance(column, models.ForeignKey) else column
    return isinstance(column, _PLAIN) and not hasattr(target, "from_db_value")


def select(
    model: type[models.Model],
    names: Sequence[str],
    where: str,
    params: Sequence[Any],
    held: Mapping[str, Collection[Any]],
    lead: str = "",
) -> list[tuple[Any, ...]]:
    """Plain columns of rows that meet a condition and hold one of the given values in each given column, in id order.

    What :class:`OneOf` does, without the time the ORM takes to put the statement together.

    :param where: SQL with ``%s`` for each of ``params``. :param held: whole numbers or texts by column.
    :param lead: the column of ``held`` whose index is to be used. SQLite keeps no figures to tell by, and is told by
        a ``+`` before the others, which keeps it from using theirs.
    """
    sql, given = selecting(model, names, where, params, held, lead)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY id", given)
        return list(cursor.fetchall())


def selecting(
    model: type[models.Model],
    names: Sequence[str],
    where: str,
    params: Sequence[Any],
    held: Mapping[str, Collection[Any]],
    lead: str = "",
) -> tuple[str, list[Any]]:
    """The statement of :func:`select`, without an order, and its parameters."""
    listed = columns_listed(model, tuple(names))
    on_postgresql = connection.vendor == "postgresql"
    test = "{}{} = ANY(%s{})" if on_postgresql else "{}{} IN (SELECT value FROM json_each(%s{}))"
    beside = {name: "+" if lead and name != lead and not on_postgresql else "" for name in held}
    told = {name: _array(values) if on_postgresql else (json.dumps(list(values)), "") for name, values in held.items()}
    columns = {name: quoted(column_of(model, name).column) for name in held}
    within = [where, *(test.format(beside[name], columns[name], cast) for name, (_, cast) in told.items())]
    given = [array for array, _ in told.values()]
    table = quoted(model._meta.db_table)
    return f"SELECT {listed} FROM {table} WHERE {' AND '.join(within)}", [*params, *given]


def select_glued(parts: Sequence[tuple[str, Sequence[Any], int]]) -> list[tuple[Any, ...]]:
    """The rows of several selections in one query, each after the place of its selection.

    :param parts: statement, parameters and number of columns: an id, then texts; shorter ones are filled up.
    """
    width = max(columns for *_rest, columns in parts)
    pieces: list[str] = []
    given: list[Any] = []
    for number, (sql, params, columns) in enumerate(parts):
        nothing = ", CAST(NULL AS text)" * (width - columns)
        pieces.append(f"SELECT {number}, b{number}.*{nothing} FROM ({sql}) AS b{number}")
        given += params
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(pieces), given)
        return list(cursor.fetchall())


def _array(values: Collection[Any]) -> tuple[Any, str]:
    """Whole numbers or texts as a parameter and its type; thousands of texts take the driver several times as long."""
    if all(type(value) is str for value in values):
        quoted_texts = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
        return '{"' + '","'.join(quoted_texts) + '"}' if quoted_texts else "{}", "::text[]"
    return list(values), ""


def is_text(model: type[models.Model], attname: str) -> bool:
    """Whether a column holds text as it is."""
    return isinstance(column_of(model, attname), models.CharField | models.TextField) and is_plain(model, attname)


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows: COPY on PostgreSQL when there are many, executemany otherwise.

    :param names: attribute names of the columns (``account_id``), in the order of each row's values.
    """
    if rows:
        _insert(model, names, adapt_rows([column_of(model, name) for name in names], rows))


def insert_columns(model: type[models.Model], names: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    """:func:`insert`, with the values of each column together: what is to be done to a column is looked up once."""
    if columns and columns[0]:
        turned = [adapt_column(column_of(model, name), cells) for name, cells in zip(names, columns, strict=True)]
        _insert(model, names, list(zip(*turned, strict=True)))


def _insert(model: type[models.Model], names: Sequence[str], prepared: Sequence[Sequence[Any]]) -> None:
    listed = columns_listed(model, tuple(names))
    table = quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(prepared) >= COPY_FROM:
            with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
                for row in prepared:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(names))
            _execute_each(cursor, f"INSERT INTO {table} ({listed}) VALUES ({marks})", prepared)


@lru_cache(maxsize=256)
def column_of(model: type[models.Model], attname: str) -> "models.Field[Any, Any]":
    """The Django column behind an attribute name."""
    for field in model._meta.concrete_fields:
        if field.attname == attname:
            return field
    raise KeyError(attname)


@lru_cache(maxsize=512)
def columns_listed(model: type[models.Model], attnames: tuple[str, ...]) -> str:
    """Column names as they stand in a statement."""
    return ", ".join(quoted(column_of(model, name).column) for name in attnames)


def update(
    model: type[models.Model], changes: Mapping[tuple[str, ...], Sequence[tuple[int, int, Sequence[Any]]]]
) -> int:
    """Write changed columns and raise the version, each row only if it still has the version it was read with.

    :param changes: rows grouped by the columns they change: ``{columns: [(id, version, values), …]}``.
    :returns: how many rows were written.
    """
    table = quoted(model._meta.db_table)
    written = 0
    with connection.cursor() as cursor:
        for names, rows in changes.items():
            columns = [column_of(model, name) for name in names]
            prepared = adapt_rows(columns, [values for _, _, values in rows])
            sets = "".join(f"{quoted(column.column)} = %s, " for column in columns)
            sql = f"UPDATE {table} SET {sets}version = version + 1 WHERE id = %s AND version = %s"
            params = [[*values, pk, version] for values, (pk, version, _) in zip(prepared, rows, strict=True)]
            _execute_each(cursor, sql, params)
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

"""The one room for SQL text: what the ORM cannot say, or says too slowly.

Table and column names come from the registry or from Django's own model metadata, never from input; every value is a
parameter.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models import F, Lookup, Q, QuerySet
from django.db.models.expressions import RawSQL

from tracte.records.sorting import Order
from tracte.records.statements import planned_cursor


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
            array, cast = _array(list(self.rhs))
            return f"{column} = ANY(%s{cast})", [*params, array]
        return f"{column} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(list(self.rhs))]


models.Field.register_lookup(OneOf)
models.ForeignKey.register_lookup(OneOf)


def one_of(column: str, values: Collection[Any]) -> Q:
    """Rows whose column holds one of the values."""
    plain = all(type(value) is int or type(value) is str for value in values)
    return Q((f"{column}__one_of" if plain else f"{column}__in", values))


@lru_cache(maxsize=1024)
def quoted(name: str | None) -> str:
    """:param name: a table or column of the models, never from input."""
    return str(connection.ops.quote_name(name or ""))


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
    with planned_cursor() as cursor:
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
    within, given = [where], list(params)
    for name, values in held.items():
        column = quoted(column_of(model, name).column)
        if lead and name != lead and connection.vendor == "sqlite":
            column = f"+{column}"
        test, parameter = held_by(values)
        within.append(f"{column} {test}")
        given.append(parameter)
    listed, table = columns_listed(model, tuple(names)), quoted(model._meta.db_table)
    return f"SELECT {listed} FROM {table} WHERE {' AND '.join(within)}", given


def held_by(values: Collection[Any]) -> tuple[str, Any]:
    """The test for holding one of these whole numbers or texts, and its parameter."""
    if len(values) == 1:
        (value,) = values
        return "= %s", value
    if connection.vendor == "postgresql":
        array, cast = _array(values)
        return f"= ANY(%s{cast})", array
    return "IN (SELECT value FROM json_each(%s))", json.dumps(list(values))


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
    with planned_cursor() as cursor:
        cursor.execute(" UNION ALL ".join(pieces), given)
        return list(cursor.fetchall())


def _array(values: Collection[Any]) -> tuple[str, str]:
    """Whole numbers or texts as a parameter and its type: written here, for the driver takes a list several times as
    long."""
    if not values:
        return "{}", ""
    if all(type(value) is str for value in values):
        quoted_texts = [value.replace("\\", "\\\\").replace('"', '\\"') for value in values]
        return '{"' + '","'.join(quoted_texts) + '"}', "::text[]"
    return "{" + ",".join(map(str, values)) + "}", "::bigint[]"


def is_text(model: type[models.Model], attname: str) -> bool:
    """Whether a column holds text as it is."""
    return isinstance(column_of(model, attname), models.CharField | models.TextField) and is_plain(model, attname)


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

"""Statements that are put together once.

The ORM takes several times as long to put a statement together as a database takes to answer it, and what a page asks
for differs from one request to the next in a few values only. Such a statement is compiled once, with stand-ins in
place of those values, and kept; afterwards the values are all that is put in.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

MOST_KEPT = 512

Made = QuerySet[Any] | tuple[str, Sequence[Any]]
"""A ``values_list()`` queryset, or a statement with its parameters."""
Build = Callable[[Sequence[Any]], Made]
Converter = tuple[int, Sequence[Callable[[Any, Any, Any], Any]], Any]

# Values nobody has, told apart by their number; each lies within every column that can be a slot.
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda number: -(2**61) - number,
    str: lambda number: f"\ue000 Àny Value {number}",
    datetime: lambda number: datetime(1801, 1, 1, 1, 1, 1, 1 + number, tzinfo=UTC),
    type(None): lambda number: None,  # an empty value shapes the statement and is none of its parameters
}


def planned_cursor() -> CursorWrapper:
    """A cursor for statements that come again with other values: PostgreSQL reads and plans such a one no more than it
    has to. SQLite's driver keeps every statement anyway."""
    planned: Callable[[], CursorWrapper] = getattr(connection, "planned_cursor", connection.cursor)
    return planned()


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled selection.

    :param slots: ``(place among the parameters, number of the value that goes there, the parameter's class)``.
    """

    sql: str
    params: tuple[Any, ...]
    slots: tuple[tuple[int, int, type], ...]
    converters: tuple[Converter, ...]

    def rows(self, values: Sequence[Any]) -> list[Sequence[Any]]:
        """What the queryset would give for these values."""
        params = list(self.params)
        for place, number, kind in self.slots:
            value = _parameter(values[number])
            params[place] = kind(value) if isinstance(value, int) else value  # PostgreSQL tells widths of integers
        with planned_cursor() as cursor:
            cursor.execute(self.sql, params)
            found: list[Sequence[Any]] = cursor.fetchall()
        return [self._converted(row) for row in found] if self.converters else found

    def _converted(self, row: Sequence[Any]) -> list[Any]:
        out = list(row)
        for place, turns, expression in self.converters:
            value = out[place]
            for turn in turns:
                value = turn(value, expression, connection)
            out[place] = value
        return out


_NONE_YET = Statement("", (), (), ())
_lock = Lock()
_kept: dict[Hashable, Statement | None] = {}


def rows_of(key: Hashable | None, build: Build, values: Sequence[Any] = ()) -> list[Sequence[Any]]:
    """The rows of a selection; none where no row can meet its condition, whatever it selects.

    :param key: all that shapes the statement besides ``values`` (rights, filters, order, columns), or ``None`` when
        that cannot be told: then nothing is kept.
    :param build: makes the selection for such values. It may compare columns with them, no more.
    :param values: what changes from call to call; ``None`` among them shapes the statement.
    """
    statement = None if key is None else _found((connection.vendor, key, tuple(map(type, values))), build, values)
    return _answered(build, values) if statement is None else statement.rows(values)


def _found(key: Hashable, build: Build, values: Sequence[Any]) -> Statement | None:
    """The statement kept by a key, put together when it is asked for the first time."""
    with _lock:
        statement = _kept.pop(key, _NONE_YET)
    if statement is _NONE_YET:
        statement = _prepared(build, values)
    with _lock:
        _kept[key] = statement  # the last one asked for is the last to go
        while len(_kept) > MOST_KEPT:
            del _kept[next(iter(_kept))]
    return statement


def _answered(build: Build, values: Sequence[Any]) -> list[Sequence[Any]]:
    """The rows without keeping anything; none where no row can meet the condition."""
    try:
        made = build(values)
        return Statement(made[0], tuple(made[1]), (), ()).rows(()) if isinstance(made, tuple) else list(made)
    except EmptyResultSet:
        return []


def _prepared(build: Build, values: Sequence[Any]) -> Statement | None:
    """The statement with stand-ins for the values; ``None`` when they cannot be told from what does not change."""
    makers = [_STAND_INS.get(type(value)) for value in values]
    if None in makers:
        return None
    stand_ins = [make(number) for number, make in enumerate(makers) if make]
    try:
        sql, params, converters = _compiled(build(stand_ins))
    except EmptyResultSet:
        return None
    numbers = {_parameter(one): number for number, one in enumerate(stand_ins) if one is not None}
    slots = tuple((at, numbers[one], type(one)) for at, one in enumerate(params) if _told(one) and one in numbers)
    if {number for _, number, _ in slots} != set(numbers.values()):
        return None
    return Statement(sql, tuple(params), slots, converters)


def _compiled(made: Made) -> tuple[str, Sequence[Any], tuple[Converter, ...]]:
    if isinstance(made, tuple):
        return *made, ()
    compiler = made.query.get_compiler(using=connection.alias)
    sql, params = compiler.as_sql()
    found = compiler.get_converters([column for column, *_ in compiler.select[: compiler.col_count]])
    return sql, params, tuple((at, turns, expression) for at, (turns, expression) in found.items())


def _told(parameter: Any) -> bool:
    return isinstance(parameter, int | str | datetime) and not isinstance(parameter, bool)


def _parameter(value: Any) -> Any:
    """A value as a parameter of the database."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value

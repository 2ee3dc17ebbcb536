"""What an import scenario says, as values: which file becomes which records, column by column."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

FORMAT = 1
OnBadValue = Literal["report", "blank", "skip"]
OnMissing = Literal["report", "blank", "create", "skip"]
OnMatch = Literal["update", "skip", "fill_empty"]
ON_BAD_VALUE = ("report", "blank", "skip")
ON_MISSING = ("report", "blank", "create", "skip")
ON_MATCH = ("update", "skip", "fill_empty")
ASK = "ask"  # beside these, in the pages only: of a record that is found, each field is asked for
CASES = ("lower", "upper", "title", "sentence")
PERSON = ("first", "last")
MAX_SCENARIO = 4 * 1024 * 1024


class ScenarioError(Exception):
    """The scenario cannot be used as it is written.

    :param where: name of the scenario file.
    :param line: line of the mistake, from 1.
    """

    def __init__(self, where: str, line: int | None, message: str) -> None:
        self.where, self.line, self.message = where, line, message
        super().__init__(f"{where}, line {line}: {message}" if line else f"{where}: {message}")


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds the record a cell names.

    :param field: field of the entity the cell is compared with; ``None`` when ``external`` is given.
    :param external: system whose ids the cells are.
    :param where: condition that narrows the candidates (the stages of one pipeline).
    """

    entity: str
    field: str | None = None
    external: str | None = None
    where: Any = None


@dataclass(frozen=True, slots=True)
class Column:
    """One value of a record and where it comes from.

    :param to: field of the entity, or a part of one (``address.city``); ``None`` for the record's id in another system.
    :param source: header in the file; ``None`` for a constant or a join.
    :param join: headers whose cells are put together with ``by`` between them, blank ones left out.
    :param split: separator of several values in one cell; ``part`` (from 1) picks one of them.
    :param person: ``first`` or ``last``: that part of a person's whole name.
    :param child: the value becomes a record of its own that belongs to the row's, of the entity ``to``, with these
        values besides; a record takes several.
    :param formats: ``strptime`` formats of a date, tried in order.
    :param decimal: how numbers are written, by example: ``"1.234,56"``.
    :param multiply: factor for numbers in thousands or millions.
    :param step: pass in which the value is written; 2 for references to records of the same file.
    :param expected: an empty cell gives a warning.
    :param new_only: the value is for records the import makes; those that are found keep theirs.
    """

    to: str | None
    source: str | None = None
    join: tuple[str, ...] = ()
    by: str = " "
    constant: Any = None
    strip: bool = True
    split: str | None = None
    part: int | None = None
    person: str | None = None
    child: Mapping[str, str] | None = None
    replace: tuple[tuple[str, str], ...] = ()
    case: str | None = None
    map: Mapping[str, Any] = field(default_factory=dict)
    formats: tuple[str, ...] = ()
    decimal: str | None = None
    multiply: Decimal | None = None
    currency: str | None = None
    lookup: Lookup | None = None
    external: str | None = None
    step: int = 1
    expected: bool = False
    new_only: bool = False
    on_bad_value: OnBadValue = "report"
    on_missing_reference: OnMissing = "report"
    line: int | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Headers the value is made of."""
        return ((self.source,) if self.source is not None else ()) + self.join


@dataclass(frozen=True, slots=True)
class Matching:
    """How a row finds the record it is about.

    :param keys: fields that must all be equal; empty with ``external``.
    :param external: system of the ids in the file's external column.
    :param on_match: what becomes of a found record.
    """

    keys: tuple[str, ...] = ()
    external: str | None = None
    on_match: OnMatch = "update"


@dataclass(frozen=True, slots=True)
class FileSpec:
    """One reading of one file into one entity. A file may be read several times."""

    entity: str
    path: str = ""
    rows: tuple[Mapping[str, Any], ...] = ()
    sheet: str | None = None
    encoding: str = "auto"
    delimiter: str = "auto"
    header_row: int = 1
    skip_if: Any = None
    distinct: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    match: Matching | None = None
    columns: tuple[Column, ...] = ()
    line: int | None = None

    @property
    def label(self) -> str:
        """What reports call it."""
        return self.path or f"rows of {self.entity}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole import."""

    name: str
    where: str
    currency: str | None = None
    timezone: str | None = None
    language: str = "en"
    files: tuple[FileSpec, ...] = ()

"""The import scenario: a TOML file that says which file becomes which records, and how. What the wizard saves.

Every mistake is named with the file, the line and what to do. An unknown key is a mistake: a misspelt option that was
silently ignored would import wrong data.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from tracte.engine.importing.spec import (
    CASES,
    FORMAT,
    MAX_SCENARIO,
    ON_BAD_VALUE,
    ON_MATCH,
    ON_MISSING,
    PERSON,
    Column,
    FileSpec,
    Lookup,
    Matching,
    OnBadValue,
    OnMatch,
    OnMissing,
    Scenario,
    ScenarioError,
)
from tracte.engine.importing.toml_lines import lines_of
from tracte.engine.importing.toml_table import Source, Table

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def load(path: Path) -> Scenario:
    """Read a scenario file.

    :raises ScenarioError: naming file, line and what to do.
    """
    try:
        if path.stat().st_size > MAX_SCENARIO:
            raise ScenarioError(
                str(path), None, "this is too large for a scenario; the data belongs in files beside it."
            )
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ScenarioError(str(path), None, f"cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(str(path), None, "is not UTF-8 text; save it as UTF-8.") from error
    return parse(text, str(path))


def parse(text: str, where: str = "scenario.toml") -> Scenario:
    """Read the text of a scenario. See :func:`load`."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        message = re.sub(r"\s*\(at [^)]*\)", "", str(error))
        raise ScenarioError(where, int(found[1]) if found else None, f"is not valid TOML: {message}.") from error
    return _scenario(Table(raw, (), Source(where, lines_of(text))))


@dataclass(frozen=True, slots=True)
class _Defaults:
    currency: str | None
    on_bad_value: OnBadValue
    on_missing_reference: OnMissing


def _scenario(top: Table) -> Scenario:
    top.only(("format", "name", "defaults", "file"), "the scenario")
    if top.raw.get("format") != FORMAT:
        raise top.error(f"write format = {FORMAT} at the top; other formats are not known here.", "format")
    name = top.needed("name", "the scenario")
    if len(name) > 150:
        raise top.error("name is too long: 150 characters at most.", "name")
    table = top.table("defaults")
    table.only(("currency", "timezone", "language", "on_bad_value", "on_missing_reference"), "[defaults]")
    defaults = _Defaults(
        table.text("currency"),
        cast(OnBadValue, table.one_of("on_bad_value", ON_BAD_VALUE, "report")),
        cast(OnMissing, table.one_of("on_missing_reference", ON_MISSING, "report")),
    )
    files = tuple(_file(one, defaults) for one in top.tables("file"))
    if not files:
        raise top.error("there is nothing to import: add a [[file]] with path, entity and [file.columns].")
    language = table.text("language", "en") or "en"
    return Scenario(name, top.source.where, defaults.currency, table.text("timezone"), language, files)


_FILE_KEYS = (
    "path", "rows", "sheet", "encoding", "delimiter", "header_row", "skip_if", "distinct", "ignore", "entity", "match",
    "columns", "set",
)  # fmt: skip


def _file(table: Table, defaults: _Defaults) -> FileSpec:
    table.only(_FILE_KEYS, "[[file]]")
    entity = table.needed("entity", "[[file]]")
    path = table.text("path") or ""
    rows = tuple(one.raw for one in table.tables("rows"))
    if bool(path) == bool(rows):
        raise table.error('[[file]] needs either path = "…" or rows = [{ … }].')
    if path.startswith(("/", "\\")) or ".." in Path(path).parts:
        raise table.error(f"path {path!r} must stay inside the folder that is imported.", "path")
    columns = [
        column for key in table.table("columns").raw for column in _columns(table.table("columns"), key, defaults)
    ]
    columns += [_constant(table.table("set"), key, defaults) for key in table.table("set").raw]
    if not columns:
        raise table.error("[[file]] needs a [file.columns] table that says which column goes to which field.")
    _each_field_once(table, columns)
    return FileSpec(
        entity=entity,
        path=path,
        rows=rows,
        sheet=table.text("sheet"),
        encoding=table.text("encoding", "auto") or "auto",
        delimiter=_delimiter(table),
        header_row=table.number("header_row", 1, 0, 1000),
        skip_if=table.raw.get("skip_if"),
        distinct=table.texts("distinct"),
        ignore=table.texts("ignore"),
        match=_match(table, columns),
        columns=tuple(columns),
        line=table.line,
    )


def _delimiter(table: Table) -> str:
    value = table.text("delimiter", "auto") or "auto"
    value = {"tab": "\t", "comma": ",", "semicolon": ";"}.get(value, value)
    if value != "auto" and (len(value) != 1 or value in '"\r\n'):
        raise table.error('delimiter must be one character, "tab" or "auto".', "delimiter")
    return value


def _each_field_once(table: Table, columns: Sequence[Column]) -> None:
    seen: dict[str | None, Column] = {}
    for column in columns:
        if column.child is None and column.to in seen:
            what = f"the field {column.to!r}" if column.to else "the external id"
            message = f"{what} is filled twice, also in line {seen[column.to].line}; keep one, or use join."
            raise ScenarioError(table.source.where, column.line, message)
        seen[column.to] = column


def _match(table: Table, columns: Sequence[Column]) -> Matching | None:
    if "match" not in table.raw:
        return None
    match = table.table("match")
    match.only(("keys", "external", "on_match"), "[file.match]")
    keys, external = match.texts("keys"), match.text("external")
    if bool(keys) == bool(external):
        raise match.error('[file.match] needs either keys = ["field"] or external = "system".')
    filled = {column.to for column in columns if column.step == 1}
    for key in keys:
        if key not in filled:
            raise match.error(
                f"match key {key!r} is filled by no column of the first pass; add it to [file.columns].", "keys"
            )
    if external and external not in {column.external for column in columns if column.to is None}:
        raise match.error(
            f"no column holds ids of {external!r}; add one: id_column = {{ external = {external!r} }}.", "external"
        )
    return Matching(keys, external, cast(OnMatch, match.one_of("on_match", ON_MATCH, "update")))


_COLUMN_KEYS = (
    "to", "map", "case", "strip", "replace", "split", "part", "join", "by", "format", "decimal", "multiply", "currency",
    "constant", "person", "set", "lookup", "where", "external", "pass", "expected", "new_only",
    "on_bad_value", "on_missing_reference",
)  # fmt: skip


def _columns(parent: Table, header: str, defaults: _Defaults) -> list[Column]:
    """What one header is used for: a field's name, a table, or a list of tables when it fills several fields."""
    value = parent.raw[header]
    if isinstance(value, str):
        value = {"to": value}
    uses = value if isinstance(value, list) else [value]
    if not uses or not all(isinstance(one, dict) for one in uses):
        raise parent.error(f'write {header} = {{ to = "field" }}.', header)
    made = []
    for number, one in enumerate(uses):
        path = (*parent.path, header, number) if isinstance(value, list) else (*parent.path, header)
        table = Table(one, path, parent.source)
        table.only(_COLUMN_KEYS, f"the column {header!r}")
        made.append(_column(table, table.text("to"), header, defaults))
    return made


def _constant(parent: Table, name: str, defaults: _Defaults) -> Column:
    """An entry of ``[file.set]``: a plain value, or a table with ``from``, ``join`` or ``constant``."""
    value = parent.raw[name]
    if not isinstance(value, dict):
        value = {"constant": value}
    table = Table(value, (*parent.path, name), parent.source)
    table.only((*(key for key in _COLUMN_KEYS if key != "to"), "from"), f"[file.set] {name}")
    given = [key for key in ("from", "join", "constant") if key in value]
    if len(given) != 1:
        raise table.error(f"{name} needs exactly one of from, join or constant.")
    return _column(table, name, table.text("from"), defaults)


def _column(table: Table, to: str | None, source: str | None, defaults: _Defaults) -> Column:
    lookup, external = _lookup(table), table.text("external")
    if to is None and (external is None or lookup is not None):
        raise table.error('say where it goes: to = "field", or external = "system" for the record\'s id there.')
    if to is not None and external is not None and lookup is None:
        raise table.error('with to, external needs a lookup: lookup = "entity".', "external")
    part = table.number("part", 0, 0, 1000) or None
    if part is not None and "split" not in table.raw:
        raise table.error("part needs split.", "part")
    return Column(
        to=to,
        source=source,
        join=table.texts("join"),
        by=table.raw.get("by", " ") if isinstance(table.raw.get("by", " "), str) else " ",
        constant=_plain(table),
        strip=table.flag("strip", True),
        split=_raw_text(table, "split"),
        part=part,
        person=table.one_of("person", PERSON, "first") if "person" in table.raw else None,
        child=_child(table),
        replace=_pairs(table),
        case=table.one_of("case", CASES, "lower") if "case" in table.raw else None,
        map=_map(table),
        formats=table.texts("format"),
        decimal=_decimal(table),
        multiply=_multiply(table),
        currency=_currency(table, defaults),
        lookup=lookup,
        external=external if to is None else None,
        step=table.number("pass", 1, 1, 2),
        expected=table.flag("expected", False),
        new_only=table.flag("new_only", False),
        on_bad_value=cast(OnBadValue, table.one_of("on_bad_value", ON_BAD_VALUE, defaults.on_bad_value)),
        on_missing_reference=cast(
            OnMissing, table.one_of("on_missing_reference", ON_MISSING, defaults.on_missing_reference)
        ),
        line=table.line,
    )


def _lookup(table: Table) -> Lookup | None:
    text = table.text("lookup")
    where = table.raw.get("where")
    if text is None:
        if where is not None:
            raise table.error('where narrows a lookup; add lookup = "entity.field".', "where")
        return None
    entity, _, name = text.partition(".")
    external = table.text("external")
    if bool(name) == bool(external):
        raise table.error('lookup must be "entity.field", or "entity" together with external = "system".', "lookup")
    return Lookup(entity, name or None, external, where)


def _child(table: Table) -> Mapping[str, str] | None:
    """What a record made of one cell has besides the cell: ``set = { kind = "email_private" }``."""
    if "set" not in table.raw:
        return None
    found = table.table("set").raw
    if not all(isinstance(value, str) for value in found.values()):
        raise table.error('set is a table of texts: set = { kind = "email_private" }.', "set")
    return dict(found)


def _plain(table: Table) -> Any:
    value = table.raw.get("constant")
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, dict) or (isinstance(value, list) and not all(isinstance(item, str) for item in value)):
        raise table.error("a constant is a text, a number, true, false, a date or a list of texts.", "constant")
    return value


def _raw_text(table: Table, key: str) -> str | None:
    value = table.raw.get(key)
    if value is not None and (not isinstance(value, str) or value == ""):
        raise table.error(f"{key} must be text in quotes.", key)
    return value


def _pairs(table: Table) -> tuple[tuple[str, str], ...]:
    pairs = table.table("replace").raw
    if not all(old and isinstance(new, str) for old, new in pairs.items()):
        raise table.error('replace is a table of texts: replace = { "old" = "new" }.', "replace")
    return tuple(pairs.items())


def _map(table: Table) -> Mapping[str, Any]:
    found = table.table("map").raw
    if not all(isinstance(new, str | int | float | bool) for new in found.values()):
        raise table.error('map is a table of values: map = { Customr = "customer" }.', "map")
    return found or _NOTHING


def _decimal(table: Table) -> str | None:
    text = table.text("decimal")
    if text is None:
        return None
    if not re.fullmatch(r"[.,]|\d{1,3}([., '’\u00a0]\d{3})?[.,]\d+", text):
        raise table.error('decimal shows by example how numbers are written: "1.234,56" or "1,234.56".', "decimal")
    return text


def _multiply(table: Table) -> Decimal | None:
    value = table.raw.get("multiply")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < abs(value) <= 10**12:
        raise table.error("multiply is a number, for example 1000 when the file counts in thousands.", "multiply")
    return Decimal(str(value))


def _currency(table: Table, defaults: _Defaults) -> str | None:
    return table.text("currency", defaults.currency)

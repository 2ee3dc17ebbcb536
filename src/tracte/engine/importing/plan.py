"""The plan of an import: the scenario resolved against what this firm's program knows, before any row is read."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from tracte.engine.importing.children import Child, children_of
from tracte.engine.importing.mending import Mended, mended
from tracte.engine.importing.opening import open_table
from tracte.engine.importing.reading import Cell, Inline, Note, Places, Row, Table
from tracte.engine.importing.spec import Column, FileSpec, Matching, Scenario, ScenarioError
from tracte.engine.importing.transforms import plain
from tracte.kernel.actor import Actor, Level
from tracte.kernel.money import CURRENCIES
from tracte.kernel.problems import Fault, Forbidden, NotFound, Rejected
from tracte.meta import conditions
from tracte.meta.entity import Entity
from tracte.meta.kinds import LongText
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query

ENDED = frozenset({"data"})  # kinds that only their own screens edit


@dataclass(frozen=True, slots=True)
class Target:
    """One column of the scenario and the field it fills.

    :param kind: the field, or the part of one (``address.city``); ``None`` for the record's id in another system.
    """

    column: Column
    kind: Kind | None
    field: str = ""
    part: str = ""
    child: Child | None = None


@dataclass(frozen=True)
class FilePlan:
    """One reading of one file, ready to run."""

    file: FileSpec
    spec: EntitySpec
    targets: tuple[Target, ...]
    match: Matching
    table: Table
    notes: tuple[Note, ...] = ()

    def of_step(self, step: int) -> list[Target]:
        """Columns written in a pass; the later pass needs the match keys too, to find its records again."""
        keys = set(self.match.keys)
        return [
            target
            for target in self.targets
            if target.column.step == step or (step > 1 and (target.field in keys or target.kind is None))
        ]

    @cached_property
    def steps(self) -> tuple[int, ...]:
        return tuple(sorted({1} | {target.column.step for target in self.targets}))

    @cached_property
    def new_only(self) -> frozenset[str]:
        """Fields that records which are found keep as they are."""
        return frozenset(target.field for target in self.targets if target.column.new_only)

    @cached_property
    def places(self) -> Places:
        return Places.of(self.table.headers)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for target in self.targets for name in target.column.sources))

    @cached_property
    def label(self) -> str:
        return self.file.label


@dataclass(frozen=True)
class Plan:
    scenario: Scenario
    files: tuple[FilePlan, ...]
    headers: tuple[str, ...] = field(default=())

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.spec.key for one in self.files))


def make_plan(scenario: Scenario, folder: Path, actor: Actor, put_in: Mended | None = None) -> Plan:
    """Open the files and resolve every name of the scenario.

    :param folder: where the files are; a single file when the scenario reads only one.
    :param put_in: cells somebody mended in the preview.
    :raises ScenarioError: naming the line; :raises UnreadableFile: for a file that cannot be read;
        :raises NotFound, Forbidden: no right to import into an entity.
    """
    _check_defaults(scenario)
    tables: dict[tuple[Any, ...], Table] = {}
    resolved = []
    for file in scenario.files:
        spec = _spec(scenario, file, actor)
        table = _table(scenario, file, folder, tables)
        table = mended(table, put_in) if put_in and file.path else table
        targets = tuple(_target(scenario, column, spec, actor) for column in file.columns)
        _check_headers(scenario, file, table)
        resolved.append(FilePlan(file, spec, targets, _matching(scenario, file, spec, targets), table))
    files = tuple(_with_notes(scenario, resolved))
    headers = tuple(dict.fromkeys(name for one in files for name in one.table.headers))
    return Plan(scenario, files, headers)


def _error(scenario: Scenario, line: int | None, message: str) -> ScenarioError:
    return ScenarioError(scenario.where, line, message)


def _hint(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, 1, 0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(known)}."


def _check_defaults(scenario: Scenario) -> None:
    currencies = {scenario.currency} | {column.currency for file in scenario.files for column in file.columns}
    for currency in currencies - {None} - CURRENCIES.keys():
        raise _error(scenario, None, f"{currency!r} is not a currency; use a code such as EUR.")
    if scenario.timezone is not None and scenario.timezone not in available_timezones():
        raise _error(scenario, None, f"{scenario.timezone!r} is not a time zone; use a name such as Europe/Madrid.")


def _spec(scenario: Scenario, file: FileSpec, actor: Actor) -> EntitySpec:
    known = [spec.key for spec in registry()]
    if file.entity not in registry():
        raise _error(scenario, file.line, f"there is no entity {file.entity!r}{_hint(file.entity, known)}")
    spec = registry()[file.entity]
    check_right(spec, actor)
    return spec


def check_right(spec: EntitySpec, actor: Actor) -> None:
    """:raises NotFound, Forbidden: when the actor may not import into the entity."""
    if query.reach(spec, actor, "import") is Level.NONE:
        seen = query.reach(spec, actor, "view") is not Level.NONE
        raise Forbidden("import", spec.key) if seen else NotFound(spec.key)


def _table(scenario: Scenario, file: FileSpec, folder: Path, opened: dict[tuple[Any, ...], Table]) -> Table:
    if file.rows:
        return Inline(file.rows)
    path = folder / file.path if folder.is_dir() else folder
    if folder.is_dir() and not path.resolve().is_relative_to(folder.resolve()):
        raise _error(scenario, file.line, f"{file.path} leads out of the folder that is imported.")
    if not folder.is_dir() and len({one.path for one in scenario.files if one.path}) > 1:
        raise _error(scenario, file.line, "the scenario reads several files; give the folder that holds them.")
    if not path.is_file():
        raise _error(scenario, file.line, f"{file.path} is not in {folder}.")
    key = (path, file.sheet, file.encoding, file.delimiter, file.header_row)
    if key not in opened:
        opened[key] = open_table(
            path, sheet=file.sheet, encoding=file.encoding, delimiter=file.delimiter, header_row=file.header_row
        )
    return opened[key]


def _check_headers(scenario: Scenario, file: FileSpec, table: Table) -> None:
    known = set(table.headers)
    for column in file.columns:
        for name in column.sources:
            if name not in known:
                message = f"{file.label} has no column {name!r}{_hint(name, table.headers[:40])}"
                raise _error(scenario, column.line, message)
    for name in (*file.distinct, *file.ignore):
        if name not in known:
            raise _error(scenario, file.line, f"{file.label} has no column {name!r}{_hint(name, table.headers[:40])}")


def _with_notes(scenario: Scenario, plans: Sequence[FilePlan]) -> list[FilePlan]:
    """Put what is odd about each file on its first reading: columns nobody reads, headers used twice."""
    used: dict[tuple[str, str | None], set[str]] = {}
    for one in plans:
        skip_names = _names_in(one.file.skip_if)
        read = used.setdefault((one.file.path, one.file.sheet), set())
        read.update(one.sources, one.file.ignore, one.file.distinct, skip_names)
    told: set[tuple[str, str | None]] = set()
    noted = []
    for one in plans:
        key = (one.file.path, one.file.sheet)
        notes: list[Note] = []
        if key not in told and not isinstance(one.table, Inline):
            told.add(key)
            notes += one.table.notes
            unknown = [name for name in one.table.headers if name not in used[key]]
            notes += [Note(one.file.header_row, Fault("unknown_column", {"name": name[:80]})) for name in unknown]
        noted.append(FilePlan(one.file, one.spec, one.targets, one.match, one.table, tuple(notes)))
    return noted


def _names_in(condition: Any) -> set[str]:
    if isinstance(condition, Mapping):
        return {name for inner in condition.values() for name in _names_in(inner)}
    if isinstance(condition, list) and condition and isinstance(condition[0], str):
        return {condition[0]}
    return {name for inner in condition for name in _names_in(inner)} if isinstance(condition, list) else set()


def writable_fields(spec: EntitySpec, actor: Actor) -> dict[str, Kind]:
    """Fields an import by ``actor`` may fill."""
    return {
        name: kind
        for name, kind in spec.fields.items()
        if not kind.read_only and kind.key not in ENDED and kind.key != "computed" and not actor.locks(spec.key, name)
    }


def _target(scenario: Scenario, column: Column, spec: EntitySpec, actor: Actor) -> Target:
    if column.to is None:
        return Target(column, None)
    if column.child is not None:
        return _child_target(scenario, column, spec, actor)
    name, _, part = column.to.partition(".")
    fields = writable_fields(spec, actor)
    kind = fields.get(name)
    if kind is None:
        known = spec.fields.get(name)
        if known is not None and not actor.hides(spec.key, name):
            raise _error(
                scenario, column.line, f"{spec.key}.{name} is set by the program or closed to you; leave it out."
            )
        raise _error(scenario, column.line, f"{spec.key} has no field {name!r}{_hint(name, list(fields))}")
    if part:
        parts = kind.parts() if kind.key == "address" else {}
        if part not in parts:
            raise _error(scenario, column.line, f"{name!r} has no part {part!r}{_hint(part, list(parts) or ['none'])}")
    if column.lookup is not None:
        _check_lookup(scenario, column, kind, actor)
    return Target(column, kind, name, part)


def _child_target(scenario: Scenario, column: Column, spec: EntitySpec, actor: Actor) -> Target:
    known = children_of(spec, actor)
    child = known.get(str(column.to))
    if child is None:
        hint = _hint(str(column.to), list(known) or ["none"])
        raise _error(scenario, column.line, f"no {column.to!r} belongs to a {spec.key}{hint}")
    for name in column.child or ():
        if name not in child.spec.fields or name in (child.link, child.value):
            raise _error(scenario, column.line, f"set cannot fill {child.spec.key}.{name}{_hint(name, [child.sort])}")
    return Target(column, child.spec.fields[child.value], child=child)


def _check_lookup(scenario: Scenario, column: Column, kind: Kind, actor: Actor) -> None:
    lookup = column.lookup
    assert lookup is not None  # noqa: S101  the caller looked
    to = getattr(kind, "to", None)
    if to is None:
        raise _error(scenario, column.line, f"{column.to!r} holds no reference; remove lookup.")
    if to not in (lookup.entity, "*"):
        raise _error(scenario, column.line, f"{column.to!r} points to {to}, not to {lookup.entity}.")
    if lookup.entity not in registry() or query.reach(registry()[lookup.entity], actor, "view") is Level.NONE:
        raise _error(scenario, column.line, f"there is no entity {lookup.entity!r}.")
    rows = query.rows(lookup.entity, actor)
    if lookup.field not in (None, "title") and lookup.field not in rows.visible:
        hint = _hint(str(lookup.field), ["title", *rows.visible])
        raise _error(scenario, column.line, f"{lookup.entity} has no field {lookup.field!r}{hint}")
    if lookup.where is not None:
        try:
            rows.where(lookup.where)
        except Rejected as rejected:
            told = "; ".join(f"{problem.field or 'where'}: {problem.message}" for problem in rejected.problems)
            raise _error(scenario, column.line, f"where cannot be read: {told}") from rejected


def _matching(scenario: Scenario, file: FileSpec, spec: EntitySpec, targets: Sequence[Target]) -> Matching:
    """How rows find their records: as the scenario says, else as the entity declares."""
    found = file.match
    if found is None:
        external = next((t.column.external for t in targets if t.kind is None), None)
        filled = {t.field for t in targets if t.column.step == 1 and not t.part and t.child is None}
        key = next((name for name in spec.declaration.importing.match_on if name in filled), None)
        found = Matching(external=external) if external else Matching(keys=(key,) if key else ())
    if not found.keys and not found.external and any(target.column.step > 1 for target in targets):
        message = "pass = 2 needs [file.match], so that the second pass finds the records of the first."
        raise _error(scenario, file.line, message)
    for name in found.keys:
        kind = spec.fields[name.partition(".")[0]]
        if "." in name or kind.key in ("many_references", "address", "rich_text", "long_text") or kind.cf_key:
            raise _error(scenario, file.line, f"records cannot be matched by {name!r}; choose a simple field.")
    return found


# -- rows that are skipped -------------------------------------------------------------------------------------------
class _RowEntity(Entity):
    key, plural = "row", "rows"


def row_filter(plan: FilePlan, actor: Actor, context: Context) -> Callable[[Row], bool] | None:
    """Whether a row is skipped by ``skip_if``: the one condition language, over the file's own columns as texts.

    :raises ScenarioError: when the condition cannot be read.
    """
    if plan.file.skip_if is None:
        return None
    names = {name: f"c{place}" for name, place in plan.places.at.items()}
    kinds = {short: LongText(name).bound(short) for name, short in names.items()}
    reader = conditions.Reader(registry(), actor, context)
    try:
        node = conditions.read(EntitySpec(_RowEntity(), kinds), _renamed(plan.file.skip_if, names), reader)
    except Rejected as rejected:
        told = "; ".join(f"{problem.field or 'skip_if'}: {problem.message}" for problem in rejected.problems)
        raise ScenarioError(plan.file.label, plan.file.line, f"skip_if cannot be read: {told}") from rejected
    used = [(short, plan.places.at[name]) for name, short in names.items() if name in _names_in(plan.file.skip_if)]

    def skipped(row: Row) -> bool:
        values = {short: _text(row.cells[place]) for short, place in used}
        return node.accepts(values, _NO_WORLD)

    return skipped


def _text(cell: Cell) -> str | None:
    text = plain(cell)
    return text.strip() or None if text is not None else None


def _renamed(condition: Any, names: Mapping[str, str]) -> Any:
    """Headers may hold any character; in the condition they go by short names."""
    if isinstance(condition, Mapping):
        return {word: _renamed(inner, names) for word, inner in condition.items()}
    if isinstance(condition, list) and condition and isinstance(condition[0], str):
        return [names.get(condition[0], condition[0]), *condition[1:]]
    return [_renamed(inner, names) for inner in condition] if isinstance(condition, list) else condition


class _NoWorld:
    """Rows of a file stand alone: nothing hangs from them."""

    def record(self, entity: str, record_id: int) -> None:
        return None

    def collection(self, entity: str, field: str, record_id: int) -> tuple[()]:
        return ()


_NO_WORLD = _NoWorld()

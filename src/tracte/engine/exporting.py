"""Exporting: every row in reach as CSV, XLSX or JSON, streamed, in columns an import reads back.

Texts that a spreadsheet would take for formulas are disarmed in a way our importer takes back
(:mod:`tracte.engine.cells`), so that export → import → export is the same file.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from tracte.engine import listing
from tracte.engine.cells import safe_cell
from tracte.engine.listing import ListState
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import encode
from tracte.kernel.problems import Forbidden, NotFound
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import registry
from tracte.records import audit, query
from tracte.records import snapshot as snapshots
from tracte.records.audit import Place, What
from tracte.records.query import Rows
from tracte.records.tables import ExternalRef

CHUNK = 2_000
MAX_SHEET_ROWS = 1_048_575
MAX_SHEET_TEXT = 32_767
FORMATS = ("csv", "xlsx", "json")


@dataclass(slots=True)
class Tally:
    """How many rows an export has given out so far."""

    rows: int = 0


@dataclass(frozen=True)
class Export:
    """The rows of one entity an actor may export, narrowed by a condition.

    Columns: the record's id, every field an import may fill, and its id in other systems as ``system:id``.

    :param asked: what the rows were narrowed by, as :func:`words_of` says.
    """

    rows: Rows
    fields: Mapping[str, Kind]
    context: Context
    asked: tuple[str, ...] = ()
    given: Tally = field(default_factory=Tally)

    @property
    def headers(self) -> list[str]:
        return ["id", *self.fields, "external_id"]

    def cells(self) -> Iterator[list[Any]]:
        """One list per record, in the order of :attr:`headers`; empty is ``""``."""
        kinds = list(self.fields.items())
        for values, external in self._records():
            row = [encode(values["id"])]
            row += ["" if values.get(n) in (None, ()) else kind.export(values[n], self.context) for n, kind in kinds]
            yield [*row, external]

    def objects(self) -> Iterator[dict[str, Any]]:
        """One JSON object per record."""
        kinds = list(self.fields.items())
        for values, external in self._records():
            found: dict[str, Any] = {"id": encode(values["id"])}
            for name, kind in kinds:
                value = values.get(name)
                found[name] = None if value in (None, ()) else kind.to_json(value)
            yield {**found, "external_id": external or None}

    def _records(self) -> Iterator[tuple[dict[str, Any], str]]:
        held: list[dict[str, Any]] = []
        for values in self.rows.stream(self.fields, CHUNK):
            held.append(values)
            if len(held) >= CHUNK:
                yield from self._with_external(held)
                held = []
        yield from self._with_external(held)

    def _hide_what_is_out_of_sight(self, held: list[dict[str, Any]]) -> None:
        """A reference to a record the person may not see is exported as if it were empty."""
        actor = self.rows.actor
        for name, kind in self.fields.items():
            target = getattr(kind, "to", None)
            if target in (None, "*") or query.reach(registry()[target], actor, "view") is Level.ALL:
                continue
            wanted = {values[name] for values in held if isinstance(values.get(name), int)}
            seen = set(query.rows(target, actor).only(wanted).ids()) if actor.may(target, "view") else set()
            for values in held:
                if isinstance(values.get(name), int) and values[name] not in seen:
                    values[name] = None

    def _with_external(self, held: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], str]]:
        self._hide_what_is_out_of_sight(held)
        refs: dict[int, str] = {}
        ids = [values["id"] for values in held]
        found = ExternalRef.objects.filter(record_id__in=ids, entity=self.rows.spec.key).order_by("id")
        for record_id, system, external_id in found.values_list("record_id", "system", "external_id"):
            refs.setdefault(record_id, f"{system}:{external_id}")
        for values in held:
            self.given.rows += 1
            yield values, refs.get(values["id"], "")

    # -- told --------------------------------------------------------------------------------------------------------
    def tell(self, form: str, where: Place | None = None, *, whole: bool = True) -> None:
        """Note in the audit trail what was given out: kind of record, number, columns and what narrowed it.

        :param where: where it was asked for. :param whole: ``False`` when whoever asked went away in between.
        """
        audit.note(
            What.EXPORTED,
            self.rows.actor,
            entity=self.rows.spec.key,
            where=where,
            rows=self.given.rows,
            columns=list(self.fields),
            asked=list(self.asked),
            form=form,
            broken_off=not whole or None,
        )

    def told_csv(self) -> Iterator[str]:
        """:meth:`csv_text` for somebody who waits for it; the trail says what they took, also of a part."""
        return self._told_csv(audit.place())  # where it is asked for; it is sent later

    def _told_csv(self, where: Place) -> Iterator[str]:
        whole = False
        try:
            yield from self.csv_text()
            whole = True
        finally:
            self.tell("csv", where, whole=whole)

    # -- formats -----------------------------------------------------------------------------------------------------
    def csv_text(self) -> Iterator[str]:
        """The file as CSV (RFC 4180, comma, UTF-8 with a mark so that spreadsheets know), in pieces."""
        yield "\ufeff" + _csv([self.headers])
        held: list[list[str]] = []
        for row in self.cells():
            held.append([safe_cell(str(cell)) for cell in row])
            if len(held) >= 500:
                yield _csv(held)
                held = []
        yield _csv(held)

    def json_text(self) -> Iterator[str]:
        """The file as a JSON list with one object a line, in pieces."""
        lead = "[\n"
        for found in self.objects():
            yield lead + json.dumps(found, ensure_ascii=False)
            lead = ",\n"
        yield "\n]\n" if lead == ",\n" else "[]\n"

    def write_xlsx(self, file: BinaryIO) -> int:
        """The file as a spreadsheet, written row by row; texts are texts, never formulas.

        :raises TooManyRows: when a sheet cannot hold them.
        """
        xlsxwriter: Any = import_module("xlsxwriter")  # takes a worker 8 MB: only when somebody wants a spreadsheet
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        count = 0
        with xlsxwriter.Workbook(file, {**options, "strings_to_numbers": False}) as book:
            sheet = book.add_worksheet(self.rows.spec.plural[:31])
            bold = book.add_format({"bold": True})
            for at, name in enumerate(self.headers):
                sheet.write_string(0, at, name, bold)
            sheet.freeze_panes(1, 0)
            for count, row in enumerate(self.cells(), 1):
                if count > MAX_SHEET_ROWS:
                    raise TooManyRows(count)
                for at, cell in enumerate(row):
                    _write_cell(sheet, count, at, cell)
        return count


class TooManyRows(Exception):
    """A spreadsheet holds no more than 1,048,576 rows; export CSV instead."""


def _write_cell(sheet: Any, row: int, at: int, cell: Any) -> None:
    if cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, at, cell)
    elif isinstance(cell, int | float) and abs(cell) < 10**15:
        sheet.write_number(row, at, cell)
    else:
        sheet.write_string(row, at, str(cell)[:MAX_SHEET_TEXT])


def csv_lines(rows: Iterable[Iterable[str]]) -> str:
    """Rows of texts as lines of a CSV that no spreadsheet takes for formulas."""
    return _csv([safe_cell(text) for text in row] for row in rows)


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def export(entity: str, actor: Actor, where: Any = None) -> Export:
    """What ``actor`` may export of an entity.

    :raises NotFound, Forbidden: no right; :raises Rejected: a condition that cannot be read.
    """
    rows = query.rows(entity, actor)
    spec = rows.spec
    if query.reach(spec, actor, "export") is Level.NONE and not spec.declaration.directory:
        raise Forbidden("export", entity) if query.reach(spec, actor, "view") is not Level.NONE else NotFound(entity)
    if not spec.declaration.directory:
        rows = query.rows(entity, actor, "export")
    if where:
        rows = rows.where(where)
    asked = tuple(words_of(where))
    fields = {n: k for n, k in rows.visible.items() if not k.read_only and k.key not in ("computed", "data")}
    own = snapshots.current().context(actor)
    context = Context(language="en", timezone="UTC", region=own.region, currency=own.currency, lists=own.lists)
    return Export(rows, fields, context, asked)


def words_of(condition: Any) -> Iterator[str]:
    """The fields and comparisons of a condition in the JSON form, such as ``industry eq``, without what they are
    compared with."""
    if isinstance(condition, Mapping):
        for inner in condition.values():
            yield from words_of(inner)
    elif isinstance(condition, list | tuple) and condition:
        head, *rest = condition
        if isinstance(head, str):
            yield " ".join((head, *(one for one in rest[:1] if isinstance(one, str))))
            rest = rest[1:]
        else:
            yield from words_of(head)
        for inner in rest:
            if isinstance(inner, Mapping) or (isinstance(inner, list) and inner and not isinstance(inner[0], str)):
                yield from words_of(inner)


def narrowed(found: Export, state: ListState) -> Export:
    """An export of the rows a list shows.

    :raises Rejected: a filter that cannot be read.
    """
    asked = [*words_of([*listing.view_parts(listing.view_of(found.rows.spec, state)), *state.parts])]
    if state.q:
        asked.append("search")
    return replace(found, rows=listing.narrowed(found.rows, state), asked=(*found.asked, *asked))


def to_file(found: Export, path: Path, form: str | None = None, where: Place | None = None) -> None:
    """Write an export to a file, complete or not at all, and note it in the audit trail.

    :param form: ``csv``, ``xlsx`` or ``json``; by default the ending of the name. :param where: where it was asked for.
    :raises ValueError: for another format; :raises OSError: when the file cannot be written.
    """
    form = form or path.suffix.lower().lstrip(".")
    if form not in FORMATS:
        raise ValueError(f"an export is written as {', '.join(FORMATS)}, not {form or 'without ending'}")
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            if form == "xlsx":
                found.write_xlsx(file)
            else:
                for piece in found.csv_text() if form == "csv" else found.json_text():
                    file.write(piece.encode("utf-8"))
        found.tell(form, where)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)

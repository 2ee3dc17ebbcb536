"""Mending a row of the preview in place: its cells, the same value in every row, and a fresh look at it at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import override

from tracte.engine.importing import deciding, previews, rereading, service, words
from tracte.engine.importing import scenario as scenarios
from tracte.engine.importing.choices import Use
from tracte.engine.importing.drafts import draft, table_of, update
from tracte.engine.importing.mending import MAX_LINES, MAX_MENDED, Cell, Mended, Unread
from tracte.engine.importing.plan import FilePlan, Plan, make_plan
from tracte.engine.importing.reading import MAX_RAW, UnreadableFile
from tracte.engine.importing.running import Plainly
from tracte.engine.importing.spec import ScenarioError
from tracte.engine.importing.staging import Staged, label_of
from tracte.engine.importing.transforms import plain
from tracte.kernel.actor import Actor
from tracte.kernel.messages import sentences_for
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, StagedRow

MOST_PIECES = 60  # columns of a row that cannot be read that are offered one by one
SHOWN = 12  # cells of one row that are offered when no single one is wrong
COUNTED_UP_TO = 200_000  # rows looked through for the same value


def cells_of(set_id: int, actor: Actor, seq: int) -> list[Cell]:
    """The cells of a previewed row that can be mended, those that are wrong first; only these when they are known.

    :raises NotFound: no such row; :raises Rejected: the file cannot be read any more.
    """
    changeset = draft(set_id, actor)
    row = _staged(changeset, seq)
    plan = _plan(changeset, actor).files[row.payload["reading"]]
    context = snapshots.current().context(actor)
    found = next((one for one in plan.table.rows(row.payload["row"] - 1)), None)
    if found is None or found.number != row.payload["row"] or found.fault is not None:
        return []
    wrong = {problem["field"] for problem in row.verdict["problems"] if problem["field"]}
    cells = []
    for header, name in _sources(plan).items():
        text = (plain(found.cells[plan.places.at[header]]) or "").strip()
        bad = name in wrong or name.partition(".")[0] in wrong
        kind = plan.spec.fields.get(name.partition(".")[0])
        inner = kind.parts().get(name.partition(".")[2]) if kind is not None and "." in name else kind
        listed = bad and inner is not None and words.asks(inner, Use(""))
        known = words.options_of(inner, actor, context) if listed and inner is not None else []
        cells.append(Cell(header, text, bad, label_of(plan.spec, name, context), options=known))
    bad_ones = [replace(cell, same=_same(plan, cell)) for cell in cells if cell.wrong]
    return bad_ones or cells[:SHOWN]


def unread(set_id: int, actor: Actor, seq: int) -> Unread | None:
    """A previewed row that cannot be cut into cells, as it stands; ``None`` when it can.

    :raises NotFound: no such row; :raises Rejected: the file cannot be read any more.
    """
    changeset = draft(set_id, actor)
    row = _staged(changeset, seq)
    plan = _plan(changeset, actor).files[row.payload["reading"]]
    number = row.payload["row"]
    found = next((one for one in plan.table.rows(number - 1)), None)
    if found is None or found.number != number or found.fault is None:
        return None
    why, _how = sentences_for(found.fault.code, found.fault.params)
    headers = plan.table.headers
    if "delimiter" not in plan.table.facts:  # a JSON object or a card is no line of cells
        empty = [(header, "") for header in headers[:MOST_PIECES]]
        return Unread(why, (plain(found.cells[0]) or "") if found.cells else "", False, "", empty)
    text = rereading.line_of(plan.table, found)
    pieces = rereading.pieces(plan.table, text) if len(headers) <= MOST_PIECES else []
    named = [(headers[at] if at < len(headers) else "", piece) for at, piece in enumerate(pieces)]
    whole = found.fault.code != "line_too_long" and len(text) < MAX_RAW
    return Unread(why, text, whole, rereading.separator(plan.table), named[: 2 * MOST_PIECES])


def mend_line(set_id: int, actor: Actor, seq: int, text: str) -> str:
    """Read a row that could not be read from another text of its line, and look at it again.

    :param text: the line; a cell in quotes may run over several.
    :returns: as :func:`mend`. :raises NotFound, Rejected: no such row, or far too much was mended.
    """
    changeset = draft(set_id, actor)
    row = _staged(changeset, seq)
    if not text.strip():
        raise Rejected([Problem(None, "empty_line")])
    state = Mended.from_json(changeset.data["wizard"].get("mended")).with_line(int(row.payload["row"]), text)
    if state.count > MAX_MENDED or state.size > MAX_LINES:
        raise Rejected([Problem(None, "too_large", {"max": str(MAX_MENDED)})])
    update(changeset, mended=state.as_json())
    return look_again(changeset, actor, seq)


def mend_pieces(set_id: int, actor: Actor, seq: int, cells: Sequence[str]) -> str:
    """:func:`mend_line` with the cells apart; empty ones beyond the last column are left out."""
    changeset = draft(set_id, actor)
    row = _staged(changeset, seq)
    table = _plan(changeset, actor).files[row.payload["reading"]].table
    kept = list(cells)
    while len(kept) > len(table.headers) and not kept[-1].strip():
        kept.pop()
    return mend_line(set_id, actor, seq, rereading.written(kept, rereading.separator(table)) if any(kept) else "")


def _sources(plan: FilePlan) -> dict[str, str]:
    """Headers a reading uses, with the field each fills."""
    found: dict[str, str] = {}
    for target in plan.targets:
        for header in target.column.sources:
            found.setdefault(header, str(target.column.to or ""))
    return found


def _same(plan: FilePlan, cell: Cell) -> int:
    """How many rows hold the same text in a column."""
    if not cell.text or plan.table.count() > COUNTED_UP_TO:
        return 1
    at = plan.places.at[cell.header]
    texts = ((plain(row.cells[at]) or "").strip() for row in plan.table.rows() if row.fault is None)
    return sum(1 for text in texts if text == cell.text)


def mend(set_id: int, actor: Actor, seq: int, texts: Mapping[str, str], everywhere: Sequence[str] = ()) -> str:
    """Put new texts into cells of a previewed row and look at the row again.

    :param texts: by header. :param everywhere: headers whose old text is replaced in all rows.
    :returns: what would become of the row now, ``created updated unchanged problem skipped``; empty when all rows have
        to be looked at again.
    :raises NotFound, Rejected: no such row, or far too many mended cells.
    """
    changeset = draft(set_id, actor)
    row = _staged(changeset, seq)
    reading, number = row.payload["reading"], row.payload["row"]
    plan = _plan(changeset, actor).files[reading]
    before = {cell.header: cell.text for cell in cells_of(set_id, actor, seq)}
    state = Mended.from_json(changeset.data["wizard"].get("mended"))
    for header, text in texts.items():
        if header not in plan.places.at or text == before.get(header, ""):
            continue
        if header in everywhere and before.get(header):
            state = state.with_value(header, before[header], text)
        else:
            state = state.with_cell(number, header, text)
    if state.count > MAX_MENDED:
        raise Rejected([Problem(None, "too_large", {"max": str(MAX_MENDED)})])
    update(changeset, mended=state.as_json())
    return "" if everywhere else look_again(changeset, actor, seq)


def look_again(changeset: ChangeSet, actor: Actor, seq: int) -> str:
    """Try one row anew and put what would become of it into the preview."""
    row = _staged(changeset, seq)
    plan = _plan(changeset, actor)
    staged = Staged(plan, actor, ask=deciding.is_asked(changeset.data["wizard"]))
    with override(actor.language or "en"):
        rows = frozenset({int(row.payload["row"])})
        service.rehearse(plan, actor, Plainly(), staged.add, rows=rows).report.unlink(missing_ok=True)
    preview = dict(changeset.data["wizard"].get("preview") or {})
    what = str(row.verdict["what"])
    for fresh in staged.rows:
        staged_here = StagedRow.objects.filter(set=changeset, payload__reading=fresh.payload["reading"])
        held = staged_here.filter(payload__row=fresh.payload["row"]).first()
        if held is None:
            continue
        _recount(preview, held.entity, held.verdict, fresh.verdict)
        deciding.put_on([fresh], {deciding.place_of(held): held.payload.get("chosen", {})})
        held.verdict, held.payload = fresh.verdict, fresh.payload
        held.save()
        if held.seq == seq:
            what = str(fresh.verdict["what"])
    update(changeset, preview=preview)
    deciding.weigh(changeset)
    return what


_COUNTED = {"created": "created", "updated": "updated", "unchanged": "unchanged", "problem": "problems"}


def _recount(preview: dict[str, Any], entity: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Move one row from one verdict to another in the counts of a preview."""
    facts = preview["facts"] = dict(preview.get("facts", {}))
    seen = facts["rows"] = dict(facts.get("rows", {}))
    kept = facts["kept"] = dict(facts.get("kept", {}))
    for verdict, by in ((old, -1), (new, 1)):
        what = verdict["what"]
        seen[what] = seen.get(what, 0) + by
        kept[what] = kept.get(what, 0) + by
        name = _COUNTED.get(what, "")
        warned = what != "problem" and any(one["warning"] for one in verdict["problems"])
        for counts in (preview, preview.get("by_entity", {}).get(entity, {})):
            for counted in (name, "warnings" if warned else ""):
                if counted in counts:
                    counts[counted] = max(counts[counted] + by, 0)
    reasons = [list(one) for one in facts.get("reasons", [])]
    for one in reasons:
        if one[:-1] == list(old.get("reason", ())):
            one[-1] -= 1
    facts["reasons"] = [one for one in reasons if one[-1] > 0]


def _staged(changeset: ChangeSet, seq: int) -> StagedRow:
    row = StagedRow.objects.filter(set=changeset, seq=seq).first()
    if row is None:
        raise NotFound("row")
    return row


def _plan(changeset: ChangeSet, actor: Actor) -> Plan:
    state = changeset.data["wizard"]
    table_of(state)  # says it as a problem when the file cannot be read any more
    try:
        scenario = scenarios.parse(state["scenario"])
        return make_plan(scenario, service.folder() / state["folder"], actor, Mended.from_json(state.get("mended")))
    except (ScenarioError, UnreadableFile, TypeError) as error:
        raise Rejected([Problem(None, "bad_scenario", {"why": str(error)})]) from error


def fixable(row: previews.PreviewRow) -> bool:
    """Whether there is something to mend in a row that people see."""
    return bool(row.problems) and bool(row.cells)

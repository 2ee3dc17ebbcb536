"""What the preview of an import kept: its rows, those left out by hand, how far it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracte.engine.importing import deciding, service
from tracte.engine.importing.drafts import draft, update
from tracte.kernel.actor import Actor
from tracte.kernel.problems import NotFound
from tracte.records import undo
from tracte.records.changes import StagedRow

WHATS = ("created", "updated", "unchanged", "problem", "skipped")


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row of the preview.

    :param seq: its place in the preview, for paging and :func:`leave_out`. :param row: its number in the file.
    :param what: ``created updated unchanged problem skipped``. :param title: what the record is called.
    :param problems: ``{field, code, message, warning}`` each.
        For an error also ``what`` is wrong and ``how`` to mend it, apart, and the ``value`` of the file.
    :param diff: ``{field: [before, after]}`` as people read them, in the actor's language.
    :param more: what is added beside the fields: further e-mails and phones.
    :param url: the page of the record that is there already.
    :param asks: fields a person is asked about. :param chosen: what they said, ``file`` or ``keep`` by field.
    """

    seq: int
    file: str
    row: int
    entity: str
    what: str
    title: str
    problems: Sequence[Mapping[str, Any]]
    diff: Mapping[str, Sequence[str]]
    left_out: bool
    url: str = ""
    cells: Sequence[str] = ()
    more: Sequence[str] = ()
    asks: Sequence[str] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)


def progress_file(state: Mapping[str, Any]) -> Path:
    """Where a rehearsal tells how far it is: what it writes into the database is rolled back with it."""
    return service.folder() / Path(state["folder"]).name / ".progress"


def rehearsed(state: Mapping[str, Any]) -> tuple[int, int] | None:
    """Rows a rehearsal has done, and rows in all; ``None`` when it does not say."""
    try:
        done, total = progress_file(state).read_text("ascii").split()
        return int(done), int(total)
    except (OSError, ValueError):
        return None


def page(
    set_id: int,
    actor: Actor,
    *,
    what: Sequence[str] = WHATS,
    after: int = -1,
    before: int | None = None,
    limit: int = 50,
) -> list[PreviewRow]:
    """Rows of the preview in file order, after a place or just before one, narrowed to some verdicts."""
    changeset = undo.find_set(set_id, actor)
    left_out = {tuple(one) for one in changeset.data.get("wizard", {}).get("left_out", ())}
    found = StagedRow.objects.filter(set=changeset, seq__gt=after, verdict__what__in=list(what)).order_by("seq")
    if before is not None:
        last = list(found.filter(seq__lt=before).reverse()[:limit])
        return [_shown(row, left_out) for row in reversed(last)]
    return [_shown(row, left_out) for row in found[:limit]]


def _shown(row: StagedRow, left_out: set[tuple[Any, ...]]) -> PreviewRow:
    verdict, payload = row.verdict, row.payload
    return PreviewRow(
        seq=row.seq,
        file=payload["file"],
        row=payload["row"],
        entity=row.entity,
        what=verdict["what"],
        title=verdict["title"],
        problems=verdict["problems"],
        diff=verdict["diff"],
        left_out=(payload["reading"], payload["row"]) in left_out,
        url=verdict.get("url", ""),
        cells=payload["cells"],
        more=verdict.get("more", ()),
        asks=verdict.get("asks", ()),
        chosen=payload.get("chosen", {}),
    )


def leave_out(set_id: int, actor: Actor, seq: int, out: bool = True) -> None:
    """Leave a previewed row out of the import, or take it in again."""
    changeset = draft(set_id, actor)
    row = StagedRow.objects.filter(set=changeset, seq=seq).first()
    if row is None:
        raise NotFound("row")
    place = [row.payload["reading"], row.payload["row"]]
    kept = [one for one in changeset.data["wizard"].get("left_out", ()) if one != place]
    deciding.weigh_one(changeset, row, lambda: update(changeset, left_out=[*kept, place] if out else kept))

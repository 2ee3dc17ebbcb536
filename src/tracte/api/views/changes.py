"""Change sets: history, proposals waiting for a decision, undo."""

from typing import Any

from django.http import HttpResponse

from tracte.api.answers import answer
from tracte.api.bodies import body_of, flag, only
from tracte.api.dispatch import Call
from tracte.api.history import shown_changes, shown_diffs, shown_set, tally, titles_seen
from tracte.api.params import choose, refuse
from tracte.api.writes import ORIGIN, changeset_header, once
from tracte.engine import undoing
from tracte.engine.importing import drafts, wizard
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.registry import registry
from tracte.records import door, proposals, undo, witnessing
from tracte.records.changes import ChangeSet, CreatedChunk, StagedRow, State
from tracte.records.storing import created_ids
from tracte.records.transactions import writing
from tracte.records.undo import UndoResult

BIGGEST = 2**63 - 1
ORIGINS = ("ui", "api", "import", "cli", "task", "system")


def index(call: Call) -> HttpResponse:
    """``GET /changes``: newest first; one's own, administrators see all."""
    params = call.params
    limit, cursor = params.limit(), params.text("cursor")
    state, origin = choose(params, "state", State.values), choose(params, "origin", ORIGINS)
    params.finish()
    sets = undo.visible_sets(call.actor)
    if cursor:
        sets = sets.filter(pk__lt=_number(cursor, "cursor", "bad_cursor"))
    if state is not None:
        sets = sets.filter(state=state)
    if origin is not None:
        sets = sets.filter(origin=origin)
    found = list(sets[: limit + 1])
    more = str(found[limit - 1].pk) if len(found) > limit else None
    return answer({"data": [shown_set(one) for one in found[:limit]], "next": more})


def read_one(call: Call, changeset: str) -> HttpResponse:
    """``GET /changes/{id}``: with what it did, or would do."""
    params = call.params
    limit, cursor = params.limit(), params.text("cursor")
    params.finish()
    after = _number(cursor, "cursor", "bad_cursor") if cursor else 0
    found = witnessing.look_at(set_id(changeset), call.actor)
    body = shown_set(found)
    if found.state in (State.PROPOSED, State.REJECTED, State.EXPIRED):
        staged = list(StagedRow.objects.filter(set=found, pk__gt=after).order_by("pk")[: limit + 1])
        body["changes"] = [_staged(call, row, preview=found.state == State.PROPOSED) for row in staged[:limit]]
        body["created"] = []
        body["next"] = str(staged[limit - 1].pk) if len(staged) > limit else None
    else:
        rows = list(witnessing.changes_of(found, call.actor).filter(pk__gt=after).order_by("pk")[: limit + 1])
        body["changes"] = shown_changes(rows[:limit], call.actor)
        body["created"] = [] if after else _created(call, found, limit)
        body["next"] = str(rows[limit - 1].pk) if len(rows) > limit else None
    if found.state == State.DRAFT:
        body["counts"] = tally(found.data.get("wizard", {}).get("preview"))
    body["report"] = f"/api/v1/changes/{found.pk}/report" if wizard.has_report(found) else None
    return answer(body)


def _created(call: Call, changeset: ChangeSet, limit: int) -> list[dict[str, Any]]:
    """The first records a set made that are in sight."""
    shown: list[dict[str, Any]] = []
    for chunk in CreatedChunk.objects.filter(set=changeset).order_by("pk")[:20]:
        ids = created_ids(chunk)[: limit - len(shown)]
        titles = titles_seen(chunk.entity, ids, call.actor)
        if not witnessing.all_seen(changeset, call.actor):
            seen = witnessing.history_seen(registry()[chunk.entity], call.actor, titles)
            titles = {pk: title for pk, title in titles.items() if pk in seen}
        shown += [{"entity": chunk.entity, "id": encode(pk), "title": titles[pk]} for pk in ids if pk in titles]
        if len(shown) >= limit:
            break
    return shown


def _staged(call: Call, row: StagedRow, *, preview: bool) -> dict[str, Any]:
    """A row of a proposal: what it would change, with the reader's own rights."""
    pk = row.payload["id"]
    title = titles_seen(row.entity, [pk], call.actor).get(pk) if pk else None
    shown: dict[str, Any] = {
        "entity": row.entity,
        "id": encode(pk) if pk and title is not None else None,
        "title": title,
        "verb": row.payload["verb"],
        "at": None,
        "fields": {},
    }
    if preview and (pk is None or title is not None):
        diff = proposals.diff_now(row, call.actor)
        shown["fields"] = shown_diffs(registry()[row.entity], call.actor, [diff])[0] if diff else {}
    return shown


def apply(call: Call, changeset: str) -> HttpResponse:
    """``POST /changes/{id}/apply``: write a proposal."""
    call.params.finish()
    only(body_of(call.request, optional=True))
    return once(call, lambda: _decided(proposals.apply(set_id(changeset), call.actor)))


def reject(call: Call, changeset: str) -> HttpResponse:
    """``POST /changes/{id}/reject``: decide against a proposal."""
    call.params.finish()
    only(body_of(call.request, optional=True))
    return once(call, lambda: _decided(proposals.reject(set_id(changeset), call.actor)))


def _decided(changeset: ChangeSet) -> HttpResponse:
    return answer(shown_set(changeset), headers=changeset_header(changeset.pk))


def take_back(call: Call, changeset: str) -> HttpResponse:
    """``POST /changes/{id}/undo`` with ``{"dry_run", "force", "with_dependants"}``, all optional.

    A large set is taken back, or tried, by a worker: 202 with the task, whose result tells what came of it.
    """
    call.params.finish()
    body = body_of(call.request, optional=True)
    only(body, "dry_run", "force", "with_dependants")
    dry_run, force, dependants = (flag(body, name) for name in ("dry_run", "force", "with_dependants"))
    pk = set_id(changeset)
    found = undo.find_set(pk, call.actor)
    _require_undo(call, found)

    def run() -> HttpResponse:
        if not dry_run:
            drafts.settle(found)
        if undoing.waits_for_worker(found):
            return _handed_over(call, found, dry_run=dry_run, force=force, with_dependants=dependants)
        try:
            result = undo.run(pk, call.actor, origin=ORIGIN, dry_run=dry_run, force=force, with_dependants=dependants)
        except Rejected as rejected:
            status = 409 if any(one.code == "cannot_undo" for one in rejected.problems) else rejected.status
            raise Rejected(rejected.problems, status=status) from None
        return answer(_undone(result, dry_run=dry_run), headers=changeset_header(result.set_id))

    return run() if dry_run else once(call, run)


def _handed_over(call: Call, changeset: ChangeSet, **how: bool) -> HttpResponse:
    with writing():
        task = undoing.later(changeset, call.actor, origin=ORIGIN, **how)
    return answer({"task": task, "changeset": None}, 202, {"Location": f"/api/v1/tasks/{task}"})


def _require_undo(call: Call, changeset: ChangeSet) -> None:
    """Undo needs a right of its own on every entity the set touched.

    :raises Forbidden: 403.
    """
    touched = set(changeset.counts.get("by_entity", {})) & set(registry().entities)
    for entity in sorted(touched):
        door.require_right(registry()[entity], call.actor, "undo")


def _undone(result: UndoResult, *, dry_run: bool) -> dict[str, Any]:
    return {
        "changeset": result.set_id,
        "dry_run": dry_run,
        "undone": result.undone,
        "kept": result.kept,
        "conflicts": [
            {
                "entity": one.entity,
                "id": encode(one.id),
                "field": one.field,
                "code": one.code,
                "message": Problem(one.field, one.code).message,
            }
            for one in result.conflicts
        ],
        "conflict_count": result.conflict_count,
    }


def set_id(text: str) -> int:
    """:raises NotFound: for what is no number, as for a set that is not there."""
    if not (text.isascii() and text.isdigit() and len(text) < 20) or int(text) > BIGGEST:
        raise NotFound("change set")
    return int(text)


def _number(text: str, name: str, code: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20) or int(text) > BIGGEST:
        raise refuse(code, name)
    return int(text)

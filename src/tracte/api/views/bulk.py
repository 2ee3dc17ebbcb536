"""One change to many records, as one change set."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from tracte.api.answers import answer
from tracte.api.bodies import body_of, flag, only, raw_values
from tracte.api.dispatch import Call, entity_named
from tracte.api.history import tally
from tracte.api.jobs import change_many
from tracte.api.views.records import narrowed
from tracte.api.writes import ORIGIN, changeset_header, once, proposed, verdict
from tracte.kernel.ids import MAX_ID, decode
from tracte.kernel.problems import Forbidden, NotFound, Problem, Rejected
from tracte.meta.registry import EntitySpec
from tracte.records import door, query
from tracte.records.proposals import Step, storable
from tracte.records.query import Rows
from tracte.records.tasks import api as tasks
from tracte.records.writing import Op

MAX_IDS = 1000
SHOWN = 100


def bulk(call: Call, plural: str) -> HttpResponse:
    """``POST /{plural}/bulk`` with ``{"where" | "ids", "set", "dry_run"}``: all of them or none."""
    spec = entity_named(plural, call.actor)
    propose = call.params.flag("propose")
    call.params.finish()
    body = body_of(call.request)
    only(body, "where", "ids", "set", "dry_run")
    dry_run, values = flag(body, "dry_run"), _values(spec, body)
    _require_right(call, spec)
    ids = _chosen(call, spec, body)
    if len(ids) > MAX_IDS:
        if dry_run or propose:
            raise Rejected([Problem("where", "too_many", {"max": MAX_IDS})])
        return once(call, lambda: _hand_over(call, spec, body["where"], values))
    if dry_run:
        return answer(_write(call, spec, ids, values, dry_run=True))

    def run() -> HttpResponse:
        if propose:
            return proposed(call, [Step(spec.key, "update", values, one) for one in ids])
        done = _write(call, spec, ids, values, dry_run=False)
        return answer(done, 200, changeset_header(done["changeset"]))

    return once(call, run)


def _values(spec: EntitySpec, body: dict[str, Any]) -> dict[str, Any]:
    values = body.get("set")
    if not isinstance(values, dict) or not values:
        raise Rejected([Problem("set", "not_an_object" if "set" in body else "required")])
    return raw_values(spec, values)


def _require_right(call: Call, spec: EntitySpec) -> None:
    """Bulk needs a right of its own beside the right to edit."""
    door.require_right(spec, call.actor, "bulk")
    door.require_right(spec, call.actor, "edit")


def _chosen(call: Call, spec: EntitySpec, body: dict[str, Any]) -> list[int]:
    """The records meant. All must be in sight (404) and in reach for editing (403), else nothing is done.

    :raises Rejected: 422 when the body names none, or more than one request may change.
    """
    if ("ids" in body) == ("where" in body):
        raise Rejected([Problem("ids", "ids_or_where")])
    seen = query.rows(spec.key, call.actor)
    if "ids" in body:
        wanted = _ids(body["ids"])
        if len(seen.only(wanted).ids()) < len(wanted):
            raise NotFound(spec.key)
    else:
        try:
            wanted = narrowed(seen, body["where"]).ids(MAX_IDS + 1)
        except Rejected as rejected:
            raise Rejected(rejected.problems, status=422) from None
        if len(wanted) > MAX_IDS:
            _require_all(call, spec, body["where"])
            return wanted
    for verb in ("edit", "bulk"):
        if _count(query.rows(spec.key, call.actor, verb), wanted) < len(wanted):
            raise Forbidden(verb, spec.key)
    return wanted


def _require_all(call: Call, spec: EntitySpec, where: Any) -> None:
    """Every record that meets the condition must be in reach for the change.

    :raises Forbidden: 403.
    """
    whole = narrowed(query.rows(spec.key, call.actor), where).queryset().count()
    for verb in ("edit", "bulk"):
        if narrowed(query.rows(spec.key, call.actor, verb), where).queryset().count() < whole:
            raise Forbidden(verb, spec.key)


def _hand_over(call: Call, spec: EntitySpec, where: Any, values: dict[str, Any]) -> HttpResponse:
    """202: so many are changed by a worker, chunk by chunk, with the rights the actor has then."""
    total = narrowed(query.rows(spec.key, call.actor), where).queryset().count()
    with transaction.atomic():
        writer = door.begin(call.actor, ORIGIN, strict=True, total=total)
        args = {"changeset": writer.set_id, "entity": spec.key, **storable({"where": where, "values": values})}
        task = tasks.enqueue(change_many, args, actor_id=call.actor.user_id)
    headers = {"Location": f"/api/v1/tasks/{task}"} | changeset_header(writer.set_id)
    return answer({"task": task, "changeset": writer.set_id}, 202, headers)


def _count(rows: Rows, ids: Sequence[int]) -> int:
    return len(rows.only(ids).ids())


def _ids(raw: Any) -> list[int]:
    if not isinstance(raw, list) or not raw:
        raise Rejected([Problem("ids", "list_expected")])
    if len(raw) > MAX_IDS:
        raise Rejected([Problem("ids", "too_many", {"max": MAX_IDS})])
    try:
        found = [decode(one) for one in raw]
    except (ValueError, TypeError):
        raise Rejected([Problem("ids", "bad_id")]) from None
    if len(set(found)) != len(found) or any(one > MAX_ID for one in found):
        raise Rejected([Problem("ids", "bad_id")])
    return found


def _write(
    call: Call, spec: EntitySpec, ids: Sequence[int], values: dict[str, Any], *, dry_run: bool
) -> dict[str, Any]:
    ops = [Op(values, id=one) for one in ids]
    with transaction.atomic():
        writer = door.begin(call.actor, ORIGIN, strict=True, dry_run=dry_run, total=len(ids))
        results = writer.write(spec.key, "update", ops, partial=dry_run)
        counts = writer.finish().counts
        changed = counts.get("updated", 0)
        if not dry_run and not changed:
            writer.changeset.delete()
    found: dict[str, Any] = {"changeset": writer.set_id if changed and not dry_run else None, "dry_run": dry_run}
    found |= tally(counts)
    if dry_run:
        found["results"] = [verdict(call.actor, result) for result in results[:SHOWN]]
    return found

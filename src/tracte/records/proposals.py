"""Proposals: writes that wait for somebody to say yes.

A proposal is a change set whose rows were checked and set aside. Applying checks every row again with the rights the
proposer has *then*; only the maker or an administrator may apply or reject.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.problems import Conflict, NotFound, Problem, Rejected
from tracte.meta.registry import registry
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, StagedRow, State
from tracte.records.door import ActionRequest, Op, Outcome, Writer
from tracte.records.storing import json_diff

KEPT = timedelta(days=30)
ACTION = "act:"


@dataclass(frozen=True, slots=True)
class Step:
    """One record's part of a proposal.

    :param verb: ``create``, ``update``, ``delete``, ``restore`` or ``act:win``.
    :param values: raw JSON values by field, or the action's parameters.
    :param version: the version it was proposed on; when the record moved on since, the row is a conflict.
    """

    entity: str
    verb: str
    values: Mapping[str, Any] = field(default_factory=dict)
    id: int | None = None
    version: int | None = None


def propose(actor: Actor, steps: Sequence[Step], *, origin: str, title: str = "") -> ChangeSet:
    """Check the steps, each by itself, and set them aside.

    :raises Rejected, NotFound, Forbidden, Conflict: as the write itself would; then nothing is kept.
    """
    tried = [_try(actor, step, origin) for step in steps]
    changeset = door.new_set(actor, origin, title, state=State.PROPOSED, total=len(steps))
    changeset.counts = _counts(steps, tried)
    with transaction.atomic():
        changeset.save()
        StagedRow.objects.bulk_create(
            StagedRow(
                set=changeset,
                seq=at,
                entity=step.entity,
                payload={
                    "verb": step.verb,
                    "id": step.id,
                    "values": storable(step.values),
                    "version": step.version or _version(actor, step),
                },
                verdict=_verdict(outcome),
            )
            for at, (step, outcome) in enumerate(zip(steps, tried, strict=True))
        )
    return changeset


def _try(actor: Actor, step: Step, origin: str) -> Outcome:
    options: dict[str, Any] = {"origin": origin, "dry_run": True}
    if step.verb == "create":
        return door.create(actor, step.entity, step.values, strict=True, **options)
    record_id = int(step.id or 0)
    if step.verb == "update":
        return door.update(actor, step.entity, record_id, step.values, version=step.version, strict=True, **options)
    if step.verb == "delete":
        return door.delete(actor, step.entity, record_id, version=step.version, **options)
    if step.verb == "restore":
        return door.restore(actor, step.entity, record_id, **options)
    action = step.verb.removeprefix(ACTION)
    return door.act(actor, step.entity, record_id, action, step.values, version=step.version, strict=True, **options)


def _version(actor: Actor, step: Step) -> int | None:
    """The version the proposal is about, when the proposer did not say."""
    if step.id is None or step.verb == "restore":
        return None
    return int(query.rows(step.entity, actor).get(step.id, ())["version"])


def storable(values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON values as a JSON column keeps them: exact numbers become text, which the kinds read back exactly."""

    def turn(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turn(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [turn(inner) for inner in value]
        return value if isinstance(value, str | int | float | bool | None) else str(value)

    return {name: turn(value) for name, value in values.items()}


def _counts(steps: Sequence[Step], tried: Sequence[Outcome]) -> dict[str, Any]:
    counts: dict[str, Any] = {"by_entity": {}}
    for step, outcome in zip(steps, tried, strict=True):
        mine = counts["by_entity"].setdefault(step.entity, {})
        for result in outcome.results:
            for bag in (counts, mine):
                bag[result.verdict] = bag.get(result.verdict, 0) + 1
                if any(problem.warning for problem in result.problems):
                    bag["warnings"] = bag.get("warnings", 0) + 1
    return counts


def _verdict(outcome: Outcome) -> dict[str, Any]:
    """What the row would do, for the preview."""
    result = outcome.results[0] if outcome.results else None
    if result is None:
        return {}
    return {"verdict": result.verdict, "problems": [problem.as_json() for problem in result.problems]}


def diff_now(row: StagedRow, actor: Actor) -> dict[str, Any]:
    """``{field: [before, after]}`` the row would make now with ``actor``'s rights; empty when it no longer can."""
    payload = row.payload
    step = Step(row.entity, payload["verb"], payload["values"], payload["id"])
    try:
        outcome = _try(actor, step, "api")
    except (Rejected, NotFound, Conflict):
        return {}
    found: dict[str, Any] = {}
    for result in (one for one in outcome.results if one.entity == row.entity):
        found |= json_diff(registry()[row.entity], result.diff)
    return found


def apply(set_id: int, actor: Actor) -> ChangeSet:
    """Write a proposal, in one transaction: all of it or, when a row cannot be written any more, the rest.

    :raises NotFound: the actor may not see it; :raises Rejected: 409 when it is no longer a proposal or nothing of it
        can be written.
    """
    with transaction.atomic():
        changeset = locked(set_id, actor)
        proposer = _proposer(changeset)
        writer = Writer(proposer, changeset.origin, changeset, strict=True)
        changeset.counts = {}
        changeset.done = 0
        changeset.data = {**changeset.data, "decided_by": actor.name}
        refused: list[Problem] = []
        for row in StagedRow.objects.filter(set=changeset).order_by("seq"):
            refused += _write(writer, row)
        counts = changeset.counts
        if refused and not any(counts.get(name) for name in ("created", "updated", "deleted", "restored")):
            raise Rejected(refused, status=409)
        writer.finish()
    snapshots.refresh_held()
    return changeset


def _write(writer: Writer, row: StagedRow) -> list[Problem]:
    payload = row.payload
    if payload["verb"].startswith(ACTION):
        return _act(writer, row)
    op = Op(payload["values"], id=payload["id"], version=payload["version"], row=row.seq)
    results = writer.write(row.entity, payload["verb"], [op])
    return [problem for result in results if result.verdict == "problem" for problem in result.problems]


def _act(writer: Writer, row: StagedRow) -> list[Problem]:
    spec, payload = registry()[row.entity], row.payload
    declared = spec.actions.get(payload["verb"].removeprefix(ACTION))
    try:
        if declared is None:
            raise NotFound(row.entity)
        values = query.rows(spec.key, writer.actor).get(payload["id"])
        door.require_right(spec, writer.actor, declared.verb)
        if values["version"] != payload["version"]:
            raise Rejected([Problem(None, "stale", row=row.seq)])
        with transaction.atomic():
            request = ActionRequest(
                writer.actor, spec, payload["id"], values, payload["values"], writer, payload["version"]
            )
            declared.run(request)
    except NotFound:
        problems = [Problem(None, "no_such_record", row=row.seq)]
    except Rejected as rejected:
        problems = rejected.problems
    else:
        return []
    counts = writer.changeset.counts
    counts["problems"] = counts.get("problems", 0) + 1
    return problems


def _proposer(changeset: ChangeSet) -> Actor:
    """The proposer with the rights of today. Somebody who may not work here any more proposes nothing.

    :raises Rejected: 409.
    """
    if changeset.actor_id is None:
        return OPERATOR
    snapshot = snapshots.current()
    member = snapshot.members.get(changeset.actor_id)
    if member is None or not member.active:
        raise Rejected([Problem(None, "proposer_gone")], status=409)
    return snapshot.actor(changeset.actor_id)


def reject(set_id: int, actor: Actor) -> ChangeSet:
    """Decide that a proposal will not be written.

    :raises NotFound, Rejected: as for :func:`apply`.
    """
    with transaction.atomic():
        changeset = locked(set_id, actor)
        changeset.state = State.REJECTED
        changeset.applied_at = clock.now()
        changeset.data = {**changeset.data, "decided_by": actor.name}
        changeset.save()
    return changeset


def locked(set_id: int, actor: Actor) -> ChangeSet:
    """A proposal somebody may decide on, held until the transaction ends."""
    changeset = ChangeSet.objects.select_for_update().filter(pk=set_id).first()
    if changeset is None or not may_decide(changeset, actor):
        raise NotFound("change set")
    if changeset.state != State.PROPOSED:
        raise Rejected([Problem(None, "not_proposed")], status=409)
    if changeset.created_at <= clock.now() - KEPT:
        raise Rejected([Problem(None, "expired")], status=409)
    return changeset


def may_decide(changeset: ChangeSet, actor: Actor) -> bool:
    """The maker and administrators."""
    return actor.admin or actor.everything or (changeset.actor_id is not None and changeset.actor_id == actor.user_id)


def expire() -> int:
    """Close proposals nobody decided on for 30 days and drop their rows; returns how many."""
    before = clock.now() - KEPT
    StagedRow.objects.filter(set__state=State.PROPOSED, set__created_at__lte=before).delete()
    return ChangeSet.objects.filter(state=State.PROPOSED, created_at__lte=before).update(state=State.EXPIRED)

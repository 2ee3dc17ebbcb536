"""Business verbs on leads: claim, qualify, reject, reopen. Each is one change set and can be undone."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from tracte.kernel.problems import Problem, Rejected
from tracte.modules.sales import stages
from tracte.modules.sales.lead_rules import is_open
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.door import ActionRequest


def may_claim(values: Mapping[str, Any]) -> bool:
    return is_open(values) and values.get("owner") is None


def may_qualify(values: Mapping[str, Any]) -> bool:
    return is_open(values) and values.get("status") != "qualified"


def may_reopen(values: Mapping[str, Any]) -> bool:
    return values.get("status") == "rejected"


def why_not_claim(values: Mapping[str, Any]) -> Problem | None:
    """Somebody was quicker, or nobody works on it any more."""
    owner = values.get("owner")
    if owner is None:
        return why_not_work(values)
    known = snapshots.current().title("user", owner)
    return Problem(None, "already_claimed", {"name": known.title if known else "…"})


def why_not_work(values: Mapping[str, Any]) -> Problem | None:
    if values.get("status") == "converted":
        return Problem(None, "already_converted")
    return Problem(None, "already_rejected") if values.get("status") == "rejected" else None


def as_it_is_now(request: ActionRequest) -> dict[str, Any]:
    """The lead inside the transaction, held until it ends: of two people, the second sees what the first did."""
    rows = query.system_rows("lead")
    if connection.vendor == "postgresql" and connection.in_atomic_block:
        list(rows.queryset().filter(pk=request.id).select_for_update(of=("self",)).values_list("pk"))
    return rows.get(request.id, ("owner", "status", "pipeline"))


def claim(request: ActionRequest) -> None:
    """Take a lead from the queue: it is mine now.

    :raises Rejected: 409 when somebody else was quicker.
    """
    problem = why_not_claim(as_it_is_now(request))
    if problem is not None:
        raise Rejected([problem], status=409)
    request.update({"owner": request.actor.user_id}, canonical=True)


def qualify(request: ActionRequest) -> None:
    """Their interest is real: keep the answers of the checklist and go to the stage of qualified leads."""
    stage = stages.qualifying_stage(request.values.get("pipeline"))
    if stage is None:
        raise Rejected([Problem("stage", "no_such_stage")])
    request.update({**request.params, "stage": request.spec.fields["stage"].to_json(stage)})


def reject(request: ActionRequest) -> None:
    """No customer, at least not now: with the reason we learn from, and the day to try again (GA-38)."""
    if not request.params.get("reject_reason"):
        raise Rejected([Problem("reject_reason", "required")])
    given = {name: value for name, value in request.params.items() if value not in (None, "")}
    _move(request, stages.first_stage(request.values.get("pipeline") or 0, "lost"), given)


def reopen(request: ActionRequest) -> None:
    """Work goes on: back to the stage it had before it was rejected, or to the first one."""
    pipeline = request.values.get("pipeline")
    before = stages.last_open_stage(request.id, pipeline, "lead")
    _move(request, before or stages.first_stage(pipeline or 0), {})


def _move(request: ActionRequest, stage: int | None, values: Mapping[str, Any]) -> None:
    if stage is None:
        raise Rejected([Problem("stage", "no_such_stage")])
    request.update({**values, "stage": request.spec.fields["stage"].to_json(stage)})

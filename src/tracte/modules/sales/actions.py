"""Business verbs on opportunities: win, lose, reopen. Each is one change set and can be undone."""

from collections.abc import Mapping
from typing import Any

from tracte.kernel.problems import Problem, Rejected
from tracte.modules.sales import stages
from tracte.records.door import ActionRequest


def is_open(values: Mapping[str, Any]) -> bool:
    return stages.kind_of(values.get("stage")) == "open"


def is_closed(values: Mapping[str, Any]) -> bool:
    return not is_open(values)


def win(request: ActionRequest) -> None:
    """The order came: the deal goes to the pipeline's won stage. It asks when, for how much and why (SP-14)."""
    _move(request, "won")


def lose(request: ActionRequest) -> None:
    """The deal will not come: it goes to the lost stage, with the reason we learn from (SP-13, SP-14)."""
    reason = request.params.get("lost_reason")
    if not reason:
        raise Rejected([Problem("lost_reason", "required")])
    _move(request, "lost")


def reopen(request: ActionRequest) -> None:
    """The talks go on: back to the stage it had before it was closed, or to the first one."""
    _move(request, "open")


def _move(request: ActionRequest, kind: str) -> None:
    pipeline = request.values.get("pipeline")
    stage = stages.first_stage(pipeline, kind) if pipeline else None
    if kind == "open":
        stage = stages.last_open_stage(request.id, pipeline) or stage
    if stage is None:
        raise Rejected([Problem("stage", "no_such_stage")])
    params = {name: value for name, value in request.params.items() if value not in (None, "")}
    request.update({**params, "stage": request.spec.fields["stage"].to_json(stage)})

"""The stages of the pipelines as rules need them, from the snapshot: no query for each record.

Opportunities and leads both move through pipelines; each pipeline is for one of the two.
"""

from collections.abc import Mapping
from typing import Any

from tracte.kernel.ids import decode
from tracte.records import query
from tracte.records.changes import FieldSpan
from tracte.records.snapshot import current

Stage = Mapping[str, Any]
MOST_SPANS = 100
MOVING = ("opportunity", "lead")
USUAL_DAYS = 14  # where a stage does not say and nothing was measured
STEP = 10  # between the positions of neighbours


def live_stages(pipeline: int) -> list[Stage]:
    """Stages of a pipeline in their order."""
    rows = current().rows.get("stage", {}).values()
    mine = [row for row in rows if row["pipeline"] == pipeline and row["deleted_at"] is None]
    return sorted(mine, key=_place)


def default_pipeline(entity: str = "opportunity") -> int | None:
    """The first pipeline in use for an entity, by position."""
    rows = current().rows.get("pipeline", {}).values()
    live = [row for row in rows if row["deleted_at"] is None and row["active"] and row["entity"] == entity]
    return min(live, key=_place)["id"] if live else None


def meant_for(pipeline: int | None) -> str:
    """The entity a pipeline is for; empty when there is no such pipeline."""
    row = current().rows.get("pipeline", {}).get(pipeline or 0)
    return str(row["entity"]) if row else ""


def first_stage(pipeline: int, kind: str = "open") -> int | None:
    """The first stage of a kind in a pipeline."""
    return next((stage["id"] for stage in live_stages(pipeline) if stage["kind"] == kind), None)


def same_stage(stage: Stage, pipeline: int) -> int | None:
    """The stage of another pipeline that has the same key, else the first of the same kind."""
    for other in live_stages(pipeline):
        if other["key"] == stage["key"]:
            return int(other["id"])
    return first_stage(pipeline, stage["kind"]) or first_stage(pipeline)


def qualifying_stage(pipeline: int | None) -> int | None:
    """The first stage of a pipeline in which leads are qualified."""
    return next((stage["id"] for stage in live_stages(pipeline or 0) if stage["qualifies"]), None)


def last_open_stage(record: int, pipeline: int | None, entity: str = "opportunity") -> int | None:
    """The open stage of ``pipeline`` the record was in most recently, if that stage still exists."""
    known = {stage["id"] for stage in live_stages(pipeline or 0) if stage["kind"] == "open"}
    spans = FieldSpan.objects.filter(record_id=record, field=f"{entity}.stage").order_by("-id")
    held = (decode(value) for value in spans.values_list("value", flat=True)[:MOST_SPANS] if value)
    return next((stage for stage in held if stage in known), None)


def usual_days(stage: Stage) -> int:
    """How many days records usually stay in a stage: as an administrator wrote, else as measured, else two weeks."""
    return int(stage.get("usual_days") or stage.get("measured_days") or USUAL_DAYS)


def kind_of(stage_id: int | None) -> str:
    """``open``, ``won`` or ``lost``; a deal without stage is open."""
    stage = current().rows.get("stage", {}).get(stage_id or 0)
    return str(stage["kind"]) if stage else "open"


def has_deals(**where: int) -> bool:
    """Whether any live opportunity or lead stands there: ``has_deals(stage=…)``."""
    return any(query.system_rows(entity).queryset().filter(*where.items()).exists() for entity in MOVING)


def _place(row: Stage) -> tuple[int, int]:
    return (row["position"] or 0, row["id"])

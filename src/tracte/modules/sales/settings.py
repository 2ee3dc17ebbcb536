"""The screen of the pipelines with their stages in order."""

from typing import Any

from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import NotFound
from tracte.modules.sales.lists import PIPELINE_ENTITIES, STAGE_KINDS
from tracte.modules.sales.stages import STEP, live_stages
from tracte.records import door
from tracte.records.door import Op
from tracte.web import ui
from tracte.web.addresses import done
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.settings import require_admin

HERE = "/settings/pipelines/"


@require_http_methods(["GET", "POST"])
@with_actor
def pipelines(request: ActorRequest) -> HttpResponseBase:
    """``/settings/pipelines/``: every pipeline; a POST moves one stage up or down."""
    require_admin(request)
    if request.method == "POST":
        _move(request)
        return HttpResponseRedirect(HERE)
    rows = request.snapshot.rows.get("pipeline", {}).values()
    live = sorted((row for row in rows if row["deleted_at"] is None), key=lambda row: (row["position"] or 0, row["id"]))
    context = {"area": "settings", "module": "pipeline", "pipelines": [_pipeline(row) for row in live]}
    return render(request, "sales/settings_pipelines.html", context)


def _pipeline(row: Any) -> dict[str, Any]:
    kinds = {option.key: str(option.label) for option in STAGE_KINDS}
    stages = live_stages(row["id"])
    shown = [
        {
            "id": encode(stage["id"]),
            "name": stage["name"],
            "pill": ui.stage(stage["name"], int(stage["probability"] or 0), stage["kind"], stage["hue"] or "stone"),
            "kind": kinds.get(stage["kind"], ""),
            "probability": f"{int(stage['probability'] or 0)} %",
            "usual": stage["usual_days"] or stage["measured_days"],
            "edit_url": f"/stages/{encode(stage['id'])}/edit/?next={HERE}",
            "first": at == 0,
            "last": at == len(stages) - 1,
        }
        for at, stage in enumerate(stages)
    ]
    return {
        "name": row["name"],
        "used_for": {option.key: str(option.label) for option in PIPELINE_ENTITIES}.get(row["entity"], ""),
        "active": row["active"],
        "stages": shown,
        "edit_url": f"/pipelines/{encode(row['id'])}/edit/?next={HERE}",
        "add_url": f"/stages/new/?pipeline={encode(row['id'])}&next={HERE}",
    }


def _move(request: ActorRequest) -> None:
    """Change places with the stage before or after, and number the stages anew.

    :raises NotFound: when there is no such stage.
    """
    word, _sep, text = request.POST.get("move", "").partition(":")
    try:
        wanted = decode(text)
    except ValueError:
        raise NotFound("stage") from None
    stage = request.snapshot.rows.get("stage", {}).get(wanted)
    if stage is None or stage["deleted_at"] is not None or word not in ("up", "down"):
        raise NotFound("stage")
    stages = live_stages(stage["pipeline"])
    at = next(place for place, one in enumerate(stages) if one["id"] == wanted)
    to = at - 1 if word == "up" else at + 1
    if 0 <= to < len(stages):
        stages[at], stages[to] = stages[to], stages[at]
    ops = [
        Op({"position": place * STEP}, id=one["id"], canonical=True)
        for place, one in enumerate(stages, 1)
        if one["position"] != place * STEP
    ]
    if ops:
        writer = door.begin(request.actor, "ui", _("Order of the stages"))
        writer.write("stage", "update", ops, partial=False)
        writer.finish()
        done(request, _("Stages put in order"), writer.set_id)

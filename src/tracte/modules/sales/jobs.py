"""Background work of the sales module."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tracte.modules.sales import ageing, recycling
from tracte.records.tasks.api import At, TaskContext, job, schedule


@job("sales.recycle_leads")
def recycle_leads(ctx: TaskContext) -> Mapping[str, Any]:
    """Bring back the rejected leads whose day has come, chunk by chunk."""
    done, cursor = 0, None
    while True:
        ctx.check()
        with ctx.transaction():
            moved, cursor = recycling.recycle_some(_("Leads taken up again"), cursor)
        done += moved
        if cursor is None:
            return {"leads": done}
        ctx.progress(done, done + 1)


schedule("sales.recycle", recycle_leads, At("05:10"))


@job("sales.measure_stages")
def measure_stages(ctx: TaskContext) -> Mapping[str, Any]:
    """Measure how long deals and leads stay in each stage."""
    found = ageing.measure(ctx.check)
    with ctx.transaction():
        changed = ageing.keep(found, _("Usual time in stages"))
    return {"stages": changed}


schedule("sales.ageing", measure_stages, At("04:40"))

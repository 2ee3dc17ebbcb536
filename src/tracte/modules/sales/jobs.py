"""Background work of the sales module."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tracte.modules.sales import recycling
from tracte.records.tasks.api import At, TaskContext, job, schedule


@job("sales.recycle_leads")
def recycle_leads(ctx: TaskContext) -> Mapping[str, Any]:
    """Bring back the rejected leads whose day has come, chunk by chunk."""
    done = 0
    while True:
        ctx.check()
        moved = recycling.recycle_some(_("Leads taken up again"))
        if not moved:
            return {"leads": done}
        done += moved
        ctx.progress(done, done)


schedule("sales.recycle", recycle_leads, At("05:10"))

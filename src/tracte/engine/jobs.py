"""Background work of the engine: declared here, so that every worker knows it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tracte.engine import bulk, reindexing, undoing
from tracte.engine.importing import jobs as importing_jobs
from tracte.records import audit
from tracte.records import snapshot as snapshots
from tracte.records.tasks.api import At, Every, TaskContext, job, schedule

__all__ = ["bulk", "importing_jobs", "undoing", "write_search_text"]

LOOK_EVERY = timedelta(minutes=5)  # imports ask for it themselves; this catches what a crash left


@job(reindexing.JOB, time_limit=timedelta(hours=2), priority=5)
def write_search_text(ctx: TaskContext) -> Mapping[str, Any]:
    """Write the search text that imports left for later, chunk by chunk, until none waits."""
    done, total = 0, reindexing.waiting()
    records = 0
    while True:
        ctx.check()
        with ctx.transaction():
            written = reindexing.write_next()
            if written:
                done += 1
                records += written
                ctx.progress(done, max(total, done))
        if not written:
            return {"records": records}


schedule("search.text", write_search_text, Every(LOOK_EVERY))


@job("audit.forget")
def shorten_trail(ctx: TaskContext) -> Mapping[str, Any]:
    """Delete entries of the audit trail that are older than the company keeps them."""
    return {"entries": audit.forget(snapshots.current().company.get("audit_days"))}


schedule("audit.forget", shorten_trail, At("03:20"))

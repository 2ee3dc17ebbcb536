"""Rejected leads that come back on their day (GA-38)."""

from tracte.kernel.actor import OPERATOR
from tracte.modules.sales import stages
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.door import Op

CHUNK = 200


def recycle_some(title: str) -> int:
    """Bring back the first leads whose day has come; returns how many.

    They are new again, in the first stage of their pipeline, and remember the day and why they were rejected.
    """
    with snapshots.held() as snapshot:
        today = snapshot.context(OPERATOR).today
        where = {"all": [["status", "eq", "rejected"], ["recycle_on", "lte", today.isoformat()]]}
        rows = query.system_rows("lead").where(where)
        due = rows.read(rows.ids(CHUNK), ("pipeline",))
        ops = []
        for pk, values in due.items():
            first = stages.first_stage(values["pipeline"] or 0)
            back = {"recycle_on": None} | ({"stage": first, "recycled_on": today} if first else {})
            ops.append(Op(back, id=pk, version=values["version"], canonical=True))
        if not ops:
            return 0
        writer = door.begin(OPERATOR, "task", title, free=True)
        writer.write("lead", "update", ops)
        writer.finish()
        return len(ops)

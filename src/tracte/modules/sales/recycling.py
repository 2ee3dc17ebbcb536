"""Rejected leads that come back on their day (GA-38)."""

from tracte.kernel.actor import OPERATOR
from tracte.modules.sales import stages
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.door import Op

CHUNK = 200


def recycle_some(title: str, cursor: str | None = None) -> tuple[int, str | None]:
    """Bring back the next leads whose day has come.

    They are new again, in the first stage of their pipeline, and remember the day and why they were rejected. One that
    cannot be written now is tried again by the next run.

    :param cursor: where the last chunk ended.
    :returns: how many came back, and where the next chunk begins; ``None`` when none is left.
    """
    with snapshots.held() as snapshot:
        today = snapshot.context(OPERATOR).today
        due = ["recycle_on", "lte", today.isoformat()]
        rows = query.system_rows("lead").where({"all": [["status", "eq", "rejected"], due]})
        page = rows.page(("pipeline",), "id", cursor, CHUNK)
        if not page.rows:
            return 0, None
        ops = []
        for values in page.rows:
            first = stages.first_stage(values["pipeline"] or 0)
            back = {"recycle_on": None} | ({"stage": first, "recycled_on": today} if first else {})
            ops.append(Op(back, id=values["id"], version=values["version"], canonical=True))
        writer = door.begin(OPERATOR, "task", title, free=True, lenient=True)
        results = writer.write("lead", "update", ops)
        writer.finish()
        return sum(result.verdict == "updated" for result in results), page.next

"""How long deals and leads really stay in each stage, measured from the time spans kept of every move (SN-44).

What is kept is a count by whole days, not the spans themselves: the memory needed does not grow with the deals.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import decode
from tracte.modules.sales.stages import MOVING
from tracte.records import door
from tracte.records import snapshot as snapshots
from tracte.records.changes import FieldSpan
from tracte.records.door import Op

PERIOD = timedelta(days=365)
LEAST_DEALS = 5  # fewer say nothing about the usual
SLIP = timedelta(minutes=1)  # a card put down on the way was never there
CHUNK = 20_000


@dataclass(slots=True)
class Stays:
    """The stays in one stage.

    :ivar days: number of stays by their whole days. :ivar deals: the first few records seen, to tell if they suffice.
    """

    days: Counter[int] = field(default_factory=Counter)
    deals: set[int] = field(default_factory=set)

    def add(self, record: int, stay: timedelta) -> None:
        self.days[stay.days] += 1
        if len(self.deals) < LEAST_DEALS:
            self.deals.add(record)

    @property
    def usual(self) -> int | None:
        """The median in days, at least one; ``None`` with too few deals to tell."""
        return max(1, median(self.days)) if len(self.deals) >= LEAST_DEALS else None


def median(counts: Mapping[int, int]) -> int:
    """The lower median of values given as counts by value."""
    before, half = 0, (sum(counts.values()) + 1) // 2
    for value in sorted(counts):
        before += counts[value]
        if before >= half:
            return value
    return 0


def measure(check: Callable[[], None] = lambda: None) -> dict[int, Stays]:
    """The stays that ended in the last twelve months, by stage.

    :param check: called between chunks; may raise to stop.
    """
    found: dict[int, Stays] = {}
    fields, since_when, last = [f"{entity}.stage" for entity in MOVING], clock.now() - PERIOD, 0
    spans = FieldSpan.objects.filter(field__in=fields, until__gte=since_when, value__isnull=False).order_by("id")
    while chunk := spans.filter(id__gt=last).values_list("id", "record_id", "value", "since", "until")[:CHUNK]:
        check()
        for last, record, value, since, until in chunk:  # noqa: B007  # the last one is where the next chunk begins
            if value and until is not None and until - since >= SLIP:
                found.setdefault(decode(value), Stays()).add(record, until - since)
    return found


def keep(found: Mapping[int, Stays], title: str) -> int:
    """Write the usual days to the stages, as one change set; stages without enough deals have none.

    :returns: how many stages changed.
    """
    with snapshots.held() as snapshot:
        rows = snapshot.rows.get("stage", {}).values()
        ops = []
        for row in rows:
            usual = found[row["id"]].usual if row["id"] in found else None
            if row["deleted_at"] is None and row["kind"] == "open" and row["measured_days"] != usual:
                ops.append(Op({"measured_days": usual}, id=row["id"], canonical=True))
        if not ops:
            return 0
        writer = door.begin(OPERATOR, "task", title, free=True)
        results = writer.write("stage", "update", ops)
        writer.finish()
    return sum(result.verdict == "updated" for result in results)

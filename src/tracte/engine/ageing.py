"""How long records stand in the step of their path they are in now, against the time that is usual there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from tracte.records.changes import FieldSpan
from tracte.records.query import Rows


@dataclass(frozen=True, slots=True)
class Age:
    """Whole days in the step it is in now, and how many are usual there."""

    days: int
    usual: int

    @property
    def late(self) -> bool:
        return self.days > self.usual


def since_of(rows: Rows, field: str, ids: Sequence[int]) -> dict[int, date]:
    """Since when each record holds the value of ``field`` it has now, in the person's time zone; empty for a field
    that is not the path. One query.
    """
    if rows.spec.declaration.path != field or not ids:
        return {}
    zone = ZoneInfo(rows.context.timezone)
    spans = FieldSpan.objects.filter(field=f"{rows.spec.key}.{field}", record_id__one_of=ids, until__isnull=True)
    return {pk: moment.astimezone(zone).date() for pk, moment in spans.values_list("record_id", "since")}


def of(rows: Rows, page: Iterable[Mapping[str, Any]]) -> dict[int, Age]:
    """The ages of a page of records, by id: of those in a step with a usual time. One query, and none where the path
    is hidden from the actor or knows no usual time.

    :param page: values with ``id`` and the field of the path.
    """
    name = rows.spec.declaration.path
    if name is None or name not in rows.visible:
        return {}
    steps = rows.snapshot.rows.get(str(getattr(rows.visible[name], "to", "")), {})
    usual_days, usual = rows.spec.declaration.usual_days, {}
    for values in page:
        step = steps.get(values.get(name) or 0)
        days = usual_days(step) if step else None
        if days:
            usual[values["id"]] = days
    since, today = since_of(rows, name, list(usual)), rows.context.today
    return {pk: Age(max((today - day).days, 0), usual[pk]) for pk, day in since.items()}

"""The months, quarters and years that targets are set for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tracte.kernel.dates import add_months

MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar month, quarter or year.

    :param sort: ``month``, ``quarter`` or ``year``. :param first: its first day.
    """

    sort: str
    first: date

    @classmethod
    def around(cls, sort: str, day: date) -> "Period":
        """The period of a sort in which a day lies."""
        months = MONTHS[sort]
        return cls(sort, day.replace(day=1, month=(day.month - 1) // months * months + 1))

    @classmethod
    def of_year(cls, sort: str, year: int) -> list["Period"]:
        """The periods of a year in order."""
        return [cls(sort, date(year, month, 1)) for month in range(1, 13, MONTHS[sort])]

    @property
    def last(self) -> date:
        """Its last day."""
        if self.first.year == date.max.year and self.first.month + MONTHS[self.sort] > 12:
            return date.max
        return add_months(self.first, MONTHS[self.sort]) - timedelta(days=1)

    @property
    def code(self) -> str:
        """What it is called in every language: ``2026``, ``2026-Q4``, ``2026-11``."""
        if self.sort == "year":
            return f"{self.first.year}"
        if self.sort == "quarter":
            return f"{self.first.year}-Q{(self.first.month + 2) // 3}"
        return f"{self.first.year}-{self.first.month:02}"

    def gone(self, today: date) -> Decimal:
        """The share of the period that lies behind the end of ``today``, from 0 to 1."""
        days = (self.last - self.first).days + 1
        return Decimal(min(max((today - self.first).days + 1, 0), days)) / days

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def spread(total: Decimal, weights: Sequence[Decimal], unit: Decimal = Decimal(1)) -> list[Decimal]:
    """A total in parts that follow the weights and add up to it exactly.

    Each part is a whole number of units; the units left over go to the parts that lost most by rounding down (largest
    remainder), and what is less than a unit to the last part. Without any weight the parts are even.

    :param total: at least 0. :param weights: at least 0 each, one a part.
    """
    whole = sum(weights, Decimal(0))
    shares = [weight / whole for weight in weights] if whole > 0 else [Decimal(1) / len(weights)] * len(weights)
    units = int(total // unit)
    exact = [share * units for share in shares]
    parts = [int(one) for one in exact]
    by_loss = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in by_loss[: units - sum(parts)]:
        parts[at] += 1
    found = [part * unit for part in parts]
    found[-1] += total - sum(found)
    return found

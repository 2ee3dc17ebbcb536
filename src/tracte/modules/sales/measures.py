"""What targets are set for, each with the condition of the rows that count: one table, which a measure more extends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from tracte.meta.kinds.base import Label, Option
from tracte.meta.registry import registry
from tracte.modules.sales.periods import Period
from tracte.records.query import Rows


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing to reach.

    :param entity: whose rows count. :param day: the field whose day decides in which period a row counts.
    :param where: further conditions a row must meet. :param money: the money field that is summed; without it rows are
        counted. :param sort: the order in which the list shows the rows behind the figure.
    """

    key: str
    label: Label
    entity: str
    day: str
    where: tuple[Any, ...] = ()
    money: str = ""
    sort: str = ""

    @property
    def fields(self) -> Sequence[str]:
        """Fields one must see to read the figure."""
        return [self.day, *([self.money] if self.money else []), *(part[0].partition(".")[0] for part in self.where)]

    def readable(self, rows: Rows) -> bool:
        """Whether whoever reads the rows sees all the figure is made of."""
        return all(name in rows.visible for name in ("owner", "team", *self.fields))

    def counted(self, period: Period, currency: str = "") -> list[Any]:
        """The conditions of the rows that count in a period.

        :param currency: of a money measure: only amounts in it.
        """
        return [*self.within(period.first, period.last), *self.of_currency(currency)]

    def within(self, first: date, last: date) -> list[Any]:
        """The conditions of the rows that count from one day to another, in any currency."""
        return [*self.where, [self.day, "between", [first.isoformat(), last.isoformat()]]]

    def of_currency(self, currency: str) -> list[Any]:
        return [[f"{self.money}.currency", "eq", currency]] if self.money and currency else []

    @property
    def plural(self) -> str:
        """First word of the address of the list of these rows."""
        return registry()[self.entity].plural


WON = (["stage.kind", "eq", "won"],)
MEASURES = {
    measure.key: measure
    for measure in (
        Measure("won_amount", _("Won amount"), "opportunity", "closed_on", WON, money="amount", sort="-closed_on"),
        Measure("won_deals", _("Won deals"), "opportunity", "closed_on", WON, sort="-closed_on"),
        Measure("new_opportunities", _("New opportunities"), "opportunity", "created_at", sort="-created_at"),
        Measure("new_leads", _("New leads"), "lead", "created_at", sort="-id"),
    )
}
HUES = {"won_amount": "green", "won_deals": "teal", "new_opportunities": "blue", "new_leads": "violet"}
OPTIONS = [Option(key, measure.label, HUES.get(key, "stone")) for key, measure in MEASURES.items()]

"""Deals like this one that were won: those the reader may see, ranked by what they share (GA-41)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import encode
from tracte.kernel.money import Money
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records.query import Rows, reach

CANDIDATES = 100  # of each search: the latest
SHOWN = 5
FACTOR = 2
WEIGHTS = {"product": 4, "industry": 2, "type": 2, "amount": 1}
READ = (
    *("name", "account", "amount", "type", "product", "closed_on", "started_on", "created_at"),
    *("won_reason", "lost_detail"),
)


@dataclass(frozen=True, slots=True)
class Similar:
    """One deal that was won.

    :ivar shares: what it has in common, of :data:`WEIGHTS`. :ivar days: how long it took.
    """

    values: Mapping[str, Any]
    shares: tuple[str, ...]
    days: int | None

    @property
    def weight(self) -> int:
        return sum(WEIGHTS[one] for one in self.shares)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is looked for: the deal as its reader sees it."""

    values: Mapping[str, Any]
    products: frozenset[int]
    industry: str | None


def like(actor: Actor, record_id: int) -> list[Similar]:
    """The won deals most like one deal. As many queries for a few deals as for thousands.

    :raises NotFound: when the deal is not there for this actor.
    """
    rows = query.rows("opportunity", actor)
    deal = rows.get(record_id, ("amount", "type", "product", "account"))
    if "stage" not in rows.visible:
        return []
    sold = _products(actor, {record_id: deal})[record_id]
    looked = _Looked(deal, frozenset(sold), _industries(actor, [deal]).get(deal.get("account") or 0))
    found = _candidates(rows.where(["stage.kind", "eq", "won"]), actor, looked)
    found.pop(record_id, None)
    products, industries = _products(actor, found), _industries(actor, found.values())
    ranked = []
    for pk, values in found.items():
        shares = _shares(looked, values, products[pk], industries.get(values.get("account") or 0))
        if shares:
            ranked.append(Similar(values, shares, _days(values)))
    ranked.sort(key=lambda one: (one.weight, str(one.values.get("closed_on") or ""), one.values["id"]), reverse=True)
    return ranked[:SHOWN]


def _candidates(won: Rows, actor: Actor, looked: _Looked) -> dict[int, dict[str, Any]]:
    """Won deals that share something, by id: the latest of the same products, and the latest of the rest."""
    same_product: list[Any] = []
    rest: list[Any] = []
    ids = [encode(one) for one in looked.products]
    if ids and "product" in won.visible:
        same_product.append(["product", "in", ids])
    lines = actor.may("opportunity_line", "view") and not actor.hides("opportunity_line", "opportunity")
    if ids and lines and not actor.hides("opportunity_line", "product"):
        same_product.append(["opportunity_lines", "any", ["product", "in", ids]])
    if looked.values.get("type") is not None:
        rest.append(["type", "eq", won.visible["type"].to_json(looked.values["type"])])
    if looked.industry is not None:
        rest.append(["account.industry", "eq", looked.industry])
    amount: Money | None = looked.values.get("amount")
    if amount is not None and amount.amount > 0:
        least, most = amount * (Decimal(1) / FACTOR), amount * FACTOR
        rest.append({"all": [["amount", "gte", least], ["amount", "lte", most]]})
    found: dict[int, dict[str, Any]] = {}
    for ways in filter(None, (same_product, rest)):
        page = won.where({"any": ways}).page(READ, "-id", limit=CANDIDATES)
        found.update((row["id"], row) for row in page.rows)
    return found


def _shares(looked: _Looked, values: Mapping[str, Any], products: set[int], industry: str | None) -> tuple[str, ...]:
    kind, amount = looked.values.get("type"), values.get("amount")
    same = {
        "product": bool(looked.products & products),
        "industry": industry is not None and industry == looked.industry,
        "type": kind is not None and values.get("type") == kind,
        "amount": _near(looked.values.get("amount"), amount),
    }
    return tuple(name for name in WEIGHTS if same[name])


def _near(one: Money | None, other: Money | None) -> bool:
    """Whether two amounts of one currency are within the factor."""
    if one is None or other is None or one.currency != other.currency or min(one.amount, other.amount) <= 0:
        return False
    return max(one.amount, other.amount) <= FACTOR * min(one.amount, other.amount)


def _products(actor: Actor, deals: Mapping[int, Mapping[str, Any]]) -> dict[int, set[int]]:
    """The products of some deals: their own, and those of their lines."""
    found = {pk: {values["product"]} if values.get("product") else set() for pk, values in deals.items()}
    spec = registry()["opportunity_line"]
    hidden = actor.hides(spec.key, "opportunity") or actor.hides(spec.key, "product")
    if not found or hidden or reach(spec, actor, "view") is Level.NONE:
        return found
    rows = query.rows(spec.key, actor)
    ids = [pk for lines in rows.find("opportunity", found).values() for pk in lines]
    for line in rows.read(ids, ("opportunity", "product")).values() if ids else ():
        if line["product"]:
            found[line["opportunity"]].add(line["product"])
    return found


def _industries(actor: Actor, deals: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """The industries of the deals' accounts, by account."""
    accounts = {values["account"] for values in deals if values.get("account")}
    spec = registry()["account"]
    if not accounts or actor.hides(spec.key, "industry") or not actor.may(spec.key, "view"):
        return {}
    held = query.rows(spec.key, actor).read(accounts, ("industry",))
    return {pk: values["industry"] for pk, values in held.items() if values["industry"]}


def _days(values: Mapping[str, Any]) -> int | None:
    """From the first day of the deal to the day it was won; ``None`` when it was written down afterwards."""
    closed, created = values.get("closed_on"), values.get("created_at")
    begun = values.get("started_on") or (created.date() if created else None)
    return (closed - begun).days if closed and begun and closed > begun else None

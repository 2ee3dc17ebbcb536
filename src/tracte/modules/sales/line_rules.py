"""What follows from what on the lines of a deal, and what a deal is worth by its lines. Each rule takes a bulk.

The sums of a deal are worked out by one write after the other: a write of lines locks the deals they belong to first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tracte.kernel.actor import Actor
from tracte.kernel.money import Money
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.kinds.numbers import BIGGEST_DECIMAL
from tracte.records import query

# Fields a line takes from its product, and where else each of them is told.
TAKEN = {
    "name": ("name", ()),
    "unit": ("unit", ()),
    "price": ("price", ("amount",)),
    "cost": ("cost", ("cost_estimated",)),
}
SUMS = {"amount": "amount", "cost_estimated": "cost_total"}  # field of the deal → field of the line
READ = ("opportunity", "position", "price", "cost", "amount", "cost_total")
STEP = 10  # between two positions, so that one can come between them


def has_lines(values: Mapping[str, Any]) -> bool:
    """Whether a deal, given its values, has lines."""
    return bool(values.get("line_count"))


@dataclass(slots=True)
class Total:
    """What the lines of one deal hold together.

    :ivar sums: by field of the deal; a field none of the lines has a value for is left out.
    """

    count: int = 0
    last: int = 0
    currencies: set[str] = field(default_factory=set)
    sums: dict[str, Money] = field(default_factory=dict)

    def add(self, line: Mapping[str, Any]) -> None:
        """:raises MixedCurrencies: when the line is in another currency than those before."""
        self.count += 1
        self.last = max(self.last, line.get("position") or 0)
        self.currencies |= {line[name].currency for name in ("price", "cost") if line.get(name) is not None}
        for name, source in SUMS.items():
            part = line.get(source)
            if part is not None:
                self.sums[name] = self.sums[name] + part if name in self.sums else part


def totals(deals: Iterable[int], without: Iterable[int] = ()) -> dict[int, Total]:
    """The lines of some deals together, as they are stored now.

    :param without: lines left out.
    """
    rows, wanted = query.system_rows("opportunity_line"), {one for one in deals if one}
    found = {deal: Total() for deal in wanted}
    ids = {pk for lines in rows.find("opportunity", wanted).values() for pk in lines} if wanted else set()
    for line in rows.read(ids.difference(without), READ).values() if ids else ():
        found[line["opportunity"]].add(line)
    return found


# -- of one line -----------------------------------------------------------------------------------------------------
def take_from_product(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """A line whose product is chosen takes from it what nobody gave: name, unit, price, and cost in that currency."""
    chosen = [draft for draft in drafts if draft.values.get("product") and draft.changed("product")]
    products = env.rows("product", {draft.values["product"] for draft in chosen}) if chosen else {}
    for draft in chosen:
        product = products.get(draft.values["product"])
        if product is None:
            continue
        for name, (source, told) in TAKEN.items():
            open_to_fill = draft.values.get(name) is None if draft.created else not draft.changed(name)
            if open_to_fill and _may_take(env.actor, source, name, told):
                draft.values[name] = product[source]
        price, cost = draft.values.get("price"), draft.values.get("cost")
        if price and cost and cost == product["cost"] and cost.currency != price.currency:
            draft.values["cost"] = None


def _may_take(actor: Actor, source: str, name: str, told: Sequence[str]) -> bool:
    """What somebody may not see of a product is not told by its lines either."""
    if not actor.hides("product", source):
        return True
    return actor.hides("opportunity_line", name) and all(actor.hides("opportunity", one) for one in told)


def put_in_order(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """A new line comes after the others of its deal, unless it was given a place."""
    new = [d for d in drafts if d.values.get("opportunity") and (d.created or d.changed("opportunity"))]
    waiting = [d for d in new if d.values.get("position") is None or (not d.created and not d.changed("position"))]
    if not waiting:
        return
    env.lock("opportunity", deals_of(drafts))
    held = totals({draft.values["opportunity"] for draft in waiting})
    last = {deal: total.last for deal, total in held.items()}
    for draft in new:
        deal = draft.values["opportunity"]
        if draft not in waiting:
            last[deal] = max(last.get(deal, 0), draft.values["position"])
    for draft in waiting:
        deal = draft.values["opportunity"]
        last[deal] += STEP
        draft.values["position"] = last[deal]


def reckon(drafts: Sequence[Draft]) -> None:
    """Amount = quantity × price less the discount, cost = quantity × cost, in the currency's smallest unit."""
    for draft in drafts:
        values = draft.values
        quantity, share = values.get("quantity"), 1 - (values.get("discount") or Decimal(0)) / 100
        values["amount"] = _times(values.get("price"), quantity, share)
        values["cost_total"] = _times(values.get("cost"), quantity, Decimal(1))


def _times(each: Money | None, quantity: Decimal | None, share: Decimal) -> Money | None:
    """``None`` also for what no column holds; :func:`check_each` says so."""
    if each is None or quantity is None:
        return None
    whole = each * quantity * share
    return whole.rounded() if abs(whole.amount) <= BIGGEST_DECIMAL else None


def check_each(drafts: Sequence[Draft]) -> None:
    """A line says what it is, and neither price nor cost is below nothing or beyond all bounds."""
    for draft in drafts:
        values = draft.values
        if not values.get("name") and (draft.created or draft.changed("name")):
            draft.problem("name", "required")
        for name, total in (("price", "amount"), ("cost", "cost_total")):
            each = values.get(name)
            if each is None or not (draft.changed(name) or draft.changed("quantity")):
                continue
            if each.amount < 0:
                draft.problem(name, "too_small", min=0)
            elif values.get("quantity") and values.get(total) is None:
                draft.problem(name, "line_too_big")


# -- of the deal -----------------------------------------------------------------------------------------------------
def deals_of(drafts: Sequence[Draft]) -> set[int]:
    """The deals the lines are in or come from."""
    held = {draft.values.get("opportunity") for draft in drafts} | {draft.before.get("opportunity") for draft in drafts}
    return {int(one) for one in held if one}


def check_deals(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """All lines of a deal are in one currency, and together they are an amount that can be kept."""
    touched = [draft for draft in drafts if draft.verb == "restore" or any(draft.changed(name) for name in READ)]
    if not touched:
        return
    env.lock("opportunity", deals_of(touched))
    held = totals(deals_of(touched), {draft.id for draft in drafts})
    for draft in drafts:
        total = held.get(draft.values.get("opportunity") or 0)
        if total is None or draft.refused:
            continue
        known = set(total.currencies)
        for name in ("price", "cost"):
            each = draft.values.get(name)
            if each is not None and known and each.currency not in known:
                draft.problem(name, "line_currency", currency=min(known))
            elif each is not None:
                known = {each.currency}
        if not draft.refused:
            total.add(draft.values)
            if any(abs(one.amount) > BIGGEST_DECIMAL for one in total.sums.values()):
                draft.problem("price", "line_too_big")


def settle_deals(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """Deals count and add up their lines anew, in the same change set. A deal in the bin does when it is taken out."""
    moved = [d for d in drafts if d.verb in ("delete", "restore") or any(d.changed(name) for name in READ)]
    live = env.lock("opportunity", deals_of(moved))
    env.update_all("opportunity", {deal: {"line_count": total.count or None} for deal, total in totals(live).items()})


def add_up(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """The amount and the estimated cost of a deal are the sums of its lines, as far as these have any.

    A deal whose last line goes keeps what it was worth.
    """
    asked = [d for d in drafts if not d.created and ("line_count" in d.given or d.verb == "restore" or _by_hand(d))]
    for draft, total in _with_totals(asked):
        draft.values["line_count"] = total.count or None
        draft.values.update(total.sums)


def refuse_by_hand(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """What the lines make is not changed by hand; an import is told so and goes on."""
    asked = [draft for draft in drafts if not draft.created and "line_count" not in draft.given and _by_hand(draft)]
    for draft, total in _with_totals(asked):
        tell = draft.warn if env.lenient else draft.problem
        for name in total.sums.keys() & draft.given:
            if draft.changed(name) and draft.values.get(name) != total.sums[name]:
                tell(name, "made_by_lines")


def _by_hand(draft: Draft) -> bool:
    return has_lines(draft.before) and any(draft.changed(name) for name in SUMS)


def _with_totals(drafts: Sequence[Draft]) -> list[tuple[Draft, Total]]:
    found = totals(draft.id for draft in drafts)
    return [(draft, found[draft.id]) for draft in drafts]

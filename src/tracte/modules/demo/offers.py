"""What the demo firm's deals are made of: lines with quantity and discount, and the people who have a say.

Drawn apart from the rest of the story (each deal has dice of its own), so that the story stays the same around it.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from tracte.kernel.money import Money
from tracte.modules.demo.names import GOODS, Good
from tracte.modules.demo.story import WRITTEN_UP, Diary, Event, To

if TYPE_CHECKING:
    from tracte.modules.demo.deals import Deal

WITH_LINES, WITH_PEOPLE = 0.6, 0.7
PEOPLE_DAYS = 300  # who has a say is written down since then
POUND = Decimal("0.86")
DISCOUNTS = (0, 0, 0, 3, 5, 8)
LESS = 4  # percent that a talk about the price costs
SERVICES = tuple(good for good in GOODS if good.kind == "service" or good.unit == "year")
HANDS = {"day": (2, 12), "year": (1, 2), "set": (1, 1), "metre": (8, 40), "piece": (1, 3)}
ROLES = ("decision_maker", "influencer", "champion", "user", "buyer", "technical", "blocker")
WISHES = {
    "decision_maker": "Signs up to the budget of the year; wants to see a plant that runs.",
    "champion": "Asked for us by name. Keep him up to date before each meeting.",
    "buyer": "Compares three offers. Wants the discount in writing.",
    "technical": "Needs the drawings and the interface list before he says yes.",
    "blocker": "Had bad luck with a supplier once and would rather wait a year.",
}


def dice(deal: "Deal", what: str) -> Random:
    """Dice of a deal's own."""
    return Random(f"{what} {deal.handle}")  # noqa: S311  # a story, no secret


def offer(diary: Diary, deal: "Deal", at: datetime) -> bool:
    """Write the offer down line by line; from now on the lines make the deal's amount and cost.

    :returns: whether this deal has lines.
    """
    rng = dice(deal, "lines")
    if rng.random() > WITH_LINES or not diary.past(at):
        return False
    currency = deal.amount.currency
    rate = POUND if currency == "GBP" else Decimal(1)
    goods = [deal.good, *rng.sample([one for one in SERVICES if one.sku != deal.good.sku], rng.choice((0, 1, 1, 2)))]
    amount = cost = Money(Decimal(0), currency)
    for place, good in enumerate(goods, 1):
        price, each = (Money((Decimal(one) * rate).quantize(Decimal(1)), currency) for one in (good.price, good.cost))
        quantity = _quantity(rng, deal, good, price) if place == 1 else Decimal(rng.randint(*HANDS[good.unit]))
        discount = Decimal(rng.choice(DISCOUNTS)) if place == 1 else Decimal(0)
        values = {
            "opportunity": To(deal.handle),
            "product": To(f"product/{good.sku}"),
            "position": place * 10,
            "quantity": quantity,
            "price": price,
            "cost": each,
            "discount": discount or None,
        }
        handle = f"line/{deal.handle}/{place}"
        bulk = f"{WRITTEN_UP} {deal.handle} lines"
        diary.add(Event(at, deal.who, "opportunity_line", "create", handle, values, bulk))
        whole = price * quantity
        amount, cost = amount + (whole * (1 - discount / 100)).rounded(), cost + each * quantity
        deal.discount = discount if place == 1 else deal.discount
    deal.amount, deal.first_line = amount, f"line/{deal.handle}/1"
    deal.written["cost_estimated"] = cost
    return True


def _quantity(rng: Random, deal: "Deal", good: Good, price: Money) -> Decimal:
    """As many as the guess at the amount was about."""
    most = HANDS[good.unit][1] if good.unit != "metre" else 90
    guess = int(deal.amount.amount / price.amount * Decimal(str(round(rng.uniform(0.85, 1.05), 2))))
    return Decimal(max(1, min(guess, most)))


def come_down(diary: Diary, deal: "Deal", at: datetime) -> None:
    """The customer wants it cheaper: the first line gets a higher discount."""
    deal.discount += LESS
    diary.add(Event(at, deal.who, "opportunity_line", "update", deal.first_line, {"discount": deal.discount}))


def introduce(diary: Diary, deal: "Deal", at: datetime) -> None:
    """Who has a say in it: the person one talks to, and one or two more of the firm."""
    rng = dice(deal, "people")
    if rng.random() > WITH_PEOPLE or at < diary.now - timedelta(days=PEOPLE_DAYS):
        return
    others = [one for one in deal.firm.met(at) if one.handle != deal.contact.handle]
    chosen = [deal.contact, *rng.sample(others, min(len(others), rng.choice((0, 1, 1, 2))))]
    roles = rng.sample(ROLES, len(chosen))
    for place, (one, role) in enumerate(zip(chosen, roles, strict=True)):
        values = {"opportunity": To(deal.handle), "contact": To(one.handle), "role": role, "note": WISHES.get(role)}
        handle = f"part/{deal.handle}/{place}"
        bulk = f"{WRITTEN_UP} {deal.handle} people"
        diary.add(Event(at + timedelta(minutes=7), deal.who, "opportunity_contact", "create", handle, values, bulk))

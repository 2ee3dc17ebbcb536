"""The demo firm's deals: how each goes from the first talk to the order or the refusal."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tracte.kernel.money import Money
from tracte.modules.demo import offers
from tracte.modules.demo.customers import ORIGINS, Firm, Someone
from tracte.modules.demo.names import GOODS, NEXT_STEPS, OCCASIONS, Good
from tracte.modules.demo.names import LOST_WORDS as LOST
from tracte.modules.demo.notes import Scene, write_note
from tracte.modules.demo.story import Diary, Event, To

DEALS = 260
PATH = (("new", 7), ("qualified", 14), ("proposal", 14), ("negotiation", 14), ("verbal_yes", 7))
SLOWNESS = 1.25
WIN_SHARE = 0.45
# Of the deals begun some months ago every fourth has stalled; the last ones are too young for it.
STALL_AMONG, STALL_NOT_LAST, STALL_EVERY = 80, 24, 4
QUANTITY = {"metre": (14, 90), "day": (4, 25), "piece": (1, 5), "set": (1, 1), "year": (1, 3)}
LOST_STAGE = (0, 1, 1, 2, 2, 2, 2, 3, 3, 4)
WON = ("quality", "fits", "best_price", "advice", "after_sales", "knows_us", "knows_us", "recommended", "trust")
DONE = {"proposal": ("site",), "negotiation": ("delivery", "site"), "verbal_yes": ("delivery", "reference", "site")}
POSITIONS = ("ahead", "level", "unknown", "ahead", "behind")
WHY_EVERY = 4  # every fourth winner forgets to say why
FINER = {"price": "too_expensive", "competitor": "stayed"}
TYPES = ("new_business", "new_business", "expansion", "replacement", "renewal", "pilot")


@dataclass(slots=True)
class Deal:
    """One deal while it is being told."""

    handle: str
    firm: Firm
    good: Good
    contact: Someone
    at: datetime
    amount: Money
    stage: str = "new"
    closed: str = ""
    written: dict[str, Any] = field(default_factory=dict)  # fields as they stand
    first_line: str = ""  # handle of its main line, once it has lines
    discount: Decimal = Decimal(0)  # of that line

    @property
    def number(self) -> int:
        return int(self.handle.partition("/")[2])

    @property
    def who(self) -> str:
        return self.firm.keeper


def tell(diary: Diary, firms: list[Firm]) -> list[Deal]:
    """Every deal from its first day to today. A dozen and a half have stalled, and nobody has noticed yet."""
    known = [firm for firm in firms if firm.people]
    deals = []
    for number in range(DEALS):
        deal = _begin(diary, known, number)
        if deal is None:
            continue
        stalls = DEALS - STALL_AMONG <= number < DEALS - STALL_NOT_LAST and number % STALL_EVERY == 0
        stalls_at = diary.rng.choice((0, 1, 1, 2)) if stalls else None
        _walk(diary, deal, stalls_at)
        deals.append(deal)
    return deals


def _begin(diary: Diary, firms: list[Firm], number: int) -> Deal | None:
    rng = diary.rng
    share = (number + rng.random()) / DEALS
    day = diary.start + timedelta(days=round(6 + 540 * share**0.82))  # business grows: later months have more
    at = diary.moment(day)
    ready = [firm for firm in firms if firm.met(at)]
    if not ready or not diary.past(at):
        return None
    firm = rng.choice(ready)
    good = rng.choice(GOODS)
    deal = Deal(f"deal/{number}", firm, good, rng.choice(firm.met(at)), at, _amount(diary, good, firm))
    need = good.needs
    name = rng.choice(OCCASIONS).format(need=need, place=firm.town)
    values: dict[str, Any] = {
        "name": name[0].upper() + name[1:],
        "account": To(firm.handle),
        "contact": To(deal.contact.handle),
        "stage": To("stage/new"),
        "product": To(f"product/{good.sku}"),
        "type": To(f"type/{'service' if good.kind == 'service' else rng.choice(TYPES)}"),
        "origin": rng.choice(ORIGINS),
        "owner": To(f"user/{firm.owner}"),
        "team": To(f"team/{firm.team}"),
        "objective": rng.choice(_OBJECTIVES),
        **_next_step(diary, "new", at),
    }
    if rng.random() < 0.7:
        values["amount"] = deal.amount
    if rng.random() < 0.75:
        values["closes_on"] = at.date() + timedelta(days=rng.randint(45, 120))
    if rng.random() < 0.2:
        values["tags"] = tuple(rng.sample(("tender", "urgent", "two sites", "cold store"), k=1))
    diary.add(Event(at, deal.who, "opportunity", "create", deal.handle, values))
    deal.written = dict(values)
    write_note(diary, Scene("first", deal.who, at, firm, deal.contact, deal.handle, good.needs))
    return deal


_OBJECTIVES = (
    "Ship twice as much from the same hall",
    "No more hand stacking on the night shift",
    "Fewer damaged pallets before the customer complains",
    "Stay inside the cold store no longer than needed",
    "Know where every pallet is without asking",
    "Replace a line nobody makes parts for",
)


def _amount(diary: Diary, good: Good, firm: Firm) -> Money:
    low, high = QUANTITY[good.unit]
    total = Decimal(good.price * diary.rng.randint(low, high)) * Decimal(str(round(diary.rng.uniform(0.94, 1.3), 2)))
    currency = "GBP" if firm.country == "GB" else "EUR"
    if currency == "GBP":
        total *= offers.POUND
    return Money((total / 100).quantize(Decimal(1)) * 100, currency)


def _next_step(diary: Diary, stage: str, at: datetime, days: tuple[int, int] = (2, 11)) -> dict[str, Any]:
    day = at.date() + timedelta(days=diary.rng.randint(*days))
    while day.weekday() > 4:
        day += timedelta(days=1)
    return {"next_step": diary.rng.choice(NEXT_STEPS[stage]), "next_step_on": day}


def _walk(diary: Diary, deal: Deal, stalls_at: int | None) -> None:
    """From stage to stage until the end, until today, or until it stalls."""
    rng = diary.rng
    wins = stalls_at is None and rng.random() < WIN_SHARE
    leaves_at = len(PATH) - 1 if wins else rng.choice(LOST_STAGE)
    at = deal.at
    for place, (stage, usual) in enumerate(PATH):
        if place and not _enter(diary, deal, stage, at):
            return _rest(diary, deal)
        if stalls_at == place:
            return _stall(diary, deal, at)
        stay = usual * SLOWNESS * rng.lognormvariate(0, 0.55) + 0.4
        until = diary.moment(at.astimezone(diary.now.tzinfo).date() + timedelta(days=max(1, round(stay))), at)
        _talk(diary, deal, stage, at, until)
        at = until
        if place == leaves_at:
            break
    if not (_win(diary, deal, at) if wins else _lose(diary, deal, at)):
        _rest(diary, deal)
    return None


def _judged(deal: Deal, stage: str) -> dict[str, Any]:
    """What the seller knows when the deal comes to a stage: what is done, how the buyer and the others stand."""
    if stage not in DONE:
        return {}
    values: dict[str, Any] = {"checked": DONE[stage], "our_position": POSITIONS[deal.number % len(POSITIONS)]}
    if stage == "verbal_yes":
        values["buyer_decided"] = "decided"
    elif stage == "negotiation":
        values["buyer_decided"] = "leaning" if deal.number % 3 else "open"
        if deal.number % 2 == 0:
            values["probability"] = Decimal(40 if deal.number % 4 else 85)  # somebody knows better than the stage
    return values


def _enter(diary: Diary, deal: Deal, stage: str, at: datetime) -> bool:
    rng, cheaper = diary.rng, False
    values: dict[str, Any] = {"stage": To(f"stage/{stage}"), **_next_step(diary, stage, at)}
    if "amount" not in deal.written:
        values["amount"] = deal.amount
    elif stage == "negotiation" and rng.random() < 0.5:  # the price comes down a little
        cheaper = True
    if cheaper and not deal.first_line:
        less = (deal.amount.amount * Decimal("0.96") / 100).quantize(Decimal(1)) * 100
        deal.amount = Money(less, deal.amount.currency)
        values["amount"] = deal.amount
    values |= _judged(deal, stage)
    closes = deal.written.get("closes_on")
    if closes is None or closes <= at.date():
        values["closes_on"] = at.date() + timedelta(days=rng.randint(14, 60))
    if stage == "proposal":
        cost = (deal.amount.amount * Decimal(rng.randint(58, 79)) / 100).quantize(Decimal(1))
        values["cost_estimated"] = Money(cost, deal.amount.currency)
    if not diary.add(Event(at, deal.who, "opportunity", "update", deal.handle, values)):
        return False
    deal.stage = stage
    deal.written |= values
    if stage == "qualified":
        offers.introduce(diary, deal, at)
    elif stage == "proposal":
        offers.offer(diary, deal, at + timedelta(minutes=3))
    elif cheaper and deal.first_line:
        offers.come_down(diary, deal, at + timedelta(minutes=3))
    return True


def _talk(diary: Diary, deal: Deal, stage: str, start: datetime, end: datetime) -> None:
    """Notes between two stages."""
    kind = "late" if stage in ("negotiation", "verbal_yes") else "middle"
    for _ in range(diary.rng.choice((0, 0, 1, 1))):
        at = start + (end - start) * diary.rng.uniform(0.2, 0.9)
        write_note(
            diary,
            Scene(
                kind, deal.who, diary.moment(at.date(), start), deal.firm, deal.contact, deal.handle, deal.good.needs
            ),
        )


def _win(diary: Diary, deal: Deal, at: datetime) -> bool:
    why = {"won_reason": WON[deal.number % len(WON)]} if deal.number % WHY_EVERY else {}
    if not diary.add(Event(at, deal.who, "opportunity", "win", deal.handle, why)):
        return False
    deal.closed = "won"
    if not deal.firm.customer:
        deal.firm.customer = True
        diary.add(
            Event(at + timedelta(minutes=3), deal.who, "account", "update", deal.firm.handle, {"kind": "customer"})
        )
    write_note(
        diary, Scene("won", deal.who, at + timedelta(minutes=9), deal.firm, deal.contact, deal.handle, deal.good.needs)
    )
    if "cost_estimated" in deal.written:
        planned: Money = deal.written["cost_estimated"]
        real = (planned.amount * Decimal(diary.rng.randint(94, 112)) / 100).quantize(Decimal(1))
        day = at.date() + timedelta(days=diary.rng.randint(40, 75))
        values = {"cost_real": Money(real, planned.currency), "next_step": None, "next_step_on": None}
        diary.add(Event(diary.moment(day), deal.who, "opportunity", "update", deal.handle, values))
    return True


def _lose(diary: Diary, deal: Deal, at: datetime) -> bool:
    reason = diary.rng.choice([*LOST, "price", "price", "no_decision", "competitor"])
    values = {"lost_reason": FINER.get(reason, reason) if deal.number % 2 else reason, "lost_detail": LOST[reason]}
    if not diary.add(Event(at, deal.who, "opportunity", "lose", deal.handle, values)):
        return False
    deal.closed = "lost"
    if diary.rng.random() < 0.6:
        write_note(
            diary,
            Scene("lost", deal.who, at + timedelta(minutes=11), deal.firm, deal.contact, deal.handle, deal.good.needs),
        )
    return True


def _rest(diary: Diary, deal: Deal) -> None:
    """An open deal as it stands today: most have a next step ahead, some today, some late, some none."""
    rng = diary.rng
    back = rng.choice((1, 1, 2, 3, 4, 6, 8))
    at = diary.moment(diary.today - timedelta(days=back), deal.at)
    at = max([at, *(event.at + timedelta(minutes=20) for event in diary.events if event.handle == deal.handle)])
    values: dict[str, Any] = {"next_step": rng.choice(NEXT_STEPS[deal.stage]), "next_step_on": _due(diary)}
    if values["next_step_on"] is None:
        values["next_step"] = None
    closes: date | None = deal.written.get("closes_on")
    if closes is not None and closes < diary.today + timedelta(days=3) and rng.random() < 0.8:
        values["closes_on"] = diary.today + timedelta(days=rng.randint(6, 80))
    diary.add(Event(at, deal.who, "opportunity", "update", deal.handle, values))


def _due(diary: Diary) -> date | None:
    """When the next step of an open deal falls: the shares that make a believable morning."""
    draw = diary.rng.random()
    if draw < 0.14:
        return None
    days = (
        -diary.rng.choice((1, 1, 2, 3, 5))
        if draw < 0.28
        else 0
        if draw < 0.42
        else 1
        if draw < 0.5
        else diary.rng.randint(2, 21)
    )
    day = diary.today + timedelta(days=days)
    while days > 1 and day.weekday() > 4:
        day += timedelta(days=1)
    return day


def _stall(diary: Diary, deal: Deal, at: datetime) -> None:
    """Nothing more is heard of it; few of these keep a next step long overdue, most have none."""
    if diary.rng.random() < 0.75:
        later = at + timedelta(days=2, minutes=17)
        diary.add(
            Event(later, deal.who, "opportunity", "update", deal.handle, {"next_step": None, "next_step_on": None})
        )

"""The demo firm's leads: who asked, who was called back, what became of it.

Leads come from the website, from two fairs a year (a list each time), from customers who mention us, and by telephone.
Some become the first page of a deal that is told in :mod:`tracte.modules.demo.deals`; most are rejected with a reason,
a few of them come back on a day; the last weeks' are still open, and some wait in the queue for somebody to take them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tracte.kernel.fold import fold
from tracte.kernel.money import Money
from tracte.meta.kinds.address import PostalAddress
from tracte.modules.demo.customers import FIRST_NAMES, LAST_NAMES, MOBILE, PLACES, PREFIX, phone
from tracte.modules.demo.deals import Deal
from tracte.modules.demo.names import GOODS, OCCASIONS
from tracte.modules.demo.story import Diary, Event, To

CONVERTED_EVERY = 5
STRANGERS = 110
CAME_BACK = 12  # days ago; whoever came back earlier has been worked on since and is told without it
OPEN_DAYS = 45  # leads younger than this are still worked on
FAIRS = (40, 205, 385, 541)  # days of the story, each with a list of visitors
VISITORS = 9
TRADES = {
    "ES": ("Conserves {}", "Forn {}", "Caves {}", "Olis {}", "Embotits {}", "Làctics {}", "Tallers {}", "Logística {}"),
    "PT": ("Conservas {}", "Moagem {}", "Lacticínios {}"),
    "RO": ("Moara {}", "Lactate {}", "Conserve {}", "Depozit {}"),
    "GB": ("{} Brewery", "{} Bakeries", "{} Foods", "{} Cold Store"),
}
KEEPERS = {"ES": ("laia", "iberia"), "PT": ("laia", "iberia"), "RO": ("ioana", "romania"), "GB": ("jordi", "uk")}
CHECKLIST = ("has_need", "has_budget", "knows_decider", "has_timing")
REASONS = {
    "no_need": "They only compared prices for a report.",
    "no_budget": "The investment was moved to next year.",
    "later": "They move to a new hall first. Ask again then.",
    "not_a_fit": "Far too small a hall for a shuttle.",
    "unreachable": "Five calls at different hours, two mails, no answer.",
    "not_interested": "Had filled in the form for a colleague who has left.",
    "competitor": "Signed with Beltway Systems before we called.",
    "bad_data": "The number belongs to a hairdresser.",
}
TALKED = (
    "Called back the same day. They load by hand and lose a morning a week.",
    "Friendly, but the decision lies with the owner, who is back on Thursday.",
    "Sent the two references they asked for. They know one of the firms.",
    "They have a drawing of the hall and will send it.",
    "Budget is approved for this year if delivery is before the season.",
)
STEPS = ("Call back", "Send references", "Ask for the drawing", "Find out who decides", "Agree a visit")


@dataclass(slots=True)
class Person:
    """Somebody who asked. :param team: key of the demo firm's team that works where they are."""

    first: str
    last: str
    company: str
    country: str
    town: str
    who: str
    team: str
    values: dict[str, Any] = field(default_factory=dict)


def tell(diary: Diary, deals: Sequence[Deal]) -> None:
    """Every lead from the first call to what became of it."""
    _rules(diary)
    _tell_deals_beginnings(diary, deals)
    for number in range(STRANGERS):
        share = (number + diary.rng.random()) / STRANGERS
        _tell_stranger(diary, f"lead/{number}", diary.start + timedelta(days=round(12 + 534 * share**0.5)))
    for number, days in enumerate(FAIRS):
        _tell_fair(diary, number, diary.start + timedelta(days=days))
    for back in range(CAME_BACK, -1, -1):  # what the daily job does for those whose day came lately
        at = datetime.combine(diary.today - timedelta(days=back), datetime.min.time(), diary.now.tzinfo)
        diary.add(Event(at + timedelta(hours=5, minutes=10), "operator", "lead", "recycle", f"recycle/{back}", {}))


def _rules(diary: Diary) -> None:
    """The owner says who gets what comes in without a name."""
    at = diary.moment(diary.start + timedelta(days=4))
    rules: list[dict[str, Any]] = [
        {"name": "România to Ioana", "country": "RO", "mode": "fixed", "to_user": To("user/ioana")},
        {"name": "United Kingdom", "country": "GB", "mode": "queue", "to_team": To("team/uk")},
        {"name": "Trade fairs to the queue", "origins": ("fair",), "mode": "queue", "to_team": To("team/iberia")},
    ]
    for place, values in enumerate(rules, 1):
        given = {**values, "position": place * 10, "active": True}
        diary.add(Event(at, "nuria", "assignment_rule", "create", f"rule/lead{place}", given))


# -- those that became a deal ----------------------------------------------------------------------------------------
def _tell_deals_beginnings(diary: Diary, deals: Sequence[Deal]) -> None:
    contacts = {e.handle: e.values for e in diary.events if e.entity == "contact" and e.verb == "create"}
    accounts = {e.handle: e.values for e in diary.events if e.entity == "account" and e.verb == "create"}
    begun = [deal for deal in deals if deal.at > diary.moment(diary.start + timedelta(days=30))]
    for number, deal in enumerate(begun[::CONVERTED_EVERY]):
        known = contacts[deal.contact.handle]
        handle, firm = f"lead/deal{number}", deal.firm
        asked = diary.moment(deal.at.date() - timedelta(days=diary.rng.randint(4, 21)))
        if asked >= deal.at or deal.who not in ("laia", "ioana", "jordi", "nuria"):
            continue
        values = {
            "first_name": known["first_name"],
            "last_name": known["last_name"],
            "company": firm.name,
            "email": known["email"] or accounts[firm.handle].get("email") or f"info@{firm.domain}",
            "phone": known["phone"],
            "origin": diary.rng.choice(("website", "customer", "referral", "inbound_call")),
            "interest": _wish(diary, firm.town),
            "owner": To(f"user/{firm.owner}"),
            "team": To(f"team/{firm.team}"),
        }
        if diary.rng.random() < 0.6:
            values["amount"] = Money((deal.amount.amount / 1000).quantize(Decimal(1)) * 1000, deal.amount.currency)
        diary.add(Event(asked, deal.who, "lead", "create", handle, values))
        ready = diary.moment((asked + (deal.at - asked) * diary.rng.uniform(0.4, 0.8)).date(), asked)
        if ready < deal.at:
            diary.add(Event(ready, deal.who, "lead", "qualify", handle, _answers(diary, 3)))
        chosen = {
            "account": To(firm.handle),
            "contact": To(deal.contact.handle),
            "opportunity": To(deal.handle),
        }
        diary.add(Event(deal.at + timedelta(minutes=2), deal.who, "lead", "convert", handle, chosen))


# -- those that did not, or not yet ----------------------------------------------------------------------------------
def _tell_stranger(diary: Diary, handle: str, day: date) -> None:
    someone, at = _someone(diary), diary.moment(day)
    values = {
        **someone.values,
        "origin": diary.rng.choice(("website", "website", "search", "inbound_call", "referral")),
    }
    young = at > diary.now - timedelta(days=OPEN_DAYS)
    queued = young and diary.rng.random() < 0.25
    if not queued:
        values |= {"owner": To(f"user/{someone.who}"), "team": To(f"team/{someone.team}")}
    else:
        values |= {"owner": None, "team": To(f"team/{someone.team}"), "address": None}
    if diary.add(Event(at, someone.who, "lead", "create", handle, values)) and not queued:
        _work_on(diary, handle, someone.who, at, young=young)


def _tell_fair(diary: Diary, number: int, day: date) -> None:
    """A list of visitors comes home from the fair; the sellers take them from the queue during the next days."""
    at = diary.moment(day)
    for place in range(VISITORS):
        someone = _someone(diary, ("ES", "ES", "PT"))
        handle = f"lead/fair{number}.{place}"
        values = {**someone.values, "origin": "fair", "tags": (f"fair {at.year}",)}
        told = diary.add(Event(at, "anna", "lead", "create", handle, values, f"Visitors of the fair, {at:%B %Y}"))
        taken = diary.moment(day + timedelta(days=1 + place // 4), at)
        young = at > diary.now - timedelta(days=OPEN_DAYS)
        if not told or (young and place % 3 == 0) or not diary.add(Event(taken, "laia", "lead", "claim", handle, {})):
            continue
        _work_on(diary, handle, "laia", taken, young=young)


def _work_on(diary: Diary, handle: str, who: str, at: datetime, *, young: bool) -> None:
    """The first call, and then: most are rejected, and young ones are open."""
    rng = diary.rng
    called = diary.moment(at.date() + timedelta(days=rng.choice((0, 1, 1, 2, 4))), at)
    reached = rng.random() < 0.75
    if reached:
        step = {"next_step": rng.choice(STEPS), "next_step_on": _due(diary, called)}
        diary.add(Event(called, who, "lead", "update", handle, {"stage": To("stage/in_contact"), **step}))
        if rng.random() < 0.4:
            note = {"body": f"<p>{rng.choice(TALKED)}</p>", "about": (To(handle),), "owner": To(f"user/{who}")}
            diary.add(Event(called + timedelta(minutes=6), who, "note", "create", f"note/{handle}", note))
    later = diary.moment(called.date() + timedelta(days=rng.randint(4, 24)), called)
    if reached and rng.random() < 0.4:
        sure = diary.moment((called + (later - called) / 2).date(), called)
        if sure < later:
            diary.add(Event(sure, who, "lead", "qualify", handle, _answers(diary, 2)))
    if young and rng.random() < 0.75:
        return
    reason = rng.choice(tuple(REASONS)) if reached else rng.choice(("unreachable", "unreachable", "bad_data"))
    values: dict[str, Any] = {"reject_reason": reason, "reject_note": REASONS[reason]}
    if reason in ("later", "no_budget"):
        back = later.date() + timedelta(days=rng.choice((45, 60, 90, 120)))
        if 30 < (diary.today - later.date()).days < 200 and rng.random() < 0.4:
            back = diary.today - timedelta(days=rng.randint(0, CAME_BACK - 1))
        if back > diary.today - timedelta(days=CAME_BACK):
            values["recycle_on"] = back.isoformat()
    diary.add(Event(later, who, "lead", "reject", handle, values))


def _due(diary: Diary, called: datetime) -> date:
    """When the next step falls; what is long past was done and is not told."""
    day = called.date() + timedelta(days=diary.rng.randint(1, 9))
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def _answers(diary: Diary, least: int) -> dict[str, str]:
    return dict.fromkeys(diary.rng.sample(CHECKLIST, k=diary.rng.randint(least, 4)), "true")


def _wish(diary: Diary, town: str) -> str:
    text = diary.rng.choice(OCCASIONS).format(need=diary.rng.choice(GOODS).needs, place=town)
    return text[0].upper() + text[1:]


def _someone(diary: Diary, countries: Sequence[str] = ("ES", "ES", "ES", "ES", "PT", "RO", "RO", "GB")) -> Person:
    """A person of an invented firm, of whom little is known: always one way to reach them, seldom all."""
    rng = diary.rng
    country = rng.choice(countries)
    first, last = rng.choice(FIRST_NAMES[country]), rng.choice(LAST_NAMES[country])
    company = rng.choice(TRADES[country]).format(rng.choice(LAST_NAMES[country]))
    town = rng.choice([name for name, place in PLACES.items() if place[3] == country])
    who, team = KEEPERS[country]
    domain = "-".join("".join(c if c.isalnum() else " " for c in fold(company)).split()) + ".example"
    values: dict[str, Any] = {"interest": _wish(diary, town)}
    known = rng.random()
    if known < 0.9:
        values |= {"first_name": first, "last_name": last}
    if known > 0.12:
        values["company"] = company
    if known < 0.72:
        values["email"] = fold(f"{first}.{last}").replace(" ", "") + f"@{domain}"
    if known > 0.55:
        values["mobile"] = phone(diary, MOBILE[country], country)
    if 0.3 < known < 0.5:
        values["phone"] = phone(diary, PREFIX[country], country)
        values["website"] = f"https://www.{domain}"
    if rng.random() < 0.55:
        place = PLACES[town]
        values["address"] = PostalAddress(None, place[1], town, place[2], country)
    if rng.random() < 0.5:
        currency = "GBP" if country == "GB" else "EUR"
        values["amount"] = Money(Decimal(rng.choice((8, 12, 18, 25, 40, 60, 95, 140)) * 1000), currency)
    return Person(first, last, company, country, town, who, team, values)

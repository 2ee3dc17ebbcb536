"""The demo firm's customers: accounts in groups with branches, the people in them, and how to reach them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from stdnum.es import cif
from stdnum.ro import cui

from tracte.kernel.fold import fold
from tracte.kernel.money import Money
from tracte.meta.kinds.address import PostalAddress
from tracte.modules.demo import names
from tracte.modules.demo.story import Diary, Event, To

OLD_LIST = "Customers from the old spreadsheet"
BULK_SHARE = 0.55
PEOPLE_AT_FIRM, PEOPLE_AT_BRANCH = (2, 2, 3, 3, 4), (1, 1, 2)
PREFIX = {"ES": "+34935550", "PT": "+35121555", "RO": "+40264555", "GB": "+4420794600"}
MOBILE = {"ES": "+34600555", "PT": "+35191555", "RO": "+40740555", "GB": "+44770090"}
AREA_CODES = {"ES": 3, "PT": 4, "RO": 3, "GB": 2}
STREETS = {
    "ES": ("Polígon Industrial Les Planes, nau {n}", "Carrer de la Farga, {n}", "Avinguda dels Blaus, {n}"),
    "PT": ("Rua da Fábrica, {n}", "Zona Industrial, lote {n}"),
    "RO": ("Str. Fabricii nr. {n}", "Calea Moților nr. {n}", "Parc Industrial, hala {n}"),
    "GB": ("Unit {n}, Foundry Lane", "{n} Canal Road", "Gate {n}, Dock Estate"),
}
PLACES = {line.split("|")[0]: line.split("|") for line in names.PLACES.strip().splitlines()}
FIRST_NAMES = {
    "ES": names.CATALAN_FIRST,
    "PT": names.CATALAN_FIRST,
    "RO": names.ROMANIAN_FIRST,
    "GB": names.BRITISH_FIRST,
}
LAST_NAMES = {"ES": names.CATALAN_LAST, "PT": names.CATALAN_LAST, "RO": names.ROMANIAN_LAST, "GB": names.BRITISH_LAST}
LANGUAGE = {"ES": "ca", "PT": "pt", "RO": "ro", "GB": "en"}
TERRITORY = {"ES": "central", "PT": "west", "RO": "east", "GB": "north"}
ORIGINS = ("fair", "referral", "website", "cold_call", "customer", "partner", "campaign", "search")


@dataclass(slots=True)
class Firm:
    """An account of the story. :param people: its contacts in the order they were made."""

    handle: str
    name: str
    town: str
    country: str
    industry: str
    team: str
    keeper: str  # who works on it
    owner: str
    known: datetime
    parent: str = ""
    people: list["Someone"] = field(default_factory=list)
    customer: bool = False

    def met(self, at: datetime) -> list["Someone"]:
        """The people known at a moment."""
        return [one for one in self.people if one.since < at]

    @property
    def domain(self) -> str:
        words = "".join(ch if ch.isalnum() else " " for ch in fold(self.name)).split()
        short = [
            word for word in words if word not in ("sl", "sa", "srl", "ltd", "plc", "lda", "sccl", "co", "i", "de")
        ]
        return "-".join(short[:2]) + ".example"


@dataclass(frozen=True, slots=True)
class Someone:
    """A contact of the story."""

    handle: str
    first: str
    since: datetime


def tell(diary: Diary) -> list[Firm]:
    """Every account with its people; the first half came from the old list, the others one by one."""
    firms: list[Firm] = []
    by_name: dict[str, Firm] = {}
    listed = diary.moment(diary.start + timedelta(days=3))
    for team, text in (("iberia", names.IBERIA), ("romania", names.ROMANIA), ("uk", names.BRITAIN)):
        for line in text.strip().splitlines():
            firm = _firm(diary, line, team, len(firms), listed, by_name)
            firms.append(firm)
            by_name[firm.name] = firm
    for firm in firms:
        _tell_firm(diary, firm, listed)
        for _ in range(diary.rng.choice(PEOPLE_AT_BRANCH if firm.parent else PEOPLE_AT_FIRM)):
            _tell_person(diary, firm, listed)
    _tell_links(diary, firms)
    return firms


def _firm(diary: Diary, line: str, team: str, at: int, listed: datetime, by_name: dict[str, Firm]) -> Firm:
    name, town, industry, *more = line.split("|")
    parent = more[0].removeprefix(">") if more else ""
    rng = diary.rng
    keeper, owner = _keeper(diary, team)
    known = listed
    if parent:
        above = by_name[parent]
        keeper, owner, known = above.keeper, above.owner, above.known
        if known != listed:
            known = above.known + timedelta(minutes=7)
    elif rng.random() > BULK_SHARE:
        known = diary.moment(diary.start + timedelta(days=rng.randint(10, 530)))
    country = PLACES[town][3]
    firm = Firm(f"account/{at}", name, town, country, industry, team, keeper, owner, known)
    firm.parent = by_name[parent].handle if parent else ""
    firm.customer = known == listed and rng.random() < 0.6
    return firm


def _keeper(diary: Diary, team: str) -> tuple[str, str]:
    """Who works on an account and who owns it: the British agent does not sign in, the manager writes for her."""
    if team == "romania":
        return "ioana", "ioana"
    if team == "uk":
        return "jordi", diary.rng.choice(("jordi", "eleanor", "eleanor"))
    keeper = diary.rng.choice(("laia", "laia", "laia", "laia", "nuria"))
    return keeper, keeper


def _tell_firm(diary: Diary, firm: Firm, listed: datetime) -> None:
    rng, country = diary.rng, firm.country
    postcode, region = PLACES[firm.town][1:3]
    street = rng.choice(STREETS[country]).format(n=rng.randint(2, 140))
    size = rng.choice((14, 22, 35, 48, 60, 85, 120, 180, 260, 420, 900)) if not firm.parent else None
    values: dict[str, Any] = {
        "name": firm.name,
        "kind": "customer" if firm.customer else "prospect",
        "industry": firm.industry,
        "website": f"https://www.{firm.domain}",
        "phone": phone(diary, PREFIX[country], country),
        "billing_address": PostalAddress(street, postcode, firm.town, region, country),
        "territory": TERRITORY[country],
        "origin": rng.choice(ORIGINS),
        "owner": To(f"user/{firm.owner}"),
        "team": To(f"team/{firm.team}"),
    }
    if firm.parent:
        values["parent"] = To(firm.parent)
    else:
        values["vat_number"] = _vat(diary, country)
        values["email"] = f"info@{firm.domain}"
    if size:
        currency = "GBP" if country == "GB" else "EUR"
        values["employees"] = size
        values["turnover"] = Money(Decimal(size * rng.randint(90, 260) * 1000), currency)
        values["founded"] = rng.randint(1921, 2019)
    if rng.random() < 0.3:
        values["tags"] = tuple(
            rng.sample(("key account", "cold chain", "reference", "seasonal", "export"), k=rng.choice((1, 1, 2)))
        )
    title, who = (OLD_LIST, "jordi") if firm.known == listed else ("", firm.keeper)
    diary.add(Event(firm.known, who, "account", "create", firm.handle, values, title))


def _vat(diary: Diary, country: str) -> str | None:
    """A number that passes its country's check digits, for some firms only."""
    rng = diary.rng
    if rng.random() < 0.25:
        return None
    if country == "ES":
        body = f"B{rng.randint(1_000_000, 9_999_999)}"
        return f"ES{body}{cif.calc_check_digits(body)[0]}"
    if country == "RO":
        body = str(rng.randint(1_000_000, 9_999_999))
        return f"RO{body}{cui.calc_check_digit(body)}"
    return None


def phone(diary: Diary, prefix: str, country: str) -> str:
    """A number from ranges nobody answers."""
    digits = AREA_CODES[country] if prefix == PREFIX[country] else {"ES": 3, "PT": 4, "RO": 3, "GB": 4}[country]
    return prefix + str(diary.rng.randint(0, 10**digits - 1)).zfill(digits)


def _tell_person(diary: Diary, firm: Firm, listed: datetime) -> None:
    rng, country = diary.rng, firm.country
    first, last = rng.choice(FIRST_NAMES[country]), rng.choice(LAST_NAMES[country])
    job, department, _role = rng.choice(names.JOBS.strip().splitlines()).split("|")
    taken = {known.first for known in firm.people}
    if first in taken:
        first = next(name for name in FIRST_NAMES[country] if name not in taken)
    bulk = firm.known == listed and rng.random() < 0.8
    at = listed if bulk else diary.moment(firm.known.date() + timedelta(days=rng.choice((0, 0, 2, 20, 90))), firm.known)
    handle = f"contact/{firm.handle.split('/')[1]}.{len(firm.people)}"
    local = fold(f"{first}.{last}").replace(" ", "")
    values: dict[str, Any] = {
        "first_name": first,
        "last_name": last,
        "job_title": job,
        "department": department,
        "account": To(firm.handle),
        "email": f"{local}@{firm.domain}" if rng.random() < 0.93 else None,
        "mobile": phone(diary, MOBILE[country], country) if rng.random() < 0.7 else None,
        "phone": phone(diary, PREFIX[country], country) if rng.random() < 0.35 else None,
        "language": LANGUAGE[country],
        "origin": rng.choice(ORIGINS) if not bulk else "import",
        "owner": To(f"user/{firm.owner}"),
        "team": To(f"team/{firm.team}"),
        "no_mail": rng.random() < 0.05,
    }
    event = Event(at, "jordi" if bulk else firm.keeper, "contact", "create", handle, values, OLD_LIST if bulk else "")
    if diary.add(event):
        firm.people.append(Someone(handle, first, at))


def _tell_links(diary: Diary, firms: list[Firm]) -> None:
    """Some people also work for a sister firm, or have a second number."""
    rng = diary.rng
    branches = [firm for firm in firms if firm.parent and firm.people]
    parents = {firm.handle: firm for firm in firms}
    for at, firm in enumerate(branches):
        above = parents[firm.parent]
        if above.people:
            values = {
                "contact": To(above.people[0].handle),
                "account": To(firm.handle),
                "roles": tuple(sorted(rng.sample(("decides", "pays", "influences"), k=rng.choice((1, 2))))),
                "job_title": rng.choice(("Board member", "Group logistics", "Group purchasing")),
            }
            since = max(firm.known, above.people[0].since)
            day = since.date() + timedelta(days=12)
            diary.add(Event(diary.moment(day), firm.keeper, "affiliation", "create", f"affiliation/{at}", values))
    for at, firm in enumerate(rng.sample([firm for firm in firms if firm.people], k=24)):
        private = {
            "kind": "email_private",
            "value": fold(f"{firm.people[0].first}.{at}").replace(" ", "") + "@mail.example",
        }
        desk = {
            "kind": "phone",
            "value": phone(diary, PREFIX[firm.country], firm.country),
            "note": "Gate, ask for the shift leader",
        }
        day = firm.people[0].since.date() + timedelta(days=15)
        values = {"contact": To(firm.people[0].handle), **(private if at % 3 == 0 else desk)}
        diary.add(Event(diary.moment(day), firm.keeper, "contact_point", "create", f"point/{at}", values))

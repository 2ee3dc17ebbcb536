"""Loads the demo firm: plays its story through the door, each act at its time and by the person who did it.

Everything is one transaction, so a home holds the whole firm or nothing of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db import transaction

from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode, past_id
from tracte.kernel.money import Money
from tracte.meta.kinds.address import PostalAddress
from tracte.meta.registry import registry
from tracte.modules.base.seeding import seed as seed_base
from tracte.modules.demo import customers, deals, kept, leads, notes, targets, trail
from tracte.modules.demo.names import COMPANY, DOMAIN, GOODS
from tracte.modules.demo.people import EXTERNAL_SYSTEM, PEOPLE, TEAMS, UNITS
from tracte.modules.demo.story import WRITTEN_UP, Diary, Event, To
from tracte.modules.sales import recycling
from tracte.modules.sales.default_pipeline import seed as seed_sales
from tracte.records import door
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet
from tracte.records.door import Op, Writer
from tracte.records.firm import Company
from tracte.records.guard import open_door
from tracte.records.people import Role

CATALOGUE = "Catalogue from the price list"
FIRST_GOODS = 18
# currency → euros for one unit, at the start of each half year
RATES = {"GBP": ("1.1720", "1.1865", "1.1540", "1.1480"), "RON": ("0.2011", "0.2009", "0.1985", "0.1964")}


@dataclass(slots=True)
class Loader:
    """Plays events. :ivar ids: record ids by handle. :ivar made: ids by entity, all of them under ``*``."""

    ids: dict[str, int] = field(default_factory=dict)
    made: dict[str, set[int]] = field(default_factory=lambda: {"*": set()})
    actors: dict[str, Actor] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    sequence: int = 0

    def play(self, events: Iterable[Event]) -> None:
        """Play events in order; those of one bulk make one change set."""
        for bulk, together in groupby(events, key=lambda event: event.bulk):
            if bulk:
                self._play_bulk(list(together), bulk)
            else:
                for event in together:
                    self._play_one(event)

    def _play_one(self, event: Event) -> None:
        actor = self.actors[event.who]
        with clock.frozen(event.at):
            if event.verb == "recycle":
                recycling.recycle_some("Leads taken up again")
                return
            if event.verb not in ("create", "update"):
                asked = {n: encode(self.ids[v]) if isinstance(v, To) else v for n, v in event.values.items()}
                door.act(actor, event.entity, self.ids[event.handle], event.verb, asked, origin="ui")
                return
            writer = self._writer(actor, "ui")
            self.write(writer, event.entity, event.verb, [event])
            writer.finish()

    def _writer(self, actor: Actor, origin: str, title: str = "") -> Writer:
        """A change set whose references to records of the story are known to be good."""
        writer = door.begin(actor, origin, title, check_duplicates=False)
        writer.assume = self.made
        return writer

    def _play_bulk(self, events: Sequence[Event], bulk: str) -> None:
        origin, title = ("ui", "") if bulk.startswith(WRITTEN_UP) else ("import", bulk)
        with clock.frozen(events[-1].at):
            writer = self._writer(self.actors[events[0].who], origin, title)
            for entity in dict.fromkeys(event.entity for event in events):
                mine = [event for event in events if event.entity == entity]
                self.write(writer, entity, "create", [event for event in mine if "parent" not in event.values])
                self.write(writer, entity, "create", [event for event in mine if "parent" in event.values])
            writer.finish()

    def write(self, writer: Writer, entity: str, verb: str, events: Sequence[Event]) -> None:
        """One chunk through the door, with ids as old as the events."""
        if not events:
            return
        ops = []
        for event in events:
            if verb == "create":
                self.sequence += 1
                made = past_id(event.at, self.sequence)
                self.ids[event.handle] = made
                self.made.setdefault(entity, set()).add(made)
                self.made["*"].add(made)
            values = {name: self._resolved(value) for name, value in event.values.items()}
            external = (EXTERNAL_SYSTEM, event.handle) if entity == "user" else None
            ops.append(Op(values, id=self.ids[event.handle], external=external, canonical=True))
        results = writer.write(entity, verb, ops, partial=False)
        self.counts[entity] += sum(result.verdict == "created" for result in results)

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, To):
            return self.ids[value]
        if isinstance(value, tuple):
            return tuple(self._resolved(one) for one in value)
        return value


def load(now: datetime) -> Mapping[str, int]:
    """Make the demo firm as of ``now`` (aware). Gives how many records of each entity there are.

    The caller has made sure that the home is empty.
    """
    diary = Diary(now)
    loader = Loader(actors={"operator": OPERATOR})
    with transaction.atomic(), snapshots.held():
        opening = diary.moment(diary.start)
        with clock.frozen(opening):
            seed_base()
            seed_sales()
            _date_back(opening)
            snapshots.refresh_held()
            _found(loader, opening)
        _set_rates(loader, diary)
        _list_goods(diary)
        firms = customers.tell(diary)
        begun = deals.tell(diary, firms)
        notes.fill(diary, firms)
        leads.tell(diary, begun)
        targets.tell(diary, begun)
        loader.play(diary.told())
        kept.keep(loader.actors, now)
        trail.tell(loader.actors, now)
    return loader.counts


def _date_back(opening: datetime) -> None:
    """What setting the home up made (roles, stages, types of deals) is as old as the firm, not as the home."""
    with open_door():
        for spec in registry():
            spec.model._default_manager.filter(created_at__gt=opening).update(created_at=opening, modified_at=opening)
    ChangeSet.objects.filter(created_at__gt=opening).update(created_at=opening, applied_at=opening)


def _found(loader: Loader, at: datetime) -> None:
    """The company, its teams and people, as the owner set them up on the first day."""
    writer = door.begin(OPERATOR, "system", "First steps", free=True)
    company = Company.objects.live().values_list("pk", flat=True)[0]
    address = PostalAddress("Carrer de la Indústria, 41", "08500", "Vic", "Barcelona", "ES")
    values = {
        "name": COMPANY,
        "website": f"https://www.{DOMAIN}",
        "address": address,
        "language": "en",
        "timezone": "Europe/Madrid",
    }
    loader.ids["company"] = company
    loader.write(writer, "company", "update", [Event(at, "operator", "company", "update", "company", values)])
    for key, (name, above) in UNITS.items():
        given = {"name": name, "parent": To(f"unit/{above}") if above else None}
        loader.write(writer, "unit", "create", [Event(at, "operator", "unit", "create", f"unit/{key}", given)])
    teams = [
        Event(
            at,
            "operator",
            "team",
            "create",
            f"team/{key}",
            {"name": name, "description": text, "unit": To(f"unit/{unit}")},
        )
        for key, (name, text, unit) in TEAMS.items()
    ]
    loader.write(writer, "team", "create", teams)
    roles = dict(Role.objects.live().values_list("key", "pk"))
    users = [
        Event(
            at,
            "operator",
            "user",
            "create",
            f"user/{person.key}",
            {
                "name": person.name,
                "email": person.email,
                "is_admin": person.admin,
                "can_sign_in": person.signs_in,
                "language": person.language,
                "timezone": person.timezone,
                "roles": (roles[person.role],),
                "teams": tuple(To(f"team/{key}") for key in person.teams),
            },
        )
        for person in PEOPLE
    ]
    loader.write(writer, "user", "create", users)
    currency = {"code": "RON", "name": "Romanian leu"}
    loader.write(writer, "currency", "create", [Event(at, "operator", "currency", "create", "currency/RON", currency)])
    writer.finish()
    directory = snapshots.current()
    loader.actors |= {person.key: directory.actor(loader.ids[f"user/{person.key}"]) for person in PEOPLE}
    for one in directory.rows["opportunity_type"].values():
        loader.ids[f"type/{one['key']}"] = int(one["id"])
    _answer_for_types(loader)
    for stage in directory.rows["stage"].values():
        loader.ids[f"stage/{stage['key']}"] = int(stage["id"])


# Who answers for which types, and what a stage asks to be done.
KEEPERS = {"new_business": "anna", "expansion": "anna", "renewal": "marc", "service": "marc"}
CLASSES = {"new_business": "acquisition", "pilot": "acquisition", "renewal": "retention", "service": "retention"}
CHECKS = {
    "proposal": "Site measured #site\n? Reference visit offered #reference",
    "negotiation": "Delivery date confirmed by production #delivery",
}


def _answer_for_types(loader: Loader) -> None:
    """Each type of deal gets somebody who answers for it, and two stages ask for what is easily forgotten."""
    directory = snapshots.current()
    for one in directory.rows["opportunity_type"].values():
        keeper = loader.ids[f"user/{KEEPERS.get(one['key'], 'jordi')}"]
        values = {"owner": encode(keeper), "classification": CLASSES.get(one["key"], "growth")}
        door.update(OPERATOR, "opportunity_type", one["id"], values, origin="ui")
    for stage in directory.rows["stage"].values():
        if stage["key"] in CHECKS:
            door.update(OPERATOR, "stage", stage["id"], {"checklist": CHECKS[stage["key"]]}, origin="ui")
    snapshots.refresh_held()


def _set_rates(loader: Loader, diary: Diary) -> None:
    """The owner sets the exchange rates every half year."""
    for at in range(4):
        day = diary.start + timedelta(days=5 + 181 * at)
        for code, rates in RATES.items():
            values = {"currency": code, "valid_from": _first_of_month(day), "rate": Decimal(rates[at])}
            moment = diary.moment(day)
            diary.add(Event(moment, "nuria", "exchange_rate", "create", f"rate/{code}{at}", values))


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _list_goods(diary: Diary) -> None:
    """The catalogue: most of it on the first days, the rest as the firm begins to offer it."""
    listed = diary.moment(diary.start + timedelta(days=1))
    for at, good in enumerate(GOODS):
        values = {
            "name": good.name,
            "sku": good.sku,
            "kind": good.kind,
            "family": good.family,
            "unit": good.unit,
            "price": Money(Decimal(good.price), "EUR"),
            "cost": Money(Decimal(good.cost), "EUR"),
            "owner": To("user/anna"),
        }
        late = at >= FIRST_GOODS
        moment = diary.moment(diary.start + timedelta(days=2)) if late else listed
        diary.add(Event(moment, "anna", "product", "create", f"product/{good.sku}", values, "" if late else CATALOGUE))

"""What the demo firm's people write down about their customers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tracte.meta.kinds.base import escape
from tracte.modules.demo.customers import Firm, Someone
from tracte.modules.demo.names import COMPETITION, NOTES
from tracte.modules.demo.story import Diary, Event, To

NOTES_IN_ALL = 900
SEASONS = ("spring", "early summer", "autumn", "January")
WAYS = ("a web search", "the trade fair", "a colleague", "our newsletter")
LANGUAGE_SHARE = 0.18


@dataclass(frozen=True, slots=True)
class Scene:
    """What a note is about.

    :param kind: key of :data:`NOTES`. :param deal: handle of the deal, empty for a note about the account.
    """

    kind: str
    who: str
    at: datetime
    firm: Firm
    contact: Someone
    deal: str = ""
    need: str = "line"


def write_note(diary: Diary, scene: Scene) -> None:
    """Write the note down, in the writer's own language now and then."""
    rng = diary.rng
    kind = scene.kind
    if kind in ("first", "middle") and rng.random() < LANGUAGE_SHARE:
        kind = {"laia": "catalan", "ioana": "romanian"}.get(scene.who, kind)
    lines = rng.sample(NOTES[kind], k=2 if rng.random() < 0.15 else 1)
    words = {
        "first": scene.contact.first,
        "need": scene.need,
        "shifts": rng.choice(("two", "three")),
        "pct": rng.randint(2, 14),
        "year": rng.randint(1996, 2013),
        "origin": rng.choice(WAYS),
        "height": rng.choice(("5.8", "7.2", "9.4", "11")),
        "rate": rng.randint(4, 38) * 50,
        "rival": rng.choice(COMPETITION),
        "day": rng.randint(4, 28),
        "months": rng.randint(7, 26),
        "trainings": rng.randint(2, 9),
        "week": rng.randint(2, 50),
        "minutes": rng.randint(15, 95),
        "season": rng.choice(SEASONS),
    }
    body = "".join(f"<p>{escape(line.format(**words))}</p>" for line in lines)
    handle = f"note/{len(diary.events)}"
    about = tuple(To(one) for one in (scene.deal, scene.contact.handle, scene.firm.handle) if one)
    values: dict[str, Any] = {
        "body": body,
        "about": about,
        "owner": To(f"user/{scene.who}"),
        "team": To(f"team/{scene.firm.team}"),
    }
    if rng.random() < 0.02:
        values["pinned"] = True
    elif rng.random() < 0.015:
        values["private"] = True
    diary.add(Event(scene.at, scene.who, "note", "create", handle, values))


def fill(diary: Diary, firms: list[Firm]) -> None:
    """Service and marketing write too, until there are as many notes as the story has."""
    rng = diary.rng
    customers = [firm for firm in firms if firm.customer and firm.people]
    written = sum(event.entity == "note" for event in diary.events)
    days = max((diary.today - diary.start).days - 20, 1)
    for at in range(max(NOTES_IN_ALL - written, 0)):
        firm = rng.choice(customers)
        who, kind = ("marc", "service") if at % 3 else ("anna", "marketing")
        day = diary.start + timedelta(days=15 + round(days * rng.random() ** 0.8))
        when = diary.moment(day, min(one.since for one in firm.people))
        write_note(diary, Scene(kind, who, when, firm, rng.choice(firm.met(when))))

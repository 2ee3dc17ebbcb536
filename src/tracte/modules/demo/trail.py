"""What the demo firm's audit trail tells of the last days: people coming and going, an export, somebody at the door."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from tracte.kernel import clock
from tracte.kernel.actor import Actor
from tracte.modules.demo.names import DOMAIN
from tracte.modules.demo.people import PEOPLE
from tracte.records import audit, query
from tracte.records.audit import Place, What

OFFICE, ELSEWHERE = Place("ui", "192.0.2.14"), Place("ui", "203.0.113.77")  # addresses for examples (RFC 5737)
COLUMNS = ["first_name", "last_name", "account", "emails", "job_title"]
DAYS = 3


def tell(actors: Mapping[str, Actor], now: datetime) -> None:
    """Add the entries in their order; the people and records are already there."""
    for days in range(DAYS, 0, -1):
        morning = (now - timedelta(days=days)).replace(hour=7, minute=12, second=0, microsecond=0)
        with clock.frozen(morning):
            for person in PEOPLE:
                if person.signs_in:
                    audit.note(What.SIGNED_IN, actors[person.key], where=OFFICE)
        with clock.frozen(morning + timedelta(hours=2)):
            if days == DAYS - 1:
                _export(actors["anna"])
            if days == 1:
                _refusals(actors)


def _export(marketing: Actor) -> None:
    rows = query.rows("contact", marketing)
    columns = [name for name in COLUMNS if name in rows.visible]
    count = rows.count(5_000)[0]
    audit.note(What.EXPORTED, marketing, entity="contact", where=OFFICE, rows=count, columns=columns, form="csv")


def _refusals(actors: Mapping[str, Actor]) -> None:
    tried, known = f"jordi@{DOMAIN}", actors["jordi"].user_id
    for _ in range(2):
        audit.note(What.SIGN_IN_FAILED, actor_name=tried, entity="user", record_id=known, where=ELSEWHERE, why="wrong")
    audit.note(What.REFUSED, actors["laia"], where=OFFICE, entity="contact", verb="export")

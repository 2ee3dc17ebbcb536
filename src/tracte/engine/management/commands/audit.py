"""`tracte audit`: who did what, and who was refused what."""

import json
from argparse import ArgumentParser
from datetime import UTC, date, timedelta
from typing import Any

from django.core.management import BaseCommand, CommandError

from tracte.engine import trail
from tracte.engine.trail import Wanted
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR
from tracte.records import snapshot as snapshots
from tracte.records.audit import What
from tracte.records.management.acting import USAGE, user_named

MOST = 200


class Command(BaseCommand):
    """Reads only. The newest entries come first."""

    help = "Print the audit trail: sign-ins, refusals, exports, changes of rights; times are UTC."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to print, and how."""
        parser.add_argument("--since", metavar="DAY", help="from this day on: 2026-11-01, or 7d for seven days ago")
        parser.add_argument("--kind", metavar="KIND", help=", ".join(What.values))
        parser.add_argument("--person", metavar="EMAIL", help="what they did, and what was tried with their account")
        parser.add_argument("--limit", type=int, default=MOST, help=f"how many at most (default {MOST}; 0 is all)")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, one line an entry."""
        if options["kind"] and options["kind"] not in What.values:
            raise CommandError(f"--kind: there are {', '.join(What.values)}.", returncode=USAGE)
        person = user_named(options["person"]).pk if options["person"] else None
        wanted = Wanted(options["kind"] or "", person, since=_day(options["since"]))
        context = snapshots.current().context(OPERATOR)
        for number, entry in enumerate(trail.every(wanted), 1):
            if options["json"]:
                self.stdout.write(json.dumps(trail.as_json(entry, context), ensure_ascii=False))
            else:
                told = "; ".join((trail.sentence(entry, context), *trail.details(entry, context)))
                when = entry.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
                self.stdout.write("  ".join((when, entry.kind, entry.address or entry.door, told)))
            if number == options["limit"]:
                return


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        if text.endswith("d"):
            return (clock.now() - timedelta(days=int(text[:-1]))).date()
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise CommandError(f"--since: {text!r} is no day; give 2026-11-01 or 7d.", returncode=USAGE) from None

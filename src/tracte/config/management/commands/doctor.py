"""`tracte doctor`: is this installation well?"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management import BaseCommand, CommandError

from tracte.config.doctor import examine

MARKS = {"good": "ok  ", "warning": "warn", "bad": "BAD "}


class Command(BaseCommand):
    """Looks, says what it finds and what to do; changes nothing. Ends with 1 when something is bad."""

    help = "Check the database, search, the home, the disk and background work."
    requires_system_checks: list[str] = []  # Django's own way of saying none

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For people, or for a monitor."""
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the findings."""
        findings = list(examine())
        bad = sum(finding.verdict == "bad" for finding in findings)
        if options["json"]:
            self.stdout.write(json.dumps({"well": not bad, "findings": [asdict(one) for one in findings]}))
        else:
            for finding in findings:
                remedy = f": {finding.remedy}" if finding.remedy else ""
                self.stdout.write(f"{MARKS[finding.verdict]}  {finding.text}{remedy}")
        if bad:
            raise CommandError("something is wrong." if bad == 1 else f"{bad} things are wrong.")

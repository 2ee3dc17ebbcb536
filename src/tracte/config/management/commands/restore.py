"""`tracte restore FILE`: a home from an archive."""

import contextlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError

from tracte.config import backup
from tracte.config.management.commands.backup import sqlite_path
from tracte.kernel.actor import OPERATOR
from tracte.records import audit
from tracte.records.audit import What


class Command(BaseCommand):
    """Reads what `tracte backup` wrote; nothing is touched before the whole archive is found good."""

    help = "Restore the database and the files from an archive into an empty home."
    requires_system_checks: list[str] = []  # Django's own way of saying none

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which archive, and what to do with a home in use."""
        parser.add_argument("file", type=Path, help="an archive of tracte backup")
        parser.add_argument("--check", action="store_true", help="only read the archive and compare its check sums")
        parser.add_argument(
            "--force", action="store_true", help="the home is in use: put what it holds aside (stop Tracte first)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, restore, and say how to go on."""
        source: Path = options["file"].expanduser().absolute()
        if not source.is_file():
            raise CommandError(f"there is no archive at {source}.")
        try:
            if options["check"]:
                found = backup.check(source)
            else:
                found = backup.restore(source, settings.TRACTE_HOME, sqlite_path(), force=options["force"])
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        if not options["check"]:
            tell_restored(source.name, found)
        made = f"{found.files} files of {found.made_at}, Tracte {found.version}"
        if options["check"]:
            self.stdout.write(f"The archive is good: {made}.")
            return
        self.stdout.write(f"Restored {made}, into {settings.TRACTE_HOME}.")
        self.stdout.write("`tracte serve` starts it and brings an older database up to date.")


def tell_restored(name: str, found: backup.Summary) -> None:
    """Note in the audit trail of the restored home that it was restored; one from before there was a trail has none."""
    with contextlib.suppress(DatabaseError):
        audit.note(What.RESTORED, OPERATOR, name=name, made_at=found.made_at, version=found.version)

"""`tracte backup FILE`: the whole home in one checked archive, while people work."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from tracte.config import backup


def sqlite_path() -> Path:
    """Where the SQLite database lies.

    :raises CommandError: on PostgreSQL, which has tools of its own for this.
    """
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        raise CommandError(
            "this home keeps its data in PostgreSQL: pg_dump and pg_restore save it; copy the home's files beside it."
        )
    return Path(database["NAME"])


class Command(BaseCommand):
    """Writes an archive that `tracte restore` reads."""

    help = "Save the database and the home's files in one archive."
    requires_system_checks: list[str] = []  # Django's own way of saying none

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the archive goes."""
        parser.add_argument("file", type=Path, help="the archive to write, such as tracte-monday.tar.gz")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it and say what is in it."""
        target: Path = options["file"].expanduser().absolute()
        try:
            made = backup.backup(settings.TRACTE_HOME, sqlite_path(), target)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Saved {made.files} files, {made.size / 1_000_000:.1f} MB before compression, in {target}.")
        self.stdout.write("It holds everything, the secret key too: keep it where only you can read it.")

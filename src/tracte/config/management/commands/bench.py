"""`tracte bench`: measure this installation's speed on generated data, beside bare Django pages."""

import os
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.management import BaseCommand, CommandError

HOME = "TRACTE_BENCH_HOME"


class Command(BaseCommand):
    """Prepares a throw-away home and becomes the bench, which has settings of its own."""

    help = "Measure lists, records, search, writes, import and export on generated data in a throw-away home."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much data, where it lies, and how the result is told."""
        parser.add_argument("--records", type=int, default=10_000, help="contacts to generate (default 10,000)")
        parser.add_argument("--database", default="", help="an empty PostgreSQL database (default: SQLite)")
        parser.add_argument("--json", action="store_true", help="print one JSON object on stdout, nothing else there")
        parser.add_argument("--samples", type=int, default=40, help="requests measured for each page (default 40)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the options and start again in a home of its own: Django reads its settings only once."""
        if not 100 <= options["records"] <= 10_000_000:
            raise CommandError("--records: between 100 and 10,000,000.", returncode=2)
        if not 5 <= options["samples"] <= 10_000:
            raise CommandError("--samples: between 5 and 10,000.", returncode=2)
        if options["database"] and urlsplit(options["database"]).scheme not in {"postgresql", "postgres"}:
            raise CommandError("--database: expected postgresql://user:password@host:5432/name.", returncode=2)
        home = tempfile.mkdtemp(prefix="tracte-bench-")  # the bench removes it when it ends
        words = ["--records", str(options["records"]), "--samples", str(options["samples"])]
        words += ["--json"] if options["json"] else []
        sys.stdout.flush()
        environment = bench_environment(os.environ, home, options["database"])
        command = [sys.executable, "-m", "tracte.config.bench", *words]
        os.execve(sys.executable, command, environment)  # noqa: S606


def bench_environment(given: Mapping[str, str], home: str, database: str) -> dict[str, str]:
    """The environment of the bench: nothing of the operator's own installation, so that its data cannot be touched."""
    kept = {name: value for name, value in given.items() if not name.startswith("TRACTE_")}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "tracte.config.bench.settings",
        "TRACTE_HOME": home,
        "TRACTE_DATABASE_URL": database,
        HOME: home,
    }

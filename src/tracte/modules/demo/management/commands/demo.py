"""`tracte demo`: load the demo firm into an empty home."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from tracte.kernel import clock
from tracte.modules.demo import generator, home


class Command(BaseCommand):
    """Never touches a home that holds anything else."""

    help = "Load the demo firm, eighteen months of an invented company, into an empty home."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do with a home that is in use."""
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing, and succeed, when the home already holds data"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, mark the home, and say how to go on."""
        held = home.contents()
        if held == home.DEMO:
            home.mark(settings.TRACTE_DEMO_MARKER)
            self.stdout.write("The demo firm is already here.")
            return
        if held == home.OTHER:
            if options["if_empty"]:
                return
            raise CommandError("this home holds data of its own; the demo firm goes into an empty one (TRACTE_HOME).")
        counts = generator.load(clock.now())
        home.mark(settings.TRACTE_DEMO_MARKER)
        told = ", ".join(f"{counts[entity]} {word}" for entity, word in home.TOLD.items())
        self.stdout.write(f"The demo firm is loaded: {told}.")
        self.stdout.write("`tracte serve` starts it; the sign-in page offers each of its people by one click.")

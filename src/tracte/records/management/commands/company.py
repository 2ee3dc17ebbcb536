"""`tracte company set …`: the firm's own data."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from tracte.meta.registry import registry
from tracte.records import door
from tracte.records.firm import Company
from tracte.records.management.acting import USAGE, actor_of, add_as, told

FIELDS = ("name", "vat_number", "currency", "country", "language", "timezone", "website")


class Command(BaseCommand):
    """Changes name, currency, country … of the company."""

    help = "Change the company: tracte company set --name 'Roofs SL' --currency EUR (or name='Roofs SL' currency=EUR)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One option for each field, or pairs."""
        parser.add_argument("what", choices=["set"])
        parser.add_argument("pairs", nargs="*", metavar="FIELD=VALUE")
        for name in FIELDS:
            parser.add_argument(f"--{name.replace('_', '-')}", dest=f"field_{name}")
        add_as(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write what was given; nothing given is a mistake."""
        values = {name: options[f"field_{name}"] for name in FIELDS if options[f"field_{name}"] is not None}
        for pair in options["pairs"]:
            name, sign, value = pair.partition("=")
            if not sign or name not in registry()["company"].fields:
                raise CommandError(f"{pair!r}: give FIELD=VALUE with one of {', '.join(FIELDS)}.", returncode=USAGE)
            values[name] = value
        if not values:
            raise CommandError(f"nothing to set; the fields are {', '.join(FIELDS)}.", returncode=USAGE)
        actor = actor_of(options["as_user"])
        stored = Company.objects.live().values_list("pk", flat=True).first()
        with told():
            if stored is None:
                door.create(actor, "company", values, origin="cli")
            else:
                door.update(actor, "company", int(stored), values, origin="cli")

"""`tracte migrate`: bring the database up to date, then give a fresh home what it starts with."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate

from tracte.config.seeding import seed_home


class Command(migrate.Command):
    """Django's own command, and the modules' seeds once everything is applied."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Seeds are left out when only a part is migrated, and in tests, which plant what they need."""
        super().handle(*args, **options)
        whole = not (options.get("app_label") or options.get("plan") or options.get("check_unapplied"))
        if whole and getattr(settings, "TRACTE_SEEDS", True):
            seed_home()

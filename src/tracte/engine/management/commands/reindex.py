"""``tracte reindex``: make all search text anew."""

from typing import Any

from django.core.management.base import BaseCommand

from tracte.engine.reindexing import reindex


class Command(BaseCommand):
    """Makes the search text of every record anew; people may go on working meanwhile."""

    help = "Make the search text of every record anew."

    def handle(self, *args: Any, **options: Any) -> None:
        told: dict[str, int] = {}

        def tell(entity: str, count: int) -> None:
            if count and told.get(entity) != count:
                told[entity] = count
                self.stderr.write(f"{entity}: {count}")

        total = reindex(tell)
        self.stdout.write(f"{total} records can be found.")

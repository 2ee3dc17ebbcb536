"""Keeping the database of a home in step with the program."""

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder


def migrate_if_needed() -> None:
    """Bring the database up to date; says nothing and costs little when it is."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def make_home_if_new() -> None:
    """A command in a home nobody has opened yet makes its tables first, as `tracte serve` does."""
    if not MigrationRecorder(connection).has_table():
        migrate_if_needed()

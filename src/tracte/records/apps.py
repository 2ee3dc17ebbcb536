"""The records room as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from tracte.kernel.fold import fold


class RecordsConfig(AppConfig):
    """Gives every SQLite connection the function that PostgreSQL gets from a migration."""

    name = "tracte.records"
    label = "records"
    verbose_name = "Records"

    def ready(self) -> None:
        connection_created.connect(teach_fold, dispatch_uid="tracte_fold")


def teach_fold(sender: Any, connection: Any, **more: Any) -> None:
    """``tracte_fold(text)`` in SQL does what :func:`tracte.kernel.fold.fold` does in Python."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("tracte_fold", 1, _folded, deterministic=True)


def _folded(text: str | None) -> str | None:
    return None if text is None else fold(text)

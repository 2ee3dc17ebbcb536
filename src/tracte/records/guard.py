"""The guard: records change only inside the door.

A save, update or delete of a record outside :func:`open_door` raises. It is a programming error, never a user's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

from django.db import models

_open: ContextVar[bool] = ContextVar("tracte_door_open", default=False)


class OutsideTheDoor(RuntimeError):
    """Code tried to change a record without a change set."""


@contextmanager
def open_door() -> Iterator[None]:
    """Allow writes to records for the block. Only the door, migrations' helpers, the
    loading of the demo firm and tests of the guard use it."""
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)


def require_open(what: str) -> None:
    if not _open.get():
        raise OutsideTheDoor(f"{what} outside the door: write through tracte.records.door.")


class GuardedQuerySet(models.QuerySet[Any]):
    """A queryset that reads freely and writes only through the door."""

    def update(self, **kwargs: Any) -> int:
        require_open("update")
        return super().update(**kwargs)

    def delete(self) -> Any:
        require_open("delete")
        return super().delete()

    def bulk_create(self, *args: Any, **kwargs: Any) -> Any:
        require_open("bulk_create")
        return super().bulk_create(*args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        require_open("bulk_update")
        return super().bulk_update(*args, **kwargs)

    def live(self) -> Self:
        """Records that are not in the bin."""
        return self.filter(deleted_at__isnull=True)

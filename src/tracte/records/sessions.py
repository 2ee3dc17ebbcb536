"""Sessions in the database, read by a statement that is put together once: every page of every person asks for one."""

from collections.abc import Sequence
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session

from tracte.kernel import clock
from tracte.records.statements import Made, rows_of


class SessionStore(DatabaseSessionStore):
    """Django's own store; only its way of reading is shorter."""

    def load(self) -> dict[str, Any]:
        """The session's data; empty when it is over or never was."""
        found = rows_of("session", _alive, (self.session_key, clock.now()))
        if not found:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(found[0][0])
        return data


def _alive(values: Sequence[Any]) -> Made:
    key, now = values
    return Session.objects.filter(session_key=key, expire_date__gt=now).values_list("session_data")

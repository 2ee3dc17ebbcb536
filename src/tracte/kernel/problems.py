"""Problems: what is wrong with an input, where, and how to mend it.

One vocabulary for every face: beside the field in a form, ``application/problem+json`` in the API, the row's error in
an import, the run log in a workflow. Texts live in :mod:`tracte.kernel.messages`, keyed by ``code``.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from tracte.kernel.messages import message_for


@dataclass(slots=True)
class Fault(Exception):
    """One value cannot be read or kept. ``params`` fill the message's placeholders."""

    code: str
    params: dict[str, object] = dataclasses.field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.code)

    def kept(self) -> Self:
        """The fault without the calls it came through, for keeping: they would keep all they worked on alive."""
        self.__traceback__ = self.__context__ = self.__cause__ = None
        return self


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a draft.

    :param field: key of the field it belongs to, or ``None`` when it concerns the whole record.
    :param code: stable machine name, e.g. ``required``; see :mod:`tracte.kernel.messages`.
    :param params: values for the message's placeholders.
    :param warning: a warning can be accepted; an error cannot.
    :param row: position of the draft in a bulk (0-based), or ``None`` for a single write.
    :param notice: a warning that only tells what was done; nobody is asked to accept it.
    """

    field: str | None
    code: str
    params: dict[str, object] = dataclasses.field(default_factory=dict)
    warning: bool = False
    row: int | None = None
    notice: bool = False

    @property
    def message(self) -> str:
        """The sentence a person reads, in the active language."""
        return message_for(self.code, self.params)

    def as_json(self) -> dict[str, object]:
        return {"field": self.field, "code": self.code, "message": self.message}


class Rejected(Exception):
    """A write (or a request) that was refused. Carries every problem found, never only the first."""

    def __init__(self, problems: Iterable[Problem], *, status: int = 422) -> None:
        self.problems = list(problems)
        self.status = status
        super().__init__("; ".join(f"{p.field or '-'}: {p.code}" for p in self.problems))


class NotFound(Exception):
    """The record or entity does not exist, or the actor may not see it: both look the same."""


class Forbidden(Exception):
    """The actor sees the thing but lacks the verb. ``verb`` names what was missing."""

    def __init__(self, verb: str, entity: str) -> None:
        self.verb, self.entity = verb, entity
        super().__init__(f"{verb} {entity}")


class Conflict(Exception):
    """The record moved on since the caller read it (HTTP 409/412). ``current`` is its version now."""

    def __init__(self, record_id: int, current: int) -> None:
        self.record_id, self.current = record_id, current
        super().__init__(f"record {record_id} is at version {current}")

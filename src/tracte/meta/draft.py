"""A draft: one record as a write would leave it, handed to hooks before anything is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tracte.kernel.actor import Actor
from tracte.kernel.problems import Problem
from tracte.meta.kinds.base import Context


@dataclass(slots=True)
class Draft:
    """One record on its way through the door.

    :param before: canonical values by field as stored now; empty for a create.
    :param values: canonical values by field as they will be; hooks may change them.
    :param given: the fields the caller sent (the rest is untouched or derived).
    :param row: position in the bulk.
    :ivar handed_over: a rule gave the new record to somebody; who made it need not reach it any more.
    """

    id: int
    verb: str
    before: Mapping[str, Any]
    values: dict[str, Any]
    given: frozenset[str] = frozenset()
    row: int = 0
    version: int = 0
    problems: list[Problem] = field(default_factory=list)
    handed_over: bool = False

    def problem(self, name: str | None, code: str, /, **params: object) -> None:
        """Refuse the draft because of ``name``."""
        self.problems.append(Problem(name, code, params, row=self.row))

    def warn(self, name: str | None, code: str, /, **params: object) -> None:
        """Something to look at that can be accepted."""
        self.problems.append(Problem(name, code, params, warning=True, row=self.row))

    def tell(self, name: str | None, code: str, /, **params: object) -> None:
        """Say what was done; nothing is asked."""
        self.problems.append(Problem(name, code, params, warning=True, row=self.row, notice=True))

    def changed(self, name: str) -> bool:
        return self.before.get(name) != self.values.get(name)

    @property
    def refused(self) -> bool:
        return bool(self.problems) and any(not problem.warning for problem in self.problems)

    @property
    def asks(self) -> bool:
        """Whether a person should look at it before it is written."""
        return any(not problem.notice for problem in self.problems)

    @property
    def created(self) -> bool:
        return self.verb == "create"


class WriteEnv(Protocol):
    """What hooks may use while a write runs."""

    @property
    def actor(self) -> Actor: ...
    @property
    def context(self) -> Context: ...
    @property
    def origin(self) -> str: ...
    @property
    def lenient(self) -> bool:
        """True in imports: gates and required-by-stage rules are warnings there."""
        ...

    def rows(self, entity: str, ids: Any) -> dict[int, dict[str, Any]]:
        """Values of records by id, all fields, as the system sees them (for rules, not for showing)."""
        ...

    def find(self, entity: str, **equal: Any) -> list[dict[str, Any]]:
        """Live records whose fields equal the given canonical values, as the system sees them."""
        ...

    def create(self, entity: str, values: Mapping[str, Any]) -> int:
        """Create a further record in the same change set, with canonical values."""
        ...

    def update(self, entity: str, record_id: int, values: Mapping[str, Any]) -> None:
        """Update a further record in the same change set, with canonical values."""
        ...

    def update_all(self, entity: str, values: Mapping[int, Mapping[str, Any]]) -> None:
        """Update further records in the same change set at once: canonical values by id."""
        ...

    def lock(self, entity: str, ids: Any) -> set[int]:
        """Keep others from writing these records until this write ends; gives the ids of those not in the bin.

        What is worked out from several records is worked out by one write after the other.
        """
        ...

    def delete(self, entity: str, record_id: int) -> None:
        """Put a further record in the bin in the same change set."""
        ...

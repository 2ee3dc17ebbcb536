"""What conditions ask of the database, within an actor's reach, and what is known without asking."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from tracte.kernel.actor import Actor
from tracte.meta import conditions
from tracte.meta.registry import registry
from tracte.records.snapshot import Snapshot
from tracte.records.tables import RecordLink


@dataclass(frozen=True, slots=True)
class Read(conditions.Node):
    """A condition with what it was read from, by which its statements are kept."""

    inner: conditions.Node
    key: Hashable | None

    def to_q(self, scope: conditions.Scope) -> Q:
        return self.inner.to_q(scope)

    def accepts(self, values: Mapping[str, Any], world: conditions.World) -> bool:
        return self.inner.accepts(values, world)


def key_of(node: conditions.Node | None) -> Hashable | None:
    """What tells a filter from all others; ``None`` when it does not say."""
    if node is None:
        return ()
    if isinstance(node, conditions.All):
        keys = tuple(map(key_of, node.parts))
        return None if None in keys else keys
    return node.key if isinstance(node, Read) else None


@dataclass(frozen=True, slots=True)
class Scope:
    """Gives conditions the rows of other entities, each within the actor's reach.

    :param within_reach: the rows of an entity the actor sees.
    """

    actor: Actor
    snapshot: Snapshot
    within_reach: Callable[[str], QuerySet[Any]]

    def rows(self, entity: str) -> QuerySet[Any]:
        return self.within_reach(entity)

    def links(self, entity: str, field: str) -> QuerySet[Any]:
        return RecordLink.objects.filter(field=f"{entity}.{field}")

    def known(self, entity: str, inner: conditions.Node) -> list[int] | None:
        """Rows of the directory are held in memory: a stage's kind becomes a list of stages, which both databases
        plan better, and PostgreSQL quicker, than a selection within each branch of a board."""
        declared = registry()[entity].declaration
        if not (declared.directory and self.snapshot.version) or declared.row_rule(self.actor) is not None:
            return None
        rows, world = self.snapshot.rows.get(entity, {}), _HeldWorld(self.snapshot)
        try:
            return [
                pk
                for pk, values in rows.items()
                if values["deleted_at"] is None and inner.accepts(_HeldRow(values), world)
            ]
        except _NotHeld:
            return None


class _NotHeld(Exception):
    """A condition asks for what only the database knows."""


class _HeldRow(dict[str, Any]):
    """Values of a row of the directory; its custom fields and links are not among them."""

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            raise _NotHeld
        return self[name]


@dataclass(frozen=True, slots=True)
class _HeldWorld:
    """The directory, for conditions in memory."""

    snapshot: Snapshot

    def record(self, entity: str, record_id: int) -> Mapping[str, Any] | None:
        if entity not in self.snapshot.rows:
            raise _NotHeld
        row = self.snapshot.rows[entity].get(record_id)
        return None if row is None or row["deleted_at"] is not None else _HeldRow(row)

    def collection(self, entity: str, field: str, record_id: int) -> Iterable[Mapping[str, Any]]:
        raise _NotHeld

"""Values as the history keeps them, read as they are understood today. What history says is never rewritten."""

from typing import Any

from tracte.meta.kinds.base import Kind
from tracte.records import snapshot as snapshots
from tracte.records.changes import ERASED


def value_of(kind: Kind, stored: Any) -> Any:
    """A stored value in canonical form; an erased one is empty.

    A field may have held an entry of a value list before its values became records of their own: the key of the entry
    is the key of the record.

    :raises ValueError: when it cannot be understood any more.
    """
    if stored is None or stored == ERASED:
        return None
    try:
        return kind.from_json(stored)
    except ValueError:
        named = snapshots.current().keyed(str(getattr(kind, "to", "")), stored) if isinstance(stored, str) else ()
        if len(named) != 1:
            raise
        return named[0]

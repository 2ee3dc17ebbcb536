"""What each way of finding records would find: how many rows of the file, and how many stand in it twice."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracte.engine.importing.choices import Use
from tracte.engine.importing.spec import Column
from tracte.engine.importing.transforms import transform
from tracte.kernel.actor import Actor
from tracte.kernel.problems import NotFound
from tracte.meta.kinds.base import Context
from tracte.meta.registry import EntitySpec
from tracte.records import query


@dataclass(frozen=True, slots=True)
class Found:
    """:param rows: with a value. :param known: of these, about a record that is here. :param twice: of these, with a
    value that a row above has too."""

    rows: int
    known: int
    twice: int


def by_field(spec: EntitySpec, actor: Actor, context: Context, use: Use, values: Sequence[str]) -> Found | None:
    """What one column would find; ``None`` where one cannot tell beforehand."""
    kind = spec.fields.get(use.to)
    if kind is None or getattr(kind, "to", None) is not None or len(kind.columns()) != 1:
        return None
    column = Column(to=use.to, formats=(use.format,) if use.format else (), decimal=use.decimal or None)
    raws, faults = transform(column, [value or None for value in values])
    parsed, more = kind.parse_many(raws, replace(context, language="en"))
    good = [value for at, value in enumerate(parsed) if value is not None and at not in faults and at not in more]
    try:
        stored: Mapping[Any, Sequence[int]] = query.rows(spec.key, actor).find(use.to, set(good))
    except NotFound:
        return None
    counted = Counter(good)
    return Found(len(good), sum(1 for value in good if stored.get(value)), len(good) - len(counted))

"""Titles of everything a page points to, fetched together: one query per target entity, whatever shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from tracte.kernel.actor import Actor
from tracte.meta.kinds.base import RefTitle
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query

Shown = tuple[EntitySpec, Iterable[Mapping[str, Any]], Iterable[str]]


def held(value: Any) -> tuple[int, ...]:
    """The ids in a reference's value, one or many."""
    if not value:
        return ()
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def together(parts: Iterable[Shown], actor: Actor, known: Mapping[int, RefTitle] | None = None) -> dict[int, RefTitle]:
    """Titles for several sets of values.

    :param parts: ``(spec, values, fields)`` for each list on the page.
    :param known: titles there already, not asked for again.
    """
    found: dict[int, RefTitle] = dict(known or {})
    wanted: dict[str, set[int]] = {}
    for spec, rows, fields in parts:
        pointing = [(name, spec.fields[name].to) for name in fields if getattr(spec.fields.get(name), "to", None)]  # type: ignore[attr-defined]
        for values in rows:
            for name, target in pointing:
                wanted.setdefault(target, set()).update(held(values.get(name)))
    topics = wanted.pop("*", set())
    for target, ids in wanted.items():
        found.update(query.titles(target, ids - found.keys(), actor))
    return anywhere(topics, actor, found)


def anywhere(ids: Iterable[int], actor: Actor, known: Mapping[int, RefTitle] | None = None) -> dict[int, RefTitle]:
    """Titles of records of any kind, besides those that are known: one query per entity until all are found."""
    found, wanted = dict(known or {}), set(ids)
    for spec in registry():
        missing = wanted - found.keys()
        if not missing:
            break
        if spec.may_be_topic:
            found.update(query.titles(spec.key, missing, actor))
    return found


def titles_for(
    spec: EntitySpec, values: Iterable[Mapping[str, Any]], actor: Actor, fields: Iterable[str] | None = None
) -> dict[int, RefTitle]:
    """Titles of everything the reference fields of one list point to; of all its fields when ``None``."""
    return together([(spec, list(values), list(spec.fields if fields is None else fields))], actor)

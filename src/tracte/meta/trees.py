"""Value lists as trees: an entry may stand under another of its list (“Price › Too expensive”), to any depth.

An entry whose parent is not there, or that would stand under itself, stands at the top.
"""

from collections.abc import Iterable, Mapping, Sequence

from tracte.meta.kinds.base import Option

Options = Mapping[str, Option]


def is_tree(options: Options) -> bool:
    """Whether any entry stands under another."""
    return any(option.parent for option in options.values())


def parent_of(options: Options, key: str) -> str:
    """The key of the entry ``key`` stands under, ``""`` at the top (and where entries would stand under themselves)."""
    parent = options[key].parent if key in options else ""
    seen, at = {key}, parent
    while at in options:
        if at in seen:
            return ""
        seen.add(at)
        at = options[at].parent
    return parent if parent in options else ""


def way_to(options: Options, key: str) -> list[str]:
    """Keys from the top down to ``key``."""
    way = [key]
    while parent := parent_of(options, way[0]):
        way.insert(0, parent)
    return way


def in_order(options: Options) -> list[tuple[str, int]]:
    """Every key with its depth, each entry followed by what stands under it; else in the order of the list."""
    below: dict[str, list[str]] = {}
    for key in options:
        below.setdefault(parent_of(options, key), []).append(key)
    return _walk(below, "", 0)


def _walk(below: Mapping[str, Sequence[str]], key: str, depth: int) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for child in below.get(key, ()):
        found += [(child, depth), *_walk(below, child, depth + 1)]
    return found


def with_below(options: Options, keys: Iterable[str]) -> list[str]:
    """``keys`` and every entry that stands under one of them, in the order of the list."""
    wanted = set(keys)
    found = [key for key in options if not wanted.isdisjoint(way_to(options, key))]
    return [*found, *sorted(wanted.difference(found))]

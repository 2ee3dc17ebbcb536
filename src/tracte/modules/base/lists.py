"""Value lists every module may use."""

from collections.abc import Mapping, Sequence

from tracte.meta.kinds.base import Label, Option


def entries(labels: Mapping[str, Label], hues: Sequence[str] = ("stone",)) -> list[Option]:
    """Options by key, taking the hues in turn."""
    return [Option(key, label, hues[at % len(hues)]) for at, (key, label) in enumerate(labels.items())]


def branches(tree: Mapping[tuple[str, Label], Mapping[str, Label]]) -> list[Option]:
    """Options in two levels: each entry with those that stand under it."""
    found: list[Option] = []
    for (key, label), below in tree.items():
        found.append(Option(key, label))
        found += [Option(one, name, parent=key) for one, name in below.items()]
    return found

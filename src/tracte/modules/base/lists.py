"""Value lists every module may use."""

from collections.abc import Mapping, Sequence

from tracte.meta.kinds.base import Label, Option


def entries(labels: Mapping[str, Label], hues: Sequence[str] = ("stone",)) -> list[Option]:
    """Options by key, taking the hues in turn."""
    return [Option(key, label, hues[at % len(hues)]) for at, (key, label) in enumerate(labels.items())]

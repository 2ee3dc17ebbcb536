"""A module's table of contents: what ``module.py`` of each business module (or plug-in) says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tracte.meta.entity import Entity, Extend
from tracte.meta.kinds.base import Label, Option


@dataclass(frozen=True, slots=True)
class Module:
    """What a module brings.

    :param key: its app label, and the prefix of the fields it adds to other modules' entities.
    :param depends_on: keys of modules that must be installed; decides the order of hooks.
    :param lists: value lists it ships.
    :param seed: makes the rows a fresh home needs (a first pipeline), idempotent, through the door.
    """

    key: str
    version: str
    label: Label
    depends_on: Sequence[str] = ()
    entities: Sequence[type[Entity]] = ()
    extends: Sequence[Extend] = ()
    lists: Mapping[str, Sequence[Option]] = field(default_factory=dict)
    seed: Callable[[], None] | None = None

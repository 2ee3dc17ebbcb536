"""Who acts. Every read and write names an actor; there is no anonymous default."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Level(IntEnum):
    """How far a right reaches. Grants only: the highest level of the actor's roles wins."""

    NONE = 0
    OWN = 1
    TEAM = 2
    UNIT = 3  # the teams of one's units and of the units below
    ALL = 4

    @classmethod
    def named(cls, name: str) -> "Level":
        return cls[name.upper()]


VERBS = ("view", "create", "edit", "delete", "import", "export", "bulk", "undo", "customise")


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, token or system process with rights already resolved.

    :param user_id: the user record, or ``None`` for a system actor.
    :param name: shown in history, e.g. ``Núria Ferrer`` or ``operator``.
    :param everything: a system actor such as ``operator`` holds every right.
    :param levels: ``(entity, verb)`` to level; an entity of ``*`` is the default for entities not named.
    :param masks: ``(entity, field)`` to ``hidden`` or ``readonly``.
    :param teams: ids of the teams the actor belongs to. :param unit_teams: further teams, of the units those stand in
        and of the units below.
    :param admin: may change settings, roles and users.
    :ivar rights: all that decides what the actor may do and see, to compare and to remember by.
    """

    user_id: int | None
    name: str
    everything: bool = False
    levels: Mapping[tuple[str, str], Level] = field(default_factory=dict)
    masks: Mapping[tuple[str, str], str] = field(default_factory=dict)
    teams: frozenset[int] = frozenset()
    unit_teams: frozenset[int] = frozenset()
    admin: bool = False
    language: str = "en"
    timezone: str = "UTC"
    rights: Hashable = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        levels, masks = frozenset(self.levels.items()), frozenset(self.masks.items())
        teams = (self.teams, self.unit_teams)
        object.__setattr__(self, "rights", (self.user_id, self.everything, self.admin, teams, levels, masks))

    def level(self, entity: str, verb: str) -> Level:
        """The reach of ``verb`` on ``entity``: exact grant first, then the wildcard grant."""
        if self.everything:
            return Level.ALL
        found = self.levels.get((entity, verb))
        return self.levels.get(("*", verb), Level.NONE) if found is None else found

    def teams_within(self, level: Level) -> frozenset[int]:
        """The teams whose records a right of this level covers, beside one's own records."""
        if level is Level.UNIT:
            return self.teams | self.unit_teams
        return self.teams if level is Level.TEAM else frozenset()

    def may(self, entity: str, verb: str) -> bool:
        return self.level(entity, verb) > Level.NONE

    def hides(self, entity: str, name: str) -> bool:
        return self.masks.get((entity, name)) == "hidden"

    def locks(self, entity: str, name: str) -> bool:
        """True when the actor may not change the field (read-only or hidden)."""
        return (entity, name) in self.masks


OPERATOR = Actor(None, "operator", everything=True, admin=True)

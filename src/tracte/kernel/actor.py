"""Who acts. Every read and write names an actor; there is no anonymous default."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
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


VERBS = (
    "view",
    "history",  # see who changed what
    "create",
    "edit",
    "assign",  # hand over: owner and team
    "share",  # name collaborators
    "delete",
    "restore",
    "import",
    "export",
    "bulk",
    "undo",
    "approve",  # say yes to what waits for a second person
    "customise",
)
READING = frozenset({"view", "history", "export"})
"""The verbs that change nothing."""
FOLLOWS = {"history": "view", "assign": "edit", "share": "edit", "restore": "delete"}
"""Verbs that reach as far as another one, unless a role says something else of them."""


def granted(grants: Callable[[str, str], "Level | None"], entity: str, verb: str) -> "Level":
    """How far a right goes: what is said of the entity, else what is said of every entity (``*``).

    :param grants: what is said of an entity and a verb, or ``None``.
    """
    for one in (entity, "*"):
        for asked in (verb, FOLLOWS.get(verb, verb)):
            level = grants(one, asked)
            if level is not None:
                return level
    return Level.NONE


@dataclass(frozen=True, slots=True)
class SharingRule:
    """Records of an entity that were opened to somebody.

    :param how: ``view`` or ``edit``. :param where: the condition they meet, as JSON text.
    """

    id: int
    entity: str
    how: str
    where: str


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
    :param collaborates: entities of which somebody shared records with the actor. :param sharing: rules that open
        records to the actor. :param stands_in: those whose records the actor reaches too, while they are away.
    :param day: the day all this holds for, when it depends on the day.
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
    collaborates: frozenset[str] = frozenset()
    sharing: tuple[SharingRule, ...] = ()
    stands_in: tuple["Actor", ...] = ()
    day: date | None = None
    language: str = "en"
    timezone: str = "UTC"
    rights: Hashable = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        levels, masks = frozenset(self.levels.items()), frozenset(self.masks.items())
        teams = (self.teams, self.unit_teams)
        opened = (self.collaborates, self.sharing, tuple(other.rights for other in self.stands_in), self.day)
        object.__setattr__(self, "rights", (self.user_id, self.everything, self.admin, teams, levels, masks, opened))

    def level(self, entity: str, verb: str) -> Level:
        """The reach of ``verb`` on ``entity``: exact grant first, then the wildcard grant."""
        if self.everything:
            return Level.ALL
        found = self.levels.get((entity, verb))
        return granted(lambda *key: self.levels.get(key), entity, verb) if found is None else found

    def teams_within(self, level: Level) -> frozenset[int]:
        """The teams whose records a right of this level covers, beside one's own records."""
        if level is Level.UNIT:
            return self.teams | self.unit_teams
        return self.teams if level is Level.TEAM else frozenset()

    @property
    def shared_with(self) -> bool:
        """Whether the actor reaches records beyond their own and their teams'."""
        return bool(self.collaborates or self.sharing or self.stands_in)

    def may(self, entity: str, verb: str) -> bool:
        return self.level(entity, verb) > Level.NONE

    def hides(self, entity: str, name: str) -> bool:
        return self.masks.get((entity, name)) == "hidden"

    def locks(self, entity: str, name: str) -> bool:
        """True when the actor may not change the field (read-only or hidden)."""
        return (entity, name) in self.masks


@dataclass(frozen=True, slots=True)
class TokenScope:
    """What a token is for: its rights are those of its person, within this.

    :param writes: may do more than read. :param entities: only these kinds of record; ``None`` for all.
    """

    writes: bool = True
    entities: frozenset[str] | None = None

    @property
    def whole(self) -> bool:
        return self.writes and self.entities is None

    def applied(self, actor: Actor) -> Actor:
        """The person as the token acts for them."""
        if self.whole:
            return actor
        told = actor.levels
        if actor.everything:
            told = {(entity, verb): Level.ALL for entity in (self.entities or {"*"}) for verb in VERBS}
        levels = {key: level if self._open(*key) else Level.NONE for key, level in told.items()}
        return replace(actor, everything=False, admin=False, levels=levels)

    def _open(self, entity: str, verb: str) -> bool:
        return (self.writes or verb in READING) and (self.entities is None or entity in self.entities)


WHOLE = TokenScope()
OPERATOR = Actor(None, "operator", everything=True, admin=True)

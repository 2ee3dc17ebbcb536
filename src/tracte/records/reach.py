"""Why a record lies within somebody's reach: one rule behind every query, every check in memory and every explanation.

A right of a level covers records in ways: because one owns it, because its team is one of one's own, or stands in
one's unit or in one below. The ways of a reach are disjoint when they are asked in this order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Q

from tracte.kernel.actor import Actor, Level

MOST_BRANCHES = 8  # beyond this many teams they are asked for together: planning a selection of each costs more

Key = Literal["everything", "own", "team", "unit"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which an actor reaches records.

    :param teams: whose records, for the ways ``team`` and ``unit``.
    """

    key: Key
    teams: frozenset[int] = frozenset()

    def covers(self, actor: Actor, values: Mapping[str, Any]) -> bool:
        """Whether a record with this ``owner`` and ``team`` is reached so."""
        if self.key == "own":
            return actor.user_id is not None and values.get("owner") == actor.user_id
        return self.key == "everything" or values.get("team") in self.teams

    def to_q(self, actor: Actor) -> Q:
        """The same as a condition, without what the actor owns."""
        if self.key == "everything":
            return Q()
        mine = Q(owner_id=actor.user_id)
        if self.key == "own":
            return mine
        ours = Q(team_id=min(self.teams)) if len(self.teams) == 1 else Q(team_id__in=sorted(self.teams))
        return ours & (~mine | Q(owner_id__isnull=True))


def ways(actor: Actor, level: Level) -> list[Way]:
    """How a right of this level covers records of a kind that has owners."""
    if level is Level.ALL:
        return [Way("everything")]
    if level is Level.NONE:
        return []
    further = actor.teams_within(level) - actor.teams
    found = [Way("own")]
    for key, teams in (("team", actor.teams_within(level) & actor.teams), ("unit", further)):
        if len(teams) > MOST_BRANCHES:
            found.append(Way(key, teams))  # type: ignore[arg-type]
        else:
            found += [Way(key, frozenset({team})) for team in sorted(teams)]  # type: ignore[arg-type]
    return found


def way_to(values: Mapping[str, Any], actor: Actor, level: Level) -> Way | None:
    """The first way in which a right of this level covers a record with this ``owner`` and ``team``."""
    return next((way for way in ways(actor, level) if way.covers(actor, values)), None)


def in_reach(values: Mapping[str, Any], actor: Actor, level: Level) -> bool:
    """Whether a right of this level covers a record with this ``owner`` and ``team``."""
    return way_to(values, actor, level) is not None

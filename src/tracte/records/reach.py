"""Why a record lies within somebody's reach: one rule behind every query, every check in memory and every explanation.

A right of a level covers records in ways: because one owns it, because its team is one of one's own, or stands in
one's unit or in one below. What is shared adds ways: one is a collaborator of the record, a sharing rule opens it, one
stands in for somebody who reaches it. Ways add records, never verbs and never fields: who may change no contact at all
changes no shared one either.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.db.models import Q, QuerySet

from tracte.kernel.actor import OPERATOR, Actor, Level, SharingRule
from tracte.meta import conditions
from tracte.meta.registry import COLLABORATORS, EntitySpec, registry
from tracte.records.scope import Scope
from tracte.records.snapshot import Snapshot
from tracte.records.tables import RecordLink

MOST_BRANCHES = 8  # beyond this many teams they are asked for together: planning a selection of each costs more
OPENS = {"view": frozenset({"view", "history"}), "edit": frozenset({"view", "history", "edit"})}
"""The verbs that a shared record is open for, by how it is shared; collaborators have it for changing."""

Key = Literal["everything", "own", "team", "unit", "collaborator", "rule"]
ORDER: tuple[Key, ...] = ("everything", "own", "team", "unit", "collaborator", "rule")


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which an actor reaches records.

    :param actor: whose way it is: one's own, or of somebody one stands in for.
    :param teams: whose records, for the ways ``team`` and ``unit``.
    :param rule: id of the sharing rule, and :param test: its condition.
    """

    key: Key
    actor: Actor
    teams: frozenset[int] = frozenset()
    rule: int = 0
    test: conditions.Node | None = None

    @property
    def told(self) -> bool:
        """Whether owner and team alone decide."""
        return self.key not in ("collaborator", "rule")

    def covers(self, values: Mapping[str, Any], world: conditions.World) -> bool:
        """Whether a record with these values is reached so."""
        if self.key == "everything":
            return True
        if self.key == "own":
            return values.get("owner") == self.actor.user_id
        if self.key == "collaborator":
            return self.actor.user_id in (values.get(COLLABORATORS) or ())
        if self.test is not None:
            return self.test.accepts(values, world)
        return values.get("team") in self.teams


def ways(spec: EntitySpec, actor: Actor, verb: str, level: Level, snapshot: Snapshot) -> list[Way]:
    """How a right of this level covers records of a kind that has owners, the nearest first."""
    if level is Level.NONE:
        return []
    found = [*_of_level(actor, level), *_shared(spec, actor, verb, snapshot)]
    for other in actor.stands_in:
        found += [*_of_level(other, other.level(spec.key, verb)), *_shared(spec, other, verb, snapshot)]
    everything = [way for way in found if way.key == "everything"]
    return everything[:1] or sorted(_once(found), key=lambda way: ORDER.index(way.key))


def _of_level(actor: Actor, level: Level) -> Iterator[Way]:
    if level is Level.ALL:
        yield Way("everything", actor)
    elif level is not Level.NONE and actor.user_id is not None:
        yield Way("own", actor)
        within = actor.teams_within(level)
        yield from _of_teams("team", actor, within & actor.teams)
        yield from _of_teams("unit", actor, within - actor.teams)


def _of_teams(key: Key, actor: Actor, teams: frozenset[int]) -> Iterator[Way]:
    if len(teams) > MOST_BRANCHES:
        yield Way(key, actor, teams)
    else:
        yield from (Way(key, actor, frozenset({team})) for team in sorted(teams))


def _shared(spec: EntitySpec, actor: Actor, verb: str, snapshot: Snapshot) -> Iterator[Way]:
    """What others opened: to a collaborator, by a rule."""
    if spec.key in actor.collaborates and verb in OPENS["edit"]:
        yield Way("collaborator", actor)
    for rule in actor.sharing:
        if rule.entity == spec.key and verb in OPENS[rule.how]:
            yield Way("rule", actor, rule=rule.id, test=_test(spec, rule, actor, snapshot))


def _test(spec: EntitySpec, rule: SharingRule, actor: Actor, snapshot: Snapshot) -> conditions.Node:
    """A rule's condition, where *me* is whom it opens records for; whoever set it up saw every field."""
    seeing_all = replace(OPERATOR, user_id=actor.user_id, teams=actor.teams)
    reader = conditions.Reader(registry(), seeing_all, snapshot.context(actor), snapshot.keyed)
    where = json.loads(rule.where)
    return conditions.read(spec, where, reader) if where else conditions.All(())


def _once(found: Sequence[Way]) -> Iterator[Way]:
    """Each team once: somebody one stands in for may be of the same."""
    seen: set[int] = set()
    for way in found:
        fresh = way.teams - seen
        seen |= way.teams
        if fresh == way.teams:
            yield way
        elif fresh:
            yield replace(way, teams=fresh)


@dataclass(frozen=True, slots=True)
class Reach:
    """All ways of somebody for one verb, to ask the database by.

    :param owners: whose records. :param teams: of which teams, each set asked for by itself.
    :param collaborators: whose collaborations. :param tests: what sharing rules open.
    """

    entity: str
    everything: bool = False
    owners: tuple[int, ...] = ()
    teams: tuple[frozenset[int], ...] = ()
    collaborators: tuple[int, ...] = ()
    tests: tuple[conditions.Node, ...] = ()

    @classmethod
    def of(cls, spec: EntitySpec, found: Sequence[Way]) -> "Reach":
        def whose(key: Key) -> tuple[int, ...]:
            return tuple(dict.fromkeys(way.actor.user_id or 0 for way in found if way.key == key))

        return cls(
            spec.key,
            any(way.key == "everything" for way in found),
            whose("own"),
            tuple(way.teams for way in found if way.teams),
            whose("collaborator"),
            tuple(way.test for way in found if way.test is not None),
        )

    @property
    def told(self) -> bool:
        """Whether owner and team alone decide."""
        return not (self.collaborators or self.tests)

    @property
    def all_teams(self) -> list[int]:
        return sorted(frozenset().union(*self.teams))

    def branches(self, snapshot: Snapshot) -> list[Q]:
        """Conditions that together are the reach, no two of which hold for one record: each may walk an index, and
        what is summed over them is summed once."""
        if self.everything:
            return [Q()]
        found = [Q(owner_id=owner) for owner in self.owners]
        foreign = _out_of("owner_id", self.owners)
        found += [_one_of("team_id", teams) & foreign for teams in self.teams]
        foreign &= _out_of("team_id", self.all_teams)
        if self.collaborators:
            found.append(self._collaborations() & foreign)
            foreign &= ~self._collaborations()
        if self.tests:
            found.append(self._opened(snapshot) & foreign)
        return found or [Q(pk__in=[])]

    def as_one(self, snapshot: Snapshot) -> Q:
        """The reach as one condition, for filters within filters and for counting."""
        if self.everything:
            return Q()
        found = Q(pk__in=[])
        if self.owners:
            found = _one_of("owner_id", self.owners)
        if self.teams:
            found |= Q(team_id__in=self.all_teams)
        if self.collaborators:
            found |= self._collaborations()
        return found | self._opened(snapshot) if self.tests else found

    def plain(self) -> tuple[str, list[int]] | None:
        """The reach as SQL on ``owner_id`` and ``team_id``, empty for everything; ``None`` when these do not decide."""
        if self.everything:
            return "", []
        if not self.told:
            return None
        pieces: list[str] = []
        params: list[int] = []
        for column, wanted in (("owner_id", self.owners), ("team_id", self.all_teams)):
            if wanted:
                pieces.append(f"{column} IN ({', '.join(['%s'] * len(wanted))})")
                params += wanted
        return f"({' OR '.join(pieces)})" if pieces else "1 = 0", params

    def _collaborations(self) -> Q:
        links = RecordLink.objects.filter(_one_of("to_id", self.collaborators), field=f"{self.entity}.{COLLABORATORS}")
        return Q(pk__in=links.values("from_id"))

    def _opened(self, snapshot: Snapshot) -> Q:
        return conditions.Any(self.tests).to_q(Scope(OPERATOR, snapshot, _live))


def _one_of(column: str, wanted: "Sequence[int] | frozenset[int]") -> Q:
    return Q((column, min(wanted))) if len(wanted) == 1 else Q((f"{column}__in", sorted(wanted)))


def _out_of(column: str, barred: Sequence[int]) -> Q:
    return ~_one_of(column, barred) | Q((f"{column}__isnull", True)) if barred else Q()


def _live(entity: str) -> QuerySet[Any]:
    """What the condition of a sharing rule looks at."""
    return registry()[entity].model._default_manager.filter(deleted_at__isnull=True)

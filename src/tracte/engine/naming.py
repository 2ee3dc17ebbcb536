"""Whom a sharing rule or private fields name, in words and in numbers, and how many records a condition holds for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from babel.lists import format_list
from django.utils.translation import gettext as _

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.locales import locale_of
from tracte.kernel.problems import Rejected
from tracte.meta.registry import EntitySpec
from tracte.records import query
from tracte.records.limits import time_limit
from tracte.records.principals import NAMING, principals
from tracte.records.query import Rows
from tracte.records.snapshot import Snapshot

CAP = 10_001
SECONDS = 0.5  # what counting while somebody still builds may take
SAID = 4  # names that are said one by one
TARGETS = {"people": "user", "teams": "team", "units": "unit", "groups": "group"}

Named = Mapping[str, Sequence[int]]


def named_by(snapshot: Snapshot, entity: str, record_id: int) -> dict[str, Sequence[int]]:
    """The people, teams, units and groups a stored rule names: ``{"people": [id, …], …}``."""
    return {name: snapshot.linked(f"{entity}.{name}", record_id) for name in NAMING}


def standing_for(snapshot: Snapshot) -> dict[int, frozenset[int]]:
    """All that stands for each person who may sign in, where rights are given."""
    return {member.id: principals(snapshot, member) for member in snapshot.members.values() if member.active}


def people_of(named: Named, everybody: bool, known: Mapping[int, frozenset[int]]) -> set[int]:
    """Ids of the people who are named: themselves, by a team, by a unit above it or by a group.

    :param known: what :func:`standing_for` found.
    """
    wanted = {one for name in NAMING for one in named.get(name, ())}
    return set(known) if everybody else {pk for pk, mine in known.items() if not wanted.isdisjoint(mine)}


def names(snapshot: Snapshot, named: Named, language: str) -> tuple[str, int]:
    """Those who are named in words, "Ana, the team North and the group Export", and how many they are."""
    said = [text for name in NAMING for text in _said(snapshot, name, named.get(name, ()))]
    count = len(said)
    if count > SAID:
        said = [*said[: SAID - 1], _("%(n)d others") % {"n": count - SAID + 1}]
    return format_list(said, locale=locale_of(language)) if said else "", count


def _said(snapshot: Snapshot, name: str, ids: Iterable[int]) -> Iterable[str]:
    words = {
        "people": _("%(name)s"),
        "teams": _("the team %(name)s"),
        "units": _("the unit %(name)s"),
        "groups": _("the group %(name)s"),
    }
    for pk in ids:
        row, known = snapshot.rows.get(TARGETS[name], {}).get(pk), snapshot.title(TARGETS[name], pk)
        if row is not None and row["deleted_at"] is None and known is not None:
            yield words[name] % {"name": known.title}


def readable(rows: Rows, condition: Any) -> bool:
    """Whether somebody may ask all a condition asks: whoever may not, neither reads nor rewrites it."""
    try:
        rows.where(condition)
    except Rejected:
        return False
    return True


def opened(spec: EntitySpec, condition: Any, actor: Actor) -> tuple[int, bool] | None:
    """How many records a condition holds for today, of all there are, and whether there are more; ``None`` when that
    takes too long. *Me* in it is the actor."""
    everything = replace(OPERATOR, user_id=actor.user_id, teams=actor.teams)
    try:
        with time_limit(SECONDS):
            count, capped = replace(query.system_rows(spec.key), actor=everything).where(condition).count(CAP)
    except Rejected:
        return None
    return count - capped, capped


def asks_who_looks(condition: Any) -> bool:
    """Whether a condition holds for other records for each person: it says *me* or *my teams*."""
    if isinstance(condition, Mapping):
        return any(asks_who_looks(inner) for inner in condition.values())
    if isinstance(condition, Collection) and not isinstance(condition, str):
        return any(asks_who_looks(inner) for inner in condition)
    return condition in ("me", "my_teams")

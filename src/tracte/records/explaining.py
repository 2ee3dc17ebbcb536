"""Why somebody may, or may not, do something with a record: the same rules queries follow, said as reasons.

Reasons are codes with parameters; :mod:`tracte.engine.access` says them in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracte.kernel.actor import Actor, Level
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.covering import way_to
from tracte.records.query import Rows, reach
from tracte.records.reach import Way
from tracte.records.snapshot import Snapshot

VERBS = ("view", "edit", "delete")
"""What is asked of a record that is there; the other verbs are asked of a kind of record."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that opens or closes a door.

    :param code: ``everything`` (a system actor, an administrator without roles), ``settings`` (an administrator, for
        settings), ``directory`` (everybody sees it), ``all``, ``own``, ``team``, ``unit`` (the way a role reaches it),
        ``collaborator``, ``sharing_rule`` (the way it was opened),
        ``out_of_reach``, ``no_right`` (no role grants the verb), ``rule`` (the entity's own rule keeps it from them),
        ``gone`` (it is in the bin), ``parent`` (rights come from the record it belongs to), ``nobody`` (the account is
        closed).
    :param level: how far the right goes. :param roles: ids of the roles that grant so much.
    :param owner, team: whose record it is, as ids. :param rule: the sharing rule that opens it.
    :param instead_of: the person whose way it is, when one stands in for them.
    """

    code: str
    level: Level = Level.NONE
    roles: tuple[int, ...] = ()
    owner: int | None = None
    team: int | None = None
    rule: int | None = None
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a verb is allowed, and why."""

    verb: str
    allowed: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """What somebody may do with one record.

    :param masks: fields that are hidden or read-only to them, with the roles that all say so.
    """

    actor: Actor
    verdicts: tuple[Verdict, ...]
    masks: Mapping[str, str] = field(default_factory=dict)

    def may(self, verb: str) -> bool:
        return any(one.verb == verb and one.allowed for one in self.verdicts)


@dataclass(frozen=True, slots=True)
class Asked:
    """A record rights are asked about, read once however many people are asked.

    :param values: owner, team and what it belongs to. :param parents: the same of the records it belongs to, by id.
    """

    spec: EntitySpec
    id: int
    values: Mapping[str, Any]
    gone: bool
    parent: "Asked | None" = None


def asked(spec: EntitySpec, record_id: int) -> Asked | None:
    """The record, wherever it is; ``None`` when there never was one."""
    declared = spec.declaration
    names = ["owner", "team", *([declared.parent] if declared.parent else [])]
    live = query.system_rows(spec.key)
    found = live.read([record_id], names).get(record_id)
    values = found or live.bin().read([record_id], names).get(record_id)
    if values is None:
        return None
    parent = None
    if declared.parent and values.get(declared.parent):
        target = str(getattr(spec.fields[declared.parent], "to", ""))
        parent = asked(registry()[target], values[declared.parent])
    return Asked(spec, record_id, values, found is None, parent)


def explain(about: Asked, actor: Actor, verbs: Sequence[str] = VERBS) -> Explained:
    """What ``actor`` may do with the record, verb by verb."""
    snapshot = snapshots.current()
    masks = {name: how for (entity, name), how in actor.masks.items() if entity == about.spec.key}
    return Explained(actor, tuple(_verdict(about, actor, verb, snapshot) for verb in verbs), masks)


def _verdict(about: Asked, actor: Actor, verb: str, snapshot: Snapshot) -> Verdict:
    spec, declared, level = about.spec, about.spec.declaration, reach(about.spec, actor, verb)
    roles = _roles_of(about, actor, verb, level, snapshot)
    member = snapshot.members.get(actor.user_id or 0)
    whose = {"owner": about.values.get("owner"), "team": about.values.get("team")}
    if member is not None and not member.active:
        return Verdict(verb, False, (Reason("nobody"),))
    if level is Level.NONE:
        return Verdict(verb, False, (Reason("no_right", roles=snapshot.roles_of(member) if member else ()),))
    if about.gone:
        return Verdict(verb, False, (Reason("gone"),))
    if declared.parent is not None and level is not Level.ALL:
        if about.parent is None:
            return Verdict(verb, False, (Reason("out_of_reach", level, roles),))
        above = _verdict(about.parent, actor, query.verb_on_parent(verb), snapshot)
        return Verdict(verb, above.allowed, (Reason("parent"), *above.reasons))
    if actor.everything:
        found = Reason("everything", level)
    elif declared.directory and verb == "view":
        found = Reason("directory", level)
    elif actor.admin and (declared.admin_only or declared.area == "settings"):
        found = Reason("settings", level)
    else:
        way = way_to(spec, actor, verb, about.values)
        if way is None:
            return Verdict(verb, False, (Reason("out_of_reach", level, roles, **whose),))
        found = _reason(way, actor, level, roles, whose)
    if declared.row_rule(actor) is not None and not Rows(spec, actor, verb, snapshot).only([about.id]).ids(1):
        return Verdict(verb, False, (Reason("rule", level, roles, **whose),))
    return Verdict(verb, True, (found,))


def _reason(way: Way, actor: Actor, level: Level, roles: tuple[int, ...], whose: Mapping[str, int | None]) -> Reason:
    other = way.actor.user_id if way.actor is not actor else None
    code = {"everything": "all", "rule": "sharing_rule"}.get(way.key, way.key)
    return Reason(code, level, roles, rule=way.rule or None, instead_of=other, **whose)


def _roles_of(about: Asked, actor: Actor, verb: str, level: Level, snapshot: Snapshot) -> tuple[int, ...]:
    """The roles that make the right reach so far."""
    member = snapshot.members.get(actor.user_id or 0)
    if member is None or level is Level.NONE:
        return ()
    return tuple(role for role in snapshot.roles_of(member) if snapshot.granted(role, about.spec.key, verb) is level)

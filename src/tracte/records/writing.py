"""Steps of a write before anything is stored: from raw operations to checked drafts.

The door runs them in order: load within reach → field rights → parse by kind, a column at a time → defaults → hooks →
validate, collecting every problem.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import Fault, Problem
from tracte.meta.draft import Draft
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import EntitySpec, registry
from tracte.records import covering, query
from tracte.records.query import may_set
from tracte.records.snapshot import Snapshot

STAMPS = frozenset({"created_at", "created_by", "modified_at", "modified_by"})


@dataclass(slots=True)
class Op:
    """One record's part of a write.

    :param values: raw values by field (form text, or JSON when the context is strict); canonical when ``canonical``.
    :param version: the version the caller read; a record that moved on is a conflict.
    :param row: the caller's row number, kept in problems.
    :param external: ``(system, id)`` the record has elsewhere, remembered on create.
    """

    values: Mapping[str, Any]
    id: int | None = None
    version: int | None = None
    row: int = 0
    external: tuple[str, str] | None = None
    canonical: bool = False


Diff = dict[str, tuple[Any, Any]]  # field → before and after, in canonical values


@dataclass(slots=True)
class Result:
    """What became of one operation."""

    row: int
    id: int | None
    verdict: str
    problems: list[Problem] = field(default_factory=list)
    diff: Diff = field(default_factory=dict)
    entity: str = ""  # an action may write to records of several


@dataclass(slots=True)
class Batch:
    """Drafts of one entity and verb on their way through the door."""

    spec: EntitySpec
    verb: str
    actor: Actor
    context: Context
    snapshot: Snapshot
    drafts: list[Draft]
    ops: dict[int, Op] = field(default_factory=dict)  # by draft id
    assume: Mapping[str, set[int]] = field(default_factory=dict)
    free: bool = False  # written by the program's own rules: references need not be visible, read-only may be set
    reverting: bool = False  # an undo: fields the program sets go back too
    looked_by: frozenset[str] = frozenset()  # nothing in reach shares these fields with a draft: it was looked for
    diffs: dict[int, Diff] = field(default_factory=dict)  # by draft id, once the drafts are what is going to be stored

    def good(self) -> list[Draft]:
        return [draft for draft in self.drafts if not draft.refused]


def fill(batch: Batch) -> None:
    """Put the operations' values into the drafts: field rights, then parsing a column at a time."""
    columns: dict[str, list[tuple[Draft, Any]]] = {}
    refused: dict[str, str] = {}
    all_open = True
    for draft in batch.drafts:
        op = batch.ops[draft.id]
        for name in op.values:
            if name not in columns:
                columns[name], refused[name] = [], _refused(batch, name)
                all_open = all_open and not refused[name]
        draft.given = frozenset(op.values)
        if op.canonical and all_open:
            draft.values.update(op.values)
            continue
        for name, raw in op.values.items():
            if code := refused[name]:
                draft.problem(name, code, **({"name": name} if code == "unknown_field" else {}))
            elif op.canonical:
                draft.values[name] = raw
            else:
                columns[name].append((draft, raw))
    for name, cells in columns.items():
        if cells:
            _parse_column(batch, batch.spec.fields[name], cells)


def _refused(batch: Batch, name: str) -> str:
    """Why a field may not be given by this batch; empty when it may."""
    kind = batch.spec.fields.get(name)
    if kind is None or batch.actor.hides(batch.spec.key, name):
        return "unknown_field"
    if not (batch.free or batch.reverting) and (kind.read_only or kind.key == "computed"):
        return "read_only"
    return "" if batch.free or may_set(batch.spec, batch.actor, name, batch.verb) else "forbidden_field"


def _parse_column(batch: Batch, kind: Kind, cells: list[tuple[Draft, Any]]) -> None:
    raws = [_named(batch, kind, raw, draft) for draft, raw in cells]
    values, faults = kind.parse_many(raws, batch.context)
    for at, (draft, _) in enumerate(cells):
        if at in faults:
            draft.problem(kind.name, faults[at].code, **faults[at].params)
        else:
            draft.values[kind.name] = values[at]


def _named(batch: Batch, kind: Kind, raw: Any, draft: Draft) -> Any:
    """A reference may be named by the slug of a directory record instead of its id; where people write, by its name."""
    target = getattr(kind, "to", None)
    if target is None or not isinstance(raw, str) or target == "*" or kind.key == "many_references":
        return raw
    find = batch.snapshot.keyed if batch.context.strict else batch.snapshot.named
    found = find(target, raw)
    if len(found) > 1:
        found = [one for one in found if _fits(batch, target, one, draft)]
    return kind.to_json(found[0]) if len(found) == 1 else raw


def _fits(batch: Batch, target: str, candidate: int, draft: Draft) -> bool:
    """Whether a record named by a slug others share agrees with the draft in the references both have (the
    pipeline)."""
    row = batch.snapshot.rows[target][candidate]
    for name, kind in registry()[target].references.items():
        if name in STAMPS or name in ("owner", "team") or name not in batch.spec.fields:
            continue
        given = batch.ops[draft.id].values.get(name, draft.before.get(name))
        if given is not None and given not in (row[name], kind.to_json(row[name])):
            named = batch.snapshot.keyed(str(getattr(kind, "to", "")), str(given))
            if row[name] not in named:
                return False
    return True


def defaults(batch: Batch) -> None:
    """What a new record gets when nobody says: field defaults, the actor as owner, the owner's first team."""
    names = [(name, kind) for name, kind in batch.spec.stored.items() if kind.default is not None]
    members, me = batch.snapshot.members, batch.actor.user_id
    for draft in batch.drafts:
        for name, kind in names:
            if name not in draft.values:
                draft.values[name] = kind.initial(batch.context)
        if "owner" not in draft.values and me is not None and not batch.spec.declaration.directory:
            draft.values["owner"] = me
        owner = members.get(draft.values.get("owner") or 0)
        if "team" not in draft.values and owner is not None and owner.teams:
            draft.values["team"] = owner.teams[0]


def team_follows_owner(batch: Batch) -> None:
    """A record handed to somebody of another team moves with him, unless a team was given."""
    for draft in batch.drafts:
        if draft.changed("owner") and "team" not in draft.given:
            owner = batch.snapshot.members.get(draft.values.get("owner") or 0)
            if owner is not None and owner.teams and draft.values.get("team") not in owner.teams:
                draft.values["team"] = owner.teams[0]


def check_references(batch: Batch) -> None:
    """Take back the references that lead nowhere, before any rule follows them.

    A rule reads what the system reads: the account of a contact out of reach would be told by its problems. What rules
    themselves point to later need not be in the actor's reach.
    """
    for name, kind in batch.spec.fields.items():
        if getattr(kind, "to", None) is not None and name not in STAMPS:
            for draft in _check_references(batch, name, kind):
                draft.values[name] = draft.before.get(name)


def validate(batch: Batch, *, required: bool = True) -> None:
    """Required fields, unique values. Problems gather on the drafts."""
    if required:
        _check_required(batch)
    _check_newly_given(batch)
    for name, kind in batch.spec.fields.items():
        if kind.unique:
            _check_unique(batch, name, kind)


def _check_required(batch: Batch) -> None:
    required = [name for name, kind in batch.spec.fields.items() if kind.required]
    for draft in batch.drafts if required else ():
        faulty = {problem.field for problem in draft.problems}
        for name in required:
            if draft.values.get(name) in (None, ()) and name not in faulty and (draft.created or draft.changed(name)):
                draft.problem(name, "required")


def _check_newly_given(batch: Batch) -> None:
    """A retired choice may stay where it is, not come."""
    filled: set[str] = set().union(*(draft.values for draft in batch.drafts))
    kinds = batch.spec.fields.items()
    careful = [(n, k) for n, k in kinds if n in filled and type(k).check_new is not Kind.check_new]
    for draft in batch.drafts if careful else ():
        for name, kind in careful:
            if draft.values.get(name) is not None and draft.changed(name) and not batch.reverting:
                try:
                    kind.check_new(draft.values[name], batch.context)
                except Fault as fault:
                    draft.problem(name, fault.code, **fault.params)


def _held(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (value,)


def _check_references(batch: Batch, name: str, kind: Kind) -> list[Draft]:
    """A reference to something out of reach is answered like one to nothing; gives the drafts refused for it."""
    pointing = [d for d in batch.drafts if (value := d.values.get(name)) and value != d.before.get(name)]
    if not pointing:
        return []
    wanted = {one for draft in pointing for one in _held(draft.values[name])}
    known = _known_ids(batch, str(kind.to), wanted)  # type: ignore[attr-defined]
    refused = []
    for draft in pointing:
        before = set(_held(draft.before.get(name) or ()))
        if any(one not in known and one not in before for one in _held(draft.values[name])):
            draft.problem(name, "no_such_record")
            refused.append(draft)
    return refused


def _known_ids(batch: Batch, target: str, wanted: set[int]) -> set[int]:
    known = wanted & set(batch.assume.get(target, ()))
    rest = wanted - known
    if not rest:
        return known
    if target == "*":
        specs = [spec for spec in registry() if spec.may_be_topic]
        for spec in specs:
            if rest - known and query.reach(spec, batch.actor, "view") > Level.NONE:
                known |= _ids_in_reach(batch, spec.key, rest - known)
        return known | (wanted & {one for ids in batch.assume.values() for one in ids})
    spec = registry()[target]
    if spec.declaration.directory:
        stored = batch.snapshot.rows.get(target, {})
        return (
            known
            | {one for one in rest if one in stored and stored[one]["deleted_at"] is None}
            | (_ids_in_reach(batch, target, rest - stored.keys()) if rest - stored.keys() else set())
        )
    if not batch.free and query.reach(spec, batch.actor, "view") is Level.NONE:
        return known
    return known | _ids_in_reach(batch, target, rest)


def _ids_in_reach(batch: Batch, entity: str, ids: set[int]) -> set[int]:
    rows = (
        query.system_rows(entity) if batch.free else query.Rows(registry()[entity], batch.actor, "view", batch.snapshot)
    )
    return set(rows.read(ids, ()))


def _check_unique(batch: Batch, name: str, kind: Kind) -> None:
    """No two live records share the value; the bin does not count."""
    drafts = [d for d in batch.drafts if d.values.get(name) is not None and (d.changed(name) or d.verb == "restore")]
    if not drafts:
        return
    taken = query.system_rows(batch.spec.key).find(name, (draft.values[name] for draft in drafts))
    seen: dict[Any, int] = {}
    for draft in drafts:
        value = draft.values[name]
        others = [one for one in taken.get(value, ()) if one != draft.id]
        if others or seen.setdefault(value, draft.id) != draft.id:
            draft.problem(name, "not_unique", value=kind.text(value, batch.context))


def duplicate_hints(batch: Batch) -> None:
    """Warn of live records in reach that share a whole duplicate rule with a new or changed draft."""
    match = batch.spec.declaration.duplicates
    if match is None or query.reach(batch.spec, batch.actor, "view") is Level.NONE:
        return
    reachable = query.Rows(batch.spec, batch.actor, "view", batch.snapshot)
    good = batch.good()
    rules = [rule for rule in match.rules if not batch.looked_by or not batch.looked_by <= {*rule}]
    if len(good) == 1:
        _hint_one(reachable, good[0], rules)
        return
    hinted: set[int] = set()
    for rule in rules:
        asked = _keys_of([draft for draft in good if draft.id not in hinted], rule)
        titles = {draft.values["title_key"] for draft in good if draft.id in asked}
        found = reachable.find_all(rule, set(asked.values()), titles) if asked else {}
        for draft in good if found else ():
            if draft.id in asked and _hint(draft, rule, found.get(asked[draft.id], ())):
                hinted.add(draft.id)


def _hint_one(reachable: query.Rows, draft: Draft, rules: Sequence[tuple[str, ...]]) -> None:
    """The same for one draft: every rule in one query."""
    asked = [(rule, key) for rule in rules for key in _keys_of([draft], rule).values()]
    for (rule, _), found in zip(asked, reachable.equal_to(asked), strict=True):
        if _hint(draft, rule, found):
            return


def _keys_of(drafts: Sequence[Draft], rule: Sequence[str]) -> dict[int, tuple[Any, ...]]:
    """What drafts say in the fields of a rule; not those with one of them empty, or with nothing new in them."""
    keys: dict[int, tuple[Any, ...]] = {}
    for draft in drafts:
        get = draft.values.get
        key = tuple([get(name) for name in rule])
        if None not in key and (draft.created or any(draft.changed(name) for name in rule)):
            keys[draft.id] = key
    return keys


def _hint(draft: Draft, rule: Sequence[str], found: Sequence[int]) -> bool:
    same = [one for one in found if one != draft.id]
    if same:
        draft.warn(rule[0], "duplicate_hint", ids=same[:5])
    return bool(same)


def hands_over(batch: Batch) -> None:
    """Who gives a record to others, or shares it, needs the right to do so with *this* record, as it was before."""
    if batch.free or batch.verb == "create" or batch.spec.declaration.parent is not None:
        return
    changing = query.reach(batch.spec, batch.actor, "edit")
    for name, verb in query.VERB_OF_FIELD.items():
        level = query.reach(batch.spec, batch.actor, verb)
        if level is Level.ALL or (level is changing and not batch.actor.shared_with):
            continue
        for draft in batch.good():
            given = name in draft.given and draft.changed(name)
            if given and not covering.in_reach(batch.spec, batch.actor, verb, draft.before):
                draft.problem(name, "forbidden_field")


def stays_in_reach(batch: Batch, verb: str) -> None:
    """After the write each row must still lie in the actor's reach for the verb, else it is refused.

    Who was let in by a sharing rule may change the record so that the rule holds no longer, but hand it to nobody they
    could not follow it to.
    """
    if batch.free or batch.spec.declaration.parent is not None:
        return
    level = query.reach(batch.spec, batch.actor, verb)
    if level is Level.ALL:
        return
    for draft in batch.good():
        moved = draft.created or any(draft.changed(name) for name in query.VERB_OF_FIELD)
        if not moved or (draft.created and draft.handed_over):
            continue
        if not covering.stays_in_reach(batch.spec, batch.actor, verb, {"id": draft.id, **draft.values}):
            draft.problem("owner", "left_scope")


def number_rows(ops: Sequence[Op]) -> None:
    """Give unnumbered operations of a bulk their position."""
    if len(ops) > 1 and all(op.row == 0 for op in ops):
        for at, op in enumerate(ops):
            op.row = at

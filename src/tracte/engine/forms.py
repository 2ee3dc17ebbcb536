"""Forms of any entity: which fields are offered, how what was sent is read, warnings, and versions that met.

A form never loses what was typed: whatever is refused comes back as it was sent, with every problem beside its field.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracte.engine import marks
from tracte.engine.recordpage import STAMPS, RecordPage, editable_fields
from tracte.engine.recordpage import read as read_page
from tracte.engine.timeline import revived
from tracte.kernel.actor import Actor, Level
from tracte.kernel.fold import fold
from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import Conflict, Fault, Problem, Rejected
from tracte.meta.kinds.base import Context, Kind, say
from tracte.meta.registry import EntitySpec, registry
from tracte.records import door, query
from tracte.records.changes import Change, ChangeSet, shown_actor
from tracte.records.query import reach

Raw = dict[str, Any]
MARKED = "__marks"  # the form says that its text is written with marks, not HTML


@dataclass(frozen=True, slots=True)
class OfferedGroup:
    """One section of a form with the fields the actor may set, row by row."""

    title: str
    rows: tuple[tuple[str, ...], ...]


def offered(spec: EntitySpec, actor: Actor, verb: str, context: Context) -> list[OfferedGroup]:
    """The form's sections without what the actor may not set; other modules' fields have a section of their own."""
    may = editable_fields(spec, actor, verb)
    groups, placed = [], set[str]()
    for group in spec.declaration.form.groups:
        rows = [tuple(name for name in row if name in may) for row in group.rows]
        placed.update(group.fields)
        if any(rows):
            groups.append(OfferedGroup(say(group.title, context), tuple(row for row in rows if row)))
    added = [name for name, kind in spec.fields.items() if kind.cf_key and name in may and name not in placed]
    if added:
        groups.append(OfferedGroup("", tuple((name,) for name in added)))
    return groups


CHANNELS = ("email", "phone")


def quick(spec: EntitySpec, actor: Actor, context: Context) -> list[str]:
    """The few fields a new record is begun with from anywhere: the declared ones, else what is required, what its title
    is made of and how to reach it; of those, what the actor may set.
    """
    may = names_of(offered(spec, actor, "create", context))
    if spec.declaration.form.quick:
        return [name for name in spec.declaration.form.quick if name in may]
    kinds = spec.fields
    return [n for n in may if kinds[n].required or n in spec.title_fields or kinds[n].key in CHANNELS]


def named(spec: EntitySpec, text: str, actor: Actor, context: Context) -> dict[str, str]:
    """What somebody typed to find a record, as the first fields of a new one: an address or a number goes where it
    belongs, anything else is its name. Empty when the actor could not set it.
    """
    may = quick(spec, actor, context)
    for name in may:
        if spec.fields[name].key in CHANNELS and _reads(spec.fields[name], text, context):
            return {name: text}
    if "@" in text:
        return {}
    parts = [name for name in spec.title_fields if name in may and spec.fields[name].key == "text"]
    if not parts:
        return {}
    first, _space, rest = text.partition(" ")
    return {parts[0]: first, parts[1]: rest} if len(parts) > 1 and rest else {parts[0]: text}


def _reads(kind: Kind, text: str, context: Context) -> bool:
    try:
        return kind.parse(text, context) is not None
    except Fault:
        return False


def alike(spec: EntitySpec, raw: Raw, actor: Actor, context: Context, but: int | None = None) -> list[tuple[str, int]]:
    """Live records in the actor's reach that share a whole duplicate rule with what is being typed.

    What cannot be read yet is left out: somebody is still typing it.

    :param but: the record being edited, which is like itself.
    :returns: the first field of the rule and the record, at most five, each record once.
    """
    match = spec.declaration.duplicates
    if match is None or reach(spec, actor, "view") is Level.NONE:
        return []
    values: dict[str, Any] = {}
    for name, text in raw.items():
        try:
            values[name] = spec.fields[name].parse(text, context)
        except Fault:
            continue
    keys = [(rule, tuple(values.get(name) for name in rule)) for rule in match.rules]
    asked = [(rule, key) for rule, key in keys if None not in key and "" not in key]
    found = dict[int, str]()
    for (rule, _), ids in zip(asked, query.rows(spec.key, actor).equal_to(asked), strict=True):
        for pk in ids:
            if pk != but:
                found.setdefault(pk, rule[0])
    return [(name, pk) for pk, name in found.items()][:5]


def names_of(groups: Iterable[OfferedGroup]) -> list[str]:
    return [name for group in groups for row in group.rows for name in row]


# -- reading what was sent -------------------------------------------------------------------------------------------
def sent(spec: EntitySpec, names: Iterable[str], data: Mapping[str, Any], actor: Actor) -> Raw:
    """Raw values by field, as the form carried them. A reference typed by name is looked up by its title."""
    found: Raw = {}
    for name in names:
        kind = spec.fields[name]
        if kind.in_form(data):
            raw = kind.from_form(data)
            if kind.key == "rich_text" and f"{name}{MARKED}" in data:
                raw = marks.to_html(str(raw or ""))
            found[name] = by_name(kind, raw, actor) if getattr(kind, "to", None) and isinstance(raw, str) else raw
    return found


def by_name(kind: Kind, raw: str, actor: Actor) -> str:
    """The id of the one record in reach with exactly this title; what is an id, or names none or several, stays."""
    text, target = raw.strip(), str(getattr(kind, "to", ""))
    if not text or target == "*" or _is_id(text):
        return raw
    spec = registry()[target]
    if spec.declaration.directory:
        titles = query.titles(target, _directory_ids(target, actor), actor)
        ids = [pk for pk, known in titles.items() if fold(known.title) == fold(text)]
    elif reach(spec, actor, "view") is Level.NONE:
        ids = []
    else:
        ids = query.rows(target, actor).find("title", [fold(text)[:120]]).get(fold(text)[:120], [])
    return encode(ids[0]) if len(ids) == 1 else raw


def _directory_ids(entity: str, actor: Actor) -> list[int]:
    return [pk for pk, row in query.rows(entity, actor).snapshot.rows.get(entity, {}).items() if not row["deleted_at"]]


def choices_of(kind: Kind, actor: Actor, context: Context) -> list[tuple[int, str]] | None:
    """What a reference to a small entity may hold, as id and title; ``None`` for large ones, which are searched."""
    target = str(getattr(kind, "to", ""))
    if target == "*" or target not in registry() or not registry()[target].declaration.directory:
        return None
    snapshot = query.rows(target, actor).snapshot
    rows = snapshot.rows.get(target, {})
    titles = query.titles(target, [pk for pk in rows if snapshot.offers(kind, pk)], actor)
    plain = ("owner", "team", *STAMPS)
    references = registry()[target].references
    group = next((n for n, k in references.items() if n not in plain and k.required), None)  # a stage's pipeline

    def place(pk: int) -> tuple[Any, ...]:
        row = rows[pk]
        return (row.get(group) or 0 if group else 0, row.get("position") or 0, fold(titles[pk].title))

    return [(pk, titles[pk].title) for pk in sorted(titles, key=place)]


def _is_id(text: str) -> bool:
    try:
        decode(text)
    except ValueError:
        return False
    return True


def prefill(spec: EntitySpec, names: Iterable[str], data: Mapping[str, Any], context: Context) -> Raw:
    """Values a link gave in the address; what cannot be read is left out."""
    found: Raw = {}
    for name in names:
        kind = spec.fields[name]
        if kind.in_form(data):
            try:
                value = kind.parse(kind.from_form(data), context)
            except Fault:
                continue
            if value is not None:
                found[name] = value
    return found


def initial(spec: EntitySpec, names: Iterable[str], actor: Actor, context: Context) -> dict[str, Any]:
    """Canonical values of a blank form: defaults, and the actor as owner."""
    values = {name: spec.fields[name].initial(context) for name in names if spec.fields[name].default is not None}
    if "owner" in spec.fields and not spec.declaration.directory and actor.user_id is not None:
        values["owner"] = actor.user_id
    return values


# -- saving ----------------------------------------------------------------------------------------------------------
def signature(problems: Iterable[Problem]) -> str:
    """What tells one set of warnings from another, so that accepting some never accepts others."""
    text = repr(sorted((str(p.field), p.code, repr(sorted(p.params.items()))) for p in problems if p.warning))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def create(
    actor: Actor,
    entity: str,
    raw: Raw,
    *,
    accepted: str = "",
    origin: str = "ui",
    external: tuple[str, str] | None = None,
) -> door.Outcome:
    """Create through the door; warnings are refused unless they are the ones accepted.

    :param accepted: :func:`signature` of the warnings the person has seen and accepted.
    :raises Rejected: every problem and every warning not accepted.
    """
    try:
        return door.create(actor, entity, raw, origin=origin, hold=True, external=external)
    except Rejected as refused:
        if not _accepts(refused, accepted):
            raise
    return door.create(actor, entity, raw, origin=origin, external=external)


def update(
    actor: Actor, entity: str, record_id: int, raw: Raw, version: int | None, *, accepted: str = "", origin: str = "ui"
) -> door.Outcome:
    """Change through the door, as :func:`create`.

    :raises Conflict: the record moved on since ``version``.
    """
    try:
        return door.update(actor, entity, record_id, raw, origin=origin, version=version, hold=True)
    except Rejected as refused:
        if not _accepts(refused, accepted):
            raise
    return door.update(actor, entity, record_id, raw, origin=origin, version=version)


def _accepts(refused: Rejected, accepted: str) -> bool:
    return all(problem.warning for problem in refused.problems) and signature(refused.problems) == accepted


class Clash(Exception):
    """Two people changed the same field: ``fresh`` is the record as it stands now, ``met`` both versions of it."""

    def __init__(self, fresh: RecordPage, met: "Meeting") -> None:
        self.fresh, self.met = fresh, met
        super().__init__(f"{fresh.spec.key} {fresh.id}")


def set_one(actor: Actor, entity: str, record_id: int, name: str, raw: Raw, version: int | None) -> door.Outcome:
    """Change one field in place. Where somebody changed other fields meanwhile, both changes stand.

    :param raw: what was typed, under the field's name. :param version: the version the person read.
    :raises Rejected: with every problem; :raises Clash: somebody changed the same field.
    """
    try:
        return door.update(actor, entity, record_id, raw, origin="ui", version=version)
    except Conflict:
        fresh = read_page(entity, actor, record_id, related=False)
        met = meet(fresh, raw, version or fresh.version)
        if any(side.name == name and not side.kept for side in met.sides):
            raise Clash(fresh, met) from None
        return door.update(actor, entity, record_id, raw, origin="ui", version=fresh.version)


# -- versions that met -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Side:
    """One field both versions are asked about, in canonical values.

    :param mine: what this person sent; :param theirs: what is stored now; :param base: what both began with.
    :param kept: ``mine`` or ``theirs``, whichever changed alone; ``""`` when both did and a person must choose.
    :param who: who saved theirs last, and :param when: at what time; empty when nobody else touched the field.
    """

    name: str
    kind: Kind
    base: Any
    theirs: Any
    mine: Any
    kept: str
    who: str = ""
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two versions of a record: who saved in between and when, and every field either side changed."""

    who: str
    when: datetime | None
    version: int
    sides: tuple[Side, ...]

    @property
    def clashes(self) -> bool:
        return any(not side.kept for side in self.sides)


def meet(page: RecordPage, raw: Raw, version: int) -> Meeting:
    """Compare what was sent on an old version with what is stored now.

    The version both began with is told by the history: each change since raised the version by one.
    """
    since = list(
        Change.objects.filter(record_id=page.id, entity=page.spec.key).order_by("-id")
        [: max(0, min(page.version - version, 500))]
    )  # fmt: skip
    sets = ChangeSet.objects.in_bulk({change.set_id for change in since})
    begun: dict[str, Any] = {}
    touched: dict[str, ChangeSet] = {}
    for change in since:  # newest first: the oldest value overwrites, the newest hand stays
        for name, (before, _) in change.data.items():
            if name in page.rows.visible:
                begun[name] = revived(page.spec.fields[name], before)
                touched.setdefault(name, sets[change.set_id])
    sides = []
    for name in dict.fromkeys((*raw, *begun)):
        kind = page.spec.fields[name]
        if name in STAMPS or kind.key == "computed":
            continue
        theirs = page.values.get(name)
        base = begun.get(name, theirs)
        mine = _parsed(kind, raw[name], page.context) if name in raw else base
        if _same(mine, base) and _same(theirs, base):
            continue
        kept = "theirs" if _same(mine, base) or _same(mine, theirs) else "mine" if _same(theirs, base) else ""
        hand = touched.get(name)
        who, when = (shown_actor(hand.actor_name), hand.created_at) if hand else ("", None)
        sides.append(Side(name, kind, base, theirs, mine, kept, who, when))
    last = sets[since[0].set_id] if since else None
    author = shown_actor(last.actor_name) if last else ""
    return Meeting(author, last.created_at if last else None, page.version, tuple(sides))


def _parsed(kind: Kind, raw: Any, context: Context) -> Any:
    try:
        return kind.parse(raw, context)
    except Fault:
        return raw  # unreadable: shown as it was typed


def _same(one: Any, other: Any) -> bool:
    return (None if one == () else one) == (None if other == () else other)


def chosen(raw: Raw, data: Mapping[str, Any]) -> Raw:
    """What is saved after a choice between versions: fields for which *theirs* was kept are left as they are."""
    return {name: value for name, value in raw.items() if data.get(f"keep-{name}") != "theirs"}

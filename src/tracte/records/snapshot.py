"""The snapshot: everything small that every request needs, read once and kept until it changes.

Directory entities (users, teams, roles, stages, value lists, the company) are a few hundred rows. They are held in
memory
and keyed by the one row of ``meta_version``: the door raises it in the same transaction as any write to such an
entity, so
a worker that reads one number knows whether it is stale.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from tracte.kernel import clock
from tracte.kernel.actor import VERBS, Actor, Level, granted
from tracte.kernel.fold import fold
from tracte.kernel.ids import new_id
from tracte.meta import trees
from tracte.meta.kinds import Checklist, Ticks
from tracte.meta.kinds.base import Context, Kind, Option, RefTitle
from tracte.meta.registry import COLLABORATORS, KINDS_OF_RECORD, EntitySpec, registry
from tracte.meta.values import reader_of, shown_title
from tracte.meta.vocabulary import shipped_lists
from tracte.records.firm import Company, ValueItem
from tracte.records.people import Role, User
from tracte.records.principals import away, deciding_links, principals, private_fields, sharing_rules, units_above
from tracte.records.statements import rows_of
from tracte.records.tables import MetaVersion, RecordLink

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """A user as rights see them."""

    id: int
    name: str
    admin: bool
    active: bool
    teams: tuple[int, ...]
    roles: tuple[int, ...]
    language: str
    timezone: str


@dataclass(frozen=True)
class Snapshot:
    """Immutable view of the directory at one version."""

    version: int
    lists: Mapping[str, Mapping[str, Option]]
    directory: Mapping[str, Mapping[int, RefTitle]]
    rows: Mapping[str, Mapping[int, Mapping[str, Any]]]
    keys: Mapping[tuple[str, str], Sequence[int]]
    members: Mapping[int, Member]
    grants: Mapping[int, Mapping[str, Mapping[str, str]]]
    masks: Mapping[int, Mapping[str, Mapping[str, str]]]
    links: Mapping[str, Mapping[int, Sequence[int]]] = field(default_factory=dict)
    shared: Mapping[str, frozenset[int]] = field(default_factory=dict)
    company: Mapping[str, Any] = field(default_factory=dict)
    worked_out: dict[Hashable, Any] = field(default_factory=dict)
    _actors: dict[tuple[int, date], Actor] = field(default_factory=dict)
    _titles: dict[str, Mapping[str, Sequence[int]]] = field(default_factory=dict)

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What follows from the directory and ``key`` alone, worked out at the first question."""
        if key not in self.worked_out:
            self.worked_out[key] = work()
        found: T = self.worked_out[key]
        return found

    def linked(self, field: str, record_id: int) -> Sequence[int]:
        """What a many-reference field of the directory that rights are made of holds: ``group.people``."""
        return self.links.get(field, {}).get(record_id, ())

    def live(self, entity: str) -> Iterator[Mapping[str, Any]]:
        """The records of a directory entity that are not in the bin."""
        return (row for row in self.rows.get(entity, {}).values() if row["deleted_at"] is None)

    def keyed(self, entity: str, key: str) -> Sequence[int]:
        """Live directory records named ``key`` by their slug."""
        return self.keys.get((entity, key), ())

    def items_offered(self, spec: EntitySpec, values: Mapping[str, Any]) -> dict[str, Sequence[str]]:
        """Items each checklist of a record offers, by field: those of the stage it stands in."""
        found: dict[str, Sequence[str]] = {}
        for name, kind in spec.fields.items():
            if isinstance(kind, Ticks):
                row = self.rows.get(str(getattr(spec.fields[kind.of], "to", "")), {}).get(values.get(kind.of) or 0)
                found[name] = [item.key for item in (row or {}).get(kind.items_of) or ()]
        return found

    def named(self, entity: str, text: str) -> Sequence[int]:
        """Live directory records called so: by their slug, else by their title, whatever its case and accents."""
        return self.keyed(entity, text) or self._titled(entity).get(fold(text).strip(), ())

    def _titled(self, entity: str) -> Mapping[str, Sequence[int]]:
        if entity not in self._titles:
            found: dict[str, list[int]] = {}
            rows = self.rows.get(entity, {})
            for pk, known in self.directory.get(entity, {}).items():
                if rows[pk]["deleted_at"] is None:
                    found.setdefault(fold(known.title).strip(), []).append(pk)
            self._titles[entity] = found
        return self._titles[entity]

    def offers(self, kind: Kind, record_id: int) -> bool:
        """Whether a reference may be given this record of the directory: it is live and of the sort the field is
        for."""
        entity = str(getattr(kind, "to", ""))
        row = self.rows.get(entity, {}).get(record_id)
        if row is None or row["deleted_at"] is not None:
            return False
        path, wanted = getattr(kind, "only", None) or ("", None)
        *through, last = path.split(".")
        for name in through:
            entity = str(getattr(registry()[entity].fields[name], "to", ""))
            row = self.rows.get(entity, {}).get(row[name] or 0)
            if row is None:
                return False
        return not last or row[last] == wanted

    def title(self, entity: str, record_id: int | None) -> RefTitle | None:
        return None if record_id is None else self.directory.get(entity, {}).get(record_id)

    def context(self, actor: Actor, *, strict: bool = False) -> Context:
        """How values are read and shown for ``actor``."""
        zone = actor.timezone or self.company.get("timezone") or "UTC"
        return Context(
            language=actor.language or "en",
            timezone=zone,
            region=self.company.get("country") or "ES",
            currency=self.company.get("currency") or "EUR",
            today=clock.now().astimezone(ZoneInfo(zone)).date(),
            strict=strict,
            lists=self.lists,
            user_id=actor.user_id,
        )

    def actor(self, user_id: int) -> Actor:
        """The person with the rights of all their roles: the widest grant wins, a mask holds unless some role lifts it.

        :raises KeyError: when there is no such user.
        """
        today = clock.now().astimezone(ZoneInfo(self.company.get("timezone") or "UTC")).date()
        if (user_id, today) not in self._actors:
            self._actors[user_id, today] = self._made_actor(self.members[user_id], today)
        return self._actors[user_id, today]

    def _made_actor(self, member: Member, today: date) -> Actor:
        alone = self._alone(member)
        others = tuple(self._alone(self.members[one]) for one in away(self, member.id, today))
        told = others or any(other.sharing for other in (alone, *others))
        return replace(alone, stands_in=others, day=today if told else None)

    def _alone(self, member: Member) -> Actor:
        """The person without those they stand in for."""
        roles, named_by = self.roles_of(member), principals(self, member)
        levels: dict[tuple[str, str], Level] = {}
        for key in product((EVERY, *(spec.key for spec in registry())), VERBS):
            levels[key] = max((self.granted(role, *key) for role in roles), default=Level.NONE)
        # What everybody signed in has of their own needs no role: all see what its rule shows, and write theirs.
        for spec in registry():
            if spec.declaration.own_things:
                mine = Level.ALL if member.admin else Level.OWN
                levels.update({(spec.key, verb): mine for verb in ("create", "edit", "delete")})
                levels[spec.key, "view"] = Level.ALL
        zone = member.timezone if member.timezone in ZONES else str(self.company.get("timezone") or "UTC")
        return Actor(
            member.id,
            member.name,
            everything=member.admin and not roles,
            levels=levels,
            masks=self._masks(roles) | private_fields(self, named_by),
            teams=frozenset(member.teams),
            unit_teams=self._teams_below(member.teams),
            admin=member.admin,
            collaborates=frozenset(entity for entity, people in self.shared.items() if member.id in people),
            sharing=tuple(sharing_rules(self, named_by)),
            language=member.language or "en",
            timezone=zone,
        )

    def roles_of(self, member: Member) -> tuple[int, ...]:
        """A person's own roles and those of the groups they are in."""
        groups = sorted(principals(self, member) & self.rows.get("group", {}).keys())
        given = (role for group in groups for role in self.linked("group.roles", group))
        return tuple(dict.fromkeys((*member.roles, *given)))

    def granted(self, role: int, entity: str, verb: str) -> Level:
        """How far one role's right for a verb goes: what it says of the entity, else what it says of every other."""
        grants = self.grants.get(role, {})

        def said(one: str, asked: str) -> Level | None:
            level = grants.get(one, {}).get(asked)
            return None if level is None else Level.named(level)

        return granted(said, entity, verb)

    def _teams_below(self, teams: Sequence[int]) -> frozenset[int]:
        """The teams of the units some teams stand in, and of all units below those."""
        places = {row["id"]: row["unit"] for row in self.live("team")}
        mine = {places.get(team) for team in teams} - {None}
        return frozenset(team for team, unit in places.items() if mine.intersection(units_above(self, unit)))

    def _masks(self, roles: Sequence[int]) -> dict[tuple[str, str], str]:
        """The best of the roles that let one see the kind of record: a field is masked when each of them masks it."""
        found: dict[tuple[str, str], str] = {}
        for entity in {entity for role in roles for entity in self.masks.get(role, {})}:
            seeing = [role for role in roles if self._shows(role, entity)] or roles
            per_role = [with_what_is_made(entity, self.masks.get(role, {}).get(entity, {})) for role in seeing]
            for name in set(per_role[0]).intersection(*per_role[1:]):
                found[entity, name] = "readonly" if any(mine[name] == "readonly" for mine in per_role) else "hidden"
        return found

    def _shows(self, role: int, entity: str) -> bool:
        """Whether a role lets one see a kind of record, or the one it is part of."""
        spec = registry().entities.get(entity)
        if spec is not None and spec.declaration.parent is not None:
            return self._shows(role, str(getattr(spec.fields[spec.declaration.parent], "to", "")))
        directory = spec is not None and spec.declaration.directory
        return directory or self.granted(role, entity, "view") > Level.NONE


def with_what_is_made(entity: str, masks: Mapping[str, str]) -> dict[str, str]:
    """A role's field masks with the fields made of hidden ones, which would tell what was hidden.

    :param masks: ``hidden`` or ``readonly`` by field.
    """
    if entity not in registry():
        return dict(masks)
    made = registry()[entity].made_from
    told = {name for source, how in masks.items() if how == "hidden" for name in made.get(source, ())}
    return {**masks, **dict.fromkeys(told, "hidden")}


ZONES = available_timezones()
LAST_PLACE = 1_000_000
EVERY = "*"  # in a role's rights: every entity it does not name
AT_TOP = "-"  # in place of the key of the entry above
_cached: Snapshot | None = None
_held: ContextVar[Snapshot | None] = ContextVar("tracte_snapshot", default=None)


def current() -> Snapshot:
    """The snapshot for this moment: one query, or none inside :func:`held`."""
    global _cached
    held_one = _held.get()
    if held_one is not None:
        return held_one
    found = rows_of("directory version", lambda _: MetaVersion.objects.filter(pk=1).values_list("version"))
    version = int(found[0][0]) if found else 0
    if _cached is None or _cached.version != version or version == 0:
        _cached = load(version)
    return _cached


@contextmanager
def held() -> Iterator[Snapshot]:
    """Use one snapshot for a whole request."""
    token = _held.set(current())
    try:
        yield current()
    finally:
        _held.reset(token)


@contextmanager
def supposing(snapshot: Snapshot) -> Iterator[None]:
    """Work as if the directory were as in ``snapshot``, which may hold what was tried and rolled back."""
    token = _held.set(snapshot)
    try:
        yield
    finally:
        _held.reset(token)


def refresh_held() -> None:
    """After a write to a directory entity inside :func:`held`: the rest of the request sees the new state."""
    if _held.get() is not None:
        _held.set(None)
        _held.set(current())


def bump() -> None:
    """Tell every worker that the directory changed. The number is never used twice, so a rolled-back one cannot
    return."""
    MetaVersion.objects.update_or_create(pk=1, defaults={"version": new_id()})


def load(version: int) -> Snapshot:
    """Read the whole directory."""
    directory: dict[str, dict[int, RefTitle]] = {}
    rows: dict[str, dict[int, Mapping[str, Any]]] = {}
    keys: dict[tuple[str, str], list[int]] = {}
    for spec in registry():
        if spec.declaration.directory:
            _load_entity(spec, directory, rows, keys)
    company = next(iter(_values(Company)), {})
    links: dict[str, dict[int, list[int]]] = {name: {} for name in deciding_links()}
    for name, record, target in (
        RecordLink.objects.filter(field__in=links).order_by("position").values_list("field", "from_id", "to_id")
    ):
        links[name].setdefault(record, []).append(target)
    return Snapshot(
        version=version,
        lists=_lists() | _checklists(rows) | {KINDS_OF_RECORD: _kinds()},
        directory=directory,
        rows=rows,
        keys=keys,
        members=_members(links, company),
        grants={pk: grants or {} for pk, grants in Role.objects.live().values_list("pk", "grants")},
        masks={pk: masks or {} for pk, masks in Role.objects.live().values_list("pk", "masks")},
        links=links,
        shared=_shared(rows.get("user", {})),
        company=company,
    )


def _values(model: Any) -> list[dict[str, Any]]:
    declared = model.declared
    columns, build = reader_of({name: kind for name, kind in declared.items() if kind.stored})
    return [build(row) for row in model.objects.live().order_by("pk").values_list(*columns)]


def _load_entity(spec: EntitySpec, directory: Any, rows: Any, keys: Any) -> None:
    columns, build = reader_of(spec.column_fields)
    extra = spec.declaration.badge
    titles: dict[int, RefTitle] = {}
    for pk, deleted, *row in spec.model._default_manager.order_by("pk").values_list("pk", "deleted_at", *columns):
        values = build(row)
        key = values.get(spec.declaration.key_field) if spec.declaration.key_field else None
        picked = {name: values[name] for name in extra}
        titles[pk] = RefTitle(pk, spec.key, shown_title(spec, values, Context()), key, picked)
        rows.setdefault(spec.key, {})[pk] = {"id": pk, "deleted_at": deleted, **values}
        if deleted is None and key:
            keys.setdefault((spec.key, key), []).append(pk)
    directory[spec.key] = titles


def _members(links: Mapping[str, Mapping[int, list[int]]], company: Mapping[str, Any]) -> dict[int, Member]:
    found = User.objects.values_list(
        "pk", "name", "email", "is_admin", "can_sign_in", "deleted_at", "language", "timezone"
    )
    return {
        pk: Member(
            pk,
            name or email or "",
            bool(admin),
            bool(can) and deleted is None,
            tuple(links["user.teams"].get(pk, ())),
            tuple(links["user.roles"].get(pk, ())),
            language or company.get("language") or "en",
            zone or "",
        )
        for pk, name, email, admin, can, deleted, language, zone in found
    }


def _lists() -> dict[str, dict[str, Option]]:
    """Shipped value lists with the administrator's entries laid over them, in order.

    The position 100, which an entry has when nobody gives one, leaves a shipped entry where it is and puts a new one
    at the end.
    """
    lists = {name: dict(options) for name, options in shipped_lists().items()}
    places = {name: {key: at * 10 for at, key in enumerate(options, 1)} for name, options in lists.items()}
    stored = ValueItem.objects.live().order_by("position", "pk")
    names = ("list", "key", "label", "hue", "retired", "parent", "position")
    for name, key, label, hue, retired, parent, position in stored.values_list(*names):
        options = lists.setdefault(name, {})
        under = _under(parent, options.get(key))
        options[key] = Option(key, label, hue or "stone", bool(retired), under)
        if position not in (None, 100):
            places.setdefault(name, {})[key] = position
    for name, order in places.items():
        options = lists[name]
        placed = sorted((order.get(key, LAST_PLACE), at, key) for at, key in enumerate(options))
        lists[name] = {key: options[key] for _, _, key in placed}
    return {name: {key: options[key] for key, _ in trees.in_order(options)} for name, options in lists.items()}


def _checklists(rows: Mapping[str, Mapping[int, Mapping[str, Any]]]) -> dict[str, dict[str, Option]]:
    """Items of all checklists as value lists; those of binned records are retired."""
    found: dict[str, dict[str, Option]] = {}
    for spec in registry():
        for name, kind in spec.column_fields.items() if spec.declaration.directory else ():
            if isinstance(kind, Checklist):
                options = found.setdefault(kind.list, {})
                for row in sorted(rows.get(spec.key, {}).values(), key=lambda row: row["deleted_at"] is not None):
                    for item in row[name] or ():
                        options.setdefault(item.key, Option(item.key, item.text, retired=row["deleted_at"] is not None))
    return found


def _kinds() -> dict[str, Option]:
    """The kinds of record rights are given for, as a value list."""
    specs = (spec for spec in registry() if spec.declaration.shareable)
    return {spec.key: Option(spec.key, spec.declaration.label_plural) for spec in specs}


def _shared(users: Mapping[int, Any]) -> dict[str, frozenset[int]]:
    """Who collaborates on some record of each entity; asked by person, which an index answers."""
    fields = {f"{spec.key}.{COLLABORATORS}": spec.key for spec in registry() if COLLABORATORS in spec.fields}
    found: dict[str, set[int]] = {}
    if fields and users:
        links = RecordLink.objects.filter(to_id__one_of=list(users), field__in=fields)
        for name, user in links.order_by().values_list("field", "to_id").distinct():
            found.setdefault(fields[name], set()).add(user)
    return {entity: frozenset(people) for entity, people in found.items()}


def _under(parent: str | None, shipped: Option | None) -> str:
    """The key an entry stands under: as an administrator says (:data:`AT_TOP` for none), else as it was shipped."""
    if parent:
        return "" if parent == AT_TOP else parent
    return shipped.parent if shipped else ""


def forget() -> None:
    """Drop what is held in this process (the database may have been replaced)."""
    global _cached
    _cached = None

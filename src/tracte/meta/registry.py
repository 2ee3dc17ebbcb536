"""The registry: declarations checked at start-up and compiled into immutable specs.

Start-up refuses a wrong declaration with a sentence that names the entity and the field; nothing is found out later.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from string import Formatter
from typing import Any

from django.db import models

from tracte.kernel.problems import NotFound
from tracte.meta.entity import Action, Entity, Extend, Panel
from tracte.meta.kinds.base import Kind

COLLABORATORS = "collaborators"
"""Of every kind of record that has owners: people it is shared with."""
KINDS_OF_RECORD = "kind_of_record"
"""The value list of the kinds of record rights are given for."""
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
RESERVED_FIELDS = frozenset(
    [
        "q",
        "filter",
        "sort",
        "fields",
        "limit",
        "cursor",
        "count",
        "group",
        "measure",
        "ids",
        "where",
        "set",
        "dry_run",
        "propose",
        "id",
        "version",
        "cf",
        "external",
        "deleted",
        "title_key",
        "created_set",
        "pk",
    ]
)
COMMON = ("owner", "team", COLLABORATORS, "created_at", "created_by", "modified_at", "modified_by")
RESERVED_PLURALS = frozenset(
    [
        "api",
        "auth",
        "settings",
        "search",
        "changes",
        "tasks",
        "static",
        "media",
        "dav",
        "in",
        "l",
        "t",
        "hooks",
        "health",
        ".well-known",
        "portal",
        "meta",
        "help",
        "imports",
        "exports",
        "about",
        "pick",
        "pinned",
    ]
)
RESERVED_BELOW = frozenset({"aggregate", "bulk", "timeline", "new", "board"})


class BadDeclaration(Exception):
    """A module declares something that cannot work. Stops start-up."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Records of another entity that point to this one: ``opportunities`` of an account.

    :param link: True when the pointer lives in ``record_link`` (many references), False for a column.
    """

    entity: str
    field: str
    link: bool


@dataclass(frozen=True, eq=False)
class EntitySpec:
    """One entity, compiled. Field order is the order of declaration. Two are equal only when they are one object."""

    declaration: Entity
    fields: Mapping[str, Kind]
    extensions: Sequence[Extend] = ()
    collections: Mapping[str, Collection] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.declaration.key

    @property
    def plural(self) -> str:
        return self.declaration.plural

    @property
    def model(self) -> type[models.Model]:
        return self.declaration.model

    @property
    def may_be_topic(self) -> bool:
        """Whether a reference to records of any kind may hold one of these: no settings, nobody's own things."""
        declared = self.declaration
        return (
            declared.timeline and not declared.own_things and not (declared.directory and declared.area == "settings")
        )

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)

    @cached_property
    def stored(self) -> dict[str, Kind]:
        """Fields with a column or a place in ``cf``."""
        return {name: kind for name, kind in self.fields.items() if kind.stored}

    @cached_property
    def column_fields(self) -> dict[str, Kind]:
        return {name: kind for name, kind in self.stored.items() if kind.cf_key is None}

    @cached_property
    def cf_fields(self) -> dict[str, Kind]:
        return {name: kind for name, kind in self.stored.items() if kind.cf_key is not None}

    @cached_property
    def link_fields(self) -> dict[str, Kind]:
        """Many-reference fields, kept in ``record_link``."""
        return {name: kind for name, kind in self.fields.items() if kind.key == "many_references"}

    @cached_property
    def told_fields(self) -> tuple[str, ...]:
        """Fields whose changes history tells: all that are kept but the stamps."""
        stamps = {"modified_at", "modified_by", "created_at", "created_by"}
        return tuple(name for name in self.fields if name not in stamps and name in {**self.stored, **self.link_fields})

    @cached_property
    def references(self) -> dict[str, Kind]:
        """Single references by field: kinds with a ``to`` entity and a column."""
        return {n: k for n, k in self.fields.items() if getattr(k, "to", None) and k.key != "many_references"}

    @cached_property
    def title_fields(self) -> tuple[str, ...]:
        return tuple(name for _, name, _, _ in Formatter().parse(self.declaration.title) if name)

    @cached_property
    def search_fields(self) -> tuple[str, ...]:
        """Fields in the search text, the weightier first."""
        ranked = sorted(
            ((kind.search or "", name) for name, kind in self.fields.items() if kind.search), key=lambda x: x[0]
        )
        return tuple(name for _, name in ranked)

    @cached_property
    def made_from(self) -> dict[str, frozenset[str]]:
        """What each field goes into, directly and by way of others: ``{"body": {"summary"}}``."""
        return {name: frozenset(_made_from(self.fields, name)) for name in self.fields}

    @cached_property
    def panels(self) -> tuple[Panel, ...]:
        return (*self.declaration.related, *(panel for ext in self.extensions for panel in ext.panels))

    @cached_property
    def actions(self) -> dict[str, Action]:
        found = (*self.declaration.actions, *(action for ext in self.extensions for action in ext.actions))
        return {action.key: action for action in found}

    def title(self, values: Mapping[str, Any], texts: Mapping[str, str]) -> str:
        """The record's name for people: the title pattern filled with shown texts, blanks closed up."""
        return " ".join(self.declaration.title.format_map(_Blank(texts)).split())

    @cached_property
    def hooks(self) -> tuple[Any, ...]:
        """The declaration and its extensions in module order; each may derive, check and act after."""
        return (self.declaration, *self.extensions)


def _made_from(fields: Mapping[str, Kind], source: str) -> set[str]:
    found: set[str] = set()
    further = {source}
    while further:
        further = {name for name, kind in fields.items() if further.intersection(kind.made_of)} - found
        found |= further
    return found


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


class Registry:
    """All entities of the installed modules."""

    def __init__(self, entities: Iterable[Entity] = (), extensions: Iterable[Extend] = ()) -> None:
        declared = list(entities)
        extends = list(extensions)
        self.entities: dict[str, EntitySpec] = {}
        for entity in declared:
            self._check_names(entity)
            mine = [extend for extend in extends if extend.entity == entity.key]
            self.entities[entity.key] = EntitySpec(entity, self._fields(entity, mine), mine)
        for extend in extends:
            if extend.entity not in self.entities:
                raise BadDeclaration(
                    f"Module {extend.module} extends {extend.entity!r}, which no installed module declares."
                )
        collections = self._collections()
        for key, spec in self.entities.items():
            self.entities[key] = EntitySpec(spec.declaration, spec.fields, spec.extensions, collections[key])
        self.by_plural = {spec.plural: spec for spec in self.entities.values()}
        if len(self.by_plural) != len(self.entities):
            raise BadDeclaration("Two entities share a plural.")
        for spec in self.entities.values():
            self._check_layout(spec)

    def __getitem__(self, key: str) -> EntitySpec:
        """:raises NotFound: for an entity no module declares."""
        try:
            return self.entities[key]
        except KeyError:
            raise NotFound(key) from None

    def __contains__(self, key: str) -> bool:
        return key in self.entities

    def __iter__(self) -> Any:
        return iter(self.entities.values())

    @staticmethod
    def _fields(entity: Entity, extends: Sequence[Extend]) -> dict[str, Kind]:
        fields: dict[str, Kind] = dict(getattr(entity.model, "declared", {}))
        for extend in extends:
            for short, kind in extend.fields.items():
                name = f"{extend.module}_{short}"
                if name in fields:
                    raise BadDeclaration(f"{entity.key}.{name} is declared twice.")
                fields[name] = kind.bound(name, None if kind.key == "many_references" else name)
        for name in fields:
            if name in RESERVED_FIELDS or not NAME.match(name):
                raise BadDeclaration(f"{entity.key}.{name} is a reserved or malformed field name.")
        # The record's own fields (owner, created…) come last: people care for the entity's own first.
        if not entity.shareable:
            fields.pop(COLLABORATORS, None)
        common = [n for n in COMMON if n in fields]
        return {n: k for n, k in fields.items() if n not in common} | {n: fields[n] for n in common}

    @staticmethod
    def _check_names(entity: Entity) -> None:
        if not NAME.match(entity.key) or not re.match(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*\Z", entity.plural):
            raise BadDeclaration(f"Entity {entity.key!r}: key and plural are lower-case words joined by underscores.")
        if entity.plural in RESERVED_PLURALS:
            raise BadDeclaration(f"Entity {entity.key!r}: the plural {entity.plural!r} is reserved.")
        for action in entity.actions:
            if action.key in RESERVED_BELOW:
                raise BadDeclaration(f"{entity.key}: an action may not be called {action.key!r}.")

    def _collections(self) -> dict[str, dict[str, Collection]]:
        """What points to each entity, named by the pointing entity's plural (and field, where two fields point)."""
        found: dict[str, dict[str, Collection]] = {key: {} for key in self.entities}
        for spec in self.entities.values():
            for name, kind in spec.fields.items():
                target = getattr(kind, "to", None)
                if target is None or name in COMMON:
                    continue
                link = kind.key == "many_references"
                for key in self.entities if target == "*" else (target,):
                    if key not in found:
                        raise BadDeclaration(
                            f"{spec.key}.{name} points to {key!r}, which no installed module declares."
                        )
                    plain = spec.plural.replace("-", "_")
                    label = plain if plain not in found[key] else f"{plain}_{name}"
                    if label not in self.entities[key].fields:
                        found[key][label] = Collection(spec.key, name, link)
        return found

    def _check_layout(self, spec: EntitySpec) -> None:
        """Every name a layout uses must be a field; every panel must point here."""
        entity = spec.declaration
        known = set(spec.fields) | {"title", "id"}
        used = {
            "form": (*entity.form.fields, *entity.form.quick),
            "list": entity.list.columns,
            "title": spec.title_fields,
            "facts": entity.facts,
            "personal": entity.personal,
            "board": (entity.board.by, *entity.board.card) if entity.board else (),
            "sorts": entity.sorts,
            "match": [name for rule in (entity.duplicates.rules if entity.duplicates else ()) for name in rule],
            "parent": (entity.parent,) if entity.parent else (),
            "path": (entity.path,) if entity.path else (),
            "asides": [n for field, aside in entity.asides.items() for n in (field, *aside.tells)],
        }
        for place, used_names in used.items():
            for name in used_names:
                if name not in known:
                    raise BadDeclaration(f"{entity.key}: {place} names {name!r}, which is no field.")
        for name, kind in spec.fields.items():
            for source in kind.made_of:
                if source not in spec.fields:
                    raise BadDeclaration(f"{entity.key}.{name} is made of {source!r}, which is no field.")
            if name in spec.made_from[name]:
                raise BadDeclaration(f"{entity.key}.{name} is made of itself.")
        for panel in spec.panels:
            if panel.entity not in self.entities or panel.via not in self.entities[panel.entity].fields:
                raise BadDeclaration(f"{entity.key}: panel {panel.entity}.{panel.via} does not exist.")


_current: Registry = Registry()


def install(entities: Iterable[Entity], extensions: Iterable[Extend] = ()) -> Registry:
    """Compile the declarations and make them the program's registry (called once, when all apps are ready)."""
    global _current
    _current = Registry(entities, extensions)
    return _current


def registry() -> Registry:
    """The compiled registry."""
    return _current

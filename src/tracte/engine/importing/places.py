"""Where a column of a file may go: a field, a part of one, a person's whole name, a record that belongs to the row's,
or a field of another record the row tells about as well (the account of a contact, the person at an account).

As text: ``name``, ``billing_address.city``, ``full_name``, ``contact_point:email_work``, ``account/phone``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from tracte.engine.importing.children import Child, children_of
from tracte.engine.importing.plan import check_right, writable_fields
from tracte.engine.importing.staging import label_of
from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import Forbidden, NotFound
from tracte.meta.kinds import Choice
from tracte.meta.kinds.base import Context, Kind, say
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query

FULL_NAME = "full_name"
PERSON = ("first_name", "last_name")
NOT_OF_OTHERS = frozenset({"owner", "team", "tags"})


@dataclass(frozen=True, slots=True)
class Place:
    """One place. :param group: what it stands under in a list of places. :param kind: how its values are read."""

    to: str
    label: str
    kind: Kind
    group: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Another record a row tells about.

    :param key: how its places begin. :param link: the field that refers: of the row's record when ``before``, of the
        other one when not. :param before: it is made before the row's record, which then refers to it.
    """

    key: str
    spec: EntitySpec
    link: str
    before: bool


@dataclass(frozen=True)
class Places:
    """All places for one entity and whoever imports."""

    spec: EntitySpec
    actor: Actor
    context: Context

    @cached_property
    def all(self) -> dict[str, Place]:
        found = {one.to: one for one in self._own(self.spec)}
        for child in children_of(self.spec, self.actor).values():
            found |= {one.to: one for one in self._of_child(child)}
        for other in others_of(self.spec, self.actor).values():
            group = say(other.spec.declaration.label, self.context)
            for one in self._own(other.spec):
                skipped = one.to in NOT_OF_OTHERS or (other.before and one.to in other.spec.title_fields)
                if not skipped and getattr(one.kind, "to", None) is None:
                    to = f"{other.key}/{one.to}"
                    found[to] = Place(to, f"{group}: {one.label}", one.kind, group)
        return found

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        return {to: place.kind for to, place in self.all.items()}

    def label(self, to: str) -> str:
        """What people call a place."""
        return self.all[to].label if to in self.all else label_of(self.spec, to, self.context)

    def _own(self, spec: EntitySpec) -> Iterator[Place]:
        fields = writable_fields(spec, self.actor)
        group = say(spec.declaration.label, self.context)
        if has_person(spec) and all(name in fields for name in PERSON):
            yield Place(FULL_NAME, _("Whole name (first and last)"), fields[PERSON[1]], group)
        for name, kind in fields.items():
            yield Place(name, label_of(spec, name, self.context), kind, group)
            if kind.key == "address":
                for part, inner in kind.parts().items():
                    to = f"{name}.{part}"
                    yield Place(to, label_of(spec, to, self.context), inner, say(kind.label, self.context))

    def _of_child(self, child: Child) -> Iterator[Place]:
        group = say(child.spec.declaration.label_plural, self.context)
        sort = child.spec.fields[child.sort]
        for option in sort.options(self.context).values() if isinstance(sort, Choice) else ():
            if not option.retired:
                label = _("Further: %(sort)s") % {"sort": say(option.label, self.context)}
                yield Place(f"{child.spec.key}:{option.key}", label, child.spec.fields[child.value], group)


def has_person(spec: EntitySpec) -> bool:
    """Whether records of an entity are called by a first and a last name."""
    return all(name in spec.fields for name in PERSON)


def others_of(spec: EntitySpec, actor: Actor | None = None) -> dict[str, Other]:
    """Other records a row about ``spec`` may tell about, by how their places begin.

    :param actor: leave out what this person may not import; ``None`` asks for no rights.
    """
    found: dict[str, Other] = {}
    for name, kind in spec.fields.items():
        to = getattr(kind, "to", None)
        if to in (None, "*", spec.key) or kind.read_only:
            continue
        target = registry()[str(to)]
        shown_there = any(panel.entity == spec.key and panel.via == name for panel in target.panels)
        if shown_there and not target.declaration.directory and len(target.title_fields) == 1:
            found[name] = Other(name, target, name, before=True)
    for panel in spec.panels:
        other = registry()[panel.entity]
        person = has_person(other) and other.declaration.avatar == "who"
        via = other.fields[panel.via]
        refers = getattr(via, "to", None) == spec.key and not via.read_only and len(spec.title_fields) == 1
        if person and refers:
            found.setdefault(other.key, Other(other.key, other, panel.via, before=False))
    return {key: one for key, one in found.items() if actor is None or _may(one.spec, actor)}


def _may(spec: EntitySpec, actor: Actor) -> bool:
    try:
        check_right(spec, actor)
    except (Forbidden, NotFound):
        return False
    return query.reach(spec, actor, "create") is not Level.NONE

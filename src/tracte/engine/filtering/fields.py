"""What one can filter by: fields of a record, of the records it refers to, and the collections that point to it.

Each step of a path asks the same guard as the compiler of conditions, so what is hidden looks as if it were not there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tracte.kernel.fold import fold
from tracte.kernel.problems import Rejected
from tracte.meta.conditions import Reader
from tracte.meta.kinds.base import Context, Kind, say
from tracte.meta.registry import EntitySpec, registry

STAMPS = ("created_by", "modified_by")
COMMON = ("owner", "team", "created_at", "modified_at", *STAMPS)
PARTS = {"address": ("street", "postcode", "city", "region", "country"), "money": ("currency",)}
MOST = 60
LONGEST = 3  # steps of a path that the search offers


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads.

    :param through: names of the records passed on the way: ``("Account", "Parent account")``.
    :param kind: the field it ends at; ``None`` for a collection. :param collection: the entity it collects.
    """

    path: str
    through: tuple[str, ...]
    label: str
    kind: Kind | None = None
    collection: EntitySpec | None = None

    @property
    def text(self) -> str:
        """The whole way in words: ``Account › Parent account › Name``."""
        return " › ".join((*self.through, self.label))


@dataclass(frozen=True, slots=True)
class Section:
    """A part of what is offered, under the name of the record it belongs to; ``""`` for the record itself."""

    title: str
    places: tuple[Place, ...]


def place_of(spec: EntitySpec, path: str, context: Context, reader: Reader | None = None) -> Place | None:
    """Where a path leads, or ``None`` when it leads nowhere.

    :param reader: checks each step; without one the path has been checked before.
    """
    through: list[str] = []
    at: EntitySpec | None = spec
    whole: Kind | None = None
    steps = path.split(".")
    for number, step in enumerate(steps, 1):
        last = number == len(steps)
        part = whole.parts().get(step) if whole else None
        if part is not None and last:
            return Place(path, tuple(through), say(part.label, context), part)
        if at is None:
            return None
        kind = _field(at, step, path, reader)
        if kind is None:
            return _collected(at, path, step, tuple(through), context, reader) if last else None
        if last:
            return Place(path, tuple(through), say(kind.label, context), kind)
        through.append(say(kind.label, context))
        whole, at = kind, _beyond(kind, reader)
    return None


def _field(spec: EntitySpec, name: str, path: str, reader: Reader | None) -> Kind | None:
    if reader is None:
        return spec.fields.get(name)
    try:
        return reader.field(spec, name, path)
    except Rejected:
        return None


def _beyond(kind: Kind, reader: Reader | None) -> EntitySpec | None:
    if reader is not None:
        return reader.beyond(kind)
    target = getattr(kind, "to", None)
    return registry()[target] if target and target != "*" else None


def _collected(
    spec: EntitySpec, path: str, name: str, through: tuple[str, ...], context: Context, reader: Reader | None
) -> Place | None:
    if name not in spec.collections or (reader is not None and reader.collection(spec, name) is None):
        return None
    other = registry()[spec.collections[name].entity]
    return Place(path, through, collection_label(spec, name, context), None, other)


def collection_label(spec: EntitySpec, name: str, context: Context) -> str:
    """What the records of a collection are called; where two are called alike, with the field by which they point."""
    found = spec.collections[name]
    label = _plain_label(spec, name, context)
    if any(other != name and _plain_label(spec, other, context) == label for other in spec.collections):
        via = say(registry()[found.entity].fields[found.field].label, context)
        return _("%(things)s (%(field)s)") % {"things": label, "field": via}
    return label


def _plain_label(spec: EntitySpec, name: str, context: Context) -> str:
    found = spec.collections[name]
    other = registry()[found.entity]
    related = getattr(other.fields[found.field], "related", "")
    return say(related, context) if related and not found.link else say(other.declaration.label_plural, context)


def filterable(kind: Kind) -> bool:
    """Whether a kind of field can be compared at all."""
    return bool(kind.operators) and kind.key != "data"


# -- what is offered -------------------------------------------------------------------------------------------------
def offered(
    spec: EntitySpec, reader: Reader, context: Context, words: str = "", *, flat: bool = False
) -> list[Section]:
    """The record's own fields, those of each record it refers to, and its collections.

    :param words: only what is called so; then records further away are offered too. :param flat: without collections.
    """
    sections = [Section("", tuple(_own(spec, reader, context)))]
    sections += _related(spec, reader, context, "", (), LONGEST - 1 if words else 1)
    collected = Section(_("Related lists"), tuple(_collections(spec, reader, context, "", ())))
    sections.insert(1, collected)
    if flat:
        sections = [Section(one.title, tuple(p for p in one.places if p.collection is None)) for one in sections]
    if words:
        asked = fold(words).split()
        sections = [
            Section(one.title, tuple(p for p in one.places if all(word in fold(p.text) for word in asked)))
            for one in sections
        ]
    return _cut([one for one in sections if one.places], MOST if words else 10 * MOST)


def _cut(sections: list[Section], most: int) -> list[Section]:
    found: list[Section] = []
    for one in sections:
        if most <= 0:
            break
        found.append(Section(one.title, one.places[:most]))
        most -= len(one.places)
    return found


def _own(
    spec: EntitySpec, reader: Reader, context: Context, before: str = "", through: tuple[str, ...] = ()
) -> Iterator[Place]:
    small = bool(through) and spec.declaration.directory
    for name, declared in spec.fields.items():
        if small and name in COMMON:
            continue
        path = before + name
        kind = _field(spec, name, path, reader)
        if kind is None or not filterable(declared):
            continue
        label = say(kind.label, context)
        yield Place(path, through, label, kind)
        parts = kind.parts()
        for part in PARTS.get(kind.key, ()):
            if part in parts:
                yield Place(f"{path}.{part}", (*through, label), say(parts[part].label, context), parts[part])


def _related(
    spec: EntitySpec, reader: Reader, context: Context, before: str, through: tuple[str, ...], steps: int
) -> Iterator[Section]:
    further: list[tuple[EntitySpec, str, tuple[str, ...]]] = []
    for name, kind in spec.references.items():
        other = None if name in STAMPS or _field(spec, name, name, reader) is None else reader.beyond(kind)
        if other is None or (through and other.declaration.directory):
            continue
        way = (*through, say(kind.label, context))
        path = f"{before}{name}."
        places = list(_own(other, reader, context, path, way))
        if not other.declaration.directory:
            places += _collections(other, reader, context, path, way)
            further.append((other, path, way))
        yield Section(" › ".join(way), tuple(places))
    if steps > 1:
        for other, path, way in further:
            yield from _related(other, reader, context, path, way, steps - 1)


def _collections(
    spec: EntitySpec, reader: Reader, context: Context, before: str, through: tuple[str, ...]
) -> Iterator[Place]:
    for name in spec.collections:
        other = reader.collection(spec, name)
        if other is None or other.declaration.area == "settings" or other.declaration.own_things:
            continue
        yield Place(before + name, through, collection_label(spec, name, context), None, other)

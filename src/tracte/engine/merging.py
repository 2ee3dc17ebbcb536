"""Texts with fields of records in them, for mails and documents: ``Dear {contact.first_name|Sir or Madam}``.

A language of our own with nothing in it but names: an entity, a field, one step through a reference
(``{opportunity.account.name}``) and a text that stands in for a missing value. There are no calls, attributes or
conditions to break out with, and every value is read with the rights of whoever sends the text. A value that was put in
is not looked through for fields again.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from django.utils.translation import override

from tracte.kernel.actor import Actor
from tracte.kernel.problems import NotFound, Problem
from tracte.meta.kinds.base import Context, Kind, RefTitle, escape
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records import snapshot as snapshots

_WORD = r"[a-z][a-z0-9_]{0,62}"
# Doubled braces and those after $, # or % belong to other template languages: they are left as they stand.
_FIELD = re.compile(
    rf"(?<![{{$#%])\{{(?P<name>(?P<entity>{_WORD})\.(?P<first>{_WORD})(?:\.(?P<second>{_WORD}))?)"
    rf"(?:\|(?P<fallback>[^{{}}\r\n]{{0,200}}))?\}}(?!\}})"
)
_IN_TAG = re.compile(r"<[a-zA-Z/!][^>]*\Z")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
NOT_SHOWN = frozenset({"data", "many_references", "checklist"})


class Form(Enum):
    """What the text is: plain text, one line of it (a subject, a file's name), or HTML."""

    TEXT = "text"
    LINE = "line"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Template:
    """A text somebody wrote, and what it is."""

    text: str
    form: Form = Form.TEXT


@dataclass(frozen=True, slots=True)
class Place:
    """A field in a text. :param name: as written. :param second: field of the record that ``first`` refers to."""

    name: str
    entity: str
    first: str
    second: str | None
    fallback: str
    start: int


@dataclass(frozen=True, slots=True)
class Merged:
    """A text with its values. :param missing: names of the fields that had none, whatever the reason."""

    text: str
    missing: tuple[str, ...] = ()


def places(text: str) -> list[Place]:
    """The fields in a text, in their order."""
    return [_place(found) for found in _FIELD.finditer(text)]


def _place(found: re.Match[str]) -> Place:
    return Place(
        found["name"], found["entity"], found["first"], found["second"], found["fallback"] or "", found.start()
    )


# -- when a text is written ------------------------------------------------------------------------------------------
def problems(template: Template, entities: Collection[str], actor: Actor, where: str | None = None) -> list[Problem]:
    """What is wrong with the fields of a text, for whoever writes it. A hidden field is unknown like any other.

    :param entities: kinds of records there will be when it is sent. :param where: the field the text was typed into.
    """
    found = []
    known = _known(places(template.text), actor)
    for place in places(template.text):
        line = template.text.count("\n", 0, place.start) + 1
        at = place.start - template.text.rfind("\n", 0, place.start)
        params: dict[str, object] = {"name": place.name, "line": line, "at": at}
        if place.entity not in entities or place.name not in known:
            found.append(Problem(where, "no_merge_field", params))
        elif _in_tag(template, place):
            found.append(Problem(where, "merge_field_in_tag", params))
    return found


def _in_tag(template: Template, place: Place) -> bool:
    """Whether a field stands inside a tag, where even an escaped value could become an address that runs script."""
    return template.form is Form.HTML and _IN_TAG.search(template.text, 0, place.start) is not None


# -- what a name means -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Known:
    """A field the actor may see.

    :param kind: of what is shown. :param owner: the entity it stands in, after the step. :param name: and there.
    :param refers: the entity its value refers to, when it is a reference itself.
    """

    place: Place
    kind: Kind
    owner: str
    name: str
    refers: str | None


def _known(wanted: Iterable[Place], actor: Actor) -> dict[str, _Known]:
    """The fields among those wanted that the actor may see, by their names."""
    found = {}
    for place in wanted:
        known = None if place.name in found else _look_up(place, actor)
        if known is not None:
            found[place.name] = known
    return found


def _look_up(place: Place, actor: Actor) -> _Known | None:
    owner, name = place.entity, place.first
    kind = _visible(owner, actor).get(name)
    if kind is not None and place.second is not None:
        step = _target(kind)
        owner, name = step or "", place.second
        kind = None if step is None else _visible(step, actor).get(name)
    if kind is None or kind.key in NOT_SHOWN:
        return None
    refers = _target(kind)
    return None if hasattr(kind, "to") and refers is None else _Known(place, kind, owner, name, refers)


def _visible(entity: str, actor: Actor) -> Mapping[str, Kind]:
    try:
        return query.rows(entity, actor).visible
    except NotFound:
        return {}


def _target(kind: Kind) -> str | None:
    """The entity a reference to one record leads to."""
    to = str(getattr(kind, "to", ""))
    return to if to in registry() and kind.key not in NOT_SHOWN else None


# -- when it is sent -------------------------------------------------------------------------------------------------
def merge(
    templates: Mapping[str, Template],
    recipients: Sequence[Mapping[str, int]],
    sender: Actor,
    languages: Sequence[str] | None = None,
) -> list[dict[str, Merged]]:
    """Texts with the values of records, for many recipients at once: the number of queries does not grow with them.

    :param templates: texts by name, such as ``{"subject": …, "body": …}``.
    :param recipients: for each the ids of their records by entity: ``{"contact": 7, "user": 3}``.
    :param sender: with whose rights all is read. :param languages: of each recipient; the sender's when left out.
    :returns: for each recipient the texts by name. A field that is hidden from the sender, unknown, empty, or of a
        record out of reach all look alike: the fallback, or nothing.
    """
    known = _known((place for template in templates.values() for place in places(template.text)), sender)
    values = _read(known.values(), recipients, sender)
    context = snapshots.current().context(sender)
    found = []
    for number, records in enumerate(recipients):
        language = languages[number] if languages else context.language
        shown = _Shown(known, values, records, replace(context, language=language, titles=values.titles))
        with override(language):
            found.append({name: _merged(template, shown) for name, template in templates.items()})
    return found


@dataclass
class _Values:
    """What was read: values by entity and id, and titles of the records they refer to."""

    by_record: dict[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)
    titles: dict[int, RefTitle] = field(default_factory=dict)

    def of(self, entity: str, record_id: int, name: str) -> Any:
        return self.by_record.get((entity, record_id), {}).get(name)

    def column(self, entity: str, name: str) -> set[int]:
        """The ids a reference holds in what was read."""
        held = {values.get(name) for (owner, _), values in self.by_record.items() if owner == entity}
        return {one for one in held if one is not None}


def _read(known: Collection[_Known], recipients: Sequence[Mapping[str, int]], sender: Actor) -> _Values:
    """All values for all recipients: a query for each entity, one more for each a step or a reference away."""
    values = _Values()

    def read(asked: Mapping[str, set[str]], ids: Mapping[str, set[int]]) -> None:
        for entity, names in asked.items():
            for pk, row in query.rows(entity, sender).read(ids[entity], names).items():
                values.by_record[entity, pk] = {**values.by_record.get((entity, pk), {}), **row}

    near, far = _names(known, steps=False), _names(known, steps=True)
    read(near, {entity: {one[entity] for one in recipients if entity in one} for entity in near})
    stepped: dict[str, set[int]] = {entity: set() for entity in far}
    for one in known:
        if one.place.second is not None:
            stepped[one.owner] |= values.column(one.place.entity, one.place.first)
    read(far, stepped)
    for one in known:
        if one.refers is not None:
            values.titles |= query.titles(one.refers, values.column(one.owner, one.name), sender)
    return values


def _names(known: Collection[_Known], *, steps: bool) -> dict[str, set[str]]:
    """Fields to read by entity: of the records given, or of those a step away."""
    found: dict[str, set[str]] = {}
    for one in known:
        if not steps:
            found.setdefault(one.place.entity, set()).add(one.place.first)
        elif one.place.second is not None:
            found.setdefault(one.owner, set()).add(one.name)
    return found


@dataclass(frozen=True)
class _Shown:
    """The values of one recipient as texts."""

    known: Mapping[str, _Known]
    values: _Values
    records: Mapping[str, int]
    context: Context

    def text(self, place: Place) -> str:
        """A field's value as its kind shows it; empty when there is none to show."""
        one = self.known.get(place.name)
        if one is None or place.entity not in self.records:
            return ""
        value = self.values.of(place.entity, self.records[place.entity], place.first)
        if place.second is not None and value is not None:
            value = self.values.of(one.owner, value, one.name)
        if value is None or (one.refers is not None and value not in self.context.titles):
            return ""
        return one.kind.text(value, self.context)


def _merged(template: Template, shown: _Shown) -> Merged:
    missing: list[str] = []

    def put_in(found: re.Match[str]) -> str:
        place = _place(found)
        text = "" if _in_tag(template, place) else shown.text(place)
        if not text.strip():
            missing.append(place.name)
            return place.fallback  # as it was written, like the text around it
        return escape(text).replace("\n", "<br>") if template.form is Form.HTML else text

    text = _FIELD.sub(put_in, template.text)
    if template.form is Form.LINE:
        # A break in a subject would begin another header (RFC 5322, section 2.2).
        text = _CONTROL.sub(" ", text).strip()
    return Merged(text, tuple(dict.fromkeys(missing)))

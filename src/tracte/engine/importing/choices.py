"""What a person chose in the import pages: how a file is read and where each of its columns goes.

The choices become the text of a scenario, and that text is what runs: what somebody saves is exactly what was done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePath
from typing import Any

from tracte.engine.importing.guess import SURE, Suggestion
from tracte.engine.importing.places import FULL_NAME, PERSON, others_of
from tracte.kernel.actor import Actor, Level
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query

NEW_ENTRY = "+"  # a word of the file that becomes a new entry of its list
EXTERNAL = "external"  # the record's number in another system, instead of a field
MAX_USES = 200  # columns of one file the pages offer; a scenario may use more
MAX_MAP = 200
TELLING = frozenset(
    {"text", "email", "phone", "url", "auto_number", "reference", "date"}
)  # kinds that tell records apart
MAY_LACK = frozenset({"user", "team", "phone", "url"})


@dataclass
class Use:
    """What one column of the file is used for.

    :param to: field, part of a field (``billing_address.city``), :data:`EXTERNAL`, or empty: left out.
    :param format: how its dates are written (``strptime``); empty: as usual.
    :param decimal: how its numbers are written, by example.
    :param lookup: field of the other entity its cells are compared with, or :data:`EXTERNAL`.
    :param by: what stands between columns that go to the same place.
    :param confidence: how sure the suggestion was: ``sure``, ``likely``, ``guess``; empty when a person chose.
    """

    header: str
    to: str = ""
    format: str = ""
    decimal: str = ""
    currency: str = ""
    lookup: str = ""
    on_missing: str = "report"
    on_bad: str = "report"
    map: dict[str, str] = field(default_factory=dict)
    confidence: str = ""
    by: str = " "

    def at(self, to: str) -> "Use":
        """The same use of another place."""
        return replace(self, to=to)


@dataclass
class Choices:
    """Everything one import of one file needs.

    :param reading: how the file is read, where it is not as usual: ``encoding delimiter header_row sheet``.
    :param match: fields by which a row finds its record, or :data:`EXTERNAL` alone; empty: every row is new.
    :param system: what the other system is called, for ids.
    :param sets: what every new record gets besides, as text by field.
    """

    entity: str
    file: str
    name: str
    reading: dict[str, Any] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    match: list[str] = field(default_factory=list)
    on_match: str = "update"
    system: str = "file"
    sets: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "sets": [list(pair) for pair in self.sets.items()]}  # objects forget their order

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Choices":
        """:raises TypeError, KeyError: for something else than :meth:`as_json` wrote."""
        given = dict(raw)
        uses = [Use(**one) for one in given.pop("uses")]
        return cls(**{**given, "sets": dict(given.get("sets", ()))}, uses=uses)

    @property
    def used(self) -> list[Use]:
        return [use for use in self.uses if use.to]


def matchable(spec: EntitySpec, uses: Sequence[Use]) -> list[str]:
    """Fields of the used columns by which records can be found, the declared ones first."""
    filled = [name for use in uses for name in (PERSON if use.to == FULL_NAME else (use.to,))]
    names = [name for name in filled if name in spec.fields and spec.fields[name].key in TELLING]
    fit = [name for name in names if not spec.fields[name].cf_key and not refers_to_itself(spec, name)]
    declared = [name for name in spec.declaration.importing.match_on if name in fit]
    return list(dict.fromkeys([*declared, *fit]))


def refers_to_itself(spec: EntitySpec, to: str) -> bool:
    """Whether a field refers to records of the same entity, which may stand further down in the file."""
    return getattr(spec.fields.get(to), "to", None) == spec.key


def usual_match(spec: EntitySpec, uses: Sequence[Use]) -> list[str]:
    """The match to begin with: the id of another system, else the first declared field that is filled, else the first
    rule for duplicates whose fields all are."""
    if any(use.to == EXTERNAL for use in uses):
        return [EXTERNAL]
    fit = matchable(spec, uses)
    declared = [name for name in spec.declaration.importing.match_on if name in fit][:1]
    if declared or spec.declaration.duplicates is None:
        return declared
    return next((list(rule) for rule in spec.declaration.duplicates.rules if set(rule) <= set(fit)), [])


def from_suggestions(
    entity: str, file: str, reading: Mapping[str, Any], found: Sequence[Suggestion], actor: Actor
) -> Choices:
    """The choices to begin with: every suggestion accepted, and the values a record can do without not insisted on."""
    spec = registry()[entity]
    uses = [_accepted(spec, one, actor) for one in found]
    stem = "".join(letter if letter.isalnum() else "-" for letter in PurePath(file).stem.lower())
    choices = Choices(entity, file, file[:150], dict(reading), uses, system=stem.strip("-")[:40] or "file")
    choices.match = usual_match(spec, uses)
    return choices


def _accepted(spec: EntitySpec, one: Suggestion, actor: Actor) -> Use:
    sure = "sure" if one.confidence >= SURE else "likely" if one.confidence >= 0.7 else "guess"
    use = Use(
        header=one.header,
        to=one.to,
        format=one.format,
        decimal=one.decimal,
        lookup=one.lookup.partition(".")[2],
        confidence=sure if one.to else "",
    )
    kind = spec.fields.get(one.to) or _kind_of_other(spec, one.to)
    return forgiving(use, kind, actor) if kind is not None else use


def _kind_of_other(spec: EntitySpec, to: str) -> Kind | None:
    """The kind of a place of another record the row tells about."""
    owner, _slash, name = to.partition("/")
    other = others_of(spec).get(owner)
    return other.spec.fields.get(name) if other is not None else None


def without(choices: Choices, to: str) -> Choices:
    """The choices so that rows come in without a value that cannot be read, or a record nobody has, in one place."""
    uses = [
        replace(use, on_bad="blank", on_missing="blank") if to and to in (use.to, use.to.partition(".")[0]) else use
        for use in choices.uses
    ]
    return replace(choices, uses=uses)


def can_do_without(choices: Choices, to: str) -> bool:
    """Whether a record may lack what one place of the file gives it."""
    kind = registry()[choices.entity].fields.get(to.partition(".")[0])
    used = any(to in (use.to, use.to.partition(".")[0]) for use in choices.used)
    return used and kind is not None and not kind.required and to not in choices.match


def forgiving(use: Use, kind: Kind, actor: Actor) -> Use:
    """A record is worth more than a telephone number it lacks: it comes in without, and with a warning. An account
    nobody has yet is made."""
    to = getattr(kind, "to", None)
    missing = "create" if to is not None and makeable(str(to), use.lookup, actor) else "blank"
    lacking = replace(use, on_missing="blank", on_bad="blank") if kind.key in MAY_LACK else use
    return replace(lacking, on_missing=missing) if missing == "create" else lacking


def makeable(entity: str, lookup: str, actor: Actor) -> bool:
    """Whether a record that a column names may be made of the name alone."""
    if entity not in registry():
        return False
    target = registry()[entity]
    simple = lookup in ("", "title", *target.title_fields) and len(target.title_fields) == 1
    return simple and not target.declaration.directory and query.reach(target, actor, "create") is not Level.NONE

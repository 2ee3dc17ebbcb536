"""What a person chose in the import pages: how a file is read and where each of its columns goes.

The choices become the text of a scenario, and that text is what runs: what somebody saves is exactly what was done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePath
from typing import Any

from tracte.engine.importing.guess import SURE, Suggestion
from tracte.engine.importing.spec import ON_BAD_VALUE, ON_MATCH, ON_MISSING
from tracte.engine.importing.writing_toml import scenario_text
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import EntitySpec, registry

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


@dataclass
class Choices:
    """Everything one import of one file needs.

    :param reading: how the file is read, where it is not as usual: ``encoding delimiter header_row sheet``.
    :param match: fields by which a row finds its record, or :data:`EXTERNAL` alone; empty: every row is new.
    :param system: what the other system is called, for ids.
    """

    entity: str
    file: str
    name: str
    reading: dict[str, Any] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    match: list[str] = field(default_factory=list)
    on_match: str = "update"
    system: str = "file"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Choices":
        """:raises TypeError, KeyError: for something else than :meth:`as_json` wrote."""
        given = dict(raw)
        uses = [Use(**one) for one in given.pop("uses")]
        return cls(**given, uses=uses)

    @property
    def used(self) -> list[Use]:
        return [use for use in self.uses if use.to]


def matchable(spec: EntitySpec, uses: Sequence[Use]) -> list[str]:
    """Fields of the used columns by which records can be found, the declared ones first."""
    names = [use.to for use in uses if use.to in spec.fields and spec.fields[use.to].key in TELLING]
    fit = [name for name in names if not spec.fields[name].cf_key and not refers_to_itself(spec, name)]
    declared = [name for name in spec.declaration.importing.match_on if name in fit]
    return list(dict.fromkeys([*declared, *fit]))


def refers_to_itself(spec: EntitySpec, to: str) -> bool:
    """Whether a field refers to records of the same entity, which may stand further down in the file."""
    return getattr(spec.fields.get(to), "to", None) == spec.key


def usual_match(spec: EntitySpec, uses: Sequence[Use]) -> list[str]:
    """The match to begin with: the id of another system, else the first declared field that is filled."""
    if any(use.to == EXTERNAL for use in uses):
        return [EXTERNAL]
    fit = matchable(spec, uses)
    return [name for name in spec.declaration.importing.match_on if name in fit][:1]


def scenario_of(choices: Choices) -> str:
    """The scenario these choices stand for (TOML)."""
    spec = registry()[choices.entity]
    file: dict[str, Any] = {"path": choices.file, "entity": choices.entity, **choices.reading}
    ignored = [use.header for use in choices.uses if not use.to]
    if ignored:
        file["ignore"] = ignored
    if choices.match:
        match = {"external": choices.system} if choices.match == [EXTERNAL] else {"keys": list(choices.match)}
        file["match"] = {**match, "on_match": choices.on_match if choices.on_match in ON_MATCH else "update"}
    second = bool(choices.match)
    file["columns"] = {use.header: _column(spec, choices, use, second) for use in choices.used}
    return scenario_text(choices.name[:150] or "Import", {}, [file])


def _column(spec: EntitySpec, choices: Choices, use: Use, second: bool) -> Any:
    """One entry of ``[file.columns]``: the field's name alone where nothing more is said."""
    if use.to == EXTERNAL:
        return {"external": choices.system}
    column: dict[str, Any] = {"to": use.to}
    name = use.to.partition(".")[0]
    kind = spec.fields[name]
    if use.map:
        column["map"] = {old: new for old, new in list(use.map.items())[:MAX_MAP] if new}
    if use.format:
        column["format"] = use.format
    if use.decimal:
        column["decimal"] = use.decimal
    if use.currency and kind.key == "money":
        column["currency"] = use.currency
    target = getattr(kind, "to", None)
    if target is not None and use.lookup:
        if use.lookup == EXTERNAL:
            column |= {"lookup": target, "external": choices.system}
        else:
            column["lookup"] = f"{target}.{use.lookup}"
        if use.on_missing in ON_MISSING and use.on_missing != "report":
            column["on_missing_reference"] = use.on_missing
        if target == spec.key and second:
            column["pass"] = 2
    if use.on_bad in ON_BAD_VALUE and use.on_bad != "report":
        column["on_bad_value"] = use.on_bad
    return use.to if column == {"to": use.to} else column


def from_suggestions(entity: str, file: str, reading: Mapping[str, Any], found: Sequence[Suggestion]) -> Choices:
    """The choices to begin with: every suggestion accepted, and the values a record can do without not insisted on."""
    spec = registry()[entity]
    uses = [_accepted(spec, one) for one in found]
    stem = "".join(letter if letter.isalnum() else "-" for letter in PurePath(file).stem.lower())
    choices = Choices(entity, file, file[:150], dict(reading), uses, system=stem.strip("-")[:40] or "file")
    choices.match = usual_match(spec, uses)
    return choices


def _accepted(spec: EntitySpec, one: Suggestion) -> Use:
    sure = "sure" if one.confidence >= SURE else "likely" if one.confidence >= 0.7 else "guess"
    use = Use(
        header=one.header,
        to=one.to,
        format=one.format,
        decimal=one.decimal,
        lookup=one.lookup.partition(".")[2],
        confidence=sure if one.to else "",
    )
    return forgiving(use, spec.fields[one.to]) if one.to in spec.fields else use


def forgiving(use: Use, kind: Kind) -> Use:
    """A record is worth more than a telephone number it lacks: it comes in without, and with a warning."""
    return replace(use, on_missing="blank", on_bad="blank") if kind.key in MAY_LACK else use

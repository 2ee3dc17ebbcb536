"""From what a person chose in the pages to a scenario: how often the file is read, and what each reading makes.

One file may tell about several records in each row: the account is made first, then the contact that refers to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tracte.engine.importing.children import children_of
from tracte.engine.importing.choices import EXTERNAL, MAX_MAP, NEW_ENTRY, Choices, Use
from tracte.engine.importing.places import FULL_NAME, PERSON, Other, others_of
from tracte.engine.importing.spec import ON_BAD_VALUE, ON_MATCH, ON_MISSING
from tracte.engine.importing.words import narrowed
from tracte.engine.importing.writing_toml import scenario_text
from tracte.kernel.actor import OPERATOR
from tracte.kernel.fold import fold
from tracte.meta.kinds import Choice, MultiChoice
from tracte.meta.registry import EntitySpec, registry

Columns = dict[str, Any]


def scenario_of(choices: Choices) -> str:
    """The scenario these choices stand for (TOML)."""
    spec = registry()[choices.entity]
    others = others_of(spec)
    before = [one for key, one in others.items() if one.before and _uses_of(choices, key)]
    after = [one for key, one in others.items() if not one.before and _uses_of(choices, key)]
    files: list[Mapping[str, Any]] = [
        *_new_entries(choices, spec),
        *(file for one in before if (file := _before(choices, spec, one)) is not None),
        _main(choices, spec),
        *(file for one in after if (file := _after(choices, spec, one)) is not None),
    ]
    return scenario_text(choices.name[:150] or "Import", {}, files)


def _uses_of(choices: Choices, key: str) -> list[Use]:
    """Uses for another record, as if they were its own."""
    lead = f"{key}/"
    return [use.at(use.to.removeprefix(lead)) for use in choices.used if use.to.startswith(lead)]


def _read(choices: Choices, entity: str) -> dict[str, Any]:
    return {"path": choices.file, "entity": entity, **choices.reading}


def _main(choices: Choices, spec: EntitySpec) -> dict[str, Any]:
    file = _read(choices, choices.entity)
    if ignored := [use.header for use in choices.uses if not use.to]:
        file["ignore"] = ignored
    if choices.match:
        match = {"external": choices.system} if choices.match == [EXTERNAL] else {"keys": list(choices.match)}
        file["match"] = {**match, "on_match": _on_match(choices)}
    file["columns"] = _columns(spec, choices, [use for use in choices.used if "/" not in use.to], bool(choices.match))
    free = unfilled_fields(choices)
    file["set"] = {
        name: {"constant": text, "new_only": True} for name, text in choices.sets.items() if text and name in free
    }
    return file


def unfilled_fields(choices: Choices) -> set[str]:
    """Fields of the entity no column fills."""
    filled = {name for use in choices.used for name in (PERSON if use.to == FULL_NAME else (use.to.partition(".")[0],))}
    return set(registry()[choices.entity].fields) - filled


def _on_match(choices: Choices) -> str:
    """What a scenario says of records that are found; only a person can be asked, so a file's values are taken."""
    return choices.on_match if choices.on_match in ON_MATCH else "update"


def _before(choices: Choices, spec: EntitySpec, other: Other) -> dict[str, Any] | None:
    """The reading that makes or fills the records the rows refer to, found by the name the rows give."""
    named = next(
        (use for use in choices.used if use.to == other.link and use.lookup in ("", "title", *other.spec.title_fields)),
        None,
    )
    if named is None:
        return None
    title = other.spec.title_fields[0]
    columns = _columns(other.spec, choices, _uses_of(choices, other.key), second=False)
    return {
        **_read(choices, other.spec.key),
        "skip_if": [named.header, "empty"],
        "distinct": [named.header],
        "match": {"keys": [title], "on_match": "fill_empty"},
        "columns": {**columns, named.header: title},
    }


def _after(choices: Choices, spec: EntitySpec, other: Other) -> dict[str, Any] | None:
    """The reading that makes the people at the record of the row."""
    title = next((use for use in choices.used if use.to in spec.title_fields), None)
    uses = _uses_of(choices, other.key)
    if title is None:
        return None
    columns = _columns(other.spec, choices, uses, second=False)
    filled = {use.to for use in uses}
    key = next((name for name in other.spec.declaration.importing.match_on if name in filled), None)
    named = [name for name in PERSON if name in filled or FULL_NAME in filled]
    link = {"to": other.link, "lookup": f"{spec.key}.{title.to}", "on_missing_reference": "blank"}
    reading = {
        **_read(choices, other.spec.key),
        "skip_if": {"all": [[use.header, "empty"] for use in uses if use.to in (FULL_NAME, *PERSON, "email")]},
        "match": {"keys": [key] if key else [*named, other.link], "on_match": _on_match(choices)},
        "columns": _with(columns, title.header, link),
    }
    return reading if key or named else None


def _with(columns: Columns, header: str, more: Mapping[str, Any]) -> Columns:
    held = columns.get(header)
    uses = [] if held is None else held if isinstance(held, list) else [held]
    uses = [{"to": one} if isinstance(one, str) else one for one in uses]
    return {**columns, header: [*uses, dict(more)] if uses else dict(more)}


def _columns(spec: EntitySpec, choices: Choices, uses: Sequence[Use], second: bool) -> Columns:
    """``[file.columns]``; columns that go to the same place are put together."""
    columns: Columns = {}
    first: dict[str, Use] = {}
    for use in uses:
        if use.to in first and ":" not in use.to:
            head = first[use.to].header
            held = columns[head] if isinstance(columns[head], dict) else {"to": columns[head]}
            held["join"] = [*held.get("join", ()), use.header]
            held["by"] = first[use.to].by
            columns[head] = held
        elif use.to == FULL_NAME:
            first[use.to] = use
            columns[use.header] = [{"to": f"{part}_name", "person": part} for part in ("first", "last")]
        else:
            first[use.to] = use
            columns[use.header] = _column(spec, choices, use, second)
    return columns


def _column(spec: EntitySpec, choices: Choices, use: Use, second: bool) -> Any:
    """One entry of ``[file.columns]``: the field's name alone where nothing more is said."""
    if use.to == EXTERNAL:
        return {"external": choices.system}
    child, _colon, sort = use.to.partition(":")
    if sort:
        return {"to": child, "set": {children_of(spec, OPERATOR)[child].sort: sort}}
    column: dict[str, Any] = {"to": use.to}
    kind = spec.fields[use.to.partition(".")[0]]
    if use.map:
        pairs = list(use.map.items())[:MAX_MAP]
        column["map"] = {old: entry_key(old) if new == NEW_ENTRY else new for old, new in pairs if new}
    if use.format:
        column["format"] = use.format
    if use.decimal:
        column["decimal"] = use.decimal
    if use.currency and kind.key == "money":
        column["currency"] = use.currency
    target = getattr(kind, "to", None)
    if target is not None and use.lookup:
        column |= _lookup(choices, use, str(target))
        if (where := narrowed(kind)) is not None:
            column["where"] = where
        if target == spec.key and second:
            column["pass"] = 2
    if use.on_bad in ON_BAD_VALUE and use.on_bad != "report":
        column["on_bad_value"] = use.on_bad
    column = {name: value for name, value in column.items() if value != {}}
    return use.to if column == {"to": use.to} else column


def _lookup(choices: Choices, use: Use, target: str) -> dict[str, Any]:
    external = use.lookup == EXTERNAL
    found = {"lookup": target, "external": choices.system} if external else {"lookup": f"{target}.{use.lookup}"}
    if use.on_missing in ON_MISSING and use.on_missing != "report":
        found["on_missing_reference"] = use.on_missing
    return found


def entry_key(word: str) -> str:
    """The key of a new entry of a value list, made of its word."""
    key = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in fold(word))
    return "_".join(part for part in key.split("_") if part)[:40] or "entry"


def _new_entries(choices: Choices, spec: EntitySpec) -> list[dict[str, Any]]:
    """The reading that makes entries of value lists which a person asked for."""
    wanted: dict[tuple[str, str], str] = {}
    for use in choices.used:
        owner, _slash, to = use.to.rpartition("/")
        others = others_of(spec)
        at = others[owner].spec if owner in others else spec
        kind = at.fields.get(to.partition(".")[0])
        if isinstance(kind, Choice | MultiChoice) and kind.list is not None:
            for word, means in use.map.items():
                if means == NEW_ENTRY:
                    wanted.setdefault((kind.list, entry_key(word)), word)
    if not wanted:
        return []
    rows = [{"list": name, "key": key, "label": label} for (name, key), label in wanted.items()]
    return [
        {
            "rows": rows,
            "entity": "value_item",
            "match": {"keys": ["list", "key"], "on_match": "skip"},
            "columns": {"list": "list", "key": "key", "label": "label"},
        }
    ]

"""What every new record of an import gets besides what its row says: a field and a value each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tracte.engine import forms, marks
from tracte.engine.importing.answers import Asked
from tracte.engine.importing.choices import Choices
from tracte.engine.importing.plan import writable_fields
from tracte.engine.importing.preparing import import_context
from tracte.engine.importing.readings import unfilled_fields
from tracte.engine.importing.spec import Scenario
from tracte.engine.titles import titles_for
from tracte.kernel.messages import message_for
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import EntitySpec
from tracte.records import snapshot as snapshots

LEAD = "set-"
UNFIT = frozenset({"auto_number", "checklist"})  # each record has its own
MAX_TEXT = 2_000

Wrong = Mapping[str, tuple[Any, str]]  # what was typed and what is wrong with it, by field


def offered(choices: Choices, about: Asked) -> dict[str, Kind]:
    """Fields that may be set, with tags first; each under the name its control has in the page."""
    free = unfilled_fields(choices)
    kinds = {
        name: _in_page(kind)
        for name, kind in writable_fields(about.spec, about.actor).items()
        if name in free and kind.key not in UNFIT and not kind.unique
    }
    return dict(sorted(kinds.items(), key=lambda item: item[1].key != "tags"))


def _in_page(kind: Kind) -> Kind:
    twin = kind.bound(LEAD + kind.name, kind.cf_key)
    twin.required = False
    return twin


def read(
    choices: Choices, data: Mapping[str, Any], names: Sequence[str], new: str, about: Asked
) -> tuple[dict[str, str], Wrong]:
    """What the form says, as the texts a scenario holds, and what of it cannot be read.

    :param names: the fields there are. :param new: one to add, or empty.
    """
    kinds = offered(choices, about)
    named = [name for name in names if name in kinds]
    found = {name: choices.sets.get(name, "") for name in named}
    wrong: dict[str, tuple[Any, str]] = {}
    for name in named:
        kind = kinds[name]
        if not kind.in_form(data):
            continue
        raw = _raw(kind, data, about)
        try:
            value = kind.parse(raw, about.context)
            if value is not None:
                kind.check_new(value, about.context)
            text = "" if value in (None, ()) else str(kind.export(value, about.context))
            if len(text) > MAX_TEXT:
                raise Fault("too_long", {"max": MAX_TEXT})
            found[name] = text
        except Fault as fault:
            wrong[name] = (raw, message_for(fault.code, fault.params))
    return (found | {new: ""} if new in kinds and new not in found else found), wrong


def _raw(kind: Kind, data: Mapping[str, Any], about: Asked) -> Any:
    raw = kind.from_form(data)
    if kind.key == "rich_text" and f"{kind.name}{forms.MARKED}" in data:
        return marks.to_html(str(raw or ""))
    return forms.by_name(kind, raw, about.actor) if getattr(kind, "to", None) and isinstance(raw, str) else raw


def value_of(kind: Kind, text: str, about: Asked) -> Any:
    """The value behind the text of a scenario; ``None`` when it cannot be read any more."""
    try:
        return kind.parse(text, import_context(snapshots.current(), about.actor, Scenario("", ""))) if text else None
    except Fault:
        return None


def context_of(spec: EntitySpec, name: str, value: Any, about: Asked) -> Context:
    """The context in which a value is shown, with the titles of the records it names."""
    return replace(about.context, titles=titles_for(spec, [{name: value}], about.actor))


def shown(choices: Choices, about: Asked) -> list[tuple[str, str]]:
    """What new records get, as label and text for people."""
    kinds, told = offered(choices, about), []
    for name, text in choices.sets.items():
        value = value_of(kinds[name], text, about) if name in kinds else None
        if value is not None:
            told.append((about.label(name), kinds[name].text(value, context_of(about.spec, name, value, about))))
    return told

"""Words of a file that a list, or a table of settings, does not know: what they may stand for, and a suggestion."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracte.engine.importing.choices import NEW_ENTRY, Use
from tracte.engine.importing.finding import Finder
from tracte.engine.importing.plan import check_right
from tracte.engine.importing.spec import Lookup
from tracte.kernel.actor import Actor, Level
from tracte.kernel.fold import fold
from tracte.kernel.problems import Fault, Forbidden, NotFound
from tracte.meta.kinds import Choice, MultiChoice
from tracte.meta.kinds.address import Country, countries
from tracte.meta.kinds.base import Context, Kind, say
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records import snapshot as snapshots

MAPPED = 12  # words of a list a page asks about; a scenario may map more
SHORT = 3  # letters; shorter words say nothing when they stand inside others
ALIKE = 0.72  # from here on two words are offered as the same


@dataclass(frozen=True, slots=True)
class Word:
    """One word nobody knows. :param means: what it stands for; the suggestion until somebody chose."""

    word: str
    means: str
    suggested: bool


def unknown_words(use: Use, kind: Kind | None, values: Sequence[str], actor: Actor, context: Context) -> list[Word]:
    """Words of a column that its list does not know, with what they stand for so far or are suggested to."""
    if kind is None or not asks(kind, use):
        return []
    found = list(dict.fromkeys(value for value in values if value))
    strange = (
        _unknown_names(kind, use, found, actor, context)
        if refers(kind)
        else [word for word in found if not _known(kind, word, context)]
    )
    entries = options_of(kind, actor, context)
    told = []
    for word in strange[:MAPPED]:
        chosen = use.map.get(word)
        means = alike(word, entries) if chosen is None else chosen
        told.append(Word(word, means, suggested=chosen is None and bool(means)))
    return told


def asks(kind: Kind, use: Use) -> bool:
    """Whether words of this kind can be given a meaning."""
    if refers(kind):
        return use.lookup in ("", "title", *registry()[str(getattr(kind, "to", ""))].title_fields)
    return kind.key in ("choice", "country", "multi_choice")


def refers(kind: Kind) -> bool:
    """Whether a kind refers to settings: people, teams, stages, pipelines."""
    to = getattr(kind, "to", None)
    return to is not None and to in registry() and registry()[to].declaration.directory


def _unknown_names(kind: Kind, use: Use, names: Sequence[str], actor: Actor, context: Context) -> list[str]:
    lookup = Lookup(str(getattr(kind, "to", "")), use.lookup or "title", where=narrowed(kind))
    known = Finder(actor, False).named(lookup, names, context)
    return [name for name in names if len(known.get(name, ())) != 1]


def narrowed(kind: Kind) -> Any:
    """The condition a reference puts on the records it may be given (stages of pipelines for leads), or nothing."""
    only = getattr(kind, "only", None)
    return [only[0], "eq", only[1]] if only else None


def _known(kind: Kind, text: str, context: Context) -> bool:
    """Whether a list knows this word by itself."""
    try:
        return kind.parse(text, replace(context, language="en")) is not None
    except Fault:
        return False


def options_of(kind: Kind, actor: Actor, context: Context) -> list[tuple[str, str]]:
    """What a column's words may stand for, as (value, label)."""
    if isinstance(kind, Country):
        return sorted(countries(context.language).items(), key=lambda one: fold(one[1]))
    if refers(kind):
        return _records_of(kind, actor)
    known = kind.options(context) if isinstance(kind, Choice | MultiChoice) else {}
    return [(option.key, say(option.label, context)) for option in known.values() if not option.retired]


def _records_of(kind: Kind, actor: Actor) -> list[tuple[str, str]]:
    """Names of the settings a field may refer to; one that several share cannot be told by its name."""
    entity, now = str(getattr(kind, "to", "")), snapshots.current()
    if query.reach(registry()[entity], actor, "view") is Level.NONE:
        return []
    titles = [title.title for pk, title in now.directory.get(entity, {}).items() if now.offers(kind, pk)]
    return [(title, title) for title in sorted(set(titles), key=fold) if titles.count(title) == 1]


def alike(word: str, entries: Sequence[tuple[str, str]]) -> str:
    """The entry a word most likely stands for; empty when none is near."""
    folded = fold(word).strip()
    labels: dict[str, str] = {}
    for value, label in entries:
        labels.setdefault(fold(label), value)
        labels.setdefault(fold(value), value)
    inside = [
        value
        for label, value in labels.items()
        if min(len(label), len(folded)) > SHORT and (label in folded or folded in label)
    ]
    if len(set(inside)) == 1:
        return inside[0]
    close = difflib.get_close_matches(folded, labels, 1, ALIKE)
    return labels[close[0]] if close else ""


def may_add(kind: Kind, actor: Actor) -> bool:
    """Whether this person may make a new entry of the list of a kind."""
    return isinstance(kind, Choice | MultiChoice) and kind.list is not None and may_make_entries(actor)


def may_make_entries(actor: Actor) -> bool:
    """Whether this person may make entries of value lists."""
    if "value_item" not in registry():
        return False
    spec = registry()["value_item"]
    try:
        check_right(spec, actor)
    except (Forbidden, NotFound):
        return False
    return actor.admin or not spec.declaration.admin_only


def with_new(kind: Kind, entries: Sequence[tuple[str, str]], actor: Actor, label: str) -> Sequence[tuple[str, str]]:
    """The entries, with a new one in front where that is allowed."""
    return [(NEW_ENTRY, label), *entries] if may_add(kind, actor) else entries


def settled(map_: Mapping[str, str], words: Sequence[Word]) -> dict[str, str]:
    """What words stand for, suggestions taken as they are shown."""
    return {**map_, **{one.word: one.means for one in words if one.suggested}}

"""Reading what somebody chose in the page of columns, and offering what there is to choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tracte.engine.importing import guess
from tracte.engine.importing.choices import (
    EXTERNAL,
    MAX_USES,
    NEW_ENTRY,
    Choices,
    Use,
    forgiving,
    makeable,
    matchable,
    refers_to_itself,
)
from tracte.engine.importing.finding import Finder
from tracte.engine.importing.places import FULL_NAME, PERSON, Places
from tracte.engine.importing.plan import writable_fields
from tracte.engine.importing.spec import ASK, ON_BAD_VALUE, ON_MATCH, ON_MISSING, Lookup
from tracte.engine.importing.staging import label_of
from tracte.engine.importing.words import MAPPED, may_add
from tracte.kernel.actor import Actor
from tracte.kernel.money import CURRENCIES
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records import snapshot as snapshots

BETWEEN = {"space": " ", "comma": ", ", "line": "\n"}  # columns put together
DATES = {
    "%Y-%m-%d": "2026-11-24",
    "%d/%m/%Y": "24/11/2026",
    "%m/%d/%Y": "11/24/2026",
    "%d.%m.%Y": "24.11.2026",
}


@dataclass(frozen=True)
class Asked:
    """What the page asks about columns: the file's values, the entity's fields, who asks."""

    spec: EntitySpec
    actor: Actor
    context: Context
    columns: Mapping[str, Sequence[str]]

    @cached_property
    def where(self) -> Places:
        """Every place a column may go."""
        return Places(self.spec, self.actor, self.context)

    @property
    def fields(self) -> dict[str, Kind]:
        """How the values of every place are read."""
        return self.where.kinds

    def label(self, to: str) -> str:
        """What people call a place."""
        return self.where.label(to)


def asked(choices: Choices, columns: Mapping[str, Sequence[str]], actor: Actor) -> Asked:
    """Everything the page of columns needs to know."""
    return Asked(registry()[choices.entity], actor, snapshots.current().context(actor), columns)


# -- what there is to choose -----------------------------------------------------------------------------------------
def places(about: Asked) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where a column may go, as groups of (value, label)."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for place in about.where.all.values():
        groups.setdefault(place.group, []).append((place.to, place.label))
    first = next(iter(groups), "")
    groups.setdefault(first, []).append((EXTERNAL, _("Its number in the other system")))
    return list(groups.items())


def date_choices(use: Use, values: Sequence[str]) -> list[tuple[str, str]]:
    """Ways to read its dates: those that fit first, then the usual ones."""
    fitting = guess.date_formats([value for value in values if value])
    forms = list(dict.fromkeys([*([use.format] if use.format else []), *fitting, *DATES]))[:8]
    sample = next((value for value in values if value), "")
    return [("", _("As people write dates here")), *((form, _dated(form, sample, form in fitting)) for form in forms)]


def _dated(form: str, sample: str, fits: bool) -> str:
    """A date format in words: by the order of its parts."""
    names = {
        "Y": pgettext("date", "year"), "y": pgettext("date", "year"), "m": pgettext("date", "month"),
        "b": pgettext("date", "month"), "B": pgettext("date", "month"), "d": pgettext("date", "day"),
    }  # fmt: skip
    words = [names[letter] for letter in form if letter in names]
    order = ", ".join(words)
    if "%H" in form or "%I" in form:
        order = _("%(date)s, time") % {"date": order}
    return f"{order} ({sample[:24] if fits and sample else DATES.get(form, form)})"


def lookup_choices(use: Use, about: Asked) -> list[tuple[str, str]]:
    """By what the record a column names may be found."""
    target = registry()[str(getattr(about.fields[use.to], "to", ""))]
    visible = query.rows(target.key, about.actor).visible
    wanted = dict.fromkeys(["email", "key", *target.declaration.importing.match_on])
    names = [name for name in wanted if name in visible and target.title_fields != (name,)]
    found = [(name, _("by %(field)s") % {"field": label_of(target, name, about.context)}) for name in names]
    name = target.title_fields[0] if len(target.title_fields) == 1 else "title"
    return [(name, _("by name")), *found, (EXTERNAL, _("by its number in the other system"))]


def missing_choices(use: Use, about: Asked) -> list[tuple[str, str]]:
    """What becomes of a row that names a record nobody has."""
    target = registry()[str(getattr(about.fields[use.to], "to", ""))]
    found = [("report", _("leave the row out")), ("blank", _("leave this empty"))]
    if makeable(target.key, use.lookup, about.actor) and not refers_to_itself(about.spec, use.to):
        found.append(("create", _("make it")))
    return found


def between_choices() -> list[tuple[str, str]]:
    """What may stand between columns that go to the same place."""
    return [("space", _("a space")), ("comma", _("a comma")), ("line", _("a new line"))]


def day_or_month(values: Sequence[str]) -> bool:
    """Whether nothing in a column of dates tells the day from the month."""
    fitting = guess.date_formats([value for value in values if value])
    orders = {form.replace("%y", "%Y")[:5] for form in fitting}
    return {"%d/%m", "%m/%d"} <= orders


def bad_choices() -> list[tuple[str, str]]:
    """What becomes of a row with a value that cannot be read."""
    return [("report", _("leaves the row out")), ("blank", _("leaves this empty"))]


def not_found(use: Use, about: Asked) -> tuple[int, int]:
    """How many of the names in the sample nobody has, and how many there are."""
    kind = about.fields.get(use.to)
    target = getattr(kind, "to", None)
    names = {value for value in about.columns.get(use.header, ()) if value}
    if target is None or target not in registry() or not names:
        return 0, len(names)
    if use.lookup == EXTERNAL or refers_to_itself(about.spec, use.to):
        return 0, len(names)
    known = Finder(about.actor, False).named(Lookup(target, use.lookup or "title"), names, about.context)
    return sum(1 for name in names if not known.get(name)), len(names)


def unfilled(choices: Choices, about: Asked) -> list[str]:
    """Labels of fields every new record needs and no column fills."""
    filled = {use.to.partition(".")[0] for use in choices.used} | choices.sets.keys()
    filled |= set(PERSON) if FULL_NAME in filled else set()
    fields = writable_fields(about.spec, about.actor)
    return [
        about.label(name)
        for name, kind in fields.items()
        if kind.required and name not in filled and kind.initial(about.context) in (None, ())
    ]


# -- what was chosen -------------------------------------------------------------------------------------------------
def read(choices: Choices, data: Mapping[str, str], keys: Sequence[str], about: Asked) -> Choices:
    """The choices with what the form says. Whatever it does not offer is as good as not said.

    :param data: the form; column ``n`` has names like ``c3-to``. :param keys: fields ticked to find records by.
    """
    uses = [_use(use, f"c{at}-", data, about) if at < MAX_USES else use for at, use in enumerate(choices.uses)]
    _each_once(uses, about)
    fit = [*matchable(about.spec, uses), *([EXTERNAL] if any(use.to == EXTERNAL for use in uses) else [])]
    ticked = [key for key in keys if key in fit]
    match = [EXTERNAL] if EXTERNAL in ticked else ticked
    on_match = data.get("on_match", choices.on_match)
    system = "".join(one for one in data.get("system", choices.system) if one.isprintable()).strip()[:40]
    return replace(
        choices,
        uses=uses,
        match=match,
        on_match=on_match if on_match in (*ON_MATCH, ASK) else choices.on_match,
        system=system or choices.system,
    )


def _each_once(uses: Sequence[Use], about: Asked) -> None:
    """A field takes one column, unless texts can be put together: a later one is left out, and the page shows it."""
    seen: set[str] = set()
    for use in uses:
        owner, slash, _name = use.to.rpartition("/")
        parts = {f"{owner}{slash}{name}" for name in PERSON}
        clash = use.to in seen and not joinable(use.to, about)
        if use.to.rpartition("/")[2] == FULL_NAME:
            clash = clash or bool(seen & parts)
        elif use.to in parts:
            clash = clash or f"{owner}{slash}{FULL_NAME}" in seen
        if use.to and clash:
            use.to = ""
        seen.add(use.to)


def joinable(to: str, about: Asked) -> bool:
    """Whether several columns may go to one place: texts are put together, further e-mails stand side by side."""
    kind = about.fields.get(to)
    return ":" in to or (kind is not None and kind.key in ("text", "long_text"))


def detailed(use: Use, kind: Kind, values: Sequence[str], actor: Actor) -> Use:
    """A use somebody chose by hand, with how its values are read and its references are found."""
    texts = [value for value in values if value]
    if kind.key in ("date", "datetime"):
        use.format = next(iter(guess.date_formats(texts)), "")
    elif kind.numeric:
        use.decimal = next(iter(guess.decimal_examples(texts, whole=kind.key == "integer")), "")
    target = getattr(kind, "to", None)
    if target is not None:
        use.lookup = guess.lookup_for(str(target), texts).partition(".")[2] or "title"
    return forgiving(use, kind, actor)


def _filled(about: Asked, use: Use) -> list[str]:
    return [value for value in about.columns.get(use.header, ()) if value]


def _use(use: Use, lead: str, data: Mapping[str, str], about: Asked) -> Use:
    to = data.get(lead + "to", use.to)
    if to and to != EXTERNAL and to not in about.fields:
        to = use.to
    if to != use.to:
        fresh = Use(use.header, to=to)
        kind = about.fields.get(to)
        return detailed(fresh, kind, about.columns.get(use.header, ()), about.actor) if kind is not None else fresh
    if not to or to == EXTERNAL:
        return use
    kind = about.fields[to]
    form = data.get(lead + "format", use.format)
    decimal = data.get(lead + "decimal", use.decimal)
    currency = data.get(lead + "currency", use.currency).strip().upper()
    missing, bad = data.get(lead + "missing", use.on_missing), data.get(lead + "bad", use.on_bad)
    lookup = data.get(lead + "lookup", use.lookup)
    known = {value for value, _label in lookup_choices(use, about)} if getattr(kind, "to", None) else set()
    return replace(
        use,
        format=form if form in {"", use.format, *DATES, *guess.date_formats(_filled(about, use))} else use.format,
        decimal=decimal if decimal in ("", *guess.DECIMALS) else use.decimal,
        currency=currency if currency in CURRENCIES or not currency else use.currency,
        lookup=lookup if lookup in known else use.lookup,
        on_missing=missing if missing in ON_MISSING else use.on_missing,
        on_bad=bad if bad in ON_BAD_VALUE else use.on_bad,
        map=_mapped(use, lead, data, may_add(kind, about.actor)),
        by=BETWEEN.get(data.get(lead + "by", ""), use.by),
    )


def _mapped(use: Use, lead: str, data: Mapping[str, str], may_make: bool) -> dict[str, str]:
    """The words mapped so far with those the form names; one that stands for nothing is kept as such."""
    found = dict(use.map)
    for at in range(MAPPED):
        word = data.get(f"{lead}word{at}")
        if word is not None:
            means = data.get(f"{lead}means{at}", "").strip()[:200]
            found[word] = means if may_make or means != NEW_ENTRY else ""
    return found

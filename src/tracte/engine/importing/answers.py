"""Reading what somebody chose in the page of columns, and offering what there is to choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tracte.engine.importing import guess
from tracte.engine.importing.choices import (
    EXTERNAL,
    MAX_USES,
    Choices,
    Use,
    forgiving,
    matchable,
    refers_to_itself,
)
from tracte.engine.importing.finding import Finder
from tracte.engine.importing.plan import writable_fields
from tracte.engine.importing.spec import ON_BAD_VALUE, ON_MATCH, ON_MISSING, Lookup
from tracte.engine.importing.staging import label_of
from tracte.kernel.actor import Actor, Level
from tracte.kernel.fold import fold
from tracte.kernel.money import CURRENCIES
from tracte.kernel.problems import Fault
from tracte.meta.kinds import Choice, MultiChoice
from tracte.meta.kinds.address import Country, countries
from tracte.meta.kinds.base import Context, Kind, say
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records import snapshot as snapshots

MAPPED = 12  # words of a list a page asks about; a scenario may map more
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

    @property
    def fields(self) -> dict[str, Kind]:
        """Fields and parts of fields an import may fill."""
        found: dict[str, Kind] = {}
        for name, kind in writable_fields(self.spec, self.actor).items():
            found[name] = kind
            if kind.key == "address":
                found |= {f"{name}.{part}": inner for part, inner in kind.parts().items()}
        return found

    def label(self, to: str) -> str:
        """What people call a place."""
        return label_of(self.spec, to, self.context)


def asked(choices: Choices, columns: Mapping[str, Sequence[str]], actor: Actor) -> Asked:
    """Everything the page of columns needs to know."""
    return Asked(registry()[choices.entity], actor, snapshots.current().context(actor), columns)


# -- what there is to choose -----------------------------------------------------------------------------------------
def places(about: Asked) -> list[tuple[str, str]]:
    """Where a column may go, as (value, label)."""
    fields = [(to, about.label(to)) for to in about.fields]
    return [*fields, (EXTERNAL, _("Its number in the other system"))]


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
    simple = use.lookup in ("title", *target.title_fields) and len(target.title_fields) == 1
    may = query.reach(target, about.actor, "create") is not Level.NONE
    if simple and may and not target.declaration.directory and not refers_to_itself(about.spec, use.to):
        found.append(("create", _("make it")))
    return found


def bad_choices() -> list[tuple[str, str]]:
    """What becomes of a row with a value that cannot be read."""
    return [("report", _("leaves the row out")), ("blank", _("leaves this empty"))]


def unknown_words(use: Use, about: Asked) -> list[tuple[str, str]]:
    """Words of a column that its list does not know, with what they stand for so far."""
    kind = about.fields.get(use.to)
    if kind is None or kind.key not in ("choice", "country", "multi_choice"):
        return []
    found = dict.fromkeys(value for value in about.columns.get(use.header, ()) if value)
    strange = [word for word in found if not _known(kind, word, about.context)]
    return [(word, use.map.get(word, "")) for word in strange[:MAPPED]]


def _known(kind: Kind, text: str, context: Context) -> bool:
    """Whether a list knows this word by itself."""
    try:
        return kind.parse(text, replace(context, language="en")) is not None
    except Fault:
        return False


def options_of(use: Use, about: Asked) -> list[tuple[str, str]]:
    """Entries of the list a column's words may stand for; none when there are too many to choose from."""
    kind = about.fields.get(use.to)
    if isinstance(kind, Country):
        return sorted(countries(about.context.language).items(), key=lambda one: fold(one[1]))
    known = kind.options(about.context) if isinstance(kind, Choice | MultiChoice) else {}
    return [(option.key, say(option.label, about.context)) for option in known.values() if not option.retired]


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
    filled = {use.to.partition(".")[0] for use in choices.used}
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
    seen: set[str] = set()
    for use in uses:  # a field takes one column: the later one is left out, and the page shows it
        if use.to and use.to in seen:
            use.to = ""
        seen.add(use.to)
    fit = [*matchable(about.spec, uses), *([EXTERNAL] if any(use.to == EXTERNAL for use in uses) else [])]
    ticked = [key for key in keys if key in fit]
    match = [EXTERNAL] if EXTERNAL in ticked else ticked
    on_match = data.get("on_match", choices.on_match)
    system = "".join(one for one in data.get("system", choices.system) if one.isprintable()).strip()[:40]
    return replace(
        choices,
        uses=uses,
        match=match,
        on_match=on_match if on_match in ON_MATCH else choices.on_match,
        system=system or choices.system,
    )


def detailed(use: Use, kind: Kind, values: Sequence[str]) -> Use:
    """A use somebody chose by hand, with how its values are read and its references are found."""
    texts = [value for value in values if value]
    if kind.key in ("date", "datetime"):
        use.format = next(iter(guess.date_formats(texts)), "")
    elif kind.numeric:
        use.decimal = next(iter(guess.decimal_examples(texts, whole=kind.key == "integer")), "")
    target = getattr(kind, "to", None)
    if target is not None:
        use.lookup = guess.lookup_for(str(target), texts).partition(".")[2] or "title"
    return forgiving(use, kind)


def _filled(about: Asked, use: Use) -> list[str]:
    return [value for value in about.columns.get(use.header, ()) if value]


def _use(use: Use, lead: str, data: Mapping[str, str], about: Asked) -> Use:
    to = data.get(lead + "to", use.to)
    if to and to != EXTERNAL and to not in about.fields:
        to = use.to
    if to != use.to:
        fresh = Use(use.header, to=to)
        kind = about.fields.get(to)
        return detailed(fresh, kind, about.columns.get(use.header, ())) if kind is not None else fresh
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
        map=_mapped(use, lead, data),
    )


def _mapped(use: Use, lead: str, data: Mapping[str, str]) -> dict[str, str]:
    """The words mapped so far with those the form names."""
    found = dict(use.map)
    for at in range(MAPPED):
        word = data.get(f"{lead}word{at}")
        if word is not None:
            stands = data.get(f"{lead}means{at}", "").strip()[:200]
            if stands:
                found[word] = stands
            else:
                found.pop(word, None)
    return found

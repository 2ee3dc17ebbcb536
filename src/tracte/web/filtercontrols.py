"""The control for the value of a condition: what fits the kind of field and the way it is compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tracte.engine.filtering.comparisons import PERIODS, UNITS, Comparison, Given
from tracte.engine.periods import PERIODS as PERIOD_WORDS
from tracte.kernel.ids import encode
from tracte.kernel.money import CURRENCIES
from tracte.kernel.problems import Fault
from tracte.meta import trees
from tracte.meta.kinds import Choice, MultiChoice
from tracte.meta.kinds.address import countries
from tracte.meta.kinds.amount import COMMON
from tracte.meta.kinds.base import Context, Kind, RefTitle, escape, say
from tracte.meta.kinds.reference import read_id
from tracte.records.snapshot import Snapshot
from tracte.web import ui

MANY = 60
INDENT = "\u2003"
ANYWHERE = "any"  # the picker of records of every kind


@dataclass(frozen=True, slots=True)
class Box:
    """Where a control stands.

    :param name: what it sends its value as. :param id: of the element. :param describedby: of the message beside it.
    :param titles: names of the records that are chosen. :param focus: one stands here after a step.
    """

    name: str
    id: str
    snapshot: Snapshot
    context: Context
    titles: Mapping[int, RefTitle]
    invalid: bool = False
    describedby: str = ""
    focus: bool = False

    @property
    def state(self) -> SafeString:
        """Attributes that say that something is wrong with it."""
        if not self.invalid:
            return ui.joined(())
        return format_html(' aria-invalid="true" aria-describedby="{}"', self.describedby)


def control(kind: Kind, one: Comparison, given: Given, box: Box) -> SafeString:
    """The control for what a comparison takes; nothing when it takes nothing."""
    if one.takes in ("none", "group"):
        return ui.joined(())
    if one.takes == "period":
        chosen = given.values[0] if given.values else "this_month"
        return _select(box, box.name, [(token, str(PERIOD_WORDS[token])) for token in PERIODS], chosen, _("Period"))
    if one.takes == "span":
        return _span(one, given, box)
    if one.takes == "many":
        return _many(kind, given.values, box)
    if one.takes == "pair":
        return _pair(kind, given, box)
    return _one(kind, given.values[0] if given.values else "", given.unit, box)


def _span(one: Comparison, given: Given, box: Box) -> SafeString:
    names = {"days": _("days"), "weeks": _("weeks"), "months": _("months"), "years": _("years")}
    units = [(unit, names[unit]) for unit in UNITS if unit != "years" or one.op != "within"]
    return format_html(
        '<span class="span-in"><input class="input-box" type="text" inputmode="numeric" name="{}" id="{}" value="{}" '
        'maxlength="4" autocomplete="off" aria-label="{}"{}>{}</span>',
        box.name,
        box.id,
        given.values[0] if given.values else "14",
        _("How many"),
        box.state,
        _select(box, unit_name(box.name), units, given.unit or "days", _("Unit"), "-unit"),
    )


def unit_name(name: str) -> str:
    """What the unit of a value is sent as; a currency goes by the same name."""
    return f"{name}_currency"


def second_name(name: str) -> str:
    """What the end of a span is sent as."""
    return f"{name}_to"


def _pair(kind: Kind, given: Given, box: Box) -> SafeString:
    first = _one(kind, given.values[0] if given.values else "", given.unit, box)
    last = _text(kind, given.second, box, second_name(box.name), "-to", _("And"))
    return format_html('<span class="pair-in">{}<span class="faint">{}</span>{}</span>', first, _("and"), last)


def _one(kind: Kind, text: str, unit: str, box: Box) -> SafeString:
    if kind.key == "yes_no":
        return _select(box, box.name, [("yes", _("Yes")), ("no", _("No"))], text or "yes", _("Value"))
    if isinstance(kind, Choice):
        return _select(box, box.name, [("", ""), *choices(kind, box.context)], text, _("Value"))
    if kind.key == "money":
        raw = {"amount": text, "currency": unit or None}
        described = box.describedby if box.invalid else ""
        drawn = kind.bound(box.name).control(raw, box.context, id=box.id, invalid=box.invalid, describedby=described)
        return format_html('<label class="visually-hidden" for="{}">{}</label>{}', box.id, _("Value"), drawn)
    return _text(kind, text, box, box.name, "", _("Value"))


def _text(kind: Kind, text: str, box: Box, name: str, suffix: str, label: str) -> SafeString:
    day = kind.key in ("date", "datetime") and (not text or _is_day(text))
    return format_html(
        '<input class="input-box" type="{}" name="{}" id="{}" value="{}" maxlength="500" autocomplete="off" '
        'aria-label="{}"{}{}>',
        "date" if day else "text",
        name,
        box.id + suffix,
        text,
        label,
        ui.joined([' inputmode="decimal"']) if kind.numeric else "",
        box.state,
    )


def _is_day(text: str) -> bool:
    """Whether a date input shows it; what was typed wrongly stays visible as text."""
    return len(text) == 10 and text[4] == text[7] == "-" and (text[:4] + text[5:7] + text[8:]).isdigit()


def _select(
    box: Box, name: str, entries: Sequence[tuple[str, str]], chosen: str, label: str, suffix: str = ""
) -> SafeString:
    offered = list(entries)
    if chosen not in dict(offered):
        offered.append((chosen, chosen))
    return format_html(
        '<select class="input-box" name="{}" id="{}" aria-label="{}"{}>{}</select>',
        name,
        box.id + suffix,
        label,
        box.state,
        options(offered, {chosen}),
    )


def options(entries: Sequence[tuple[str, str]], chosen: set[str]) -> SafeString:
    """The options of a select."""
    return ui.joined(
        f'<option value="{escape(key)}"{" selected" if key in chosen else ""}>{escape(label)}</option>'
        for key, label in entries
    )


# -- several values --------------------------------------------------------------------------------------------------
def choices(kind: Kind, context: Context) -> list[tuple[str, str]]:
    """The entries a field offers: of its value list, indented below what they stand under; currencies, countries."""
    if kind.key == "currency":
        return [(code, code) for code in dict.fromkeys((context.currency, *COMMON, *CURRENCIES))]
    if kind.key == "country":
        return sorted(countries(context.language).items(), key=lambda one: one[1])
    if not isinstance(kind, Choice | MultiChoice):
        return []
    known = kind.options(context)
    return [(key, INDENT * depth + say(known[key].label, context)) for key, depth in trees.in_order(known)]


def _many(kind: Kind, values: Sequence[str], box: Box) -> SafeString:
    if getattr(kind, "to", None):
        return _records(kind, str(getattr(kind, "to", "")), values, box)
    entries = choices(kind, box.context)
    if not entries:
        return _text(kind, ", ".join(values), box, box.name, "", _("Value"))
    return _ticked(entries, values, box)


def _ticked(entries: Sequence[tuple[str, str]], values: Sequence[str], box: Box) -> SafeString:
    """Boxes; of a long list the ticked ones come first, so that they are seen."""
    known = dict(entries)
    every = [*entries, *((one, one) for one in values if one not in known)]
    if len(every) > MANY:
        every.sort(key=lambda one: one[0] not in values)
    boxes = ui.joined(
        f'<label class="tick"><input class="checkbox" type="checkbox" name="{escape(box.name)}" value="{escape(key)}"'
        f"{' checked' if key in values else ''}{box.state}><span>{escape(label)}</span></label>"
        for key, label in every
    )
    return format_html(
        '<div class="filter-boxes" role="group" id="{}" aria-label="{}">{}</div>', box.id, _("Values"), boxes
    )


def _records(kind: Kind, target: str, values: Sequence[str], box: Box) -> SafeString:
    """Records of a small directory as boxes, others by typing: one box for each that is chosen and one more."""
    known = box.snapshot.directory.get(target)
    if known is not None and len(known) <= MANY:
        entries = [("me", _("Me"))] if target == "user" else [("my_teams", _("My teams"))] if target == "team" else []
        entries += [(encode(pk), title.title) for pk, title in known.items() if box.snapshot.offers(kind, pk)]
        return _ticked(entries, ids_of(box.snapshot, target, values), box)
    pickers = [_picker(target, value, box, at) for at, value in enumerate([*filter(None, values), ""])]
    return format_html(
        '<span class="picks" data-again="{}" role="group" aria-label="{}">{}</span>',
        box.id, _("Values"), ui.joined(pickers),
    )  # fmt: skip


def ids_of(snapshot: Snapshot, target: str, values: Sequence[str]) -> list[str]:
    """Directory records named by key, by their ids, so that their boxes are ticked."""
    found: list[str] = []
    for one in values:
        keyed = snapshot.keyed(target, one)
        found.extend(map(encode, keyed) if keyed else [one])
    return found


def _picker(target: str, value: str, box: Box, at: int) -> SafeString:
    title = value
    try:
        known = box.titles.get(read_id(value, box.context)) if value else None
        title = known.title if known else value
    except Fault:
        pass
    return format_html(
        '<span class="combo" data-island="picker" data-url="/pick/{}" data-title="{}" data-id="{}" data-none="{}" '
        'data-clear="{}"><input class="input-box" type="text" name="{}" id="{}" value="{}" autocomplete="off" '
        'aria-label="{}" placeholder="{}"{}{}></span>',
        ANYWHERE if target == "*" else target, title, value, _("Nothing found"), _("Clear"), box.name,
        f"{box.id}-{at}" if at else box.id, value, _("Value"), _("Search …"), box.state,
        ui.joined(() if value or not box.focus else [" autofocus"]),
    )  # fmt: skip


def chosen_ids(kind: Kind | None, given: Given, context: Context) -> list[int]:
    """Ids of the records that are chosen, to ask for their names."""
    found: list[int] = []
    for value in given.values if getattr(kind, "to", None) else ():
        try:
            found.append(read_id(value, context))
        except Fault:
            continue
    return found

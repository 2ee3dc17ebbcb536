"""Cells of a list: one function per column, made once a page, called once a row.

Everything that does not depend on the row (the kind, the language, whether the field is a stage) is decided while the
functions are made; what repeats between rows is remembered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tracte.engine.ageing import Age
from tracte.kernel.dates import show_date
from tracte.kernel.ids import encode
from tracte.meta.kinds import Computed
from tracte.meta.kinds.base import Context, Kind, RefTitle, escape, say
from tracte.meta.registry import EntitySpec, registry
from tracte.web import ui
from tracte.web.rows import cell_class

Values = Mapping[str, Any]
Cell = Callable[[Values], str]
PERSON = frozenset({"user"})
LOOKS = {
    "money": "money",
    "date": "date",
    "datetime": "date",
    "choice": "choice",
    "multi_choice": "choice",
    "tags": "choice",
    "user": "person",
    "reference": "reference",
    "many_references": "reference",
    "long_text": "long",
    "rich_text": "long",
    "yes_no": "yesno",
    "integer": "int",
    "decimal": "int",
    "percent": "int",
    "duration": "int",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list.

    :param kind: how wide and where it stands (see :func:`tracte.web.rows.cell_class`).
    :param slot: its place on a phone.
    """

    name: str
    label: str
    kind: str
    slot: str
    num: bool
    cell: Cell

    @property
    def css(self) -> str:
        return cell_class(self.kind, self.slot, self.num)


def url_of(entity: str, record_id: int) -> str:
    """The address of a record's page; ``""`` for entities without one."""
    spec = registry()[entity]
    if not spec.declaration.timeline:
        return ""
    return f"/{spec.plural}/{encode(record_id)}/"


def columns(
    spec: EntitySpec,
    names: Sequence[str],
    kinds: Mapping[str, Kind],
    context: Context,
    titles: Cell,
    ages: Mapping[int, Age] | None = None,
) -> list[Column]:
    """The columns with their cell functions.

    :param names: ``title`` and fields. :param titles: gives the title of a row as plain text.
    :param ages: how long the rows stand in their step: those there for longer than usual are marked.
    """
    slots = _slots(names, kinds)
    made = []
    steps = {f"{name}_on": name for name in names if name in kinds and kinds[name].key == "text"}
    for name in names:
        if name in steps and kinds[name].key == "date":
            continue  # stands in the cell of the step it belongs to
        if name == "title":
            label = say(spec.declaration.label, context)
            made.append(Column(name, label, "text", "title", False, _title_cell(spec, titles)))
            continue
        kind = kinds[name]
        shown = kind.kind if isinstance(kind, Computed) else kind
        look = "stage" if name == spec.declaration.path else LOOKS.get(shown.key, "text")
        num = kind.numeric or shown.key in ("date", "datetime")
        label = say(kind.label, context)
        cell = cell_of(spec, name, kind, context)
        if f"{name}_on" in names and f"{name}_on" in kinds and kinds[f"{name}_on"].key == "date":
            look, cell = "long", _step_cell(name, context)
        if ages and name == spec.declaration.path:
            cell = _aged(cell, ages)
        made.append(Column(name, label, look, slots.get(name, ""), num, cell))
    return made


def _aged(draw: Cell, ages: Mapping[int, Age]) -> Cell:
    """A step with the mark of records that stand in it for longer than usual, as on the board."""

    def cell(values: Values) -> str:
        age = ages.get(values["id"])
        if age is None or not age.late:
            return draw(values)
        return f'<span class="cell aged">{draw(values)}{ui.age(age.days, age.usual)}</span>'

    return cell


def _step_cell(name: str, context: Context) -> Cell:
    """A text with the day it is due (``next_step``, ``next_step_on``): what is late is marked, by words and sign."""
    today, language = context.today, context.language

    def cell(values: Values) -> str:
        text, due = values.get(name) or "", values.get(f"{name}_on")
        if not text and due is None:
            return ""
        late = due is not None and due < today
        written = "" if due is None else _("Today") if due == today else show_date(due, language, today)
        return str(ui.cell(text or "–", "bad" if late else "", "square-check-big", written))

    return cell


def _slots(names: Sequence[str], kinds: Mapping[str, Kind]) -> dict[str, str]:
    """Where the columns go on a phone's card, first come first served."""
    wishes = {
        "money": ("figure", "side"),
        "date": ("side", "figure"),
        "datetime": ("side", "figure"),
        "reference": ("sub", "foot", "status"),
        "choice": ("status", "sub", "foot"),
        "user": ("foot",),
    }
    taken: dict[str, str] = {}
    for name in names:
        if name == "title":
            continue
        for slot in wishes.get(kinds[name].key, ("sub", "foot")):
            if slot not in taken.values():
                taken[name] = slot
                break
    return taken


def _title_cell(spec: EntitySpec, titles: Cell) -> Cell:
    base, page = f"/{spec.plural}/", spec.declaration.timeline
    nameless = escape(_("Without name"))

    def cell(values: Values) -> str:
        title = escape(titles(values)) or nameless
        if not page:
            return f'<span class="cell"><span class="clip" title="{title}">{title}</span></span>'
        url = f"{base}{encode(values['id'])}/"
        return f'<span class="cell"><a class="link clip" href="{url}" title="{title}">{title}</a></span>'

    return cell


def cell_of(spec: EntitySpec, name: str, kind: Kind, context: Context) -> Cell:
    """The function that draws one field of a row."""
    if kind.key in PERSON:
        return _person_cell(name, context.titles)
    if kind.key == "reference":
        return _reference_cell(spec, name, str(getattr(kind, "to", "")), context.titles)
    if kind.key in ("text", "long_text", "auto_number", "team", "rich_text", "address"):
        return _text_cell(name, kind, context)
    html, empty = kind.html, ("", None, ())

    def cell(values: Values) -> str:
        value = values.get(name)
        return "" if value in empty else str(html(value, context))

    return _remembered(name, cell) if kind.key in ("choice", "date", "yes_no") else cell


def _remembered(name: str, draw: Cell) -> Cell:
    """For kinds with few different values on a page."""
    known: dict[Any, str] = {}

    def cell(values: Values) -> str:
        value = values.get(name)
        found = known.get(value)
        if found is None:
            found = known[value] = draw(values)
        return found

    return cell


def _text_cell(name: str, kind: Kind, context: Context) -> Cell:
    text = kind.text

    def cell(values: Values) -> str:
        value = values.get(name)
        if value is None:
            return ""
        shown = escape(" ".join(text(value, context).split())[:200])
        return f'<span class="cell"><span class="clip" title="{shown}">{shown}</span></span>'

    return cell


def _person_cell(name: str, titles: Mapping[int, RefTitle]) -> Cell:
    known: dict[int, str] = {}

    def cell(values: Values) -> str:
        value = values.get(name)
        if value is None:
            return ""
        found = known.get(value)
        if found is None:
            person = titles.get(value)
            who = person.title if person else ""
            found = known[value] = str(ui.person_cell(who, who.split(" ", 1)[0])) if who else ""
        return found

    return cell


def _reference_cell(spec: EntitySpec, name: str, target: str, titles: Mapping[int, RefTitle]) -> Cell:
    known: dict[int, str] = {}

    def cell(values: Values) -> str:
        value = values.get(name)
        if value is None:
            return ""
        found = known.get(value)
        if found is None:
            found = known[value] = reference_html(titles.get(value))
        return found

    return cell


def reference_html(known: RefTitle | None) -> str:
    """A referenced record: a stage as its pill, a firm or person with its sign, anything else as a link."""
    if known is None:
        why = escape(_("You may not see this record"))
        return f'<span class="faint" title="{why}">–</span>'
    extra = known.extra
    if "probability" in extra and "hue" in extra:
        return str(
            ui.stage(known.title, int(extra["probability"] or 0), extra.get("kind") or "open", extra["hue"] or "")
        )
    if extra.get("hue"):
        return str(ui.pill(known.title, extra["hue"]))
    declared = registry()[known.entity].declaration
    url = "" if declared.directory else url_of(known.entity, known.id)
    sign = ui.avatar(known.title, "", True) if declared.avatar == "who" else ui.org(known.title)
    title = escape(known.title)
    words = f'<a class="clip" href="{url}" title="{title}">{title}</a>' if url else f'<span class="clip">{title}</span>'
    return f'<span class="cell">{"" if declared.directory else sign}{words}</span>'

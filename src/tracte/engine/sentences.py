"""Conditions in words: ``["closes_on", "within", "next_90_days"]`` reads "Expected close is in the next 90 days".

Each way to compare is one whole sentence to translate, with places for the field and the value.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from babel.lists import format_list
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from tracte.engine.filtering.fields import place_of
from tracte.engine.periods import DAYS, POINT, UNIT, period_words, point_words, span_words
from tracte.engine.titles import anywhere
from tracte.kernel.locales import locale_of
from tracte.kernel.problems import Fault
from tracte.meta.conditions.operators import ALIASES
from tracte.meta.kinds.base import Context, Kind, RefTitle
from tracte.meta.kinds.reference import read_id
from tracte.meta.registry import EntitySpec
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.query import Rows

LEAVES: dict[str, str | Promise] = {
    "eq": gettext_lazy("%(field)s is %(value)s"),
    "ne": gettext_lazy("%(field)s is not %(value)s"),
    "in": gettext_lazy("%(field)s is %(value)s"),
    "not_in": gettext_lazy("%(field)s is not %(value)s"),
    "exactly": gettext_lazy("%(field)s is exactly %(value)s"),
    "lt": gettext_lazy("%(field)s is below %(value)s"),
    "lte": gettext_lazy("%(field)s is at most %(value)s"),
    "gt": gettext_lazy("%(field)s is above %(value)s"),
    "gte": gettext_lazy("%(field)s is at least %(value)s"),
    "between": gettext_lazy("%(field)s is between %(value)s"),
    "within": gettext_lazy("%(field)s is in %(value)s"),
    "contains": gettext_lazy("%(field)s contains %(value)s"),
    "not_contains": gettext_lazy("%(field)s does not contain %(value)s"),
    "starts": gettext_lazy("%(field)s begins with %(value)s"),
    "has_any": gettext_lazy("%(field)s has %(value)s"),
    "has_all": gettext_lazy("%(field)s has all of %(value)s"),
    "has_none": gettext_lazy("%(field)s has none of %(value)s"),
    "empty": gettext_lazy("%(field)s is empty"),
    "not_empty": gettext_lazy("%(field)s is filled in"),
}
DATE_LEAVES: dict[str, str | Promise] = {
    "eq": pgettext_lazy("date", "%(field)s is %(value)s"),
    "lt": gettext_lazy("%(field)s is before %(value)s"),
    "lte": gettext_lazy("%(field)s is by %(value)s"),
    "gt": gettext_lazy("%(field)s is after %(value)s"),
    "gte": gettext_lazy("%(field)s is from %(value)s"),
    "ago": gettext_lazy("%(field)s is more than %(value)s ago"),
    "ahead": gettext_lazy("%(field)s is more than %(value)s ahead"),
    "day": gettext_lazy("%(field)s is %(value)s"),
}
_PLACES = re.compile(r"(%\((?:field|value)\)s)")
SAID = 5  # values that are named one by one

Pieces = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A condition in words.

    :param pieces: ``(role, text)`` in their order; a role is ``field``, ``op`` or ``value``.
    :param field: what it is about. :param name: the field when it is one plain comparison on the entity itself.
    :param several: it holds an "and" or an "or" itself.
    """

    pieces: Pieces
    field: str
    name: str = ""
    several: bool = False

    @property
    def text(self) -> str:
        return "".join(text for _role, text in self.pieces)


def sentences(
    rows: Rows, parts: Iterable[Any], spec: EntitySpec | None = None, titles: Mapping[int, RefTitle] | None = None
) -> list[Sentence]:
    """Each condition in words. They have been read before, so they are right; records are named by their titles.

    :param spec: the entity the conditions are on, when it is another than the rows'.
    :param titles: of the records they name, when they have been read already.
    """
    listed, about = list(parts), spec or rows.spec
    context = replace(rows.context, titles=titles_in(rows, listed, about) if titles is None else titles)
    return [_sentence(about, part, context) for part in listed]


def lowered(text: str) -> str:
    """The text as it stands within a sentence; an abbreviation stays in capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _sentence(spec: EntitySpec, part: Any, ctx: Context, inside: bool = False) -> Sentence:
    if isinstance(part, Mapping):
        return _of_group(spec, part, ctx, inside)
    path, op, *rest = part
    op, raw = ALIASES.get(op, op), rest[0] if rest else None
    if path == "id":
        shown = _listed([_title(item, ctx) for item in _list(raw)], "or", ctx)
        return _filled(_("Record"), LEAVES[op], shown, "", inside)
    place = place_of(spec, path, ctx)
    if place is None:
        return Sentence((("field", path), ("op", f" {op} "), ("value", str(raw))), path)
    if place.through:
        record = " › ".join(place.through)
        if place.collection is not None:
            inner = _of_collection(place.label, place.collection, op, raw, ctx, True)
        else:
            inner = _of_field(lowered(place.label), place.kind, op, raw, ctx)
        return _after(record, inner, inside)
    if place.collection is not None:
        return _of_collection(place.label, place.collection, op, raw, ctx, inside)
    label = lowered(place.label) if inside else place.label
    return _of_field(label, place.kind, op, raw, ctx, path if path in spec.fields else "")


def _after(record: str, inner: Sentence, inside: bool) -> Sentence:
    """What holds for a record that is referred to: "Account: country is Spain"."""
    said = lowered(record) if inside else record
    before, _mark, behind = _("%(record)s: %(sentence)s").partition("%(sentence)s")
    pieces = (("field", before % {"record": said}), *inner.pieces, *((("op", behind),) if behind else ()))
    return Sentence(pieces, record, several=inner.several)


def _filled(field: str, template: str | Promise, value: str, name: str, inside: bool = False) -> Sentence:
    said = {"%(field)s": ("field", lowered(field) if inside else field), "%(value)s": ("value", value)}
    found = [said.get(text) or ("op", text) for text in _PLACES.split(str(template)) if text]
    return Sentence(tuple(found), field, name)


def _of_field(label: str, kind: Kind | None, op: str, raw: Any, ctx: Context, name: str = "") -> Sentence:
    if kind is None:
        return Sentence((("field", label),), label)
    several = op in ("in", "not_in", "has_any", "has_all", "has_none") and len(_list(raw)) > 1
    template, value = LEAVES.get(op, "%(field)s %(value)s"), _operand(kind, op, raw, ctx)
    if kind.key in ("date", "datetime"):
        template = DATE_LEAVES.get(op, template)
        if op == "within" and isinstance(raw, str) and (raw in DAYS or POINT.match(raw)):
            template = DATE_LEAVES["day"]
        span = POINT.match(raw) if isinstance(raw, str) else None
        if span and (op, span[1]) in (("lt", "-"), ("gt", "+")):
            template = DATE_LEAVES["ago" if op == "lt" else "ahead"]
            value = span_words(int(span[2]), UNIT[span[3]])
    return replace(_filled(label, template, value, name), several=several)


# -- groups and collections ------------------------------------------------------------------------------------------
def _of_group(spec: EntitySpec, part: Mapping[str, Any], ctx: Context, inside: bool) -> Sentence:
    ((word, inner),) = part.items()
    if word == "not":
        if isinstance(inner, Mapping) and next(iter(inner)) in ("any", "all"):
            ((word, inner),) = inner.items()
            word = "none" if word == "any" else "not_all"
        else:
            word, inner = "none", [inner]
    if not inner:
        return _whole(_("nothing") if word in ("any", "not_all") else _("everything"))
    if len(inner) == 1 and word in ("all", "any"):
        return _sentence(spec, inner[0], ctx, inside)
    said = [_sentence(spec, one, ctx, True) for one in inner]
    conditions = _joined(said, "and" if word in ("all", "not_all") else "or")
    if inside:
        templates = {
            "all": _("(%(conditions)s)"),
            "any": _("(%(conditions)s)"),
            "none": _("none of (%(conditions)s)"),
            "not_all": _("not all of (%(conditions)s)"),
        }
    else:
        templates = {
            "all": _("All of: %(conditions)s"),
            "any": _("Any of: %(conditions)s"),
            "none": _("None of: %(conditions)s") if len(inner) > 1 else _("Not: %(conditions)s"),
            "not_all": _("Not all of: %(conditions)s"),
        }
    return replace(_whole(templates[word] % {"conditions": conditions}), several=True)


def _whole(text: str) -> Sentence:
    return Sentence((("value", text),), text)


def _joined(said: Sequence[Sentence], word: str) -> str:
    """Conditions with "and" or "or" between them; with a comma where one of them holds such a word itself."""
    text = said[0].text
    for before, one in pairwise(said):
        plain = not (before.several or one.several)
        if word == "and":
            template = _("%(one)s and %(other)s") if plain else _("%(one)s, and %(other)s")
        else:
            template = _("%(one)s or %(other)s") if plain else _("%(one)s, or %(other)s")
        text = template % {"one": text, "other": one.text}
    return text


def _of_collection(label: str, other: EntitySpec, op: str, raw: Any, ctx: Context, inside: bool) -> Sentence:
    """ "Has opportunities where stage is Proposal", "Has no notes in the last 14 days"."""
    only = op == "none" and isinstance(raw, Mapping) and set(raw) == {"not"}
    if only:
        raw = raw["not"]
    where = _where(other, raw, ctx)
    lately = _lately(other, raw)
    if only:
        template = _("Has only %(things)s where %(conditions)s")
    elif lately:
        template = _("Has %(things)s in %(period)s") if op == "any" else _("Has no %(things)s in %(period)s")
    elif where:
        template = (
            _("Has %(things)s where %(conditions)s") if op == "any" else _("Has no %(things)s where %(conditions)s")
        )
    else:
        template = _("Has %(things)s") if op == "any" else _("Has no %(things)s")
    text = template % {"things": lowered(label), "conditions": where, "period": lately}
    return Sentence((("value", lowered(text) if inside else text),), label, several=bool(where) and not lately)


def _where(other: EntitySpec, raw: Any, ctx: Context) -> str:
    """The conditions on what is collected, without a word around them where all must hold."""
    if isinstance(raw, Mapping) and set(raw) == {"all"} and isinstance(raw["all"], list | tuple):
        return _joined([_sentence(other, one, ctx, True) for one in raw["all"]], "and") if raw["all"] else ""
    if isinstance(raw, Mapping) and set(raw) == {"any"} and len(raw["any"]) > 0:
        return _joined([_sentence(other, one, ctx, True) for one in raw["any"]], "or")
    return "" if raw in (None, {}) else _sentence(other, raw, ctx, True).text


def _lately(other: EntitySpec, raw: Any) -> str:
    """The period when all that is asked of a note is that it was made in one; ``""`` otherwise."""
    parts = raw["all"] if isinstance(raw, Mapping) and set(raw) == {"all"} else [raw]
    if not other.link_fields or len(parts) != 1 or not isinstance(parts[0], list | tuple) or len(parts[0]) != 3:
        return ""
    path, op, period = parts[0]
    span = path == "created_at" and op == "within" and isinstance(period, str) and period not in DAYS
    return period_words(period) if span and not POINT.match(period) else ""


# -- values ----------------------------------------------------------------------------------------------------------
def _list(raw: Any) -> list[Any]:
    return list(raw) if isinstance(raw, list | tuple) else [raw]


def _listed(texts: Sequence[str], word: str, ctx: Context) -> str:
    """ "New, Won or Lost"; beyond a few, how many more there are."""
    shown = list(texts)
    if len(shown) > SAID:
        more = len(shown) - SAID + 1
        shown = [*shown[: SAID - 1], ngettext("%(n)d other", "%(n)d others", more) % {"n": more}]
    return format_list(shown, style="or" if word == "or" else "standard", locale=locale_of(ctx.language))


def _operand(kind: Kind, op: str, raw: Any, ctx: Context) -> str:
    if op in ("empty", "not_empty"):
        return ""
    if op == "within":
        return period_words(str(raw))
    texts = [_value(kind, item, ctx) for item in _list(raw)]
    if op == "between" and len(texts) == 2:
        return _("%(first)s and %(last)s") % {"first": texts[0], "last": texts[1]}
    return _listed(texts, "and" if op == "has_all" else "or", ctx)


def _value(kind: Kind, raw: Any, ctx: Context) -> str:
    if target := getattr(kind, "to", None):
        return _title(raw, ctx, str(target))
    if kind.key in ("date", "datetime") and isinstance(raw, str) and (words := point_words(raw)):
        return words
    try:
        value = kind.operand("eq", raw, ctx)
    except Fault:
        return str(raw)
    if kind.key == "datetime" and isinstance(raw, str) and len(raw) == 10:
        return kind.text(value, ctx).partition(",")[0]
    return kind.text(value, ctx) or str(raw)


def _title(raw: Any, ctx: Context, target: str = "") -> str:
    if raw == "me":
        return _("me")
    if raw == "my_teams":
        return _("my teams")
    snapshot = snapshots.current()
    if isinstance(raw, str) and (keyed := snapshot.keyed(target, raw)):
        known = snapshot.title(target, keyed[0])
        return known.title if known else raw
    try:
        known = ctx.titles.get(read_id(raw, ctx))
    except Fault:
        known = None
    return known.title if known else str(raw)


def titles_in(rows: Rows, parts: Iterable[Any], spec: EntitySpec | None = None) -> dict[int, RefTitle]:
    """Titles of every record the conditions name: by id, or by key for directory entities."""
    wanted: dict[str, set[int]] = {}
    for part in parts:
        _collect(spec or rows.spec, part, rows, wanted)
    everywhere = wanted.pop("*", set())
    found: dict[int, RefTitle] = {}
    for entity, ids in wanted.items():
        found.update(query.titles(entity, ids, rows.actor))
    return found | anywhere(everywhere, rows.actor)


def _collect(spec: EntitySpec, part: Any, rows: Rows, wanted: dict[str, set[int]]) -> None:
    if isinstance(part, Mapping):
        for word, inner in part.items():
            for one in [inner] if word == "not" else inner:
                _collect(spec, one, rows, wanted)
        return
    path, op, *rest = part
    place = place_of(spec, path, rows.context)
    if place is not None and place.collection is not None:
        if rest and rest[0]:
            _collect(place.collection, rest[0], rows, wanted)
        return
    target = spec.key if path == "id" else getattr(place.kind if place else None, "to", None)
    if not target or op == "within":
        return
    for raw in _list(rest[0] if rest else None):
        try:
            wanted.setdefault(target, set()).add(read_id(raw, rows.context))
        except Fault:
            continue

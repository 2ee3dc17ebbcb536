"""A field kind is the unit of reuse: how one sort of value is stored, read, shown, edited, filtered and described.

An instance is a *declaration* (``name = Text(_("Name"), required=True)`` in a model); the class is the kind. Values in
memory are canonical: ``None`` is "empty" for every kind, text is never the empty string.
"""

import html as html_text
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, Self, TypeAlias

from django.db import models
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override

from tracte.kernel.problems import Fault

Label = str | Promise
Columns: TypeAlias = "dict[str, models.Field[Any, Any]]"
LIST_OPERATORS = frozenset({"in", "not_in", "has_any", "has_all", "has_none", "between"})
ORDER_OPERATORS = ("lt", "lte", "gt", "gte", "between")


@dataclass(frozen=True, slots=True)
class Option:
    """One entry of a value list.

    ``hue`` is a tag hue of the design: stone, clay, ochre, olive, green, teal, sea, blue, violet, plum, rose;
    ``parent`` the key of the entry it stands under.
    """

    key: str
    label: Label
    hue: str = "stone"
    retired: bool = False
    parent: str = ""


@dataclass(frozen=True, slots=True)
class RefTitle:
    """What is shown of a referenced record.

    ``extra`` carries the few columns a badge needs (stage: hue, kind, probability) and ``url``, where the record is.
    """

    id: int
    entity: str
    title: str
    key: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """How values are read and shown for one actor.

    :param region: ISO 3166 country for phone numbers and VAT numbers without prefix.
    :param currency: ISO 4217 code taken for an amount without one.
    :param strict: the value comes from JSON: types must match, locale does not matter.
    :param lists: value lists by key: ``{"industry": {"fmcg": Option(...)}}``.
    :param titles: titles of referenced records by id, fetched in a batch before showing.
    :param offered: keys offered by a field that offers less than its list, by field: the items of a record's stage.
    """

    language: str = "en"
    timezone: str = "UTC"
    region: str = "ES"
    currency: str = "EUR"
    today: date = field(default_factory=date.today)
    strict: bool = False
    lists: Mapping[str, Mapping[str, Option]] = field(default_factory=dict)
    titles: Mapping[int, RefTitle] = field(default_factory=dict)
    offered: Mapping[str, Sequence[str]] = field(default_factory=dict)
    user_id: int | None = None


def escape(text: str) -> SafeString:
    """Text as HTML. Django's own is three times slower because it also takes lazy text."""
    return SafeString(html_text.escape(text))


class Kind:
    """Base of all kinds. Subclasses override what differs; one file a kind."""

    key: ClassVar[str] = ""
    operators: ClassVar[tuple[str, ...]] = ("eq", "ne", "in", "not_in", "empty", "not_empty")
    numeric: ClassVar[bool] = False  # end-aligned in lists, may be summed
    stored: ClassVar[bool] = True
    sortable: ClassVar[bool] = True

    name: str = ""
    cf_key: str | None = None  # set when the value lives in the JSON column `cf` instead of a column

    def __init__(
        self,
        label: Label,
        *,
        required: bool = False,
        help: Label = "",  # noqa: A002
        default: Any = None,
        search: str | None = None,
        private: bool = False,
        read_only: bool = False,
        unique: bool = False,
        index: bool = False,
        made_of: Sequence[str] = (),
    ) -> None:
        """
        :param label: what people call the field.
        :param default: a value, or a function of a :class:`Context`, used when a create leaves the field out.
        :param search: ``"A"`` (names, numbers) or ``"B"`` (other text) when the value goes into full-text search.
        :param private: personal data: erased by an erasure, masked in exports without the right.
        :param read_only: set by the program; a person or client who sends it gets a problem.
        :param unique: no two live records may share the value (the bin does not count).
        :param index: an index makes filtering on it fast.
        :param made_of: the record's fields the program makes this one of: whoever may not see one of them, does not
            see this one either.
        """
        self.label, self.required, self.help, self.default = label, required, help, default
        self.search, self.private, self.read_only = search, private, read_only
        self.unique, self.index, self.made_of = unique, index, tuple(made_of)

    # -- declaration -------------------------------------------------------------------------------------------------
    def contribute_to_class(self, cls: type[models.Model], name: str) -> None:
        """Django calls this for a class attribute: add the columns, remember the declaration."""
        declared = dict(getattr(cls, "declared", {}))
        bound = self.bound(name)
        declared[name] = bound
        cls.declared = declared  # type: ignore[attr-defined]
        for suffix, column in bound.db_fields().items():
            cls.add_to_class(name + suffix, column)

    def bound(self, name: str, cf_key: str | None = None) -> Self:
        """A copy of the declaration that knows its name (and, for extensions, its key in ``cf``)."""
        twin = copy(self)
        twin.name, twin.cf_key = name, cf_key
        return twin

    # -- storage -----------------------------------------------------------------------------------------------------
    def db_fields(self) -> Columns:
        """Django columns by name suffix; ``""`` is the column named like the field."""
        raise NotImplementedError

    def columns(self) -> tuple[str, ...]:
        """Names of the model attributes that hold the value (``account_id``, ``amount``, ``amount_currency``)."""
        name = self.name
        return tuple([name + suffix for suffix in self._suffixes])

    @cached_property
    def _suffixes(self) -> tuple[str, ...]:
        """Asked for every value written; making Django's columns each time would cost more than all the rest."""
        return tuple(self.db_fields())

    @property
    def may_be_empty(self) -> bool:
        """Whether a row may hold no value. What the database itself refuses to leave empty never does."""
        return self.cf_key is not None or self._null

    @cached_property
    def _null(self) -> bool:
        return any(column.null for column in self.db_fields().values())

    def to_columns(self, value: Any) -> tuple[Any, ...]:
        """Column values (Python side of the Django columns), in the order of :meth:`columns`."""
        return (value,)

    def from_columns(self, values: Sequence[Any]) -> Any:
        """The canonical value from its columns."""
        return values[0]

    def to_json(self, value: Any) -> Any:
        """JSON form for the API, history and ``cf``. Inverse of :meth:`from_json`."""
        return value

    def from_json(self, value: Any) -> Any:
        return value

    def parts(self) -> "dict[str, Kind]":
        """Kinds of the parts shown to filters (``amount.currency``, ``address.city``), bound to their columns."""
        return {}

    # -- reading input -----------------------------------------------------------------------------------------------
    def parse(self, raw: Any, ctx: Context) -> Any:
        """The canonical value of one raw input (form or file text, or JSON when ``ctx.strict``).

        :raises Fault: when it cannot be read; the code is in :mod:`tracte.kernel.messages`.
        """
        raise NotImplementedError

    def parse_many(self, raws: Sequence[Any], ctx: Context) -> tuple[list[Any], dict[int, Fault]]:
        """Parse a column at a time: values (``None`` where faulty) and faults by position."""
        values: list[Any] = []
        faults: dict[int, Fault] = {}
        parse = self.parse
        for position, raw in enumerate(raws):
            try:
                values.append(parse(raw, ctx))
            except Fault as fault:
                faults[position] = fault.kept()
                values.append(None)
        return values, faults

    def from_form(self, data: Mapping[str, Any]) -> Any:
        """The raw value in submitted form data (a QueryDict); composites gather their inputs."""
        return data.get(self.name)

    def in_form(self, data: Mapping[str, Any]) -> bool:
        """Whether the submitted form carried this field at all (unchecked boxes send a marker)."""
        return self.name in data

    def check_new(self, value: Any, ctx: Context) -> None:
        """Called when the value is newly given, not when it was there before: a retired choice may stay, not come.

        :raises Fault: when it may no longer be given.
        """

    # -- showing -----------------------------------------------------------------------------------------------------
    def text(self, value: Any, ctx: Context) -> str:
        """Plain text for people, localised; ``""`` when empty."""
        return "" if value is None else str(value)

    def html(self, value: Any, ctx: Context) -> SafeString:
        """One cell or field value as HTML, escaped."""
        return escape(self.text(value, ctx))

    def export(self, value: Any, ctx: Context) -> Any:
        """The value in a CSV or spreadsheet cell that an import reads back to the same value."""
        return "" if value is None else self.to_json(value)

    # -- editing -----------------------------------------------------------------------------------------------------
    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        """The form control; label and errors are drawn around it.

        :param raw: a canonical value, or what the person typed.
        """
        shown = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        return input_box(self, shown, id=id, invalid=invalid, describedby=describedby)

    def edit_text(self, value: Any, ctx: Context) -> str:
        """The text put into the control for a canonical value; :meth:`parse` reads it back."""
        return self.text(value, ctx)

    # -- filtering ---------------------------------------------------------------------------------------------------
    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        """A filter's operand in canonical form. ``in`` takes a list; the rest one value.

        :raises Fault: when it is no value of this kind.
        """
        if op in ("empty", "not_empty"):
            return None
        if op in LIST_OPERATORS:
            if not isinstance(raw, list | tuple):
                raise Fault("list_expected")
            if op == "between" and len(raw) != 2:
                raise Fault("bad_condition")
            return [self.parse(item, ctx) for item in raw]
        return self.parse(raw, ctx)

    def comparable(self, value: Any) -> Any:
        """What ordering and equality compare in memory; must order as the stored column does."""
        return value

    # -- describing --------------------------------------------------------------------------------------------------
    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of :meth:`to_json`'s result, without null."""
        return {"type": "string"}

    def initial(self, ctx: Context) -> Any:
        """The default for a new record."""
        made: Callable[[Context], Any] | Any = self.default
        return made(ctx) if callable(made) else made


def control_state(kind: Kind, invalid: bool, describedby: str) -> SafeString:
    """The shared attributes of a control: required, read-only, invalid, described by."""
    state = (" required" if kind.required else "") + (" readonly" if kind.read_only else "")
    if invalid:
        state += ' aria-invalid="true"'
    if describedby:
        state += f' aria-describedby="{escape(describedby)}"'
    return SafeString(state)


def input_box(
    kind: Kind,
    value: str,
    *,
    id: str,  # noqa: A002
    invalid: bool = False,
    describedby: str = "",
    suffix: str = "",
    label: Label = "",
    **attributes: str | int,
) -> SafeString:
    """One ``<input>`` of the design.

    :param suffix: added to the kind's name and the id, for one part of a composite.
    :param label: accessible name of a part that has no label of its own.
    """
    given: dict[str, str | int] = {"type": "text", **attributes}
    if label:
        given["aria-label"] = str(label)
    more = "".join(f' {key}="{escape(str(content))}"' for key, content in given.items())
    return format_html(
        '<input class="input-box" name="{}" id="{}" value="{}"{}{}>',
        kind.name + suffix, id + suffix, value, SafeString(more), control_state(kind, invalid, describedby),
    )  # fmt: skip


def say(label: Label, ctx: Context) -> str:
    """A label in the language of the context."""
    if isinstance(label, str):
        return label
    if get_language() == ctx.language:
        return str(label)
    with override(ctx.language):
        return str(label)

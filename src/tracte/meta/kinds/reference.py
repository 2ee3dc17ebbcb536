"""References to other records: one, a user, a team, many."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tracte.kernel import ids
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, Label, escape
from tracte.meta.kinds.choice import MAX_VALUES, SENT, SET_OPERATORS, form_list, select_state


def read_id(raw: Any, ctx: Context) -> int:
    """The record id in its written form; code may also give the number itself.

    :raises Fault: ``bad_id``.
    """
    if type(raw) is str:
        try:
            return ids.decode(raw if ctx.strict else raw.strip())
        except ValueError:
            raise Fault("bad_id") from None
    if type(raw) is int and not ctx.strict and 0 < raw <= ids.MAX_ID:
        return raw
    raise Fault("bad_id")


def title_of(value: int, ctx: Context) -> str:
    """The record's title; its id when the title was not fetched or may not be seen."""
    known = ctx.titles.get(value)
    return ids.encode(value) if known is None else known.title


def shown(value: int, ctx: Context) -> str:
    """One referenced record as HTML: a pill when it has a hue, a link when its address is known."""
    known = ctx.titles.get(value)
    if known is None:
        return f'<span class="faint">{ids.encode(value)}</span>'
    title = escape(known.title)
    if hue := known.extra.get("hue"):
        return f'<span class="pill hue-{escape(hue)}">{title}</span>'
    if url := known.extra.get("url"):
        return f'<a class="link" href="{escape(url)}"><bdi>{title}</bdi></a>'
    return f"<bdi>{title}</bdi>"


class Reference(Kind):
    """One record of another entity.

    :param to: key of the entity referred to, e.g. ``account``.
    :param model: its Django model, ``crm.Account``; without one (custom fields) the id is kept without a join.
    :param related: what the records that point here are called on the other side, e.g. “Opportunities”.
    :param only: a field of the directory record (or of one it points to) and the value it must hold to be offered:
        ``("pipeline.entity", "lead")`` for the stage of a lead.
    """

    key = "reference"

    def __init__(
        self,
        label: Label,
        *,
        to: str,
        model: str | None = None,
        related: Label = "",
        only: tuple[str, Any] | None = None,
        **common: Any,
    ) -> None:
        super().__init__(label, **common)
        self.to, self.model, self.related, self.only = to, model, related, only

    def db_fields(self) -> Columns:
        if self.model is None:
            return {"_id": models.BigIntegerField(null=True)}
        field: models.Field[Any, Any] = models.ForeignKey(
            self.model, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
        )
        return {"": field}

    def columns(self) -> tuple[str, ...]:
        return (self.name + "_id",)

    def to_json(self, value: Any) -> Any:
        return None if value is None else ids.encode(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else ids.decode(value)

    def parse(self, raw: Any, ctx: Context) -> int | None:
        return None if raw is None or raw == "" else read_id(raw, ctx)

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else title_of(value, ctx)

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString("" if value is None else shown(value, ctx))

    def export(self, value: Any, ctx: Context) -> Any:
        return "" if value is None else ids.encode(value)

    def edit_text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else ids.encode(value)

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        """A select holding the present record; the search that fills it is told the entity by ``data-reference``."""
        value = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        title = value
        try:
            number = self.parse(raw, ctx)
            title = "" if number is None else title_of(number, ctx)
        except Fault:
            pass
        option = format_html('<option value="{}" selected>{}</option>', value, title) if value else ""
        return format_html(
            '<select class="input-box" name="{}" id="{}" data-reference="{}"{}><option value=""></option>{}</select>',
            self.name, id, self.to, select_state(self, invalid, describedby), option,
        )  # fmt: skip

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": ids.PATTERN, "description": f"id of a {self.to}"}


class User(Reference):
    """One user of the program."""

    key = "user"

    def __init__(
        self, label: Label, *, to: str = "user", model: str | None = None, related: Label = "", **common: Any
    ) -> None:
        super().__init__(label, to=to, model=model or settings.AUTH_USER_MODEL, related=related, **common)


class Team(Reference):
    """One team."""

    key = "team"

    def __init__(
        self, label: Label, *, to: str = "team", model: str | None = "records.Team", related: Label = "", **common: Any
    ) -> None:
        super().__init__(label, to=to, model=model, related=related, **common)


class ManyReferences(Kind):
    """Several records, kept as links of their own rather than in a column.

    :param to: key of the entity referred to; ``*`` for records of any entity.
    """

    key = "many_references"
    operators = SET_OPERATORS
    stored = False
    sortable = False

    def __init__(self, label: Label, *, to: str = "*", related: Label = "", **common: Any) -> None:
        super().__init__(label, **common)
        self.to, self.related = to, related

    def db_fields(self) -> Columns:
        return {}

    def to_columns(self, value: Any) -> tuple[Any, ...]:
        return ()

    def from_columns(self, values: Sequence[Any]) -> Any:
        return None

    def to_json(self, value: Any) -> Any:
        return [ids.encode(number) for number in value] if value else None

    def from_json(self, value: Any) -> Any:
        return tuple(map(ids.decode, value)) if value else None

    def parse(self, raw: Any, ctx: Context) -> tuple[int, ...] | None:
        if raw is None:
            return None
        if isinstance(raw, str) and not ctx.strict:
            raw = raw.replace(";", ",").split(",")
        if not isinstance(raw, list | tuple):
            raise Fault("list_expected")
        if len(raw) > MAX_VALUES:
            raise Fault("too_many", {"max": MAX_VALUES})
        numbers = dict.fromkeys(read_id(item, ctx) for item in raw if item is not None and item != "")
        return tuple(numbers) or None

    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        """The ids asked for, as a tuple."""
        return self.parse([raw] if isinstance(raw, str | int) else raw, ctx) or ()

    def from_form(self, data: Mapping[str, Any]) -> Any:
        return form_list(data, self.name)

    def in_form(self, data: Mapping[str, Any]) -> bool:
        return self.name in data or self.name + SENT in data

    def text(self, value: Any, ctx: Context) -> str:
        return ", ".join(title_of(number, ctx) for number in value or ())

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString(", ".join(shown(number, ctx) for number in value or ()))

    def export(self, value: Any, ctx: Context) -> Any:
        return self.edit_text(value, ctx)

    def edit_text(self, value: Any, ctx: Context) -> str:
        return ",".join(map(ids.encode, value or ()))

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        chosen: list[tuple[str, str]] = []
        for item in raw if isinstance(raw, list | tuple) else []:
            try:
                number = read_id(item, ctx)
                chosen.append((ids.encode(number), title_of(number, ctx)))
            except Fault:
                chosen.append((str(item), str(item)))
        options = "".join(f'<option value="{escape(key)}" selected>{escape(title)}</option>' for key, title in chosen)
        return format_html(
            '<input type="hidden" name="{}" value="1">'
            '<select class="input-box area" multiple name="{}" id="{}" data-reference="{}"{}>{}</select>',
            self.name + SENT, self.name, id, self.to, select_state(self, invalid, describedby), SafeString(options),
        )  # fmt: skip

    def json_schema(self) -> dict[str, Any]:
        items = {"type": "string", "pattern": ids.PATTERN}
        return {"type": "array", "items": items, "uniqueItems": True, "maxItems": MAX_VALUES}

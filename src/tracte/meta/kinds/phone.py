"""Telephone number."""

from typing import Any

from django.db import models
from django.utils.safestring import SafeString

from tracte.kernel.phone import MAX_TEXT, normalise, show
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, escape, input_box
from tracte.meta.kinds.text import TEXT_OPERATORS, clean_line


class Phone(Kind):
    """One telephone number, kept in E.164 and shown as the region of the reader writes it."""

    key = "phone"
    operators = TEXT_OPERATORS

    def db_fields(self) -> Columns:
        return {"": models.CharField(max_length=40, null=True)}

    def parse(self, raw: Any, ctx: Context) -> str | None:
        text = clean_line(raw, MAX_TEXT, ctx)
        if text is None:
            return None
        try:
            return normalise(text, ctx.region)
        except ValueError:
            raise Fault("bad_phone") from None

    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        if op in ("contains", "not_contains", "starts"):
            text = clean_line(raw, MAX_TEXT, ctx)
            return "".join(c for c in text if c.isdigit() or c == "+") or text if text else None
        return super().operand(op, raw, ctx)

    def text(self, value: Any, ctx: Context) -> str:
        return show(value, ctx.region) if value else ""

    def html(self, value: Any, ctx: Context) -> SafeString:
        if not value:
            return SafeString("")
        return SafeString(
            f'<a class="link tnum" href="tel:{escape(value)}"><bdi>{escape(show(value, ctx.region))}</bdi></a>'
        )

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        shown = self.edit_text(raw, ctx) if raw else ""
        return input_box(self, shown, id=id, invalid=invalid, describedby=describedby, type="tel", maxlength=MAX_TEXT)

    def edit_text(self, value: Any, ctx: Context) -> str:
        return show(value, "") if value else ""  # with its prefix: whoever edits it may sit in another country

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\+[0-9]{7,15}(;ext=[0-9]{1,20})?$"}

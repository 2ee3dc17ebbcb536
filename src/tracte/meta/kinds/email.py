"""E-mail address."""

from typing import Any

from django.db import models
from django.utils.safestring import SafeString

from tracte.kernel.email import MAX_LENGTH, normalise, show
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, escape, input_box
from tracte.meta.kinds.text import TEXT_OPERATORS, clean_line


class Email(Kind):
    """One e-mail address; the domain is kept in lower case and ASCII."""

    key = "email"
    operators = TEXT_OPERATORS

    def db_fields(self) -> Columns:
        return {"": models.CharField(max_length=MAX_LENGTH, null=True)}

    def parse(self, raw: Any, ctx: Context) -> str | None:
        text = clean_line(raw, MAX_LENGTH, ctx)
        if text is None:
            return None
        try:
            return normalise(text)
        except ValueError:
            raise Fault("bad_email") from None

    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        if op in ("contains", "not_contains", "starts"):
            return clean_line(raw, MAX_LENGTH, ctx)
        return super().operand(op, raw, ctx)

    def text(self, value: Any, ctx: Context) -> str:
        return show(value) if value else ""

    def html(self, value: Any, ctx: Context) -> SafeString:
        if not value:
            return SafeString("")
        return SafeString(f'<a class="link" href="mailto:{escape(value)}"><bdi>{escape(show(value))}</bdi></a>')

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        return input_box(
            self,
            raw or "",
            id=id,
            invalid=invalid,
            describedby=describedby,
            type="email",
            maxlength=MAX_LENGTH,
            spellcheck="false",
        )

    def edit_text(self, value: Any, ctx: Context) -> str:
        return value or ""

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": MAX_LENGTH}

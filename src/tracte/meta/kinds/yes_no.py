"""Yes or no."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tracte.kernel.fold import fold
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, control_state, escape, say

_WORDS = {
    **dict.fromkeys(
        ("true", "yes", "y", "1", "on", "x", "t", "si", "s", "da", "oui", "ja", "vertader", "verdadero", "cert"), True
    ),
    **dict.fromkeys(("false", "no", "n", "0", "off", "", "f", "nu", "non", "nein", "fals", "falso"), False),
}
YES, NO = _("Yes"), _("No")
SENT = "__sent"


class YesNo(Kind):
    """A question with two answers; unanswered is no."""

    key = "yes_no"
    operators = ("eq", "ne")

    def db_fields(self) -> Columns:
        return {"": models.BooleanField(default=False)}

    def to_columns(self, value: Any) -> tuple[Any, ...]:
        return (bool(value),)

    def from_columns(self, values: Sequence[Any]) -> bool:
        return bool(values[0])

    def parse(self, raw: Any, ctx: Context) -> bool:
        if raw is True or raw is False:
            return bool(raw)
        if raw is None:
            return False
        if not ctx.strict:
            if isinstance(raw, str):
                known = _WORDS.get(raw) if raw in _WORDS else _WORDS.get(fold(raw[:20]).strip())
                if known is not None:
                    return known
            elif raw == 0 or raw == 1:
                return bool(raw)
        raise Fault("not_yes_no")

    def from_form(self, data: Mapping[str, Any]) -> Any:
        return data.get(self.name, "false")

    def in_form(self, data: Mapping[str, Any]) -> bool:
        return self.name in data or self.name + SENT in data

    def text(self, value: Any, ctx: Context) -> str:
        return say(YES if value else NO, ctx)

    def html(self, value: Any, ctx: Context) -> SafeString:
        shown = escape(self.text(value, ctx))
        return shown if value else SafeString(f'<span class="faint">{shown}</span>')

    def export(self, value: Any, ctx: Context) -> Any:
        return "true" if value else "false"

    def edit_text(self, value: Any, ctx: Context) -> str:
        return "true" if value else "false"

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        try:
            checked = self.parse(raw, ctx)
        except Fault:
            checked = False
        state = control_state(self, invalid, describedby).replace(" required", "").replace(" readonly", " disabled")
        return format_html(
            '<input type="hidden" name="{}" value="1">'
            '<input class="checkbox" type="checkbox" name="{}" id="{}" value="true"{}{}>',
            self.name + SENT, self.name, id, SafeString(" checked" if checked else ""), SafeString(state),
        )  # fmt: skip

    def json_schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

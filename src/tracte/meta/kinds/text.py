"""Text on one line, and text on several."""

import re
import unicodedata
from typing import Any

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, Label, control_state, escape, input_box

TEXT_OPERATORS = ("eq", "ne", "in", "not_in", "contains", "not_contains", "starts", "empty", "not_empty")
_CONTROLS = dict.fromkeys((*range(1, 32), 127, 133, 8232, 8233), " ")
_CONTROLS_BUT_LINES = {code: " " for code in (*range(1, 32), 0x7F) if code not in (9, 10)} | {
    11: "\n", 12: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n",
}  # fmt: skip
_is_normal = unicodedata.is_normalized
_TRAILING = re.compile(r"[^\S\n]+$", re.M)


def clean_line(raw: Any, limit: int, ctx: Context) -> str | None:
    """One line of text in canonical form: trimmed, NFC, without control characters; ``None`` when nothing is left.

    :raises Fault: ``not_text``, ``too_long``, ``nul_character``.
    """
    # Printable text holds no control character, no half of a pair and no other space than " ".
    if type(raw) is str and len(raw) <= limit and raw.isprintable() and (raw.isascii() or _is_normal("NFC", raw)):
        return raw.strip() or None
    text = _checked(raw, limit, ctx)
    if text is None:
        return None
    text = unicodedata.normalize("NFC", text.translate(_CONTROLS)).strip()
    if len(text) > limit:
        raise Fault("too_long", {"max": limit})
    return text or None


def clean_lines(raw: Any, limit: int, ctx: Context) -> str | None:
    """Several lines of text in canonical form: as :func:`clean_line`, line ends as ``\\n``."""
    if type(raw) is str and len(raw) <= limit and raw.isprintable() and (raw.isascii() or _is_normal("NFC", raw)):
        return raw.strip() or None
    text = _checked(raw, limit, ctx)
    if text is None:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS_BUT_LINES)
    text = _TRAILING.sub("", unicodedata.normalize("NFC", text)).strip()
    if len(text) > limit:
        raise Fault("too_long", {"max": limit})
    return text or None


def _checked(raw: Any, limit: int, ctx: Context) -> str | None:
    if raw is None:
        return None
    if not isinstance(raw, str):
        if ctx.strict or isinstance(raw, (dict, list, tuple, bytes)):
            raise Fault("not_text")
        raw = str(raw)
    if len(raw) > limit:
        raw = raw.strip()
        if len(raw) > 2 * limit + 64:  # far too long: do not look at it again
            raise Fault("too_long", {"max": limit})
    if "\0" in raw:
        raise Fault("nul_character")
    if not raw.isascii():
        try:
            raw.encode()
        except UnicodeEncodeError:  # half of a surrogate pair
            raise Fault("nul_character") from None
    text: str = raw
    return text


class Text(Kind):
    """One line of text.

    :param max_length: characters at most.
    """

    key = "text"
    operators = TEXT_OPERATORS

    def __init__(self, label: Label, *, max_length: int = 200, **common: Any) -> None:
        super().__init__(label, **common)
        self.max_length = max_length

    def db_fields(self) -> Columns:
        return {"": models.CharField(max_length=self.max_length, null=True)}

    def parse(self, raw: Any, ctx: Context) -> str | None:
        return clean_line(raw, self.max_length, ctx)

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        shown = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        return input_box(self, shown, id=id, invalid=invalid, describedby=describedby, maxlength=self.max_length)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max_length}


class LongText(Kind):
    """Plain text of several lines, shown with its line breaks."""

    key = "long_text"
    operators = TEXT_OPERATORS
    sortable = False

    def __init__(self, label: Label, *, max_length: int = 50_000, **common: Any) -> None:
        super().__init__(label, **common)
        self.max_length = max_length

    def db_fields(self) -> Columns:
        return {"": models.TextField(null=True)}

    def parse(self, raw: Any, ctx: Context) -> str | None:
        return clean_lines(raw, self.max_length, ctx)

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString(escape(value or "").replace("\n", "<br>"))

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        shown = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        return text_area(self, shown, id=id, invalid=invalid, describedby=describedby)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.max_length}


def text_area(kind: Kind, shown: str, *, id: str, invalid: bool, describedby: str, rows: int = 4) -> SafeString:  # noqa: A002
    """One ``<textarea>``; its first newline is doubled because HTML drops one."""
    return format_html(
        '<textarea class="input-box area" name="{}" id="{}" rows="{}"{}>\n{}</textarea>',
        kind.name, id, rows, control_state(kind, invalid, describedby), shown,
    )  # fmt: skip

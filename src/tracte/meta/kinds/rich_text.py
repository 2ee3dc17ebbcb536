"""Rich text: a small, sanitised subset of HTML."""

import html as html_text
import re
from typing import Any

import nh3
from django.db import models
from django.utils.safestring import SafeString

from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, Label, escape
from tracte.meta.kinds.text import clean_lines, text_area

TAGS = {
    "p", "br", "b", "strong", "i", "em", "u", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre",
    "h2", "h3", "h4", "hr", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "th": {"colspan", "rowspan"}, "td": {"colspan", "rowspan"}}
_CLEANER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags={"script", "style", "svg", "math", "iframe", "object", "noscript", "template", "title"},
    attributes=ATTRIBUTES,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)
_BARE = nh3.Cleaner(tags=set(), clean_content_tags={"script", "style", "svg", "math"}, strip_comments=True)
_TAG = re.compile(r"</?[a-zA-Z!]")
_BREAK = re.compile(r"<(?:br|/p|/li|/h[2-4]|/tr|/blockquote|/pre|hr)\b[^>]*>", re.I)
_CELL = re.compile(r"</t[dh]>", re.I)
_BLOCK = re.compile(r"<(?:p|ul|ol|blockquote|pre|h[2-4]|hr|table)\b", re.I)


def sanitise(source: str) -> str | None:
    """Only the tags and attributes of this kind; ``None`` when no text is left."""
    cleaned = _CLEANER.clean(source).strip()
    if not plain(cleaned) and "<hr" not in cleaned:
        return None
    return cleaned if _BLOCK.match(cleaned) else f"<p>{cleaned}</p>"


def plain(source: str) -> str:
    """The text of the HTML, a line for each block."""
    spaced = _CELL.sub(" ", _BREAK.sub("\n", source))
    return html_text.unescape(_BARE.clean(spaced)).replace("\u00a0", " ").strip()


class RichText(Kind):
    """Formatted text. No pictures, styles, scripts or embedded documents pass."""

    key = "rich_text"
    operators = ("contains", "not_contains", "empty", "not_empty")
    sortable = False

    def __init__(self, label: Label, *, max_length: int = 200_000, **common: Any) -> None:
        super().__init__(label, **common)
        self.max_length = max_length

    def db_fields(self) -> Columns:
        return {"": models.TextField(null=True)}

    def parse(self, raw: Any, ctx: Context) -> str | None:
        text = clean_lines(raw, self.max_length, ctx)
        if text is None:
            return None
        if not ctx.strict and not _TAG.search(text):
            text = "".join(f"<p>{escape(block)}</p>" for block in re.split(r"\n{2,}", text)).replace("\n", "<br>")
        cleaned = sanitise(text)
        for _ in range(3):  # repairing nested markup can expose more to repair
            again = sanitise(cleaned) if cleaned else None
            if again == cleaned:
                break
            cleaned = again
        else:
            raise Fault("bad_rich_text")
        if cleaned and len(cleaned) > 2 * self.max_length:
            raise Fault("too_long", {"max": self.max_length})
        return cleaned

    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        return clean_lines(raw, self.max_length, ctx)

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else plain(value)

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString(f'<div class="rich-text">{value}</div>' if value else "")

    def edit_text(self, value: Any, ctx: Context) -> str:
        return value or ""

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        return text_area(self, raw or "", id=id, invalid=invalid, describedby=describedby, rows=6)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "contentMediaType": "text/html", "maxLength": self.max_length}

"""Web address."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.db import models
from django.utils.safestring import SafeString

from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, escape, input_box
from tracte.meta.kinds.text import TEXT_OPERATORS, clean_line

MAX_LENGTH = 500
_CLEAN = re.compile(r"https?://(?:[a-z0-9\-]+\.)+[a-z]{2,63}(?:/[A-Za-z0-9\-._~/%+]*)?\Z").match
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.I).match
_HOST = re.compile(r"(?:[\w\-]+\.)+[^\W\d_][\w\-]{0,62}\.?\Z").match
_IP_OR_LOCAL = re.compile(r"(?:localhost|[0-9.]+|[0-9a-f:]+)\Z").match
_FORBIDDEN = re.compile(r"[\s<>\"\\^`{|}]").search


def normalise(text: str, strict: bool = False) -> str:
    """A web or mail address with scheme and host in lower case; without a scheme it is taken as ``https``.

    :raises ValueError: for another scheme, or no host.
    """
    if _CLEAN(text):
        return text
    if _FORBIDDEN(text):
        raise ValueError("not a web address")
    scheme = _SCHEME(text)
    if not scheme or (not text[scheme.end() :].startswith("//") and "." in scheme[1]):
        if strict:
            raise ValueError("not a web address")
        text = "https://" + text.removeprefix("//")
    elif scheme[1].lower() == "mailto":
        if "@" not in text:
            raise ValueError("not a mail address")
        return "mailto:" + text[7:]
    parts = urlsplit(text)
    host = parts.hostname or ""
    _ = parts.port  # raises when it is no number
    if parts.scheme not in ("http", "https") or not (_HOST(host) or _IP_OR_LOCAL(host)):
        raise ValueError("not a web address")
    return parts._replace(netloc=parts.netloc.lower() if "@" not in parts.netloc else parts.netloc).geturl()


class Url(Kind):
    """A web address (``http``, ``https``) or ``mailto``; nothing that runs."""

    key = "url"
    operators = TEXT_OPERATORS

    def db_fields(self) -> Columns:
        return {"": models.CharField(max_length=MAX_LENGTH, null=True)}

    def parse(self, raw: Any, ctx: Context) -> str | None:
        text = clean_line(raw, MAX_LENGTH - 8, ctx)
        if text is None:
            return None
        try:
            return normalise(text, ctx.strict)
        except ValueError:
            raise Fault("bad_url") from None

    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        if op in ("contains", "not_contains", "starts"):
            return clean_line(raw, MAX_LENGTH, ctx)
        return super().operand(op, raw, ctx)

    def html(self, value: Any, ctx: Context) -> SafeString:
        if not value:
            return SafeString("")
        shown = (
            value.removeprefix("https://")
            .removeprefix("http://")
            .removeprefix("mailto:")
            .removeprefix("www.")
            .rstrip("/")
        )
        return SafeString(
            f'<a class="link" href="{escape(value)}" rel="noopener noreferrer" target="_blank">'
            f"<bdi>{escape(shown)}</bdi></a>"
        )

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        # Not type="url": browsers refuse an address without scheme, which we read.
        return input_box(
            self, raw or "", id=id, invalid=invalid, describedby=describedby, inputmode="url", maxlength=MAX_LENGTH
        )

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": MAX_LENGTH}

"""Duration in seconds."""

import re
from typing import Any

from django.db import models
from django.utils.safestring import SafeString

from tracte.kernel.money import plain_number
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, escape
from tracte.meta.kinds.numbers import NUMBER_OPERATORS

LONGEST = 100 * 366 * 86_400  # a hundred years
_CLOCK = re.compile(r"([0-9]{1,7}):([0-5][0-9])(?::([0-5][0-9]))?\Z").match
_ISO = re.compile(
    r"P(?:(?P<w>[0-9]+)W)?(?:(?P<d>[0-9]+)D)?(?:T(?:(?P<h>[0-9]+)H)?(?:(?P<m>[0-9]+)M)?(?:(?P<s>[0-9]+)S)?)?\Z", re.I
).match
_PIECE = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*([a-zà-ÿ]+)\.?[\s,]*", re.I)
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_UNITS = {
    "w": ("w", "wk", "week", "weeks", "setmana", "setmanes", "semana", "semanas"),
    "d": ("d", "day", "days", "dia", "dies", "día", "días", "dias"),
    "h": ("h", "hr", "hrs", "hour", "hours", "hora", "hores", "horas"),
    "m": ("m", "min", "mins", "minute", "minutes", "minut", "minuts", "minuto", "minutos"),
    "s": ("s", "sec", "secs", "second", "seconds", "segon", "segons", "segundo", "segundos"),
}
_UNIT = {word: _SECONDS[unit] for unit, words in _UNITS.items() for word in words}


def read(text: str) -> int:
    """Seconds in ``1:30`` (hours and minutes), ``1h 30m``, ``90 min``, ``PT1H30M`` (ISO 8601).

    :raises ValueError: when it is no duration.
    """
    text = text.strip()
    sign = -1 if text[:1] in ("-", "−") else 1
    text = text[1:].lstrip() if sign < 0 else text
    if len(text) > 40 or not text:
        raise ValueError("not a duration")
    if found := _CLOCK(text):
        return sign * (int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0))
    if (iso := _ISO(text)) and any(iso.groups()):
        return sign * sum(int(count) * _SECONDS[unit] for unit, count in iso.groupdict().items() if count)
    total, position = 0.0, 0
    while position < len(text):
        piece = _PIECE.match(text, position)
        if piece is None or piece[2].lower() not in _UNIT:
            raise ValueError("not a duration")
        total += float(plain_number(piece[1].replace(",", "."), "en")) * _UNIT[piece[2].lower()]
        position = piece.end()
    return sign * round(total)


class Duration(Kind):
    """A length of time, kept in whole seconds."""

    key = "duration"
    operators = NUMBER_OPERATORS
    numeric = True

    def db_fields(self) -> Columns:
        return {"": models.BigIntegerField(null=True)}

    def parse(self, raw: Any, ctx: Context) -> int | None:
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if isinstance(raw, str):
            try:
                seconds = read(raw)
            except ValueError:
                raise Fault("bad_duration") from None
        elif isinstance(raw, int) and not isinstance(raw, bool):
            seconds = raw
        elif isinstance(raw, float) and raw.is_integer():
            seconds = int(raw)
        else:
            raise Fault("bad_duration")
        if abs(seconds) > LONGEST:
            raise Fault("bad_duration")
        return seconds

    def text(self, value: Any, ctx: Context) -> str:
        if value is None:
            return ""
        minutes, seconds = divmod(abs(value), 60)
        hours, minutes = divmod(minutes, 60)
        pieces = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{seconds} s" if seconds else ""]
        return ("-" if value < 0 else "") + (" ".join(filter(None, pieces)) or "0 min")

    def html(self, value: Any, ctx: Context) -> SafeString:
        if value is None:
            return SafeString("")
        return SafeString(
            f'<time class="tnum" datetime="PT{abs(value)}S"><bdi>{escape(self.text(value, ctx))}</bdi></time>'
        )

    def edit_text(self, value: Any, ctx: Context) -> str:
        if value is None:
            return ""
        minutes, seconds = divmod(abs(value), 60)
        text = f"{'-' if value < 0 else ''}{minutes // 60}:{minutes % 60:02}"
        return f"{text}:{seconds:02}" if seconds else text

    def export(self, value: Any, ctx: Context) -> Any:
        return self.edit_text(value, ctx)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "description": "seconds", "minimum": -LONGEST, "maximum": LONGEST}

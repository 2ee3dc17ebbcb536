"""A time zone of the IANA database, chosen from a list that is searched by typing."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils.html import format_html
from django.utils.safestring import SafeString

from tracte.kernel.fold import fold
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Context, Label, escape, input_box
from tracte.meta.kinds.text import Text

LONGEST = 60
AREAS = frozenset(
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]
)
"""The zones people live in lie in these; the rest are old names and abbreviations."""


class TimeZone(Text):
    """The name of a time zone, ``Europe/Madrid``. A city that names one zone alone will do: ``madrid``."""

    def __init__(self, label: Label, **common: Any) -> None:
        super().__init__(label, max_length=LONGEST, **common)

    def parse(self, raw: Any, ctx: Context) -> str | None:
        """:raises Fault: ``bad_timezone`` for a zone nobody knows."""
        text = super().parse(raw, ctx)
        if text is None or text in known_zones():
            return text
        found = _by_folded_name().get(_folded(text), ())
        if len(found) != 1 or ctx.strict:
            raise Fault("bad_timezone", {"value": text})
        return found[0]

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        """A box with the list of zones: typing part of a name narrows it, and it takes text without script, too."""
        shown = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        zones = f"{id}-zones"
        box = input_box(
            self, shown, id=id, invalid=invalid, describedby=describedby, maxlength=LONGEST, list=zones,
            autocomplete="off", spellcheck="false",
        )  # fmt: skip
        return format_html('{}<datalist id="{}">{}</datalist>', box, zones, _options(ctx.today))


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Every name the time zone database knows, old ones too."""
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def offered_zones() -> tuple[str, ...]:
    """The names offered, by area and place."""
    return ("UTC", *sorted(name for name in known_zones() if name.partition("/")[0] in AREAS))


def _folded(text: str) -> str:
    return fold(text).replace(" ", "_")


@lru_cache(maxsize=1)
def _by_folded_name() -> dict[str, tuple[str, ...]]:
    """Zones by their whole name and by their place alone, folded."""
    found: dict[str, tuple[str, ...]] = {}
    for name in offered_zones():
        for key in dict.fromkeys((_folded(name), _folded(name.rpartition("/")[2]))):
            found[key] = (*found.get(key, ()), name)
    return found


@lru_cache(maxsize=2)
def _options(day: date) -> SafeString:
    """The options with what each zone is ahead of UTC at noon of a day; made once a day."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    lines = (f'<option value="{escape(name)}">{_offset(name, noon)}</option>' for name in offered_zones())
    return SafeString("".join(lines))


def _offset(name: str, at: datetime) -> str:
    minutes = int((at.astimezone(ZoneInfo(name)).utcoffset() or at - at).total_seconds()) // 60
    sign = "\N{MINUS SIGN}" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"

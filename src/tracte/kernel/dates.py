"""Days and moments: relative dates, reading what people write, showing it in their language.

Plain ``en`` is read and shown the British way (day before month); ``en-us`` the American way.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta

from tracte.kernel.fold import fold
from tracte.kernel.locales import locale_of

# -- relative dates --------------------------------------------------------------------------------------------------
_POINT = re.compile(r"([-+])([0-9]{1,5})([dwmy])\Z").match
_SPAN = re.compile(r"(next|last)_([0-9]{1,4})_(days|weeks|months)\Z").match
_PERIOD = re.compile(r"(this|last|next)_(week|month|quarter|year)\Z").match
_SHIFT = {"last": -1, "this": 0, "next": 1}
_DAYS = {"today": 0, "now": 0, "yesterday": -1, "tomorrow": 1}


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last of that month when it is shorter.

    :raises ValueError: outside the years 1–9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) if (year, month) != (9999, 11) else None
    last = 31 if following is None else (following - first).days
    return first.replace(day=min(day.day, last))


def resolve(token: str, today: date) -> tuple[date, date]:
    """The first and last day a relative date stands for. Weeks begin on Monday.

    ``today``, ``yesterday``, ``tomorrow``, ``this_week``, ``last_month``, ``next_quarter``, ``this_year`` …;
    ``next_30_days`` and ``last_2_weeks`` reach from today and include it; ``-14d``, ``+3m``, ``now`` are one day.

    :raises ValueError: when it is no relative date.
    """
    try:
        if token in _DAYS:
            day = today + timedelta(days=_DAYS[token])
            return day, day
        if found := _PERIOD(token):
            return _period(found[2], _SHIFT[found[1]], today)
        if found := _POINT(token):
            day = _moved(today, int(found[1] + found[2]), found[3])
            return day, day
        if found := _SPAN(token):
            count = int(found[2]) * (1 if found[1] == "next" else -1)
            other = _moved(today, count, found[3][0])
            return min(today, other), max(today, other)
    except OverflowError:
        raise ValueError("outside the calendar") from None
    raise ValueError("not a relative date")


def _moved(day: date, count: int, unit: str) -> date:
    if unit in "dw":
        return day + timedelta(days=count * (7 if unit == "w" else 1))
    return add_months(day, count * (12 if unit == "y" else 1))


def _period(unit: str, shift: int, today: date) -> tuple[date, date]:
    if unit == "week":
        first = today - timedelta(days=today.weekday()) + timedelta(weeks=shift)
        return first, first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    start = today.replace(day=1, month=(today.month - 1) // months * months + 1)
    first = add_months(start, shift * months)
    return first, add_months(first, months) - timedelta(days=1)


# -- reading ---------------------------------------------------------------------------------------------------------
_NUMERIC = re.compile(r"([0-9]{1,4})([/.\- ])\s?([0-9]{1,2})\2\s?([0-9]{1,4})\.?\Z").match
_TOKENS = re.compile(r"[0-9]+|[^\W\d_]+")
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})[:h](?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,6})[0-9]*)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>Z|[-+][0-9]{2}:?[0-9]{2})?\Z",
    re.I,
).search
_FILLERS = frozenset({"de", "d", "del", "of", "st", "nd", "rd", "th", "the", "el", "le"})
_MAX = 60


def date_locale(language: str) -> Locale:
    """The locale whose dates people of ``language`` write."""
    return locale_of("en-gb" if language == "en" else language)


@lru_cache(maxsize=64)
def _month_names(language: str) -> dict[str, int]:
    names: dict[str, int] = {}
    for locale in (locale_of("en"), locale_of(language)):
        for context in locale.months.values():
            for width in ("wide", "abbreviated"):
                for month, name in context.get(width, {}).items():
                    names |= {word: month for word in _TOKENS.findall(fold(name)) if word not in _FILLERS}
    return names | {"sept": 9}


@lru_cache(maxsize=64)
def day_first(language: str) -> bool:
    """Whether ``3/4/2026`` is the third of April for people of ``language``."""
    pattern = str(date_locale(language).date_formats["short"].pattern)
    return pattern.find("d") < pattern.find("M")


def parse_date(text: str, language: str = "en", fmt: str | None = None) -> date:
    """The day a person wrote: ISO, day and month in the order of ``language``, or with the month's name.

    :param fmt: a ``strptime`` format that decides everything, also two-digit years.
    :raises ValueError: when it is no day, or could be several.
    """
    if len(text) == 10 and text[4] == "-" == text[7] and not fmt:
        return date.fromisoformat(text)
    text = text.strip()
    if fmt:
        return datetime.strptime(text, fmt).date()  # noqa: DTZ007  a day has no zone
    if len(text) > _MAX:
        raise ValueError("not a date")
    if found := _NUMERIC(text):
        one, two, three = found[1], found[3], found[4]
        if len(one) == 4 and len(three) <= 2:
            return date(int(one), int(two), int(three))
        if len(three) == 4 and len(one) <= 2:
            day, month = (one, two) if day_first(language) else (two, one)
            return date(int(three), int(month), int(day))
        raise ValueError("write the year with four digits")
    if (clock := _TIME(text)) and clock.start() > 7:
        if any(int(clock[part] or 0) for part in ("hour", "minute", "second", "part")) or clock["half"]:
            raise ValueError("not a date: it has a time of day")
        return parse_date(text[: clock.start()].rstrip(" T,"), language)
    return _spelt(text, language)


def _spelt(text: str, language: str) -> date:
    names = _month_names(language)
    numbers: list[str] = []
    months: list[int] = []
    for token in _TOKENS.findall(fold(text)):
        if token.isdigit():
            numbers.append(token)
        elif token in names:
            months.append(names[token])
        elif token not in _FILLERS:
            raise ValueError("not a date")
    if len(months) != 1 or len(numbers) != 2:
        raise ValueError("not a date")
    year, day = numbers if len(numbers[0]) == 4 else reversed(numbers)
    if len(year) != 4 or len(day) > 2:
        raise ValueError("write the year with four digits")
    return date(int(year), months[0], int(day))


def parse_datetime(text: str, language: str = "en", timezone: str = "UTC", fmt: str | None = None) -> datetime:
    """The moment a person wrote, in UTC; without a zone it is taken in ``timezone``; without a time, at midnight.

    :raises ValueError: when it is no moment.
    """
    text = text.strip()
    try:
        if fmt:
            return to_utc(datetime.strptime(text, fmt), timezone)  # noqa: DTZ007  the zone is added next
        if len(text) > _MAX:
            raise ValueError("not a moment")
        clock = _TIME(text)
        if clock is None or clock.start() == 0:
            return to_utc(datetime.combine(parse_date(text, language), time()), timezone)
        day = parse_date(text[: clock.start()].rstrip(" T,t"), language)
        hour = int(clock["hour"])
        if clock["half"]:
            if not 1 <= hour <= 12:
                raise ValueError("not a moment")
            hour = hour % 12 + (12 if clock["half"][0] in "pP" else 0)
        part = int((clock["part"] or "0").ljust(6, "0"))
        moment = datetime.combine(day, time(hour, int(clock["minute"]), int(clock["second"] or 0), part))
        if zone := clock["zone"]:
            if zone not in "Zz":
                sign = -1 if zone[0] == "-" else 1
                moment -= sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            return moment.replace(tzinfo=UTC)
        return to_utc(moment, timezone)
    except OverflowError:
        raise ValueError("outside the calendar") from None


def to_utc(moment: datetime, timezone: str) -> datetime:
    """``moment`` in UTC; without a zone it is taken in ``timezone``."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(timezone))
    return moment.astimezone(UTC)


@lru_cache(maxsize=256)
def zone_of(timezone: str) -> ZoneInfo:
    return ZoneInfo(timezone)


def day_bounds(first: date, last: date, timezone: str) -> tuple[datetime, datetime]:
    """The first and last instant (UTC, inclusive) of the local days ``first`` to ``last``.

    :raises ValueError: outside the years 1–9999.
    """
    try:
        start = to_utc(datetime.combine(first, time()), timezone)
        after = to_utc(datetime.combine(last + timedelta(days=1), time()), timezone)
    except OverflowError:
        raise ValueError("outside the calendar") from None
    return start, after - timedelta(microseconds=1)


# -- showing ---------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=16_384)
def _shown(day: date, language: str, with_year: bool) -> str:
    locale = date_locale(language)
    shown: str = format_skeleton("yMMMd" if with_year else "MMMd", day, locale=locale)
    return shown.replace("Sept", "Sep") if locale.language == "en" else shown


def show_date(day: date, language: str, today: date) -> str:
    """``24 Nov``; with the year when it is another year."""
    return _shown(day, language, day.year != today.year)


def show_long_date(day: date, language: str) -> str:
    """The day in full, for titles and tooltips: ``Tuesday, 24 November 2026``."""
    return format_date(day, "full", locale=date_locale(language))


def show_datetime(moment: datetime, language: str, timezone: str, today: date) -> str:
    """``24 Nov, 09:30`` on the wall clock of ``timezone``."""
    local = moment.astimezone(zone_of(timezone))
    return f"{show_date(local.date(), language, today)}, {local:%H:%M}"


def show_ago(moment: datetime, now: datetime, language: str) -> str:
    """How far ``moment`` lies from ``now``: ``3 hours ago``, ``d’aquí a 2 dies``."""
    return format_timedelta(moment - now, add_direction=True, locale=locale_of(language))

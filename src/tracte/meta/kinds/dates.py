"""Date, and date with time."""

import re
from datetime import UTC, date, datetime
from typing import Any

from django.db import models
from django.utils.safestring import SafeString

from tracte.kernel import clock
from tracte.kernel.dates import (
    day_bounds,
    parse_date,
    parse_datetime,
    resolve,
    show_date,
    show_datetime,
    to_utc,
    zone_of,
)
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import ORDER_OPERATORS, Columns, Context, Kind, escape, input_box

DATE_OPERATORS = ("eq", "ne", "in", "not_in", *ORDER_OPERATORS, "within", "empty", "not_empty")
_ISO_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:[Zz]|[-+][0-9]{2}:[0-9]{2})\Z"
).match
_LATEST = ("gt", "lte")  # after or until a period: its last day counts


def _span(raw: Any, ctx: Context) -> tuple[date, date] | None:
    """First and last day of a relative date, or ``None`` when it is none."""
    if not isinstance(raw, str):
        return None
    try:
        return resolve(raw.strip(), ctx.today)
    except ValueError:
        return None


class Date(Kind):
    """A calendar day, without time zone."""

    key = "date"
    operators = DATE_OPERATORS

    def db_fields(self) -> Columns:
        return {"": models.DateField(null=True)}

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def from_json(self, value: Any) -> Any:
        return None if value is None else date.fromisoformat(value)

    def parse(self, raw: Any, ctx: Context) -> date | None:
        if type(raw) is str:
            try:
                if len(raw) == 10 and raw[4] == "-" == raw[7]:
                    return date.fromisoformat(raw)
                if not ctx.strict:
                    return parse_date(raw, ctx.language) if raw and not raw.isspace() else None
            except ValueError:
                raise Fault("bad_date") from None
            if not raw:
                return None
        elif raw is None:
            return None
        elif isinstance(raw, datetime):
            return raw.date()
        elif isinstance(raw, date):
            return raw
        raise Fault("bad_date")

    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        """A day; for ``within`` its first and last day. Relative dates are resolved from ``ctx.today``."""
        if op == "within":
            span = _span(raw, ctx)
            if span is None:
                if not isinstance(raw, list | tuple):
                    raise Fault("bad_date")
                first, last = super().operand("between", raw, ctx)
                span = (first, last)
            return span
        if op in ("in", "not_in", "between"):
            if op == "between" and isinstance(raw, list | tuple) and len(raw) == 2:
                return [self.operand("gte", raw[0], ctx), self.operand("lte", raw[1], ctx)]
            return super().operand(op, raw, ctx)
        span = _span(raw, ctx)
        if span is not None:
            return span[op in _LATEST]
        return super().operand(op, raw, ctx)

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else show_date(value, ctx.language, ctx.today)

    def html(self, value: Any, ctx: Context) -> SafeString:
        if value is None:
            return SafeString("")
        return SafeString(
            f'<time class="tnum" datetime="{value.isoformat()}">'
            f"<bdi>{escape(show_date(value, ctx.language, ctx.today))}</bdi></time>"
        )

    def edit_text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else value.isoformat()

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        shown = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        # A date input shows only ISO dates: what somebody typed wrongly stays visible in a text input.
        kind = "date" if not invalid or not shown else "text"
        return input_box(self, shown, id=id, invalid=invalid, describedby=describedby, type=kind)

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


class DateTime(Kind):
    """A moment, kept in UTC and shown on the reader's wall clock."""

    key = "datetime"
    operators = DATE_OPERATORS

    def db_fields(self) -> Columns:
        return {"": models.DateTimeField(null=True)}

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def from_json(self, value: Any) -> Any:
        return None if value is None else datetime.fromisoformat(value).astimezone(UTC)

    def parse(self, raw: Any, ctx: Context) -> datetime | None:
        if raw is None or raw == "":
            return None
        try:
            if isinstance(raw, str):
                if _ISO_MOMENT(raw):
                    return datetime.fromisoformat(raw.upper()).astimezone(UTC)
                if not ctx.strict:
                    return parse_datetime(raw, ctx.language, ctx.timezone) if not raw.isspace() else None
            elif isinstance(raw, datetime):
                return to_utc(raw, ctx.timezone)
            elif isinstance(raw, date):
                return day_bounds(raw, raw, ctx.timezone)[0]
        except (ValueError, OverflowError):
            pass
        raise Fault("bad_datetime")

    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        """A moment; for ``within`` the first and last instant. Days are days of ``ctx.timezone``."""
        if op == "within":
            span = _span(raw, ctx)
            if span is not None:
                return self._bounds(span, ctx)
            if not isinstance(raw, list | tuple) or len(raw) != 2:
                raise Fault("bad_datetime")
            return self.operand("gte", raw[0], ctx), self.operand("lte", raw[1], ctx)
        if op == "between" and isinstance(raw, list | tuple) and len(raw) == 2:
            return [self.operand("gte", raw[0], ctx), self.operand("lte", raw[1], ctx)]
        if op in ("in", "not_in", "empty", "not_empty"):
            return super().operand(op, raw, ctx)
        if raw == "now":
            return clock.now()
        span = _span(raw, ctx) or _day(raw)
        if span is not None:
            return self._bounds(span, ctx)[op in _LATEST]
        return self.parse(raw, ctx)

    @staticmethod
    def _bounds(span: tuple[date, date], ctx: Context) -> tuple[datetime, datetime]:
        try:
            return day_bounds(*span, ctx.timezone)
        except ValueError:
            raise Fault("bad_datetime") from None

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else show_datetime(value, ctx.language, ctx.timezone, ctx.today)

    def html(self, value: Any, ctx: Context) -> SafeString:
        if value is None:
            return SafeString("")
        return SafeString(
            f'<time class="tnum" datetime="{self.to_json(value)}"><bdi>{escape(self.text(value, ctx))}</bdi></time>'
        )

    def export(self, value: Any, ctx: Context) -> Any:
        return "" if value is None else self.to_json(value)

    def edit_text(self, value: Any, ctx: Context) -> str:
        if value is None:
            return ""
        local = value.astimezone(zone_of(ctx.timezone)).replace(tzinfo=None)
        exact = "microseconds" if local.microsecond else "seconds" if local.second else "minutes"
        text: str = local.isoformat(timespec=exact)
        return text

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        shown = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        kind = "datetime-local" if not invalid or not shown else "text"
        return input_box(self, shown, id=id, invalid=invalid, describedby=describedby, type=kind, step="any")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


def _day(raw: Any) -> tuple[date, date] | None:
    """A plain ISO day as operand of a moment covers the whole day."""
    if not isinstance(raw, str) or len(raw) != 10:
        return None
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        return None
    return day, day

"""Integer, decimal and percent."""

import re
from decimal import Decimal as D  # noqa: N817  the kind is called Decimal
from decimal import InvalidOperation
from typing import Any

from django.db import models
from django.utils.safestring import SafeString

from tracte.kernel.money import MAX_TEXT, localised, plain_number, separators, show_number, unambiguous
from tracte.kernel.problems import Fault
from tracte.meta.columns import ScaledDecimalField
from tracte.meta.kinds.base import ORDER_OPERATORS, Columns, Context, Kind, Label, escape, input_box

NUMBER_OPERATORS = ("eq", "ne", "in", "not_in", *ORDER_OPERATORS, "empty", "not_empty")
BIGGEST_INTEGER = 2**63 - 1
BIGGEST_DECIMAL = D("900000000000000")  # a 64-bit column with four decimals holds a little more
_WHOLE = re.compile(r"-?[0-9]{1,18}\Z").match
_CENTS = re.compile(r"-?[0-9]{1,14}(?:\.[0-9]{1,2})?\Z").match
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]+)?\Z").match


def read_number(raw: Any, ctx: Context) -> D | None:
    """A number as written by a person or in JSON (a number, or text with a point).

    :raises Fault: ``not_a_number``.
    """
    if type(raw) is str:
        text = raw.strip()
        if not text:
            return None
        if len(text) > MAX_TEXT:
            raise Fault("not_a_number")
        if ctx.strict:
            if not _PLAIN(text):
                raise Fault("not_a_number")
            return D(text)
        negative = text[0] in "-−"
        try:
            number = D(plain_number(text[1:].lstrip() if negative or text[0] == "+" else text, ctx.language))
        except (ValueError, InvalidOperation):
            raise Fault("not_a_number") from None
        return -number if negative else number
    if raw is None:
        return None
    if isinstance(raw, D):
        number = raw
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        number = D(str(raw))
    else:
        raise Fault("not_a_number")
    if not number.is_finite():
        raise Fault("not_a_number")
    return number


max_of, min_of = max, min  # the kinds below have parameters of these names


class Integer(Kind):
    """A whole number, at most 64 bits.

    :param grouped: shown with thousands separators; not for a year.
    """

    key = "integer"
    operators = NUMBER_OPERATORS
    numeric = True

    def __init__(
        self,
        label: Label,
        *,
        min: int = -BIGGEST_INTEGER,  # noqa: A002
        max: int = BIGGEST_INTEGER,  # noqa: A002
        grouped: bool = True,
        **common: Any,
    ) -> None:
        super().__init__(label, **common)
        self.min, self.max, self.grouped = min, max, grouped

    def db_fields(self) -> Columns:
        return {"": models.BigIntegerField(null=True)}

    def parse(self, raw: Any, ctx: Context) -> int | None:
        if type(raw) is str and _WHOLE(raw):
            value = int(raw)
        elif type(raw) is int:
            value = raw
        else:
            try:
                number = read_number(raw, ctx)
            except Fault:
                raise Fault("not_an_integer") from None
            if number is None:
                return None
            if number.adjusted() > 20:
                raise Fault("too_big" if number > 0 else "too_small", {"max": self.max, "min": self.min})
            if number != number.to_integral_value():
                raise Fault("not_an_integer")
            value = int(number)
        if value < self.min:
            raise Fault("too_small", {"min": self.min})
        if value > self.max:
            raise Fault("too_big", {"max": self.max})
        return value

    def text(self, value: Any, ctx: Context) -> str:
        if value is None:
            return ""
        return show_number(value, ctx.language) if self.grouped else str(value)

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString("" if value is None else f'<bdi class="tnum">{escape(self.text(value, ctx))}</bdi>')

    def edit_text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else str(value)

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        shown = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        return input_box(self, shown, id=id, invalid=invalid, describedby=describedby, inputmode="numeric")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.min, "maximum": self.max}


class Decimal(Kind):
    """An exact number with a fixed count of decimals at most (never a binary float).

    :param places: decimals a person may give, at most 9.
    """

    key = "decimal"
    operators = NUMBER_OPERATORS
    numeric = True

    def __init__(
        self,
        label: Label,
        *,
        places: int = 2,
        min: D | int = -BIGGEST_DECIMAL,  # noqa: A002
        max: D | int = BIGGEST_DECIMAL,  # noqa: A002
        **common: Any,
    ) -> None:
        super().__init__(label, **common)
        self.scale = scale = max_of(4, places)
        room = D(10) ** (18 - scale)  # what a 64-bit whole number of 10^-scale units holds
        self.places, self.min, self.max = places, max_of(D(min), -room), min_of(D(max), room)

    def db_fields(self) -> Columns:
        return {"": ScaledDecimalField(scale=self.scale, null=True)}

    def to_json(self, value: Any) -> Any:
        return None if value is None else short(value)

    def from_json(self, value: Any) -> Any:
        return None if value is None else D(value)

    def parse(self, raw: Any, ctx: Context) -> D | None:
        if type(raw) is str and self.places >= 2 and _CENTS(raw):  # one reading in every language
            number = D(raw)
            if self.min <= number <= self.max:
                return number
        read = read_number(raw, ctx)
        return None if read is None else self.checked(read)

    def checked(self, number: D) -> D:
        if number < self.min:
            raise Fault("too_small", {"min": short(self.min)})
        if number > self.max:
            raise Fault("too_big", {"max": short(self.max)})
        if decimals(number) > self.places:
            raise Fault("too_many_decimals", {"max": self.places})
        return number

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else show_number(value, ctx.language)

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString("" if value is None else f'<bdi class="tnum">{escape(self.text(value, ctx))}</bdi>')

    def edit_text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else localised(short(value), *separators(ctx.language))

    def export(self, value: Any, ctx: Context) -> Any:
        return "" if value is None else unambiguous(short(value))

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        shown = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        return input_box(self, shown, id=id, invalid=invalid, describedby=describedby, inputmode="decimal")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,4})?$"}


class Percent(Decimal):
    """A share from 0 to 100, shown with its sign: ``25 %``."""

    key = "percent"

    def __init__(self, label: Label, *, min: D | int = 0, max: D | int = 100, places: int = 4, **common: Any) -> None:  # noqa: A002
        super().__init__(label, places=places, min=min, max=max, **common)

    def parse(self, raw: Any, ctx: Context) -> D | None:
        if type(raw) is str and not ctx.strict:
            raw = raw.strip().removesuffix("%")
        return super().parse(raw, ctx)

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else show_number(value, ctx.language) + "\u00a0%"


class Progress(Percent):
    """A share of something that is being done, drawn as a bar."""

    def html(self, value: Any, ctx: Context) -> SafeString:
        if value is None:
            return SafeString("")
        return SafeString(
            '<span class="progress-value"><svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" '
            f'aria-hidden="true"><rect class="rest" width="100" height="6"/><rect class="part" '
            f'width="{float(value):.0f}" height="6"/></svg>{super().html(value, ctx)}</span>'
        )


def short(number: D) -> str:
    """Plain digits without trailing zeros or exponent."""
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def decimals(number: D) -> int:
    """How many decimals the number needs."""
    exponent = int(number.as_tuple().exponent)
    return 0 if exponent >= 0 else max(0, -int(number.normalize().as_tuple().exponent))

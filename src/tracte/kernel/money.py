"""Money: an exact amount in one currency, read from what people write and shown as they expect."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.core import get_global
from babel.numbers import format_currency, get_decimal_symbol, get_group_symbol

from tracte.kernel.locales import locale_of


class MixedCurrencies(ValueError):
    """Two amounts in different currencies were added or compared; convert one first."""


def _current_currencies() -> dict[str, int]:
    fractions = get_global("currency_fractions")
    default = fractions["DEFAULT"][0]
    codes = {
        code
        for uses in get_global("territory_currencies").values()
        for code, _start, end, tender in uses
        if end is None and tender
    }
    return {code: fractions.get(code, (default,))[0] for code in sorted(codes)}


CURRENCIES: dict[str, int] = _current_currencies()
"""ISO 4217 codes in use today, with the digits of their minor unit (EUR 2, JPY 0, TND 3)."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency. Arithmetic and order exist within one currency only.

    :raises MixedCurrencies: when amounts of two currencies meet.
    """

    amount: Decimal
    currency: str

    def _same(self, other: "Money") -> Decimal:
        if self.currency != other.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency}")
        return other.amount

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        return Money(self.amount * factor, self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def rounded(self) -> "Money":
        """The amount in whole minor units, halves to even."""
        return Money(self.amount.quantize(minor_unit(self.currency)), self.currency)


_UNITS = {digits: Decimal(1).scaleb(-digits) for digits in range(5)}


def minor_unit(currency: str) -> Decimal:
    """The smallest coin: ``Decimal("0.01")`` for EUR, ``Decimal("1")`` for JPY."""
    return _UNITS[CURRENCIES.get(currency, 2)]


# -- reading ---------------------------------------------------------------------------------------------------------
SYMBOLS = {
    "€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₺": "TRY", "₴": "UAH",
    "₪": "ILS", "₩": "KRW", "zł": "PLN", "lei": "RON", "leu": "RON", "kč": "CZK", "ft": "HUF", "fr.": "CHF",
    "r$": "BRL",
    "ca$": "CAD", "a$": "AUD", "nz$": "NZD", "hk$": "HKD", "mx$": "MXN", "$us": "USD", "$ca": "CAD", "£gb": "GBP",
    "euro": "EUR", "euros": "EUR",
}  # fmt: skip
_DOLLARS = frozenset({"AUD", "ARS", "BSD", "CAD", "CLP", "COP", "HKD", "MXN", "NZD", "SGD", "TWD", "UYU", "USD"})
_CLEAN = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,2})?\Z").match
_MARK = r"[^\W\d_]{2,5}|[^\W\d_]{0,2}[$€£¥₹₽₺₴₪₩](?:us|ca|gb)?|fr\."
_MARKED = re.compile(
    rf"(?P<pre>{_MARK})?\s*(?P<num>[-+−]?\s*[0-9.,][0-9.,'’\s]*[-−]?)\s*(?P<post>{_MARK})?\Z", re.I
).match
_SPACES = re.compile(r"[\s'’]")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[\s'’.,][0-9]{2,3})*[\s'’.,][0-9]{3}\Z").match
MAX_TEXT = 64


def parse_amount(text: str, language: str = "en", currency: str | None = None) -> tuple[Decimal, str | None]:
    """The number and the currency in what a person wrote: ``$22,247.63``, ``1.234,56 €``, ``(123.45)``, ``EUR 12``.

    :param language: decides the one ambiguous form, ``1.234``: a thousand in Catalan, one and a bit in English.
    :param currency: expected currency; ``$`` means it when it is a dollar or peso, else USD.
    :returns: the amount, and the ISO code when the text names a currency.
    :raises ValueError: when it is no amount.
    """
    if _CLEAN(text):
        return Decimal(text), None
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise ValueError("not an amount")
    negative = False
    if text[:1] == "(" and text[-1:] == ")":
        negative, text = True, text[1:-1].strip()
    if text[:1] in "-−" and text[:1]:
        negative, text = not negative, text[1:].lstrip()
        if text[:1] in ("-", "−", "+"):
            raise ValueError("not an amount")
    found = _MARKED(text)
    if not found or (found["pre"] and found["post"]):
        raise ValueError("not an amount")
    mark = found["pre"] or found["post"]
    code = currency_of(mark, currency) if mark else None
    number = found["num"].strip()
    if number[-1] in "-−":
        negative, number = not negative, number[:-1].rstrip()
    if number[:1] in ("-", "−", "+"):
        negative, number = negative != (number[0] != "+"), number[1:].lstrip()
    amount = Decimal(plain_number(number, language))
    return (-amount if negative else amount), code


def currency_of(mark: str, expected: str | None = None) -> str:
    """The ISO 4217 code of a symbol or code as written (``€``, ``eur``, ``US$``).

    :raises ValueError: when it names no currency.
    """
    code = mark.upper()
    if code in CURRENCIES:
        return code
    if mark == "$" and expected in _DOLLARS:
        return expected
    known = SYMBOLS.get(mark) or SYMBOLS.get(mark.lower()) or SYMBOLS.get(code)
    if known is None:
        raise ValueError("not a currency")
    return known


def plain_number(text: str, language: str = "en") -> str:
    """Digits with at most one point, from digits with any separators.

    :raises ValueError: when separators stand where no number has them.
    """
    points, commas = text.count("."), text.count(",")
    whole, mark, fraction = text, "", ""
    if points and commas:
        mark = "." if text.rindex(".") > text.rindex(",") else ","
    elif points == 1 or commas == 1:
        one = "." if points else ","
        before, _, after = text.partition(one)
        grouping = len(after) == 3 and 1 <= len(before) <= 3 and before.isdigit() and before[0] != "0"
        if not grouping or one == separators(language)[0]:
            mark = one
    if mark:
        whole, _, fraction = text.rpartition(mark)
        if mark in whole or (fraction and not fraction.isdigit()) or not (whole or fraction):
            raise ValueError("not a number")
    if whole and not whole.isdigit():
        if not _GROUPED(whole) or len(set(_SPACES.sub(" ", whole)) - set("0123456789")) > 1:
            raise ValueError("not a number")
        whole = re.sub(r"[^0-9]", "", whole)
    return f"{whole or '0'}.{fraction or '0'}" if mark else whole


@lru_cache(maxsize=64)
def separators(language: str) -> tuple[str, str]:
    """The decimal mark and the thousands mark people of ``language`` write."""
    locale = locale_of(language)
    return get_decimal_symbol(locale), get_group_symbol(locale)


def unambiguous(text: str) -> str:
    """A number with a point that nobody takes for thousands: ``1.234`` becomes ``1.2340``."""
    return text + "0" if text[-4:-3] == "." else text


# -- showing ---------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=1024)
def _frame(language: str, currency: str) -> tuple[str, str, str, str, str, str]:
    """What stands around the digits: positive before/after, negative before/after, decimal and thousands mark."""
    locale: Locale = locale_of(language)
    frames: list[str] = []
    for amount in (7, -7):
        shown = format_currency(amount, currency, format=_standard(locale), locale=locale, currency_digits=False)
        before, _, after = shown.partition("7")
        frames += [before, after]
    decimal, group = separators(language)
    return frames[0], frames[1], frames[2], frames[3], decimal, group


def _standard(locale: Locale) -> str:
    pattern: Any = locale.currency_formats["standard"]
    text: str = pattern.pattern
    return re.sub(r"[#0][#0,.]*", "0", text)


def show_money(money: Money, language: str, digits: str | int = "auto") -> str:
    """The amount as people of ``language`` write it: ``€186,400`` or ``186.400 €``.

    :param digits: decimals; ``"auto"`` shows none for a whole amount, else the currency's minor digits or more.
    """
    before, after, minus_before, minus_after, decimal, group = _frame(language, money.currency)
    amount = money.amount
    if digits == "auto":
        if amount == amount.to_integral_value():
            places = 0
        else:
            kept = -int(amount.normalize().as_tuple().exponent)
            places = max(CURRENCIES.get(money.currency, 2), min(kept, 4))
    else:
        places = int(digits)
    text = localised(f"{abs(amount):,.{places}f}", decimal, group)
    return f"{minus_before}{text}{minus_after}" if amount < 0 else f"{before}{text}{after}"


def localised(text: str, decimal: str, group: str) -> str:
    """A number written ``1,234.5`` with other marks."""
    if decimal == "." and group == ",":
        return text
    return text.replace(",", "\0").replace(".", decimal).replace("\0", group)


def show_number(number: Decimal | int, language: str, places: int | None = None) -> str:
    """A number as people of ``language`` write it.

    :param places: decimals shown; without it trailing zeros are dropped.
    """
    decimal, group = separators(language)
    if places is None:
        text = f"{number:,f}" if isinstance(number, Decimal) else f"{number:,}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    else:
        text = f"{number:,.{places}f}"
    return localised(text, decimal, group)

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel.money import (
    CURRENCIES,
    MixedCurrencies,
    Money,
    currency_of,
    localised,
    parse_amount,
    separators,
    show_money,
    show_number,
)

amounts = st.decimals(-(10**12), 10**12, places=2, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$22,247.63", "22247.63", "USD"),
        ("1.234,56 €", "1234.56", "EUR"),
        ("1 234,56", "1234.56", None),
        ("1\u202f234,56", "1234.56", None),
        ("1'234.56", "1234.56", None),
        ("(123.45)", "-123.45", None),
        ("EUR 12", "12", "EUR"),
        ("-5", "-5", None),
        ("5-", "-5", None),
        ("-$5", "-5", "USD"),
        ("12 lei", "12", "RON"),
        ("1,234,567", "1234567", None),
        ("12,34,567.00", "1234567", None),
        (".5", "0.5", None),
    ],
)
@pytest.mark.parametrize("language", ["en", "ca"])
def test_amounts_are_read_however_they_are_written(text: str, amount: str, currency: str | None, language: str) -> None:
    assert parse_amount(text, language) == (Decimal(amount), currency)


def test_the_language_decides_the_ambiguous_form() -> None:
    assert parse_amount("1.234", "en")[0] == Decimal("1.234")
    assert parse_amount("1.234", "ca")[0] == 1234
    assert parse_amount("1,234", "en")[0] == 1234
    assert parse_amount("1,234", "ca")[0] == Decimal("1.234")


def test_a_dollar_sign_is_the_expected_dollar() -> None:
    assert currency_of("$", "CAD") == "CAD"
    assert currency_of("$", "EUR") == "USD"


@pytest.mark.parametrize(
    "text", ["", "-", "--5", "1.23.4", "1 2", "abc", "kr 5", "1e5", "NaN", "Infinity", "$5€", "1" * 65, "1,2,3", "٣"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_amount(text)


@given(amounts, st.sampled_from(["en", "ca", "es", "ro", "de", "fr"]), st.sampled_from(["EUR", "USD", "RON", "GBP"]))
def test_an_amount_shown_is_read_back(amount: Decimal, language: str, currency: str) -> None:
    shown = show_money(Money(amount, currency), language)
    assert parse_amount(shown, language)[0] == amount


@given(st.text(max_size=80), st.sampled_from(["en", "ca"]))
def test_any_text_is_an_amount_or_refused(text: str, language: str) -> None:
    try:
        amount, currency = parse_amount(text, language)
    except ValueError:
        return
    assert amount.is_finite()
    assert currency is None or currency in CURRENCIES


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        ("186400", "EUR", "en", "€186,400"),
        ("186400.50", "EUR", "en", "€186,400.50"),
        ("186400", "EUR", "ca", "186.400\u00a0€"),
        ("186400.50", "EUR", "es", "186.400,50\u00a0€"),
        ("186400.50", "RON", "ro", "186.400,50\u00a0RON"),
        ("-1234.5", "EUR", "en", "-€1,234.50"),
        ("12", "JPY", "en", "¥12"),
        ("5.1234", "USD", "en", "$5.1234"),
    ],
)
def test_money_is_shown_as_people_write_it(amount: str, currency: str, language: str, shown: str) -> None:
    assert show_money(Money(Decimal(amount), currency), language) == shown


def test_money_of_one_currency_adds_and_compares() -> None:
    two, three = Money(Decimal(2), "EUR"), Money(Decimal(3), "EUR")
    assert two + three == Money(Decimal(5), "EUR")
    assert three - two == Money(Decimal(1), "EUR")
    assert two * 3 == Money(Decimal(6), "EUR") == 3 * two
    assert -two < two < three
    assert not Money(Decimal(0), "EUR")


def test_money_of_two_currencies_never_meets() -> None:
    euro, dollar = Money(Decimal(1), "EUR"), Money(Decimal(1), "USD")
    with pytest.raises(MixedCurrencies):
        _ = euro + dollar
    with pytest.raises(MixedCurrencies):
        _ = euro < dollar
    assert euro != dollar


def test_rounding_keeps_whole_minor_units() -> None:
    assert Money(Decimal("1.005"), "EUR").rounded().amount == Decimal("1.00")
    assert Money(Decimal("1.5"), "JPY").rounded().amount == 2


def test_currencies_know_their_minor_digits() -> None:
    assert (CURRENCIES["EUR"], CURRENCIES["JPY"], CURRENCIES["TND"]) == (2, 0, 3)
    assert "ITL" not in CURRENCIES


def test_numbers_are_shown_without_needless_zeros() -> None:
    assert show_number(Decimal("1234.5000"), "en") == "1,234.5"
    assert show_number(1234, "ca") == "1.234"
    assert show_number(Decimal("2"), "en", 2) == "2.00"
    assert localised("1,234.5", *separators("de")) == "1.234,5"

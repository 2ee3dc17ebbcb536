"""Telephone numbers, e-mail addresses and VAT numbers."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel import email, phone, vat


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+34937412880", "+34937412880"),
        ("937 41 28 80", "+34937412880"),
        ("0034 937412880", "+34937412880"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+4402079460958", "+442079460958"),
        ("+1 212 555 0100 ext 12", "+12125550100;ext=12"),
    ],
)
def test_numbers_are_kept_in_e164(text: str, kept: str) -> None:
    assert phone.normalise(text, "ES") == kept
    assert phone.normalise(kept, "FR") == kept


@pytest.mark.parametrize("text", ["", "abc", "12", "+34 937", "+3493741288", "+999123456789", "9" * 61])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a phone"):
        phone.normalise(text, "ES")


def test_numbers_are_shown_without_prefix_at_home_only() -> None:
    assert phone.show("+34937412880", "ES") == "937 41 28 80"
    assert phone.show("+34937412880", "RO") == "+34 937 41 28 80"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("nuria@firm.com", "nuria@firm.com"),
        ("Nuria.Ferrer@FIRM.com", "Nuria.Ferrer@firm.com"),
        (" mailto:a@b.co ", "a@b.co"),
        ("x@müller.de", "x@xn--mller-kva.de"),
    ],
)
def test_addresses_keep_their_name_and_lower_their_domain(text: str, kept: str) -> None:
    assert email.normalise(text) == kept
    assert email.normalise(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "@b.com",
        "a@.com",
        "a..b@c.de",
        ".a@c.de",
        "a b@c.de",
        "a@b.com, c@d.com",
        "a@-b.com",
        "a" * 65 + "@b.com",
        "a@" + "b" * 250 + ".com",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail"):
        email.normalise(text)


def test_a_foreign_domain_is_shown_in_its_script() -> None:
    assert email.show("x@xn--mller-kva.de") == "x@müller.de"


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (email.normalise, lambda t: phone.normalise(t, "ES"), lambda t: vat.check(t, "ES")):
        with suppress(ValueError):
            assert read(text)


@pytest.mark.parametrize(
    ("text", "region", "kept"),
    [
        ("B58378431", "ES", "ESB58378431"),
        ("ES B-58378431", "RO", "ESB58378431"),
        ("18547290", "RO", "RO18547290"),
        ("RO 18547290", "ES", "RO18547290"),
        ("DE136695976", "ES", "DE136695976"),
        ("EL094259216", "ES", "EL094259216"),
    ],
)
def test_vat_numbers_carry_their_country(text: str, region: str, kept: str) -> None:
    assert vat.check(text, region) == kept
    assert vat.check(kept, "FR") == kept


@pytest.mark.parametrize("text", ["ESB6541298", "B65412988", "12345", "", "DE136695977", "x" * 41])
def test_vat_numbers_that_fail_their_rules_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="bad_vat"):
        vat.check(text, "ES")

"""Telephone numbers: kept in E.164 (ITU-T), shown as people of the region write them."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber, PhoneNumberFormat

_CLEAN = re.compile(r"\+[1-9][0-9]{6,14}\Z").match
_DIGITS = re.compile(r"[0-9]")
MAX_TEXT = 60


@lru_cache(maxsize=1_024)
def _lengths(code: str) -> frozenset[int] | None:
    """Whole lengths, ``+`` included, of the numbers of a country calling code; ``None`` when there is no such code."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if regions is None:
        return None
    sizes: set[int] = set()
    for region in regions:
        if region == "001":
            metadata = PhoneMetadata.metadata_for_nongeo_region(int(code))
        else:
            metadata = PhoneMetadata.metadata_for_region(region)
        if metadata is not None and metadata.general_desc is not None:
            sizes.update(metadata.general_desc.possible_length)
    return frozenset(1 + len(code) + size for size in sizes)


def normalise(text: str, region: str) -> str:
    """The number in E.164, with ``;ext=`` (RFC 3966) when it has an extension.

    :param region: ISO 3166 country taken for a number without prefix.
    :raises ValueError: when no number of that country has this form.
    """
    if _CLEAN(text):
        size = len(text)
        for end in (3, 4, 2):
            sizes = _lengths(text[1:end])
            if sizes is not None:
                if size in sizes:
                    return text
                break
    return _read(text, region)


def _read(text: str, region: str) -> str:
    if len(text) > MAX_TEXT or len(_DIGITS.findall(text)) < 3:
        raise ValueError("not a phone number")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise ValueError("not a phone number") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("not a phone number")
    kept = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{kept};ext={number.extension}" if number.extension else kept


def _number(e164: str) -> PhoneNumber | None:
    """The parts of a number in E.164; the library's own reader takes half the time of showing it."""
    if _CLEAN(e164):
        for end in (3, 4, 2):
            if _lengths(e164[1:end]) is not None:
                rest = e164[end:]
                zeros = len(rest) - len(rest.lstrip("0"))
                return PhoneNumber(
                    country_code=int(e164[1:end]),
                    national_number=int(rest or 0),
                    italian_leading_zero=bool(zeros) or None,
                    number_of_leading_zeros=zeros if zeros > 1 else None,
                )
    try:
        return phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None


@lru_cache(maxsize=32_768)
def show(e164: str, region: str) -> str:
    """The number as people of ``region`` write it: without prefix at home, with it abroad."""
    number = _number(e164)
    if number is None:
        return e164
    home = phonenumbers.region_code_for_country_code(number.country_code or 0) == region
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)

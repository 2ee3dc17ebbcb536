"""Telephone numbers: kept in E.164 (ITU-T), shown as people of the region write them."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberFormat

_CLEAN = re.compile(r"\+[1-9][0-9]{6,14}\Z").match
_DIGITS = re.compile(r"[0-9]")
MAX_TEXT = 60


@lru_cache(maxsize=1)
def _lengths() -> dict[str, frozenset[int]]:
    """Country calling code to the whole lengths, ``+`` included, its numbers may have."""
    found: dict[str, frozenset[int]] = {}
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        sizes: set[int] = set()
        for region in regions:
            if region == "001":
                metadata = PhoneMetadata.metadata_for_nongeo_region(code)
            else:
                metadata = PhoneMetadata.metadata_for_region(region)
            if metadata is not None and metadata.general_desc is not None:
                sizes.update(metadata.general_desc.possible_length)
        found[str(code)] = frozenset(1 + len(str(code)) + size for size in sizes)
    return found


def normalise(text: str, region: str) -> str:
    """The number in E.164, with ``;ext=`` (RFC 3966) when it has an extension.

    :param region: ISO 3166 country taken for a number without prefix.
    :raises ValueError: when no number of that country has this form.
    """
    if _CLEAN(text):
        lengths = _lengths()
        size = len(text)
        for end in (3, 4, 2):
            sizes = lengths.get(text[1:end])
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


@lru_cache(maxsize=32_768)
def show(e164: str, region: str) -> str:
    """The number as people of ``region`` write it: without prefix at home, with it abroad."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    home = phonenumbers.region_code_for_country_code(number.country_code or 0) == region
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)

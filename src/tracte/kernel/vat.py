"""VAT and tax numbers of firms, checked by the rules of their country (checksums by python-stdnum)."""

import re
from types import ModuleType

from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

_NOISE = re.compile(r"[\s.\-/_:]+")
_PLAIN = re.compile(r"[A-Z0-9]{4,20}\Z").match
_PREFIX = {"GR": "EL"}


def _rules(country: str) -> ModuleType | None:
    if not re.fullmatch(r"[A-Z]{2}", country):
        return None
    try:
        found = get_cc_module(country.lower(), "vat")
    except (ImportError, ValueError):
        return None
    return found if isinstance(found, ModuleType) else None


def check(text: str, region: str) -> str:
    """The number with its country's prefix and without spaces: ``ESB65412988``, ``RO18547290``.

    :param region: ISO 3166 country taken for a number without prefix.
    :raises ValueError: with the code ``bad_vat`` when the number fails the rules of its country.
    """
    if len(text) > 40:
        raise ValueError("bad_vat")
    number = _NOISE.sub("", text).upper()
    if not _PLAIN(number):
        raise ValueError("bad_vat")
    home = _PREFIX.get(region, region)
    named = number[:2]
    for country, rest in ((named, number[2:]), (home, number)):
        rules = _rules("GR" if country == "EL" else country)
        if rules is None:
            continue
        try:
            valid: str = rules.validate(rest)
        except ValidationError:
            continue
        return valid if valid.startswith(country) else country + valid
    if (_rules(region) is None or region == "") and (_rules(named) is None or not named.isalpha()):
        return number  # a country whose rules nobody wrote down
    raise ValueError("bad_vat")

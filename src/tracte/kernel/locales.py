"""Locale data by the language codes Django uses."""

from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """Locale data of ``language`` (``ca``, ``en-gb``); English when there is none."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        try:
            return Locale.parse(language.partition("-")[0])
        except (UnknownLocaleError, ValueError):
            return Locale("en")

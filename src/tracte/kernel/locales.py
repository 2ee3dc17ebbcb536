"""Locale data by the language codes Django uses."""

from collections.abc import Sequence
from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError
from babel.lists import format_list


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


def and_list(words: Sequence[str], language: str) -> str:
    """Words as a list within a sentence: ``Anna, Berta and Carles``."""
    return str(format_list(list(words), locale=locale_of(language))) if words else ""

"""Names of persons written in one cell: which part is the first name, which the last."""

import re

# Words that belong to the family name behind them (nobiliary and patronymic particles).
_PARTICLES = """
af al am auf av ben bin da das de dei del dela della den der des di do dos du el la las le los mac mc san
santa st ten ter tot van vander vom von y zu zum zur
"""
_TITLES = "mr mrs ms miss dr prof sr sra srta d dña dn herr frau ing mag dl dna mme mlle m sir"
PARTICLES, TITLES = frozenset(_PARTICLES.split()), frozenset(_TITLES.split())
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "mba"})


def split_name(text: str) -> tuple[str, str]:
    """First and last name of a person written in one cell.

    ``Last, First`` is read as such. Otherwise the last word is the last name, with the particles before it
    (``Ludwig van Beethoven``); titles before and suffixes behind are left out. One word alone is a last name.

    >>> split_name("Prof. Ludwig van Beethoven")
    ('Ludwig', 'van Beethoven')
    """
    behind, comma, before = (part.strip() for part in text.partition(","))
    if comma and before and _bare(before) not in SUFFIXES:
        return " ".join(_without_titles(before.split())), behind
    words = _without_titles((behind if comma else text).split())
    while len(words) > 2 and _bare(words[-1]) in SUFFIXES:
        words.pop()
    if len(words) < 2:
        return "", " ".join(words)
    start = len(words) - 1
    while start > 1 and words[start - 1].casefold() in PARTICLES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def _without_titles(words: list[str]) -> list[str]:
    while len(words) > 1 and _bare(words[0]) in TITLES and (words[0].endswith(".") or len(words) > 2):
        words = words[1:]
    return words


def _bare(word: str) -> str:
    return re.sub(r"[.ºª]", "", word).casefold()


def part_of_name(part: str, text: str) -> str | None:
    """The ``first`` or the ``last`` name in a cell."""
    first, last = split_name(text)
    return (first if part == "first" else last) or None

"""Folding: the form of a text in which search and matching compare it.

Lower case, without accents, ligatures spelt out, typographic quotes and dashes made plain. Two steps that PostgreSQL
repeats exactly, ``translate(replace(replace(x, …)), FOLD_FROM, FOLD_TO)``: so an index and Python always agree.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

FOLD_MULTI: tuple[tuple[str, str], ...] = (
    ("ß", "ss"), ("ẞ", "ss"), ("æ", "ae"), ("Æ", "ae"), ("ǽ", "ae"), ("Ǽ", "ae"), ("ǣ", "ae"), ("Ǣ", "ae"),
    ("œ", "oe"), ("Œ", "oe"), ("þ", "th"), ("Þ", "th"), ("ĳ", "ij"), ("Ĳ", "ij"),
    ("ﬀ", "ff"), ("ﬁ", "fi"), ("ﬂ", "fl"), ("ﬃ", "ffi"), ("ﬄ", "ffl"),
)  # fmt: skip
"""Single characters that become several; applied first, in this order."""

_PLAIN = {
    **dict(zip("łŁøØǿǾđĐðÐħĦŧŦıŀĿəƏŋŊſς", "llooooddddhhttilleennsσ", strict=True)),
    **dict.fromkeys("’‘‛ʼʻ´`", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\t\n\r", " "),
}
_DROPPED = "·\u0387\u00ad\u200b\u200c\u200d\u2060\ufeff"
_LETTERS = (
    (0x0041, 0x024F), (0x0370, 0x058F), (0x1D00, 0x1DBF), (0x1E00, 0x1FFF),
    (0x2C60, 0x2C7F), (0xA640, 0xA69F), (0xA720, 0xA7FF), (0xFF21, 0xFF5A),
)  # fmt: skip
_MARKS = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))


def _bare(letter: str) -> str:
    """The lower-case letter without its accents."""
    form: Literal["NFD", "NFKD"] = "NFKD" if letter >= "\uff21" else "NFD"
    for _ in range(2):  # a capital may only show its plain letter once lowered
        letter = "".join(c for c in unicodedata.normalize(form, letter) if not unicodedata.combining(c))
        letter = "".join(_PLAIN.get(c, c) for c in letter.lower())
    return letter


def _singles() -> Iterator[tuple[str, str]]:
    several = {one for one, _ in FOLD_MULTI}
    for first, last in _LETTERS:
        for point in range(first, last + 1):
            letter = chr(point)
            bare = _bare(letter)
            if len(bare) == 1 and bare != letter and letter not in several and letter not in _PLAIN:
                yield letter, bare
    yield from _PLAIN.items()


def _dropped() -> str:
    marks = "".join(chr(point) for first, last in _MARKS for point in range(first, last + 1))
    return marks + _DROPPED


_MAP = dict(_singles())
for _gone in _dropped():
    _MAP.pop(_gone, None)
FOLD_TO: str = "".join(_MAP.values())
"""What the first characters of :data:`FOLD_FROM` become, one for one."""
FOLD_FROM: str = "".join(_MAP) + _dropped()
"""Characters that change; those beyond the length of :data:`FOLD_TO` are dropped."""

_TABLE: dict[int, str | None] = {ord(a): b for a, b in _MAP.items()} | dict.fromkeys(map(ord, _dropped()))
_ANY_MULTI = re.compile("[" + "".join(one for one, _ in FOLD_MULTI) + "]").search
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """``text`` as search compares it: ``Àngel Œuvre`` becomes ``angel oeuvre``. Folding twice changes nothing."""
    if text.isascii():
        if text.isprintable() and "`" not in text:
            return text.lower()
    elif _ANY_MULTI(text):
        for one, several in FOLD_MULTI:
            if one in text:
                text = text.replace(one, several)
    return text.translate(_TABLE)


def words(text: str) -> list[str]:
    """The folded words of ``text``: runs of letters and digits."""
    return _WORD.findall(fold(text))


def like_escape(text: str) -> str:
    """``text`` with LIKE's wildcards made literal (escape character ``\\``)."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

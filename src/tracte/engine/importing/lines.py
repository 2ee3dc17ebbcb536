"""Lines of a text file whose encoding nobody states, in bounded memory, with the lines that cannot be read named."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tracte.kernel.problems import Fault

BLOCK = 256 * 1024
MAX_LINE = 1024 * 1024  # characters; longer lines are dropped and named
MAX_SCAN = 64 * 1024 * 1024  # bytes looked at to tell encodings apart
KEPT_OF_A_BAD_LINE = 500  # characters shown in the report

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPED = re.compile("[\udc80-\udcff]")  # bytes that are no text, as Python carries them
_REPLACED = re.compile("\ufffd")  # the same where an encoding has no bytes to carry

Line = tuple[str, Fault | None]


def detect_encoding(path: Path) -> str:
    """The Python name of the encoding a text file is most likely in.

    A byte order mark decides; then zero bytes (UTF-16); then whether more lines are UTF-8 than are not, so that one
    spoilt line does not turn a whole UTF-8 file into Windows-1252.
    """
    with path.open("rb") as file:
        head = file.read(BLOCK)
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name
        if wide := _without_mark(head):
            return wide
        file.seek(0)
        return "utf-8" if _all_utf8(file) or _mostly_utf8(file) else "cp1252"


def _without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: every second byte of Latin text is zero."""
    pairs = max(len(head) // 2, 1)
    if head[1::2].count(0) > 0.6 * pairs and head[0::2].count(0) < 0.1 * pairs:
        return "utf-16-le"
    if head[0::2].count(0) > 0.6 * pairs and head[1::2].count(0) < 0.1 * pairs:
        return "utf-16-be"
    return None


def _all_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for _ in range(MAX_SCAN // BLOCK):
            block = file.read(BLOCK)
            decoder.decode(block, final=not block)
            if not block:
                return True
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(file: BinaryIO) -> bool:
    good = bad = 0
    file.seek(0)
    while file.tell() < MAX_SCAN and (line := file.readline(MAX_LINE)):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
    return good > bad


def read_lines(path: Path, encoding: str) -> Iterator[Line]:
    """Lines without their ends, each with what is wrong with it or ``None``.

    A carriage return before the line feed is left in place: it may belong to a quoted cell.

    :raises LookupError: for an encoding Python does not know.
    """
    bytewise = encoding in _BYTEWISE
    decoder = codecs.getincrementaldecoder(encoding)(errors="surrogateescape" if bytewise else "replace")
    damage = _ESCAPED if bytewise else _REPLACED
    with path.open("rb") as file:
        rest, dropping, mac = "", False, None
        while True:
            block = file.read(BLOCK)
            text = decoder.decode(block, final=not block)
            if mac is None:
                mac = "\r" in text and "\n" not in text and "\r\n" not in text
            if mac:
                text = text.replace("\r", "\n")
            *whole, rest = (rest + text).split("\n")
            spoilt = not text.isascii() and damage.search(text) is not None
            suspect = spoilt or "\0" in text or len(rest) > MAX_LINE or dropping
            for line in whole:
                if dropping:
                    dropping = False
                    yield _too_long(line)
                elif suspect or len(line) > MAX_LINE:
                    yield _judged(line, damage)
                else:
                    yield line, None
            if len(rest) > MAX_LINE:
                dropping, rest = True, rest[:KEPT_OF_A_BAD_LINE]
            elif dropping:
                rest = rest[:KEPT_OF_A_BAD_LINE]
            if not block:
                break
        if rest:
            yield _too_long(rest) if dropping else _judged(rest, damage)


_BYTEWISE = frozenset(
    {"utf-8", "utf-8-sig", "ascii", "cp1252", "latin-1", "iso-8859-1", "iso-8859-15", "cp1250", "mac-roman"}
)


def _too_long(line: str) -> Line:
    return line[:KEPT_OF_A_BAD_LINE], Fault("line_too_long", {"max": MAX_LINE})


def _judged(line: str, damage: re.Pattern[str]) -> Line:
    if len(line) > MAX_LINE:
        return _too_long(line)
    if "\0" in line:
        return line, Fault("nul_character")
    if not line.isascii() and damage.search(line):
        return _ESCAPED.sub("\ufffd", line), Fault("bad_encoding")
    return line, None


def count_lines(path: Path) -> int:
    """Line feeds in a file: a quick estimate of its rows."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))

"""Where each key of a TOML text stands, so that a mistake is named with its line.

The standard parser gives values without positions. This scanner reads a text that the parser has already accepted, so
it only needs to tell keys from values.
"""

import re
import tomllib
from collections.abc import Iterator

Path = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRINGS = re.compile(r"\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'", re.DOTALL)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.end = text, 0, len(text)
        self.lines: dict[Path, int] = {(): 1}
        self.counts: dict[Path, int] = {}
        self.line, self.counted = 1, 0

    def line_here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def skip(self, blanks: str) -> None:
        """Past blanks and comments."""
        while self.at < self.end:
            char = self.text[self.at]
            if char == "#":
                stop = self.text.find("\n", self.at)
                self.at = self.end if stop < 0 else stop
            elif char in blanks:
                self.at += 1
            else:
                return

    def string(self) -> str:
        found = _STRINGS.match(self.text, self.at)
        if found is None:
            raise ValueError("not a string")
        self.at = found.end()
        return found.group()

    def key(self) -> list[str]:
        """A dotted key."""
        parts: list[str] = []
        while True:
            self.skip(" \t")
            if self.text[self.at] in "\"'":
                quoted = self.string()
                parts.append(tomllib.loads("k = " + quoted)["k"])
            else:
                found = _BARE.match(self.text, self.at)
                if found is None:
                    raise ValueError("not a key")
                self.at = found.end()
                parts.append(found.group())
            self.skip(" \t")
            if self.text[self.at : self.at + 1] != ".":
                return parts
            self.at += 1

    def note(self, prefix: Path, key: list[str], line: int) -> Path:
        path = prefix
        for part in key:
            path = (*path, part)
            if path in self.counts:  # a table inside an array of tables belongs to the array's last entry
                self.lines.setdefault(path, line)
                path = (*path, self.counts[path] - 1)
            self.lines.setdefault(path, line)
        return path

    def header(self) -> Path:
        """``[a.b]`` or ``[[a.b]]``; gives the path that the following keys belong to."""
        line = self.line_here()
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        key = self.key()
        self.at += 2 if array else 1
        if not array:
            return self.note((), key, line)
        parent = self.note((), key[:-1], line)
        path: Path = (*parent, key[-1])
        self.lines.setdefault(path, line)
        self.counts[path] = self.counts.get(path, 0) + 1
        entry = (*path, self.counts[path] - 1)
        self.lines[entry] = line
        return entry

    def value(self, path: Path) -> None:
        self.skip(" \t\r\n")
        char = self.text[self.at]
        if char in "\"'":
            self.string()
        elif char == "{":
            self.inline_table(path)
        elif char == "[":
            self.array(path)
        else:
            while self.at < self.end and self.text[self.at] not in ",]}#\n":
                self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        while True:
            self.skip(" \t\r\n,")
            if self.text[self.at] == "}":
                self.at += 1
                return
            self.pair(path)

    def array(self, path: Path) -> None:
        self.at += 1
        for number in self._forever():
            self.skip(" \t\r\n,")
            if self.text[self.at] == "]":
                self.at += 1
                return
            entry: Path = (*path, number)
            self.lines.setdefault(entry, self.line_here())
            self.value(entry)

    @staticmethod
    def _forever() -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    def pair(self, prefix: Path) -> None:
        line = self.line_here()
        path = self.note(prefix, self.key(), line)
        self.at += 1  # the equals sign
        self.value(path)

    def run(self) -> dict[Path, int]:
        prefix: Path = ()
        while True:
            self.skip(" \t\r\n\ufeff")
            if self.at >= self.end:
                return self.lines
            if self.text[self.at] == "[":
                prefix = self.header()
            else:
                self.pair(prefix)


def lines_of(text: str) -> dict[Path, int]:
    """Line of every key and array entry of a valid TOML text by path: ``("file", 0, "columns", "sector")``."""
    scanner = _Scanner(text)
    try:
        return scanner.run()
    except (IndexError, ValueError):
        # Something rare the scanner does not follow: what it found so far still helps.
        return scanner.lines

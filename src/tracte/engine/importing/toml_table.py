"""Reading TOML tables key by key, with every mistake named by its line."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracte.engine.importing.spec import ScenarioError
from tracte.engine.importing.toml_lines import Path as KeyPath


@dataclass(frozen=True, slots=True)
class Source:
    """The scenario file, and where its keys stand."""

    where: str
    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int | None:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def error(self, path: KeyPath, message: str) -> ScenarioError:
        return ScenarioError(self.where, self.line(path), message)


class Table:
    """One TOML table, read key by key with its mistakes named."""

    def __init__(self, raw: Mapping[str, Any], path: KeyPath, source: Source) -> None:
        self.raw, self.path, self.source = raw, path, source

    @property
    def line(self) -> int | None:
        return self.source.line(self.path)

    def error(self, message: str, key: str | None = None) -> ScenarioError:
        return self.source.error(self.path if key is None else (*self.path, key), message)

    def only(self, known: Iterable[str], what: str) -> None:
        known = list(known)
        for key in self.raw:
            if key not in known:
                raise self.error(f"unknown key {key!r} in {what}{hint(key, known)}", key)

    def text(self, key: str, default: str | None = None) -> str | None:
        value = self.raw.get(key, default)
        if value is not None and (not isinstance(value, str) or value == ""):
            raise self.error(f"{key} must be text in quotes.", key)
        if value is not None and "\0" in value:
            raise self.error(f"{key} holds a null character; remove it.", key)
        return value

    def needed(self, key: str, what: str) -> str:
        value = self.text(key)
        if value is None:
            raise self.error(f'{what} needs {key} = "…".')
        return value

    def one_of(self, key: str, choices: Sequence[str], default: str) -> str:
        value = self.raw.get(key, default)
        if value not in choices:
            raise self.error(f"{key} must be one of {', '.join(choices)}, not {value!r}.", key)
        return str(value)

    def number(self, key: str, default: int, least: int, most: int) -> int:
        value = self.raw.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.error(f"{key} must be a whole number from {least} to {most}.", key)
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.raw.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"{key} must be true or false.", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; one text counts as a list of one."""
        value = self.raw.get(key, ())
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple) or not all(isinstance(item, str) and item for item in listed):
            raise self.error(f"{key} must be a text or a list of texts.", key)
        return tuple(listed)

    def table(self, key: str) -> "Table":
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            raise self.error(f"{key} must be a table.", key)
        return Table(value, (*self.path, key), self.source)

    def tables(self, key: str) -> list["Table"]:
        value = self.raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(f"write [[{key}]], once for each.", key)
        return [Table(item, (*self.path, key, number), self.source) for number, item in enumerate(value)]


def hint(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(known)}."

"""Writing a scenario: the TOML the wizard keeps, and people download, edit and run again."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z").match


def key(text: str) -> str:
    return text if _BARE(text) else value(text)


def value(found: Any) -> str:
    """One TOML value; JSON's strings are TOML's basic strings.

    :raises ValueError: for ``None`` in a list; in a mapping it counts as left out.
    """
    if isinstance(found, bool):
        return "true" if found else "false"
    if found is None:
        raise ValueError("null cannot stand in a list of a scenario; leave it out.")
    if isinstance(found, Decimal):
        text = format(found, "f")
        return text if "." in text else f"{text}.0"
    if isinstance(found, Mapping):
        kept = {name: inner for name, inner in found.items() if inner is not None}
        return "{ " + ", ".join(f"{key(name)} = {value(inner)}" for name, inner in kept.items()) + " }"
    if isinstance(found, list | tuple):
        return "[" + ", ".join(map(value, found)) + "]"
    return json.dumps(found, ensure_ascii=False).replace("\x7f", "\\u007f")


def lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{key(name)} = {value(found)}\n" for name, found in table.items() if found is not None)


def scenario_text(name: str, defaults: Mapping[str, Any], files: list[Mapping[str, Any]]) -> str:
    """The text of a scenario; each file is a mapping as TOML would give it."""
    return _text({"format": 1, "name": name}, defaults, files)


def whole_scenario(raw: Mapping[str, Any]) -> str:
    """The text of a scenario given as one object with the keys of the file. What does not belong there is kept, for the
    reader of scenarios to refuse.

    :raises ValueError: for what TOML cannot say; :raises UnicodeError: for half a character.
    """
    defaults, files = raw.get("defaults"), raw.get("file")
    top = dict(raw)
    if isinstance(defaults, Mapping):
        del top["defaults"]
    else:
        defaults = {}
    if isinstance(files, list) and files and all(isinstance(one, Mapping) for one in files):
        del top["file"]
    else:
        files = []
    text = _text(top, defaults, files)
    text.encode()
    return text


def _text(top: Mapping[str, Any], defaults: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> str:
    text = lines(top)
    if defaults:
        text += "\n[defaults]\n" + lines(defaults)
    for file in files:
        tables = {name: file[name] for name in ("match", "columns", "set") if isinstance(file.get(name), Mapping)}
        text += "\n[[file]]\n" + lines({name: inner for name, inner in file.items() if name not in tables})
        for name, inner in tables.items():
            if inner:
                text += f"[file.{name}]\n" + lines(inner)
    return text

"""Writing a scenario: the TOML the wizard keeps, and people download, edit and run again."""

import json
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z").match


def key(text: str) -> str:
    return text if _BARE(text) else json.dumps(text, ensure_ascii=False)


def value(found: Any) -> str:
    """One TOML value; JSON's strings are TOML's basic strings."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, Mapping):
        return "{ " + ", ".join(f"{key(name)} = {value(inner)}" for name, inner in found.items()) + " }"
    if isinstance(found, list | tuple):
        return "[" + ", ".join(map(value, found)) + "]"
    return json.dumps(found, ensure_ascii=False).replace("\x7f", "\\u007f")


def lines(table: Mapping[str, Any]) -> str:
    return "".join(f"{key(name)} = {value(found)}\n" for name, found in table.items())


def scenario_text(name: str, defaults: Mapping[str, Any], files: list[Mapping[str, Any]]) -> str:
    """The text of a scenario; each file is a mapping as TOML would give it."""
    text = f"format = 1\nname = {value(name)}\n"
    if defaults:
        text += "\n[defaults]\n" + lines(defaults)
    for file in files:
        tables = {name: inner for name, inner in file.items() if name in ("match", "columns", "set")}
        text += "\n[[file]]\n" + lines({name: inner for name, inner in file.items() if name not in tables})
        for name, inner in tables.items():
            if inner:
                text += f"[file.{name}]\n" + lines(inner)
    return text

"""Value lists that ship with the modules. Labels are translated; an administrator may relabel, add and retire
entries."""

from collections.abc import Sequence

from tracte.meta.kinds.base import Option

_lists: dict[str, dict[str, Option]] = {
    # Each in its own words, so that everybody finds the one they read.
    "language": {
        code: Option(code, name)
        for code, name in {"en": "English", "ca": "Català", "es": "Español", "ro": "Română"}.items()
    },
}


def declare_list(key: str, options: Sequence[Option]) -> None:
    """Ship a value list (called by a module at start-up)."""
    _lists[key] = {option.key: option for option in options}


def shipped_lists() -> dict[str, dict[str, Option]]:
    return _lists

"""Value lists that ship with the modules. Labels are translated; an administrator may relabel, add and retire
entries."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.meta.kinds.base import Option

_lists: dict[str, dict[str, Option]] = {
    "language": {"en": Option("en", _("English")), "ca": Option("ca", _("Catalan"))},
}


def declare_list(key: str, options: Sequence[Option]) -> None:
    """Ship a value list (called by a module at start-up)."""
    _lists[key] = {option.key: option for option in options}


def shipped_lists() -> dict[str, dict[str, Option]]:
    return _lists

"""Every keyboard shortcut, declared once: the help lists them, the pages' script acts on them.

A single letter never acts while somebody types in a field, and whoever switches them off in the profile keeps those
with Ctrl or ⌘ alone (WCAG 2.2, 2.1.4).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from tracte.web.menu import Menu


@dataclass(frozen=True, slots=True)
class Key:
    """One shortcut.

    :param does: what the script calls it; empty when another part of the page listens for it.
    :param keys: as they are shown. :param key: the letter, for those that act alone.
    """

    does: str
    label: str | Promise
    keys: tuple[str | Promise, ...]
    key: str = ""


ANYWHERE = (
    Key("palette", _("Search, go anywhere, do anything"), ("⌘", "K")),
    Key("search", _("Search"), ("/",), "/"),
    Key("create", _("New, then the letter of the menu"), ("C",), "c"),
    Key("go", _("Go to, then the letter of the place"), ("G",), "g"),
    Key("undo", _("Undo what the message says"), ("Z",), "z"),
    Key("help", _("This list"), ("?",), "?"),
)
LISTS = (
    Key("next", _("Next row"), ("J",), "j"),
    Key("previous", _("Row before"), ("K",), "k"),
    Key("", _("Edit the cell"), ("↵", "F2")),
    Key("select", _("Select the row"), ("X",), "x"),
    Key("peek", _("Show the record beside the list, or hide it"), ("P",), "p"),
    Key("", _("The same, on a row"), (_("Space"),)),
    Key("", _("Pick a card of the board up, and drop it"), ("↵",)),
    Key("", _("Move the card"), ("←", "→")),
)
FORMS = (
    Key("save", _("Save"), ("⌘", "↵")),
    Key("", _("Leave a field edited in place as it was"), ("Esc",)),
)


def letters() -> str:
    """What each single key does, for the script: ``{"/": "search", …}``."""
    return json.dumps({one.key: one.does for one in (*ANYWHERE, *LISTS) if one.key}, separators=(",", ":"))


def groups(menu: "Menu") -> list[tuple[str | Promise, list[Key]]]:
    """Every shortcut under its heading; the letters after ``g`` and ``c`` come from the person's menu."""
    return [
        (_("Anywhere"), list(ANYWHERE)),
        (_("Go to"), list(_places(menu))),
        (_("New"), [Key("", entry.label, ("C", entry.keys.upper())) for entry in menu.create if entry.keys]),
        (_("In lists and on the board"), list(LISTS)),
        (_("In forms"), list(FORMS)),
    ]


def _places(menu: "Menu") -> Iterable[Key]:
    for area in menu.areas:
        named = [(area.label, area.keys), *((entry.label, entry.keys) for entry in area.entries)]
        yield from (Key("", label, ("G", letter.upper())) for label, letter in named if letter)

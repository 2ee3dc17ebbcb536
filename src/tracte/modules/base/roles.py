"""The roles a fresh home starts with. An administrator changes them freely; starting again never changes them back.

A grant is ``{entity or "*": {verb: reach}}`` with the reaches none, own, team and all. Verbs left out are not granted;
``*`` holds for every entity that is not named.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracte.kernel.actor import FOLLOWS, VERBS
from tracte.meta.kinds.base import Label

Grants = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class DefaultRole:
    """:param key: stable name, by which a second start recognises the role."""

    key: str
    name: Label
    description: Label
    grants: Grants


NOTHING = {verb: "none" for verb in VERBS if verb not in FOLLOWS}
LOOK = NOTHING | {"view": "all"}

DEFAULT_ROLES = (
    DefaultRole(
        "administrator",
        pgettext_lazy("role", "Owner"),
        _("Everything, on every record."),
        {"*": dict.fromkeys(VERBS, "all")},
    ),
    DefaultRole(
        "manager",
        _("Manager"),
        _("Sees and changes every record, imports, exports and undoes. Settings stay with administrators."),
        {"*": dict.fromkeys(VERBS, "all") | {"customise": "none"}},
    ),
    DefaultRole(
        "seller",
        _("Seller"),
        _("Works with the team's records, deletes only own ones, exports nothing."),
        {
            "*": NOTHING
            | {"view": "team", "create": "team", "edit": "team", "delete": "own", "bulk": "own", "undo": "own"},
            "product": LOOK,
            "target": NOTHING | {"view": "team"},  # what is to be reached is set by who leads
            "opportunity_type": LOOK | {"edit": "own", "undo": "own"},
        },
    ),
    DefaultRole(
        "marketing",
        _("Marketing"),
        _("Keeps leads, accounts, contacts and the catalogue in order, imports and exports them; sees deals."),
        {
            "*": LOOK | {"undo": "own"},
            **dict.fromkeys(
                ("account", "contact", "lead"),
                LOOK
                | {"create": "all", "edit": "all", "delete": "own", "import": "all", "export": "all", "bulk": "all"}
                | {"undo": "own"},
            ),
            **dict.fromkeys(
                ("product", "opportunity_type"),
                LOOK | {"create": "all", "edit": "all", "export": "all", "undo": "own"},
            ),
            "note": LOOK | {"create": "all", "edit": "own", "delete": "own", "undo": "own"},
        },
    ),
    DefaultRole(
        "service",
        _("Service"),
        _("Sees every customer, keeps their data right and writes notes; sees deals without changing them."),
        {
            "*": LOOK | {"undo": "own"},
            **dict.fromkeys(
                ("account", "contact"), LOOK | {"create": "all", "edit": "all", "delete": "own", "undo": "own"}
            ),
            "note": LOOK | {"create": "all", "edit": "own", "delete": "own", "undo": "own"},
        },
    ),
    DefaultRole(
        "finance",
        _("Finance"),
        _("Sees and exports every record; keeps accounts and the catalogue right."),
        {
            "*": LOOK | {"export": "all", "undo": "own"},
            **dict.fromkeys(
                ("account", "product"), LOOK | {"create": "all", "edit": "all", "export": "all", "undo": "own"}
            ),
        },
    ),
    DefaultRole(
        "no_data",
        _("Administrator without data"),
        _("For somebody marked as administrator: changes settings, users and roles, and sees no record."),
        {"*": NOTHING},
    ),
    DefaultRole("read_only", _("Read only"), _("Sees every record and changes nothing."), {"*": LOOK}),
)

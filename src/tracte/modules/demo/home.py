"""What a home holds as far as the demo is concerned, and the mark of a demo home."""

from pathlib import Path

from tracte.modules.demo.people import EXTERNAL_SYSTEM
from tracte.records import query
from tracte.records.people import User
from tracte.records.tables import ExternalRef

EMPTY, DEMO, OTHER = "empty", "demo", "other"
TOLD = {
    "account": "accounts",
    "contact": "contacts",
    "product": "products and services",
    "lead": "leads",
    "opportunity": "opportunities",
    "target": "targets",
    "note": "notes",
}


def contents() -> str:
    """:data:`EMPTY`, the demo firm (:data:`DEMO`) or somebody's data (:data:`OTHER`). The bin counts as data."""
    if person_ids():
        return DEMO
    held = User.objects.exists() or any(
        query.system_rows(entity).spec.model._default_manager.exists() for entity in TOLD
    )
    return OTHER if held else EMPTY


def person_ids() -> dict[str, int]:
    """User ids of the demo firm's people by their key."""
    known = ExternalRef.objects.filter(system=EXTERNAL_SYSTEM, entity="user")
    return {name.removeprefix("user/"): record for name, record in known.values_list("external_id", "record_id")}


def mark(marker: Path) -> None:
    """Mark the home as a demo: one-click sign-in from this machine, a banner on every page, no mail."""
    marker.write_text("This home holds the demo firm. Its people sign in by one click from this machine.\n", "utf-8")

"""Which account and contact a lead may be already, by the duplicate rules of those entities."""

from collections.abc import Mapping
from typing import Any

from tracte.kernel.actor import Actor, Level
from tracte.kernel.fold import fold
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records.query import reach

MOST = 5


def account_values(lead: Mapping[str, Any]) -> dict[str, Any]:
    """What a lead tells about a firm."""
    person = " ".join(filter(None, (lead.get("first_name"), lead.get("last_name"))))
    return {
        "name": lead.get("company") or person[:200] or None,
        "industry": lead.get("industry"),
        "website": lead.get("website"),
        "billing_address": lead.get("address"),
        "origin": lead.get("origin"),
        "tags": lead.get("tags"),
    }


def contact_values(lead: Mapping[str, Any]) -> dict[str, Any]:
    """What a lead tells about a person."""
    names = ("first_name", "last_name", "job_title", "email", "phone", "mobile", "origin", "tags")
    return {name: lead.get(name) for name in names}


def likely(entity: str, values: Mapping[str, Any], actor: Actor) -> list[int]:
    """Records in reach that share a whole duplicate rule with the values, or have the same name; the surest first."""
    spec = registry()[entity]
    if reach(spec, actor, "view") is Level.NONE:
        return []
    rows, found = query.rows(entity, actor), dict[int, None]()
    for rule in spec.declaration.duplicates.rules if spec.declaration.duplicates else ():
        asked = tuple([values.get(name) for name in rule])
        if None not in asked:
            found |= dict.fromkeys(rows.find_all(rule, {asked}).get(asked, ()))
    titles = [str(values[name]) for name in spec.title_fields if values.get(name)]
    visible = all(name in rows.visible for name in spec.title_fields)
    if visible and titles:
        key = fold(" ".join(titles))[:120]
        found |= dict.fromkeys(rows.find("title", [key]).get(key, ()))
    return list(found)[:MOST]

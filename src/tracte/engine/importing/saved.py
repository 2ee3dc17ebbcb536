"""Choices of an import kept under a name, and offered for the next file with the same headings."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracte.engine.importing.choices import MAX_MAP, NEW_ENTRY, Choices, Use
from tracte.engine.importing.mending import Mended
from tracte.engine.importing.report import LEAD
from tracte.engine.importing.words import may_make_entries
from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import NotFound
from tracte.meta.registry import registry
from tracte.records import door, query
from tracte.records.query import reach

ENTITY = "import_scenario"
FIELDS = ("name", "entity", "share", "choices", "owner", "signature")


@dataclass(frozen=True, slots=True)
class Saved:
    """:param mine: whether the one who looks may rename and delete it."""

    id: int
    name: str
    entity: str
    share: str
    mine: bool
    choices: Choices


def signature(headers: Sequence[str]) -> str:
    """Tells files with the same headings, in whatever order; the columns a report of problem rows adds do not count."""
    own = [header for header in headers if header not in LEAD] if has_lead(headers) else headers
    text = "\n".join(sorted(" ".join(header.split()).casefold() for header in own))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def has_lead(headers: Sequence[str]) -> bool:
    """Whether a file is a report of problem rows that was mended."""
    return tuple(headers[: len(LEAD)]) == LEAD


def offered(actor: Actor, headers: Sequence[str]) -> list[Saved]:
    """What was saved for files with these headings and may be used, the newest first."""
    return _read(actor, ["signature", "eq", signature(headers)])


def listed(actor: Actor) -> list[Saved]:
    """Everything the actor may use, the newest first."""
    return _read(actor, None)


def _read(actor: Actor, where: Any) -> list[Saved]:
    if ENTITY not in registry():
        return []
    rows = query.rows(ENTITY, actor)
    if where is not None:
        rows = rows.where(where)
    made = (_made(values, actor) for values in rows.page(FIELDS, "-id", limit=100).rows)
    return [one for one in made if one is not None]


def find(saved_id: int, actor: Actor) -> Saved:
    """:raises NotFound: when there is none, or it is not theirs to see."""
    found = _made(query.rows(ENTITY, actor).get(saved_id, FIELDS), actor)
    if found is None:
        raise NotFound(ENTITY)
    return found


def _made(values: Any, actor: Actor) -> Saved | None:
    try:
        choices = Choices.from_json(values.get("choices") or {})
    except (TypeError, KeyError):
        return None
    if choices.entity not in registry():
        return None
    everyones = reach(registry()[ENTITY], actor, "edit") is Level.ALL
    mine = everyones or (actor.user_id is not None and values.get("owner") == actor.user_id)
    share = str(values.get("share") or "me")
    return Saved(values["id"], str(values.get("name") or ""), choices.entity, share, mine, choices)


def save(actor: Actor, name: str, choices: Choices, headers: Sequence[str], mended: Mended) -> int:
    """Keep choices under a name; a value that was replaced in all rows is kept with its column.

    :raises Rejected: without a name.
    """
    uses = [_with_values(use, mended) for use in choices.uses]
    kept = replace(choices, uses=uses, name=name.strip()[:100] or choices.name)
    values = {
        "name": name.strip()[:100],
        "entity": choices.entity,
        "share": "me",
        "signature": signature(headers),
        "choices": kept.as_json(),
    }
    same = next((one for one in offered(actor, headers) if one.mine and one.name == values["name"]), None)
    if same is not None:
        door.update(actor, ENTITY, same.id, values, origin="ui")
        return same.id
    return door.create(actor, ENTITY, values, origin="ui").ids[0]


def _with_values(use: Use, mended: Mended) -> Use:
    more = mended.values.get(use.header, {})
    return replace(use, map=dict(list({**use.map, **more}.items())[:MAX_MAP])) if more and use.to else use


def fitted(saved: Saved, file: str, reading: dict[str, Any], headers: Sequence[str], actor: Actor) -> Choices:
    """Saved choices for another file with the same headings, without new entries the actor may not make."""
    by_header = {use.header: use for use in saved.choices.uses}
    if not may_make_entries(actor):
        for use in by_header.values():
            use.map = {word: means for word, means in use.map.items() if means != NEW_ENTRY}
    uses = [by_header.get(header, Use(header)) for header in headers]
    return replace(saved.choices, file=file, name=saved.name, reading=reading, uses=uses)

"""What a write changed about who may do what, told in the audit trail in the write's own transaction.

Which entities decide rights, and by which fields, their declarations say (``rights_fields``); nothing here knows any.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tracte.kernel.ids import encode
from tracte.meta.draft import Draft
from tracte.meta.kinds.base import Kind
from tracte.meta.kinds.data import Data
from tracte.meta.values import shown_title
from tracte.records import audit
from tracte.records.audit import Fact, What
from tracte.records.changes import ChangeSet
from tracte.records.writing import Batch


def tell(batch: Batch, drafts: Sequence[Draft], changeset: ChangeSet, door: str) -> None:
    """Add an entry for each draft that made, removed or changed something that decides rights."""
    names = batch.spec.declaration.rights_fields
    facts = [
        _fact(batch, draft, changeset)
        for draft in drafts
        if names and (batch.verb != "update" or any(name in batch.diffs[draft.id] for name in names))
    ]
    audit.note_all(facts, door=door)


def _fact(batch: Batch, draft: Draft, changeset: ChangeSet) -> Fact:
    spec, diff = batch.spec, batch.diffs.get(draft.id) or {}
    changes: list[list[Any]] = []
    for name in spec.declaration.rights_fields:
        if name in diff and batch.verb in ("create", "update"):
            changes += _changes(batch, name, spec.fields[name], *diff[name])
    data = {"verb": batch.verb, "title": shown_title(spec, draft.values, batch.context), "changes": changes}
    return Fact(What.RIGHTS, batch.actor.user_id, batch.actor.name, spec.key, draft.id, changeset.pk, data)


def _changes(batch: Batch, name: str, kind: Kind, before: Any, after: Any) -> list[list[Any]]:
    """``[field, part, before, after]`` for what differs; a field of rights by entity has a part for each entity.

    Of a condition only that it changed: what it compares with are values of fields.
    """
    if isinstance(kind, Data) and not (_names_only(before) and _names_only(after)):
        return [[name, "", None, None]]
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = before or {}, after or {}
        parts = [(part, *_differ(old.get(part), new.get(part))) for part in sorted({*old, *new})]
        return [[name, part, was, now] for part, was, now in parts if was != now]
    return [[name, "", _words(batch, kind, before), _words(batch, kind, after)]]


def _names_only(value: Any) -> bool:
    """Whether a structure names entities, verbs, reaches and fields and nothing else, as rights and masks do."""
    if value is None:
        return True
    inner = list(value.values()) if isinstance(value, Mapping) else [None]
    leaves = [list(one.values()) if isinstance(one, Mapping) else one for one in inner]
    return all(isinstance(one, list) and all(isinstance(leaf, str) for leaf in one) for one in leaves)


def _differ(before: Any, after: Any) -> tuple[Any, Any]:
    """Two mappings without what they agree on."""
    old, new = before or {}, after or {}
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return before, after
    differing = sorted(one for one in {*old, *new} if old.get(one) != new.get(one))
    return {one: old.get(one) for one in differing}, {one: new.get(one) for one in differing}


def _words(batch: Batch, kind: Kind, value: Any) -> Any:
    """A value that still means something when what it points to is gone: titles for references."""
    target = getattr(kind, "to", None)
    if target is None or value is None:
        return value if isinstance(value, bool | int | str | None) else kind.to_json(value)
    known = batch.snapshot.directory.get(target, {})
    ids = value if isinstance(value, list | tuple) else (value,)
    return [known[one].title if one in known else encode(one) for one in ids]

"""Undo: a change set taken back by another change set, with the undoer's rights, itself undoable.

What moved on since is never overwritten silently: a field goes back only if it still holds what the set wrote, a
created
record that others use since is kept. Both are listed as conflicts; ``force`` and ``with_dependants`` override them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from tracte.kernel.actor import Actor
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.registry import EntitySpec, registry
from tracte.records import door, past, query
from tracte.records.changes import ERASED, UNDOABLE, Change, ChangeSet, CreatedChunk, State
from tracte.records.storing import created_ids
from tracte.records.tables import RecordLink

CHUNK = 1000
MAX_LISTED = 200


@dataclass(frozen=True, slots=True)
class UndoConflict:
    """Something kept as it is. ``code`` is ``changed_since``, ``has_later_records``, ``no_right`` or a problem's
    code."""

    entity: str
    id: int
    field: str | None
    code: str


@dataclass(slots=True)
class UndoResult:
    """What an undo did: records taken back, records kept, and why (the first few hundred reasons)."""

    set_id: int | None
    undone: int = 0
    kept: int = 0
    conflicts: list[UndoConflict] = field(default_factory=list)
    conflict_count: int = 0

    def keep(self, entity: str, record_id: int, name: str | None, code: str) -> None:
        self.conflict_count += 1
        if len(self.conflicts) < MAX_LISTED:
            self.conflicts.append(UndoConflict(entity, record_id, name, code))


def visible_sets(actor: Actor) -> Any:
    """Change sets the actor may look at: his own; an administrator sees all."""
    sets = ChangeSet.objects.order_by("-id")
    return sets if actor.everything or actor.admin else sets.filter(actor_id=actor.user_id)


def find_set(set_id: int, actor: Actor) -> ChangeSet:
    """:raises NotFound: when there is no such set, or it is somebody else's."""
    found = visible_sets(actor).filter(pk=set_id).first()
    if found is None:
        raise NotFound("change set")
    return found  # type: ignore[no-any-return]


def run(
    set_id: int,
    actor: Actor,
    *,
    origin: str = "ui",
    dry_run: bool = False,
    force: bool = False,
    with_dependants: bool = False,
    on_progress: Callable[[int], None] = lambda done: None,
) -> UndoResult:
    """Take a change set back.

    :param force: overwrite fields that changed since.
    :param with_dependants: bin records made since that use what is taken back.
    :param on_progress: told the number of records done after each chunk; may raise to stop there.
    :raises NotFound: not there, or not the actor's; :raises Rejected: ``cannot_undo``, before anything moves.
    """
    changeset = find_set(set_id, actor)
    if changeset.data.get("irreversible"):
        raise Rejected([Problem(None, "cannot_undo", {"state": _("Final")})])
    if changeset.state not in UNDOABLE:
        raise Rejected([Problem(None, "cannot_undo", {"state": changeset.get_state_display()})])
    title = changeset.title or changeset.origin
    writer = door.begin(actor, origin, title, dry_run=dry_run, undo_of=changeset, check_duplicates=False)
    writer.reverting = True
    undoing = _Undoing(changeset, actor, writer, force, with_dependants, on_progress, UndoResult(changeset.pk))
    undoing.take_back_changes()
    undoing.take_back_creations()
    undoing.take_back_what_follows()
    result = undoing.result
    result.set_id = None if dry_run else writer.set_id
    if not dry_run:
        _close(changeset, writer, result)
    return result


def _close(changeset: ChangeSet, writer: door.Writer, result: UndoResult) -> None:
    changeset.state = State.PARTLY_UNDONE if result.conflict_count else State.UNDONE
    changeset.save(update_fields=["state"])
    writer.finish(State.APPLIED)
    first = changeset.undo_of
    if first is not None:  # taking back an undo brings the first set back to life
        first.state = State.APPLIED
        first.save(update_fields=["state"])


@dataclass
class _Undoing:
    changeset: ChangeSet
    actor: Actor
    writer: door.Writer
    force: bool
    with_dependants: bool
    on_progress: Callable[[int], None]
    result: UndoResult
    done: int = 0

    # -- updates, deletes and restores ---------------------------------------------------------------------------------
    def take_back_changes(self) -> None:
        for entity, records in self._changes_by_entity():
            spec = registry()[entity]
            created_here = self._created_here(spec, records)
            kept = {pk: change for pk, change in records.items() if pk not in created_here}
            made = spec.declaration.made
            for verb, inverse in (("delete", "restore"), ("restore", "delete")):
                ids = [pk for pk, (verbs, _) in kept.items() if verbs[-1] == verb and verb not in verbs[:-1]]
                self._write(spec, inverse, [door.Op({}, id=pk) for pk in ids])
            plain = {pk: {n: d for n, d in diff.items() if n not in made} for pk, (_, diff) in kept.items()}
            self._revert_fields(spec, {pk: diff for pk, diff in plain.items() if diff})

    def take_back_what_follows(self) -> None:
        """Fields that follow from others go back when these have, as far as they do not follow any more."""
        making = {spec.key for spec in registry() if spec.declaration.made}
        for entity, records in self._changes_by_entity(making):
            spec = registry()[entity]
            created_here = self._created_here(spec, records)
            live = query.system_rows(entity).read(records.keys() - created_here, ())
            made = spec.declaration.made
            diffs = {pk: {n: d for n, d in records[pk][1].items() if n in made} for pk in live}
            self._revert_fields(spec, {pk: diff for pk, diff in diffs.items() if diff})

    def _changes_by_entity(
        self, among: set[str] | None = None
    ) -> Iterator[tuple[str, dict[int, tuple[list[str], dict[str, list[Any]]]]]]:
        """Changes folded per record (first before, last after), a few thousand records at a time.

        :param among: only those of these entities.
        """
        changes = Change.objects.filter(set=self.changeset)
        entities = sorted(set(changes.order_by().values_list("entity", flat=True).distinct()))
        entities = [one for one in entities if among is None or one in among]
        for entity in entities:
            after = 0
            while True:
                ids = list(
                    changes.filter(entity=entity, record_id__gt=after)
                    .order_by("record_id").values_list("record_id", flat=True).distinct()[:CHUNK]
                )  # fmt: skip
                if not ids:
                    break
                yield entity, _folded(changes.filter(entity=entity, record_id__in=ids).order_by("id"))
                after = ids[-1]

    def _created_here(self, spec: EntitySpec, records: Iterable[int]) -> set[int]:
        rows = spec.model._default_manager.filter(pk__in=list(records), created_set=self.changeset.pk)
        return set(rows.values_list("pk", flat=True))

    def _revert_fields(self, spec: EntitySpec, diffs: Mapping[int, Mapping[str, Sequence[Any]]]) -> None:
        current = query.system_rows(spec.key).read(diffs)
        ops = []
        for pk, diff in diffs.items():
            if pk not in current:
                self.result.keep(spec.key, pk, None, "changed_since")
                continue
            values = self._values_to_restore(spec, pk, diff, current[pk])
            if values:
                ops.append(door.Op(values, id=pk, canonical=True))
        self._write(spec, "update", ops)

    def _values_to_restore(
        self, spec: EntitySpec, pk: int, diff: Mapping[str, Sequence[Any]], now: Mapping[str, Any]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        made = spec.declaration.made
        for name, (before, after) in diff.items():
            kind = spec.fields.get(name)
            if kind is None:  # the module that added the field is gone
                self.result.keep(spec.key, pk, name, "unknown_field")
                continue
            if ERASED in (before, after):
                self.result.keep(spec.key, pk, name, "erased")
                continue
            old, new = (past.value_of(kind, side) for side in (before, after))
            held = _filled(now.get(name))
            if held == _filled(old):
                continue
            if held == _filled(new) or self.force:
                values[name] = old
            elif name in made and made[name](now):
                continue
            else:
                self.result.keep(spec.key, pk, name, "changed_since")
        return values

    # -- creations -----------------------------------------------------------------------------------------------------
    def take_back_creations(self) -> None:
        for chunk in CreatedChunk.objects.filter(set=self.changeset).order_by("-id"):
            spec = registry()[chunk.entity]
            ids = created_ids(chunk)
            for at in range(0, len(ids), CHUNK):
                live = spec.model._default_manager.filter(pk__in=ids[at : at + CHUNK], deleted_at__isnull=True)
                self._bin(spec, sorted(live.values_list("pk", flat=True)))

    def _bin(self, spec: EntitySpec, ids: list[int]) -> None:
        used = self._later_users(spec, ids)
        if used and self.with_dependants:
            for other, dependants in _grouped(used.values()):
                self._write(registry()[other], "delete", [door.Op({}, id=pk) for pk in sorted(dependants)])
            used = {}
        for pk in used:
            self.result.keep(spec.key, pk, None, "has_later_records")
        self._write(spec, "delete", [door.Op({}, id=pk) for pk in ids if pk not in used])

    def _later_users(self, spec: EntitySpec, ids: list[int]) -> dict[int, list[tuple[str, int]]]:
        """Live records made by other sets that point to ``ids``: ``{id: [(entity, id), …]}``."""
        found: dict[int, list[tuple[str, int]]] = {}
        for entity, column in _pointing_columns(spec):
            rows = self._made_elsewhere(registry()[entity]).filter((f"{column}__in", ids))
            for target, pk in rows.values_list(column, "pk"):
                found.setdefault(target, []).append((entity, pk))
        for collection in spec.collections.values():
            if collection.link:
                links = RecordLink.objects.filter(field=f"{collection.entity}.{collection.field}", to_id__in=ids)
                made = self._made_elsewhere(registry()[collection.entity]).values("pk")
                for target, pk in links.filter(from_id__in=made).values_list("to_id", "from_id"):
                    found.setdefault(target, []).append((collection.entity, pk))
        return found

    def _made_elsewhere(self, spec: EntitySpec) -> Any:
        rows = spec.model._default_manager.filter(deleted_at__isnull=True)
        return rows.filter(~Q(created_set=self.changeset.pk) | Q(created_set__isnull=True))

    # -- writing -------------------------------------------------------------------------------------------------------
    def _write(self, spec: EntitySpec, verb: str, ops: list[door.Op]) -> None:
        """Through the door in chunks; what the undoer may not do is kept and listed."""
        for at in range(0, len(ops), CHUNK):
            part = ops[at : at + CHUNK]
            for row, op in enumerate(part):
                op.row = row
            for result in self.writer.write(spec.key, verb, part):
                if result.verdict == "problem":
                    self.result.kept += 1
                    record_id = part[result.row].id or 0
                    codes = {problem.code for problem in result.problems}
                    self.result.keep(spec.key, record_id, None, "no_right" if "no_such_record" in codes else min(codes))
                else:
                    self.result.undone += 1
            self.done += len(part)
            self.on_progress(self.done)


def _filled(value: Any) -> Any:
    """An empty list of references is no value."""
    return None if value == () else value


def _folded(changes: Iterable[Change]) -> dict[int, tuple[list[str], dict[str, list[Any]]]]:
    """Several changes of one record in one set as one: its verbs, and per field the first before and the last after."""
    found: dict[int, tuple[list[str], dict[str, list[Any]]]] = {}
    for change in changes:
        verbs, diff = found.setdefault(change.record_id, ([], {}))
        verbs.append(change.verb)
        for name, (before, after) in change.data.items():
            diff[name] = [diff[name][0] if name in diff else before, after]
    return found


def _pointing_columns(spec: EntitySpec) -> list[tuple[str, str]]:
    """Columns of all entities that point to this one, owners and teams included."""
    found = [
        (collection.entity, registry()[collection.entity].fields[collection.field].columns()[0])
        for collection in spec.collections.values()
        if not collection.link and registry()[collection.entity].fields[collection.field].cf_key is None
    ]
    if spec.key in ("user", "team"):
        column = "owner_id" if spec.key == "user" else "team_id"
        found += [(other.key, column) for other in registry()]
    return found


def _grouped(users: Iterable[Sequence[tuple[str, int]]]) -> Iterable[tuple[str, set[int]]]:
    found: dict[str, set[int]] = {}
    for pairs in users:
        for entity, pk in pairs:
            found.setdefault(entity, set()).add(pk)
    return found.items()

"""The writer: one change set, and the pipeline every operation goes through.

Right → load and lock within reach, compare version → field rights → normalise by kind → derive → validate, collecting
**all** problems → write changed columns → the row must still lie in the actor's reach → history → events.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from tracte.kernel import clock
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import new_ids
from tracte.kernel.problems import Forbidden, NotFound, Problem, Rejected
from tracte.meta.draft import Draft
from tracte.meta.registry import COLLABORATORS, EntitySpec, registry
from tracte.meta.values import reader_of
from tracte.records import query, rightschanges
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, State
from tracte.records.query import Rows, held_links, links_of, reach
from tracte.records.storing import diffs_of, insert_set, store, title_key
from tracte.records.transactions import writing
from tracte.records.writing import (
    Batch,
    Op,
    Result,
    check_references,
    defaults,
    duplicate_hints,
    fill,
    hands_over,
    number_rows,
    stays_in_reach,
    team_follows_owner,
    validate,
)

RIGHT_OF = {"create": "create", "update": "edit", "delete": "delete", "restore": "restore"}
MAX_DEPTH = 4


@dataclass
class Writer:
    """One change set being written.

    :param lenient: gates and required-by-stage rules are warnings (imports).
    :param strict: values are JSON.
    :param hold: warnings refuse the write (a form asks first); otherwise they are reported.
    :param dry_run: check and give verdicts, store nothing.
    :param free: the program's own rule writes: reach and read-only do not bind it.
    :param looked_by: the caller has looked for these fields of what it creates, and nothing in reach has them.
    :param saves: every chunk saves the set; else the caller does so in the chunk's transaction.
    :param required: an erasure may empty fields that people must fill.
    :param reverting: an undo puts known earlier values back: derived fields too, and no rule derives anew.
    """

    actor: Actor
    origin: str
    changeset: ChangeSet
    lenient: bool = False
    strict: bool = False
    hold: bool = False
    dry_run: bool = False
    defer_search: bool = False
    free: bool = False
    check_duplicates: bool = True
    reverting: bool = False
    required: bool = True
    looked_by: frozenset[str] = frozenset()
    saves: bool = True
    assume: dict[str, set[int]] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    depth: int = 0
    touched_directory: bool = False
    saved_counts: str = ""

    @property
    def set_id(self) -> int:
        return int(self.changeset.pk)

    # -- bulk --------------------------------------------------------------------------------------------------------
    def write(
        self,
        entity: str,
        verb: str,
        ops: Sequence[Op],
        *,
        partial: bool = True,
        progress: Mapping[str, Any] | None = None,
    ) -> list[Result]:
        """Write a chunk in one transaction of its own.

        :param partial: rows with problems are left out and reported; otherwise any problem refuses all.
        :param progress: merged into the set's data in the same transaction, so that a resumed import knows where it
            was.
        :raises Rejected: when not ``partial`` and any row has a problem.
        """
        number_rows(ops)
        around = nullcontext() if self.dry_run else writing()
        with around:
            results = self.run(entity, verb, ops, partial)
            if self.saves and not self.dry_run:
                self._save(progress)
        self.publish()
        return results

    def finish(self, state: str | None = None) -> ChangeSet:
        """Close the set: *applied*, or *partly applied* when rows were left out."""
        counts = self.changeset.counts
        done = sum(counts.get(name, 0) for name in ("created", "updated", "deleted", "restored"))
        if state is None:
            state = State.PARTLY_APPLIED if counts.get("problems") and done else State.APPLIED
        self.changeset.state = state
        self.changeset.applied_at = clock.now()
        if not self.dry_run:
            self.changeset.save()
        return self.changeset

    def _save(self, progress: Mapping[str, Any] | None = None) -> None:
        if progress is not None:
            self.changeset.data = {**self.changeset.data, **progress}
        self.save()

    def tell(self, entity: str, results: Sequence[Result]) -> None:
        """Count records for which there was nothing to write."""
        self._count(entity, results)

    def _count(self, entity: str, results: Iterable[Result]) -> None:
        counts = self.changeset.counts or {}
        mine = counts.setdefault("by_entity", {}).setdefault(entity, {})
        for result in results:
            name = "problems" if result.verdict == "problem" else result.verdict
            warned = any(problem.warning and not problem.notice for problem in result.problems)
            for bag in (counts, mine):
                bag[name] = bag.get(name, 0) + 1
                if warned and result.verdict != "problem":
                    bag["warnings"] = bag.get("warnings", 0) + 1
            self.changeset.done += 1
        self.changeset.counts = counts

    def publish(self) -> None:
        if self.touched_directory:
            snapshots.refresh_held()
            self.touched_directory = False

    # -- the pipeline ------------------------------------------------------------------------------------------------
    def run(self, entity: str, verb: str, ops: Sequence[Op], partial: bool) -> list[Result]:
        """Take operations through the whole pipeline, in the caller's transaction.

        :raises Rejected: when not ``partial`` and any of them has a problem.
        """
        spec = registry()[entity]
        if not self.free:
            require_right(spec, self.actor, RIGHT_OF[verb])
        batch, lost = self._load(spec, verb, ops)
        env = Env(self, batch)
        self._prepare(batch, env)
        refused = [draft for draft in batch.drafts if draft.refused or (self.hold and draft.asks)]
        if not partial and (refused or lost):
            self._refuse(refused, lost)
        batch.drafts = [draft for draft in batch.drafts if not draft.refused]
        results = self._verdicts(batch, refused, lost)
        self._count(entity, results)
        if not self.dry_run:
            self._store(batch, env)
        for result in results:
            result.entity = entity
        return sorted(results, key=lambda result: result.row)

    def _store(self, batch: Batch, env: "Env") -> None:
        changed = [d for d in batch.drafts if batch.verb != "update" or batch.diffs[d.id]]
        if changed and self.changeset.unwritten:
            self.save()
        if changed and (batch.spec.declaration.directory or _shares_anew(batch, changed)):
            # Before the rows: a snapshot taken half-way is never kept under the number that others know.
            snapshots.bump()
            self.touched_directory = True
        store(replace(batch, drafts=changed), self.changeset, clock.now(), defer_search=self.defer_search)
        rightschanges.tell(batch, changed, self.changeset, self.origin)
        if changed:
            batch.spec.declaration.settle(changed, env)
        for hook in batch.spec.hooks:
            if hook.after is not None and changed and not self.reverting:
                hook.after(changed, env)

    def save(self) -> None:
        """Write the set as it stands now; a set in which nothing changes is never written."""
        if self.changeset.unwritten:
            insert_set(self.changeset)
        else:
            self.changeset.save()
        self.saved_counts = str(self.changeset.counts)

    def _prepare(self, batch: Batch, env: "Env") -> None:
        """From raw operations to checked drafts."""
        given = batch.verb in ("create", "update")
        if given:
            fill(batch)
            hands_over(batch)
        if given and not self.reverting:
            self._judge(batch, env)
        elif batch.verb != "delete":
            check_references(batch)
            batch.spec.declaration.follow(batch.drafts, env)
            validate(batch, required=self.required)
        for draft in batch.drafts:
            draft.values["title_key"] = title_key(batch.spec, draft.values, batch)
        if given and self.check_duplicates and not (self.reverting or self.free):
            duplicate_hints(batch)
        if given:
            stays_in_reach(batch, RIGHT_OF[batch.verb])

    def _judge(self, batch: Batch, env: "Env") -> None:
        """Defaults, what follows, and every rule of the entity and of the modules that extend it."""
        if batch.verb == "create":
            defaults(batch)
        else:
            team_follows_owner(batch)
        check_references(batch)
        for hook in batch.spec.hooks:
            if hook.derive is not None:
                hook.derive(batch.drafts, env)
        batch.spec.declaration.follow(batch.drafts, env)
        validate(batch)
        for hook in batch.spec.hooks:
            if hook.check is not None:
                hook.check(batch.drafts, env)

    def _load(self, spec: EntitySpec, verb: str, ops: Sequence[Op]) -> tuple[Batch, list[Result]]:
        """Drafts for the operations, and results for those whose record is not in reach or has moved on."""
        snapshot = snapshots.current()
        context = snapshot.context(self.actor, strict=self.strict)
        batch = Batch(
            spec, verb, self.actor, context, snapshot, [], assume=self.assume, free=self.free, reverting=self.reverting
        )
        if verb == "create":
            batch.looked_by = self.looked_by
            for pk, op in zip(new_ids(len(ops)), ops, strict=True):
                taken = op.id or pk
                batch.drafts.append(Draft(taken, verb, {}, {}, row=op.row))
                batch.ops[taken] = op
            return batch, []
        stored = self._stored(spec, verb, [op.id for op in ops if op.id], snapshot)
        lost: list[Result] = []
        for op in ops:
            before = stored.get(op.id or 0)
            if before is None:
                lost.append(Result(op.row, op.id, "problem", [Problem(None, "no_such_record", row=op.row)]))
            elif op.version is not None and op.version != before["version"]:
                lost.append(Result(op.row, op.id, "problem", [Problem(None, "stale", row=op.row)]))
            else:
                draft = Draft(before["id"], verb, before, dict(before), row=op.row, version=before["version"])
                batch.drafts.append(draft)
                batch.ops[draft.id] = op
        return batch, lost

    def _stored(self, spec: EntitySpec, verb: str, ids: Sequence[int], snapshot: Any) -> dict[int, dict[str, Any]]:
        """Stored values by id, locked for the write, within the actor's reach."""
        rows = Rows(spec, self.actor, RIGHT_OF[verb], snapshot, binned=verb == "restore", unscoped=self.free)
        queryset = rows.queryset().filter(pk__one_of=ids)
        if connection.vendor == "postgresql" and not self.dry_run:
            queryset = queryset.order_by("pk").select_for_update(of=("self",))
        columns, build = reader_of(spec.column_fields)
        names = [*columns, "pk", "version", "title_key", "cf"]
        found: dict[int, dict[str, Any]] = {}
        for row in queryset.values_list(*names):
            values = build(row)
            pk, version, key, cf = row[len(columns) :]
            values.update(id=pk, version=version, title_key=key, cf=cf)
            for name, kind in spec.cf_fields.items():
                raw = (cf or {}).get(kind.cf_key)
                values[name] = None if raw is None else kind.from_json(raw)
            found[pk] = values
        named = held_links(spec, snapshot)
        held = links_of(spec.key, named, found) if named and found else {}
        for pk, values in found.items():
            for name in spec.link_fields:
                values[name] = held.get((pk, name), ())
        return found

    def _refuse(self, refused: Sequence[Draft], lost: Sequence[Result]) -> None:
        problems = [problem for draft in refused for problem in draft.problems]
        problems += [problem for result in lost for problem in result.problems]
        raise Rejected(problems)

    def _verdicts(self, batch: Batch, refused: Sequence[Draft], lost: Sequence[Result]) -> list[Result]:
        verdict_of = {"create": "created", "delete": "deleted", "restore": "restored"}
        results = list(lost)
        results += [Result(d.row, None if d.created else d.id, "problem", d.problems) for d in refused]
        for draft, diff in zip(batch.drafts, diffs_of(batch.spec, batch.drafts), strict=True):
            batch.diffs[draft.id] = diff
            verdict = verdict_of.get(batch.verb) or ("updated" if diff else "unchanged")
            results.append(Result(draft.row, draft.id, verdict, draft.problems, diff))
        return results


def _shares_anew(batch: Batch, changed: Sequence[Draft]) -> bool:
    """Whether somebody collaborates on a record of this kind for the first time, which the snapshot tells."""
    if COLLABORATORS not in batch.spec.fields:
        return False
    known = batch.snapshot.shared.get(batch.spec.key, frozenset())
    return any(not known.issuperset(draft.values.get(COLLABORATORS) or ()) for draft in changed)


@dataclass(slots=True)
class Env:
    """What hooks may use (see :class:`tracte.meta.draft.WriteEnv`)."""

    writer: Writer
    batch: Batch

    @property
    def actor(self) -> Actor:
        return self.writer.actor

    @property
    def context(self) -> Any:
        return self.batch.context

    @property
    def origin(self) -> str:
        return self.writer.origin

    @property
    def lenient(self) -> bool:
        return self.writer.lenient

    def rows(self, entity: str, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        wanted = {one for one in ids if one}
        spec = registry()[entity]
        if spec.declaration.directory:
            stored = self.batch.snapshot.rows.get(entity, {})
            if wanted <= stored.keys():
                return {one: dict(stored[one]) for one in wanted}
        return query.system_rows(entity).read(wanted) if wanted else {}

    def find(self, entity: str, **equal: Any) -> list[dict[str, Any]]:
        spec = registry()[entity]
        conditions = {spec.fields[name].columns()[0]: value for name, value in equal.items()}
        rows = query.system_rows(entity)
        found = rows.queryset().filter(*((name, value) for name, value in conditions.items()))
        return list(rows.read(found.values_list("pk", flat=True)).values())

    def create(self, entity: str, values: Mapping[str, Any]) -> int:
        (result,) = self._further(entity, "create", Op(values, canonical=True))
        return int(result.id or 0)

    def update(self, entity: str, record_id: int, values: Mapping[str, Any]) -> None:
        self._further(entity, "update", Op(values, id=record_id, canonical=True))

    def update_all(self, entity: str, values: Mapping[int, Mapping[str, Any]]) -> None:
        if values:
            self._further(entity, "update", *(Op(given, id=pk, canonical=True) for pk, given in values.items()))

    def lock(self, entity: str, ids: Iterable[int]) -> set[int]:
        rows = query.system_rows(entity).only({one for one in ids if one}).queryset().order_by("pk")
        if connection.vendor == "postgresql" and not self.writer.dry_run:
            rows = rows.select_for_update(of=("self",))
        return set(rows.values_list("pk", flat=True))

    def delete(self, entity: str, record_id: int) -> None:
        self._further(entity, "delete", Op({}, id=record_id))

    def _further(self, entity: str, verb: str, *ops: Op) -> list[Result]:
        """A write by the program's own rules, in the same set; rules may not call each other for ever."""
        writer = self.writer
        if writer.depth >= MAX_DEPTH:
            raise Rejected([Problem(None, "too_deep", {"limit": MAX_DEPTH})])
        inner = Writer(writer.actor, writer.origin, writer.changeset, lenient=True, free=True, depth=writer.depth + 1)
        number_rows(ops)
        results = inner.run(entity, verb, ops, False)
        writer.touched_directory |= inner.touched_directory
        return results


def require_right(spec: EntitySpec, actor: Actor, verb: str) -> None:
    """:raises NotFound: when the actor may not even see the entity; :raises Forbidden: when only the verb is
    missing."""
    if reach(spec, actor, verb) is Level.NONE:
        raise NotFound(spec.key) if reach(spec, actor, "view") is Level.NONE else Forbidden(verb, spec.key)

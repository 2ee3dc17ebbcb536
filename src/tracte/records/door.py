"""The door: every write of every face passes here.

*propose → check → preview → apply → undo.* This page is what callers use; :mod:`tracte.records.writer` is the pipeline.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tracte.kernel import clock
from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import Conflict, Forbidden, NotFound, Problem, Rejected
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, State
from tracte.records.query import Rows, reach
from tracte.records.transactions import retrying, writing
from tracte.records.writer import RIGHT_OF, Writer, require_right
from tracte.records.writing import Op, Result, number_rows

__all__ = [
    "ActionRequest",
    "Op",
    "Outcome",
    "Result",
    "Writer",
    "act",
    "begin",
    "create",
    "delete",
    "require_right",
    "restore",
    "resume",
    "update",
    "update_all",
]


@dataclass(slots=True)
class Outcome:
    """What a single write did.

    :param set_id: the change set, or ``None`` when nothing changed.
    :param ids: records written, in the order of the operations.
    """

    set_id: int | None
    ids: list[int]
    results: list[Result]

    @property
    def id(self) -> int:
        return self.ids[0]

    @property
    def values(self) -> dict[str, Any]:
        """What the first record holds of what was written."""
        return {name: after for name, (_, after) in self.results[0].diff.items()}

    @property
    def unchanged(self) -> bool:
        return all(result.verdict == "unchanged" for result in self.results)

    @property
    def warnings(self) -> list[Problem]:
        return [p for result in self.results for p in result.problems if p.warning]

    @property
    def notices(self) -> list[str]:
        """What was done besides, in sentences for a person."""
        return [p.message for p in self.warnings if p.notice]


def begin(
    actor: Actor,
    origin: str,
    title: str = "",
    *,
    lenient: bool = False,
    strict: bool = False,
    dry_run: bool = False,
    defer_search: bool = False,
    check_duplicates: bool = True,
    free: bool = False,
    data: Mapping[str, Any] | None = None,
    total: int | None = None,
    undo_of: ChangeSet | None = None,
) -> Writer:
    """Open a change set for chunked work. Close it with :meth:`Writer.finish`.

    :param origin: the door it came through: ``ui``, ``api``, ``import``, ``cli``, ``task``, ``system``.
    """
    changeset = new_set(actor, origin, title, state=State.APPLYING, data=data, total=total, undo_of=undo_of)
    if not dry_run:
        changeset.save()
    return Writer(
        actor,
        origin,
        changeset,
        lenient=lenient,
        strict=strict,
        dry_run=dry_run,
        defer_search=defer_search,
        check_duplicates=check_duplicates,
        free=free,
    )


def new_set(actor: Actor, origin: str, title: str, **more: Any) -> ChangeSet:
    more["data"] = dict(more.get("data") or {})
    return ChangeSet(
        origin=origin,
        title=title[:200],
        actor_id=actor.user_id,
        actor_name=actor.name[:120],
        created_at=clock.now(),
        **more,
    )


def resume(set_id: int, actor: Actor, **options: Any) -> Writer:
    """Go on with a change set that a crash left *applying*.

    :raises NotFound: when there is no such set.
    """
    changeset = ChangeSet.objects.filter(pk=set_id).first()
    if changeset is None:
        raise NotFound("change set")
    return Writer(actor, changeset.origin, changeset, **options)


def call_off(set_id: int) -> None:
    """A worker was to write this change set, and its task was cancelled while it waited: nothing is *applying* any
    more. What an earlier attempt wrote stays, and can be undone."""
    with writing():
        changeset = ChangeSet.objects.select_for_update().filter(pk=set_id, state=State.APPLYING).first()
        if changeset is not None:
            changeset.state = State.PARTLY_APPLIED if changeset.done else State.CANCELLED
            changeset.save(update_fields=["state"])


@contextmanager
def _single(actor: Actor, origin: str, title: str, dry_run: bool, **options: Any) -> Iterator[Writer]:
    """A change set that is one transaction. A set in which nothing changed leaves no trace."""
    writer = Writer(actor, origin, new_set(actor, origin, title, state=State.APPLIED), dry_run=dry_run, **options)
    if dry_run:
        yield writer
        return
    with writing():
        writer.changeset.applied_at = writer.changeset.created_at
        yield writer
        if not writer.changeset.unwritten and writer.saved_counts != str(writer.changeset.counts):
            writer.save()  # hooks wrote further records
    writer.publish()


def _one(
    actor: Actor,
    entity: str,
    verb: str,
    ops: Sequence[Op],
    *,
    origin: str,
    title: str = "",
    dry_run: bool = False,
    **options: Any,
) -> Outcome:
    number_rows(ops)

    def work() -> Outcome:
        with _single(actor, origin, title, dry_run, **options) as writer:
            results = writer.run(entity, verb, ops, False)
        return Outcome(writer.changeset.pk, [int(r.id) for r in results if r.id], results)

    return retrying(work)


def create(
    actor: Actor,
    entity: str,
    values: Mapping[str, Any],
    *,
    origin: str,
    strict: bool = False,
    hold: bool = False,
    dry_run: bool = False,
    canonical: bool = False,
    external: tuple[str, str] | None = None,
    title: str = "",
) -> Outcome:
    """Create one record.

    :param values: raw values by field.
    :param hold: refuse on warnings too (a form that will ask "save anyway?").
    :raises Rejected: every problem at once; :raises NotFound, Forbidden: no right.
    """
    op = Op(values, external=external, canonical=canonical)
    return _one(actor, entity, "create", [op], origin=origin, strict=strict, hold=hold, dry_run=dry_run, title=title)


def update(
    actor: Actor,
    entity: str,
    record_id: int,
    values: Mapping[str, Any],
    *,
    origin: str,
    version: int | None = None,
    strict: bool = False,
    hold: bool = False,
    dry_run: bool = False,
    canonical: bool = False,
    title: str = "",
) -> Outcome:
    """Change one record.

    :param version: the version the person read; when the record moved on since, nothing is written.
    :raises Conflict: the record moved on; :raises Rejected, NotFound, Forbidden: as for :func:`create`.
    """
    op = Op(values, id=record_id, version=version, canonical=canonical)
    return _alter(actor, entity, "update", [op], origin=origin, strict=strict, hold=hold, dry_run=dry_run, title=title)


def update_all(
    actor: Actor, entity: str, values: Mapping[int, Mapping[str, Any]], *, origin: str, title: str = ""
) -> Outcome:
    """Change some records together, all or none.

    :param values: canonical values by field, by record. :raises Rejected, NotFound, Forbidden: as for :func:`create`.
    """
    ops = [Op(given, id=one, canonical=True) for one, given in values.items()]
    return _alter(actor, entity, "update", ops, origin=origin, title=title)


def delete(
    actor: Actor,
    entity: str,
    record_ids: int | Sequence[int],
    *,
    origin: str,
    version: int | None = None,
    dry_run: bool = False,
    title: str = "",
) -> Outcome:
    """Put records in the bin, all or none."""
    ids = [record_ids] if isinstance(record_ids, int) else list(record_ids)
    ops = [Op({}, id=one, version=version) for one in ids]
    return _alter(actor, entity, "delete", ops, origin=origin, dry_run=dry_run, title=title)


def restore(
    actor: Actor, entity: str, record_ids: int | Sequence[int], *, origin: str, dry_run: bool = False, title: str = ""
) -> Outcome:
    """Take records out of the bin, all or none."""
    ids = [record_ids] if isinstance(record_ids, int) else list(record_ids)
    ops = [Op({}, id=one) for one in ids]
    return _alter(actor, entity, "restore", ops, origin=origin, dry_run=dry_run, title=title)


def _alter(actor: Actor, entity: str, verb: str, ops: Sequence[Op], **options: Any) -> Outcome:
    """Write to existing records, telling stale from missing from forbidden."""
    try:
        return _one(actor, entity, verb, ops, **options)
    except Rejected as rejected:
        codes = {problem.code for problem in rejected.problems if problem.field is None}
        if codes & {"no_such_record", "stale"}:
            explain_loss(actor, entity, verb, ops)
        raise


def explain_loss(actor: Actor, entity: str, verb: str, ops: Sequence[Op]) -> None:
    """Raise what fits: NotFound when out of sight, Forbidden when only the verb is missing, Conflict when stale."""
    spec = registry()[entity]
    seen = Rows(spec, actor, "view", snapshots.current(), binned=verb == "restore")
    ids = [op.id or 0 for op in ops]
    if reach(spec, actor, "view") is Level.NONE:
        raise NotFound(entity)
    visible = seen.read(ids, ())
    if any(one not in visible for one in ids):
        raise NotFound(entity)
    for op in ops:
        now_at = visible[op.id or 0]["version"]
        if op.version is not None and op.version != now_at:
            raise Conflict(op.id or 0, now_at)
    raise Forbidden(RIGHT_OF[verb], entity)


@dataclass(slots=True)
class ActionRequest:
    """What an action gets: the record, what was asked, and a pen that writes into one change set with the actor's
    rights."""

    actor: Actor
    spec: EntitySpec
    id: int
    values: Mapping[str, Any]
    params: Mapping[str, Any]
    writer: Writer
    version: int | None = None
    answer: dict[str, Any] = field(default_factory=dict)

    def update(self, values: Mapping[str, Any], *, canonical: bool = False) -> None:
        """Change the record the action is about."""
        self.write(self.spec.key, "update", Op(values, id=self.id, version=self.version, canonical=canonical))
        self.version = None

    def create(self, entity: str, values: Mapping[str, Any], *, canonical: bool = False) -> int:
        return int(self.write(entity, "create", Op(values, canonical=canonical)).id or 0)

    def settle(self, values: Mapping[str, Any]) -> None:
        """Set fields of the record that only the program sets, with canonical values.

        :raises Forbidden: when the record is not in the actor's reach for changing it.
        """
        if self.id not in query.rows(self.spec.key, self.actor, "edit").read([self.id], ()):
            raise Forbidden("edit", self.spec.key)
        pen = replace(self.writer, free=True)
        self.writer.results += pen.run(
            self.spec.key, "update", [Op(values, id=self.id, version=self.version, canonical=True)], False
        )
        self.version = None

    def write(self, entity: str, verb: str, op: Op) -> Result:
        results = self.writer.run(entity, verb, [op], False)
        self.writer.results.extend(results)
        return results[0]


def act(
    actor: Actor,
    entity: str,
    record_id: int,
    action: str,
    params: Mapping[str, Any],
    *,
    origin: str,
    version: int | None = None,
    strict: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Run a declared action on one record, as one change set.

    :raises NotFound: unknown action or record out of sight; :raises Forbidden, Rejected, Conflict: as for writes.
    """
    spec = registry()[entity]
    declared = spec.actions.get(action)
    if declared is None:
        raise NotFound(action)
    values = query.rows(entity, actor).get(record_id)
    require_right(spec, actor, declared.verb)
    possible = declared.when(values)
    if not possible and (problem := declared.why(values)) is not None:
        raise Rejected([problem], status=409)
    if version is not None and version != values["version"]:
        raise Conflict(record_id, values["version"])
    known = {*declared.asks, *declared.takes, *(spec.fields if declared.gated else ())}
    unknown = [name for name in params if name not in known]
    if unknown:
        raise Rejected([Problem(name, "unknown_field", {"name": name}) for name in unknown])
    if not possible:
        raise Rejected([Problem(None, "action_not_now", {"action": str(declared.label)})])

    def work() -> Outcome:
        with _single(actor, origin, str(declared.label), dry_run, strict=strict) as writer:
            request = ActionRequest(actor, spec, record_id, values, params, writer, version)
            declared.run(request)
        return Outcome(writer.changeset.pk, [record_id], writer.results)

    try:
        return retrying(work)
    except Rejected as rejected:
        if {p.code for p in rejected.problems if p.field is None} & {"no_such_record", "stale"}:
            explain_loss(actor, entity, "update", [Op({}, id=record_id, version=version)])
        raise

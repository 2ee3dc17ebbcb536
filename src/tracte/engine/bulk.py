"""One change to many records of a list: tried first, then done chunk by chunk as one change set that can be undone.

What is meant is either the records ticked, or everything that matches the list's filter. "Everything" is read again for
each chunk: a record that no longer matches when its turn comes is left alone, one made after the person confirmed is
never swept in, and every record is checked with the rights its changer has at that moment. What is refused stays as it
is and is counted by its reason.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import transaction

from tracte.engine import listing, reindexing
from tracte.engine.listing import ListState
from tracte.kernel.actor import Actor
from tracte.kernel.ids import new_id
from tracte.kernel.problems import Forbidden, NotFound, Problem, Rejected
from tracte.meta.registry import EntitySpec, registry
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.changes import ChangeSet, State
from tracte.records.door import Op, Result, Writer
from tracte.records.limits import time_limit
from tracte.records.proposals import storable
from tracte.records.query import Rows
from tracte.records.tasks import api as tasks
from tracte.records.tasks.api import Cancelled, LeaseLost, Stopping, TaskContext, job

JOB = "list.bulk"
AT_ONCE = 200  # records an answer waits for: about a page
TRIED = 1_000  # records a preview tries
SHOWN = 25
CHUNK = 1_000
MOST_TICKED = 1_000
SECONDS = 20.0
ATTEMPTS = 5
VERBS = {"update": "edit", "delete": "delete"}
DONE = ("created", "updated", "deleted")


@dataclass(frozen=True)
class Selection:
    """The records meant.

    :param ids: those ticked; ``None`` for everything that matches.
    :param parts: conditions in JSON form that must all hold. :param words: text searched for.
    :param until: highest id that counts: newer records were made after the person confirmed.
    """

    ids: tuple[int, ...] | None = None
    parts: tuple[Any, ...] = ()
    words: str = ""
    until: int | None = None

    def within(self, rows: Rows) -> Rows:
        """The rows of the selection among ``rows``.

        :raises Rejected: status 400 when the filter can no longer be read.
        """
        if self.ids is not None:
            return rows.only(self.ids)
        return listing.narrowed(rows, ListState(parts=self.parts, q=self.words))

    def as_json(self) -> dict[str, Any]:
        if self.ids is not None:
            return {"ids": list(self.ids)}
        return storable({"parts": list(self.parts), "words": self.words, "until": self.until})

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Selection":
        if "ids" in raw:
            return cls(ids=tuple(raw["ids"]))
        return cls(None, tuple(raw["parts"]), raw["words"], raw["until"])


def selection_of(rows: Rows, state: ListState) -> Selection:
    """Everything a list shows, its view written out, so that a change of the view changes nothing any more."""
    view = listing.view_of(rows.spec, state)
    words = " ".join(dict.fromkeys(one for one in (view.words if view else "", state.q) if one))
    return Selection(None, (*listing.view_parts(view), *state.parts), words)


@dataclass(frozen=True)
class Change:
    """What is done to each of them.

    :param verb: ``update``, ``delete``, or a verb of :func:`offer_making`. :param values: new values by field in their
        JSON form; of a making, whatever it takes.
    """

    verb: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Making:
    """A verb that makes a record of another entity from each one of the selection.

    :param entity: of what is made. :param require: ``require(actor)`` raises where the right is missing.
    :param make: ``make(writer, values, ids, progress)`` for one chunk; gives a result for each id: *created*,
        *unchanged* where there is nothing to make, or *problem*.
    """

    entity: str
    require: Callable[[Actor], None]
    make: Callable[[Writer, Mapping[str, Any], Sequence[int], Mapping[str, Any] | None], list[Result]]


_making: dict[str, Making] = {}


def offer_making(verb: str, making: Making) -> None:
    """Register a verb of a module, once at start-up."""
    _making[verb] = making


@dataclass(slots=True)
class Tally:
    """What became of the records, and why some stayed as they were.

    :param refused: number by problem code. :param reasons: the sentence of each code.
    :param results: the first of them, to be shown.
    """

    matched: int = 0
    tried: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    results: list[Result] = field(default_factory=list)

    @property
    def left(self) -> int:
        return sum(self.refused.values())

    def add(self, results: Sequence[Result]) -> None:
        for result in results:
            self.tried += 1
            if result.verdict == "problem":
                self.refused[reason_of(result.problems)] += 1
            elif result.verdict == "unchanged":
                self.unchanged += 1
            else:
                self.changed += 1
            if len(self.results) < SHOWN and result.verdict != "unchanged":
                self.results.append(result)


def reason_of(problems: Sequence[Problem]) -> str:
    """The one code a refusal is counted under; what is out of reach for the change counts as a missing right."""
    real = [problem for problem in problems if not problem.warning]
    if not real or any(problem.field is None and problem.code == "no_such_record" for problem in real):
        return "no_right"
    return min(problem.code for problem in real)


def require(spec: EntitySpec, actor: Actor, change: Change) -> None:
    """:raises Forbidden, NotFound: without the right to change many at once, or to this kind of change."""
    if change.verb in _making:
        _making[change.verb].require(actor)
        return
    door.require_right(spec, actor, "bulk")
    door.require_right(spec, actor, VERBS[change.verb])


def require_seen(spec: EntitySpec, actor: Actor, ids: Sequence[int]) -> None:
    """:raises NotFound: when one of the ticked records is out of sight."""
    if len(query.rows(spec.key, actor).only(ids).ids()) < len(ids):
        raise NotFound(spec.key)


def require_all(spec: EntitySpec, actor: Actor, ids: Sequence[int], verb: str) -> None:
    """Ticked records must all be seen, and be in reach of both rights; else nothing is done.

    :raises NotFound: when one is out of sight; Forbidden: when only a right is missing.
    """
    require_seen(spec, actor, ids)
    for right in (VERBS[verb], "bulk"):
        door.require_right(spec, actor, right)
        if len(query.rows(spec.key, actor, right).only(ids).ids()) < len(ids):
            raise Forbidden(right, spec.key)


# -- trying ----------------------------------------------------------------------------------------------------------
def preview(spec: EntitySpec, actor: Actor, selection: Selection, change: Change) -> Tally:
    """What the change would do, tried on the first thousand; nothing is stored.

    :raises Rejected: for a filter that cannot be read, and when it takes too long.
    """
    require(spec, actor, change)
    with time_limit(SECONDS):
        found = selection.within(query.rows(spec.key, actor))
        tally = Tally(matched=found.queryset().count())
        writer = door.begin(actor, "ui", strict=True, dry_run=True, check_duplicates=False)
        tally.add(_write(writer, spec, change, found.ids(TRIED)))
    return tally


def _write(writer: Writer, spec: EntitySpec, change: Change, ids: Sequence[int], **options: Any) -> list[Result]:
    """One chunk. A record the actor may change, but not with many others at once, is refused like one out of reach."""
    if not ids:
        return []
    if change.verb in _making:
        return _making[change.verb].make(writer, change.values, ids, options.get("progress"))
    may = set(query.rows(spec.key, writer.actor, "bulk").only(ids).ids())
    ops = [Op(change.values, id=one, row=at) for at, one in enumerate(ids) if one in may]
    results = writer.write(spec.key, change.verb, ops, **options)
    results += [
        Result(at, one, "problem", [Problem(None, "no_right", row=at)], entity=spec.key)
        for at, one in enumerate(ids)
        if one not in may
    ]
    return results


# -- doing -----------------------------------------------------------------------------------------------------------
def apply(
    spec: EntitySpec, actor: Actor, selection: Selection, change: Change, title: str
) -> tuple[ChangeSet, Tally | None]:
    """Do it now when it is about a page, else hand it to a worker.

    :returns: the change set, and what became of the records when it is done already.
    """
    require(spec, actor, change)
    chosen = replace(selection, until=new_id()) if selection.ids is None else selection
    found = chosen.within(query.rows(spec.key, actor))
    count, capped = found.count(AT_ONCE + 1)
    if not capped and count <= AT_ONCE:
        with transaction.atomic():
            tally = Tally(matched=count)
            writer = door.begin(actor, "ui", title, strict=True, check_duplicates=False)
            tally.add(_write(writer, spec, change, found.ids(AT_ONCE)))
            changeset = writer.finish()
        return changeset, tally
    total = found.queryset().count()
    with transaction.atomic():
        data = {
            "bulk": {"entity": spec.key, "verb": change.verb, "values": storable(change.values)} | chosen.as_json(),
            "refused": {},
            "after": 0,
        }
        writer = door.begin(actor, "ui", title, strict=True, total=total, data=data)
        task = tasks.enqueue(change_many, {"changeset": writer.set_id}, actor_id=actor.user_id)
        writer.changeset.data = {**writer.changeset.data, "task": task}
        writer.changeset.save()
    return writer.changeset, None


@job(JOB, time_limit=timedelta(hours=4), max_attempts=ATTEMPTS)
def change_many(ctx: TaskContext, changeset: int) -> Mapping[str, Any]:
    """Change the records of a selection, chunk by chunk; after a crash it goes on behind the last chunk."""
    found = ChangeSet.objects.filter(pk=changeset, state=State.APPLYING).first()
    if found is None:
        return {"changeset": changeset}
    try:
        actor = _actor(found.actor_id)
        writer = door.resume(changeset, actor, strict=True, check_duplicates=False, defer_search=True)
        _run(writer, ctx.check, ctx)
    except (LeaseLost, Stopping):
        raise
    except Cancelled:
        _close(changeset, "cancelled")
        raise
    except (Rejected, NotFound, Forbidden) as error:
        codes = [problem.code for problem in error.problems] if isinstance(error, Rejected) else ["no_right"]
        _close(changeset, codes[0])
        return {"changeset": changeset, "stopped": codes[0]}
    except Exception:
        if ctx.attempt >= ATTEMPTS:
            _close(changeset, "failed")
        raise
    writer.finish()
    return {"changeset": changeset, "counts": dict(writer.changeset.counts)}


def _run(writer: Writer, check: Callable[[], None], ctx: TaskContext) -> None:
    asked = writer.changeset.data["bulk"]
    spec, change = registry()[asked["entity"]], Change(asked["verb"], asked["values"])
    selection = Selection.from_json(asked)
    while True:
        check()
        with snapshots.held():  # rights and filter as they are now
            actor = writer.actor = _actor(writer.changeset.actor_id)
            require(spec, actor, change)
            after = int(writer.changeset.data.get("after", 0))
            ids = selection.within(query.rows(spec.key, actor)).ids(CHUNK, after=after)
            ids = [one for one in ids if selection.until is None or one <= selection.until]
            if not ids:
                return
            with ctx.transaction():
                tally = Tally()
                tally.add(_write(writer, spec, change, ids, progress={"after": ids[-1]}))
                refused = Counter(writer.changeset.data.get("refused", {})) + tally.refused
                writer.changeset.data = {**writer.changeset.data, "refused": dict(refused)}
                writer.save()
                if tally.changed:
                    reindexing.catch_up()
                ctx.progress(writer.changeset.done, writer.changeset.total)


def _close(changeset: int, why: str) -> None:
    """What was done until now stays, and can be taken back."""
    found = ChangeSet.objects.get(pk=changeset)
    found.data = {**found.data, "stopped": why}
    found.save()
    done = any((found.counts or {}).get(name) for name in DONE)
    door.resume(changeset, _anybody(found)).finish(State.PARTLY_APPLIED if done else State.FAILED)


def _anybody(changeset: ChangeSet) -> Actor:
    return Actor(changeset.actor_id, changeset.actor_name)


def _actor(user_id: int | None) -> Actor:
    """Whoever asked, with the rights of this moment.

    :raises Forbidden: when they may not work here any more.
    """
    snapshot = snapshots.current()
    member = snapshot.members.get(user_id or 0)
    if member is None or not member.active:
        raise Forbidden("bulk", "user")
    return snapshot.actor(member.id)


# -- watching --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Progress:
    """How a change to many records stands.

    :param refused: number by problem code. :param stopped: why it did not go to its end, ``""`` otherwise.
    """

    changeset: ChangeSet
    entity: str
    verb: str
    done: int
    total: int
    changed: int
    unchanged: int
    refused: Mapping[str, int]
    stopped: str

    @property
    def running(self) -> bool:
        return bool(self.changeset.state == State.APPLYING)

    @property
    def gone(self) -> int:
        """Records that matched when the person confirmed, and did not any more when their turn came."""
        return 0 if self.running or self.stopped else max(0, self.total - self.done)


def progress_of(changeset: ChangeSet) -> Progress:
    """:raises NotFound: when the set is no change to many records."""
    asked = changeset.data.get("bulk")
    if not isinstance(asked, dict):
        raise NotFound("change set")
    counts = changeset.counts or {}
    refused = {str(code): int(count) for code, count in changeset.data.get("refused", {}).items()}
    changed = sum(int(counts.get(name, 0)) for name in DONE)
    done = changed + int(counts.get("unchanged", 0)) + sum(refused.values())
    stopped = str(changeset.data.get("stopped", ""))
    return Progress(
        changeset, asked["entity"], asked["verb"], done, int(changeset.total or 0), changed,
        int(counts.get("unchanged", 0)), refused, stopped,
    )  # fmt: skip


def cancel(changeset: ChangeSet) -> None:
    """Stop at the next chunk; what is done stays. One that no worker has begun is over at once."""
    if changeset.state != State.APPLYING or "task" not in changeset.data:
        return
    state = tasks.cancel(int(changeset.data["task"]))
    if state is tasks.TaskState.CANCELLED:
        _close(int(changeset.pk), "cancelled")

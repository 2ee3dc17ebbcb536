"""What somebody signed in was refused, told in the audit trail.

Outside, what is forbidden and what does not exist look the same. Inside they are told apart, after the answer is out:
both cases then ask the database the same and both add one entry, so neither answer nor its cost says which it was.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tracte.engine import downloads
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import decode
from tracte.kernel.problems import Forbidden, NotFound
from tracte.meta.registry import EntitySpec, registry
from tracte.records import audit, undo
from tracte.records import snapshot as snapshots
from tracte.records.audit import Place, What
from tracte.records.changes import ChangeSet
from tracte.records.query import Rows, reach
from tracte.records.tasks import api as tasks

log = logging.getLogger("tracte.audit")
Answer = TypeVar("Answer", bound=HttpResponseBase)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for. :param parts: what the address names. :param place: where the request came from."""

    actor: Actor
    path: str
    parts: Mapping[str, Any]
    error: NotFound | Forbidden
    place: Place

    @property
    def spec(self) -> EntitySpec | None:
        """The kind of record the address is about."""
        words = self.path.removeprefix("/api/v1/").strip("/").split("/")
        for plural in (self.parts.get("plural"), words[0]):
            if plural in registry().by_plural:
                return registry().by_plural[plural]
        return registry().entities.get(str(self.parts.get("entity")))

    def number(self, *names: str) -> int | None:
        """The id one of these parts of the address holds."""
        for name in names:
            value = self.parts.get(name)
            if isinstance(value, int):
                return value
            if value is not None:
                with suppress(ValueError):
                    return decode(str(value))
        return None

    def counter(self, name: str) -> int | None:
        """The same for numbers that are counted up: change sets and tasks."""
        value = str(self.parts.get(name, ""))
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def told(answer: Answer, request: HttpRequest, actor: Actor | None, error: NotFound | Forbidden) -> Answer:
    """The same answer; when it is out, the trail says what was refused."""
    match = request.resolver_match
    if actor is not None and match is not None:
        asked = Asked(actor, request.path_info, match.kwargs, error, audit.place())
        answer._resource_closers.append(lambda: _tell(asked))  # type: ignore[attr-defined]  # noqa: SLF001
    return answer


def _tell(asked: Asked) -> None:
    try:
        error = asked.error
        found = _forbidden(asked, error) if isinstance(error, Forbidden) else _missing(asked)
        if found is not None:
            kind, more = found
            key = f"refused {asked.actor.user_id}"
            audit.note_sparingly(key, audit.MOST_REFUSALS, kind, asked.actor, where=asked.place, **more)
    except Exception:
        # Nobody waits for it any more: the answer is out.
        log.exception("the audit trail could not be written")


Found = tuple[What, dict[str, Any]] | None


def _forbidden(asked: Asked, error: Forbidden) -> Found:
    """They may see it; the verb is what they lack."""
    spec = asked.spec
    entity = error.entity if error.entity in registry() else spec.key if spec else ""
    set_id = asked.counter("set_id") or asked.counter("changeset")
    return What.REFUSED, {
        "entity": entity,
        "record_id": asked.number("record_id", "record"),
        "set_id": set_id,
        "verb": error.verb,
    }


def _missing(asked: Asked) -> Found:
    for name in ("set_id", "changeset"):
        if name in asked.parts:
            return _change_set(asked, asked.counter(name))
    if "task" in asked.parts:
        task = asked.counter("task")
        return _there(task is not None and tasks.read(task) is not None, thing="task")
    if "download_id" in asked.parts:
        with suppress(ValueError):
            return _there(downloads.load(decode(str(asked.parts["download_id"]))) is not None, thing="file")
        return None
    spec, record_id = asked.spec, asked.number("record_id", "record")
    if asked.path.startswith("/settings/") and not asked.actor.admin:
        return What.REFUSED, {"page": asked.path}
    if spec is None:
        return None
    if record_id is not None:
        return _record(asked, spec, record_id)
    if reach(spec, asked.actor, "view") is Level.NONE:
        return What.REFUSED, {"entity": spec.key}
    return None


def _there(known: bool, **more: Any) -> Found:
    return (What.REFUSED if known else What.NOT_THERE), more


def _change_set(asked: Asked, set_id: int | None) -> Found:
    """Somebody else's, or none at all; one's own that cannot be decided on is no refusal."""
    number = set_id or 0
    stands = ChangeSet.objects.filter(pk=number).exists()
    if undo.visible_sets(asked.actor).filter(pk=number).exists():
        return None
    return _there(stands, set_id=set_id, thing="changes")


def _record(asked: Asked, spec: EntitySpec, record_id: int) -> Found:
    """A record out of reach, or a field of one; or none at all. What was deleted under somebody's hands is neither."""
    stored = list(spec.model._default_manager.filter(pk=record_id).values_list("deleted_at", flat=True))
    binned = bool(stored and stored[0] is not None)
    rows = Rows(spec, asked.actor, "view", snapshots.current(), binned=binned)
    seen = rows.queryset().filter(pk=record_id).exists()
    more = {"entity": spec.key, "record_id": record_id}
    if not seen:
        return _there(bool(stored), **more)
    name = str(asked.parts.get("name", ""))
    if name in spec.fields and asked.actor.locks(spec.key, name):
        return What.REFUSED, {**more, "field": name}
    return None

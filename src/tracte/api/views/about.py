"""What there is: entities, fields and rights of the one who asks; background tasks."""

from typing import Any

from django.http import HttpResponse

from tracte.api.answers import answer
from tracte.api.dispatch import Call
from tracte.api.history import moment
from tracte.api.jobs import change_many
from tracte.api.params import SEVERAL
from tracte.engine.importing import wizard
from tracte.kernel.actor import VERBS, Level
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.meta.kinds.base import Kind
from tracte.meta.registry import EntitySpec, registry
from tracte.records import door
from tracte.records.query import reach
from tracte.records.tasks import api as tasks
from tracte.records.tasks.api import TaskReport, TaskState
from tracte.records.transactions import writing


def meta(call: Call) -> HttpResponse:
    """``GET /meta``."""
    call.params.finish()
    company = call.snapshot.company
    seen = [spec for spec in registry() if reach(spec, call.actor, "view") is not Level.NONE]
    return answer(
        {
            "user": {"id": encode(call.actor.user_id or 0), "title": call.actor.name, "admin": call.actor.admin},
            "company": {name: company.get(name) for name in ("name", "currency", "country", "timezone")},
            "entities": [_entity(call, spec) for spec in seen],
        }
    )


def _entity(call: Call, spec: EntitySpec) -> dict[str, Any]:
    declared = spec.declaration
    visible = {name: kind for name, kind in spec.fields.items() if not call.actor.hides(spec.key, name)}
    return {
        "key": spec.key,
        "plural": spec.plural,
        "label": str(declared.label),
        "label_plural": str(declared.label_plural),
        "sort": declared.list.sort,
        "rights": {verb: reach(spec, call.actor, verb).name.lower() for verb in VERBS},
        "fields": [_field(call, spec, name, kind) for name, kind in visible.items()],
        "actions": [
            {
                "key": action.key,
                "label": str(action.label),
                "verb": action.verb,
                "asks": [*action.asks, *action.takes],
            }
            for action in spec.actions.values()
        ],
    }


def _field(call: Call, spec: EntitySpec, name: str, kind: Kind) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": name,
        "label": str(kind.label),
        "help": str(kind.help),
        "kind": kind.key,
        "required": kind.required,
        "read_only": kind.read_only or call.actor.locks(spec.key, name),
        "several": kind.key in SEVERAL,
        "sortable": kind.sortable and kind.stored,
        "operators": list(kind.operators),
        "to": getattr(kind, "to", None),
    }
    options = getattr(kind, "options", None)
    if callable(options):
        listed = options(call.snapshot.context(call.actor))
        shown["options"] = [
            {"key": one.key, "label": str(one.label), "retired": one.retired} for one in listed.values()
        ]
    return shown


def read_task(call: Call, task: str) -> HttpResponse:
    """``GET /tasks/{id}``."""
    call.params.finish()
    return answer(_task(find_task(call, task)))


def cancel_task(call: Call, task: str) -> HttpResponse:
    """``DELETE /tasks/{id}``: a waiting task is cancelled with the change set it was to write, a running one asked to
    stop after its chunk."""
    call.params.finish()
    found = find_task(call, task)
    with writing():
        if tasks.cancel(found.id) == TaskState.CANCELLED and found.job in (wizard.APPLY, change_many.name):
            door.call_off(int(found.args["changeset"]))
    return answer(_task(find_task(call, task)))


def find_task(call: Call, text: str) -> TaskReport:
    """A task of one's own; administrators see all.

    :raises NotFound: for any other.
    """
    found = tasks.read(int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None
    if found is None or not (call.actor.admin or found.actor_id == call.actor.user_id):
        raise NotFound("task")
    return found


def _task(found: TaskReport) -> dict[str, Any]:
    return {
        "id": found.id,
        "job": found.job,
        "state": found.state.value,
        "finished": found.finished,
        "done": found.done,
        "total": found.total,
        "note": found.note,
        "result": found.result,
        "cancel_requested": found.cancel_requested,
        "created_at": moment(found.created_at),
        "started_at": moment(found.started_at),
        "finished_at": moment(found.finished_at),
    }

"""Exports: a file made in the background, fetched by whoever asked for it."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from tracte.api.answers import answer
from tracte.api.bodies import body_of, only
from tracte.api.dispatch import Call, entity_named
from tracte.api.jobs import export_file, export_path, where_of
from tracte.api.views.about import find_task
from tracte.api.writes import once
from tracte.engine import downloads
from tracte.engine.attachments import attachment
from tracte.engine.exporting import FORMATS
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.records import audit, door, query
from tracte.records.tasks import api as tasks


def start(call: Call) -> HttpResponse:
    """``POST /exports`` with ``{"entity", "where", "format"}``: 202 with the task."""
    call.params.finish()
    body = body_of(call.request)
    only(body, "entity", "where", "format")
    plural, form, where = body.get("entity"), body.get("format", "csv"), body.get("where")
    if not isinstance(plural, str):
        raise Rejected([Problem("entity", "required" if plural is None else "not_text")])
    if form not in FORMATS:
        raise Rejected([Problem("format", "not_a_choice", {"value": str(form)[:20]})])
    spec = entity_named(plural, call.actor)
    door.require_right(spec, call.actor, "export")
    if where is not None:
        try:
            where_of(query.rows(spec.key, call.actor), where)
        except Rejected as rejected:
            raise Rejected(rejected.problems, status=422) from None

    def run() -> HttpResponse:
        args: dict[str, Any] = {"entity": spec.key, "where": where, "form": form, "address": audit.place().address}
        task = tasks.enqueue(export_file, args, actor_id=call.actor.user_id)
        return answer({"task": task, "changeset": None}, 202, {"Location": f"/api/v1/tasks/{task}"})

    return once(call, run)


def fetch(call: Call, task: str) -> HttpResponseBase:
    """``GET /tasks/{id}/file``: the file an export made."""
    call.params.finish()
    found = find_task(call, task)
    if found.job != export_file.name or found.actor_id != call.actor.user_id or not found.result:
        raise NotFound("file")
    path = export_path(found.id, found.result["format"])
    if not path.is_file():
        raise NotFound("file")
    name = f"{found.result['entity']}.{found.result['format']}"
    downloads.tell_fetched(call.actor, str(found.result["entity"]), name)
    return attachment(path, name)

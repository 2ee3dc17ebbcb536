"""Lists and single records of every entity."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from django.http import HttpResponse

from tracte.api.answers import answer, empty
from tracte.api.bodies import body_of, no_body, raw_values
from tracte.api.dispatch import Call, entity_named
from tracte.api.jobs import where_of
from tracte.api.params import take_filters
from tracte.api.shapes import shape_of, show_one
from tracte.api.writes import ORIGIN, changeset_header, etag, if_match, mode_of, once, proposed, tried
from tracte.engine.searching import matching
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound, Problem
from tracte.meta.registry import EntitySpec
from tracte.records import audit, door, query
from tracte.records.door import Outcome
from tracte.records.limits import time_limit
from tracte.records.proposals import Step
from tracte.records.query import Rows

COUNT_CAP = 1001
SECONDS = 5.0


def narrowed(rows: Rows, condition: Any) -> Rows:
    """Rows that meet a condition whose values are JSON: types must match, locale does not matter.

    :raises Rejected: 400.
    """
    return rows if condition is None else where_of(rows, condition)


def holding(rows: Rows, text: str) -> Rows:
    """Rows whose search text holds every word, as far as the actor may see it."""
    return replace(rows, extra=rows.extra & matching(rows, text))


def index(call: Call, plural: str) -> HttpResponse:
    """``GET /{plural}``: one page."""
    spec = entity_named(plural, call.actor)
    params = call.params
    text, sort, cursor = params.text("q"), params.text("sort"), params.text("cursor")
    limit, counted, words = params.limit(), params.flag("count"), params.words("fields")
    condition = take_filters(params, spec, call.actor)
    params.finish()
    shape = shape_of(spec, call.actor, words)
    rows = narrowed(query.rows(spec.key, call.actor), condition)
    if text is not None:
        rows = holding(rows, text)
    # The order and the filters of the client may meet no index: no request holds a worker for long.
    asked = sort or text or counted or condition is not None
    with time_limit(SECONDS) if asked else nullcontext():
        page = rows.page(shape.reads, sort or "", cursor or None, limit)
        body: dict[str, Any] = {"data": shape.show(page.rows), "next": page.next}
        if counted:
            found, capped = rows.count(COUNT_CAP)
            body |= {"count": min(found, COUNT_CAP - 1), "capped": capped}
    audit.read(call.actor, spec.key, [row["id"] for row in page.rows])
    return answer(body)


def create(call: Call, plural: str) -> HttpResponse:
    """``POST /{plural}``: 201 with the record and where it is."""
    spec = entity_named(plural, call.actor)
    mode = mode_of(call)
    call.params.finish()
    values = raw_values(spec, body_of(call.request))
    if mode.dry_run:
        return tried(
            call.actor, door.create(call.actor, spec.key, values, origin=ORIGIN, strict=True, dry_run=True).results
        )

    def run() -> HttpResponse:
        if mode.propose:
            return proposed(call, [Step(spec.key, "create", values)])
        outcome = door.create(call.actor, spec.key, values, origin=ORIGIN, strict=True)
        return written(call, spec, outcome, 201)

    return once(call, run)


def read_one(call: Call, plural: str, record: str) -> HttpResponse:
    """``GET /{plural}/{id}``: with its version as ``ETag``."""
    spec = entity_named(plural, call.actor)
    words = call.params.words("fields")
    call.params.finish()
    shape = shape_of(spec, call.actor, words)
    values = query.rows(spec.key, call.actor).get(query.record_id(record), shape.reads)
    audit.read(call.actor, spec.key, [values["id"]])
    return answer(shape.show([values])[0], headers=etag(values["version"]))


def change(call: Call, plural: str, record: str) -> HttpResponse:
    """``PATCH /{plural}/{id}``: the fields given, the rest stays."""
    spec = entity_named(plural, call.actor)
    mode, version = mode_of(call), if_match(call.request)
    call.params.finish()
    pk = query.record_id(record)
    values = raw_values(spec, body_of(call.request))
    options: dict[str, Any] = {"origin": ORIGIN, "strict": True, "version": version}
    if mode.dry_run:
        return tried(call.actor, door.update(call.actor, spec.key, pk, values, dry_run=True, **options).results)

    def run() -> HttpResponse:
        if mode.propose:
            return proposed(call, [Step(spec.key, "update", values, pk, version)])
        return written(call, spec, door.update(call.actor, spec.key, pk, values, **options), 200)

    return once(call, run)


def bin_one(call: Call, plural: str, record: str) -> HttpResponse:
    """``DELETE /{plural}/{id}``: into the bin."""
    spec = entity_named(plural, call.actor)
    mode, version = mode_of(call), if_match(call.request)
    call.params.finish()
    no_body(call.request)
    pk = query.record_id(record)
    if mode.dry_run:
        outcome = door.delete(call.actor, spec.key, pk, origin=ORIGIN, version=version, dry_run=True)
        return tried(call.actor, outcome.results)

    def run() -> HttpResponse:
        if mode.propose:
            return proposed(call, [Step(spec.key, "delete", {}, pk, version)])
        outcome = door.delete(call.actor, spec.key, pk, origin=ORIGIN, version=version)
        return empty(changeset_header(outcome.set_id))

    return once(call, run)


def restore(call: Call, plural: str, record: str) -> HttpResponse:
    """``POST /{plural}/{id}/restore``: out of the bin."""
    spec = entity_named(plural, call.actor)
    mode = mode_of(call)
    call.params.finish()
    pk = query.record_id(record)
    if body_of(call.request, optional=True):
        no_body(call.request)
    if mode.dry_run:
        return tried(call.actor, door.restore(call.actor, spec.key, pk, origin=ORIGIN, dry_run=True).results)

    def run() -> HttpResponse:
        if mode.propose:
            return proposed(call, [Step(spec.key, "restore", {}, pk)])
        return written(call, spec, door.restore(call.actor, spec.key, pk, origin=ORIGIN), 200)

    return once(call, run)


def act(call: Call, plural: str, record: str, action: str) -> HttpResponse:
    """``POST /{plural}/{id}/{action}``: a business verb of the entity, with the fields it asks for."""
    spec = entity_named(plural, call.actor)
    if action not in spec.actions:
        raise NotFound(action)
    mode, version = mode_of(call), if_match(call.request)
    call.params.finish()
    pk = query.record_id(record)
    values = raw_values(spec, body_of(call.request, optional=True), spec.actions[action].takes)
    options: dict[str, Any] = {"origin": ORIGIN, "strict": True, "version": version}
    if mode.dry_run:
        return tried(call.actor, door.act(call.actor, spec.key, pk, action, values, dry_run=True, **options).results)

    def run() -> HttpResponse:
        if mode.propose:
            return proposed(call, [Step(spec.key, f"act:{action}", values, pk, version)])
        return written(call, spec, door.act(call.actor, spec.key, pk, action, values, **options), 200)

    return once(call, run)


def written(call: Call, spec: EntitySpec, outcome: Outcome, status: int) -> HttpResponse:
    """The record after a write as the actor may see it, with what to look at again."""
    headers = changeset_header(None if outcome.unchanged else outcome.set_id)
    if status == 201:
        headers |= {"Location": f"/api/v1/{spec.plural}/{encode(outcome.id)}"}
    try:
        shown = show_one(spec, call.actor, outcome.id)
        headers |= etag(shown["version"])
    except NotFound:  # written within the reach for the verb, out of the reach for seeing
        shown = {"id": encode(outcome.id)}
    if outcome.warnings:
        shown["warnings"] = warnings_of(outcome.warnings)
    return answer(shown, status, headers)


def warnings_of(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [problem.as_json() for problem in problems]

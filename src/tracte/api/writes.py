"""What every write of the API shares: preconditions, replay of repeated requests, proposals, dry runs."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from tracte.api.answers import Refused, answer
from tracte.api.dispatch import Call
from tracte.api.history import shown_diffs, tally
from tracte.api.params import refuse
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.registry import registry
from tracte.records import idempotency, proposals
from tracte.records.proposals import Step
from tracte.records.storing import json_diff
from tracte.records.writing import Result

ORIGIN = "api"
CHANGESET = "Tracte-Changeset"
REPLAYED = "Idempotent-Replayed"
_VERSION = re.compile(r'"([1-9][0-9]{0,8})"\Z')
_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")


@dataclass(frozen=True, slots=True)
class Mode:
    """How a write is meant: done, only proposed, or only tried."""

    propose: bool
    dry_run: bool


def mode_of(call: Call) -> Mode:
    """Take ``propose`` and ``dry_run`` from the query string."""
    mode = Mode(call.params.flag("propose"), call.params.flag("dry_run"))
    if mode.propose and mode.dry_run:
        raise refuse("bad_parameter", "dry_run", name="dry_run")
    return mode


def if_match(request: HttpRequest) -> int | None:
    """The version the client read, from ``If-Match``; ``None`` when any version will do.

    :raises Rejected: 400 for anything but one version in quotes or ``*``.
    """
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    found = _VERSION.match(given.strip())
    if found is None:
        raise refuse("bad_header", None, name="If-Match")
    return int(found[1])


def etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def once(call: Call, run: Callable[[], HttpResponse], digest: str | None = None) -> HttpResponse:
    """Run a write; with an ``Idempotency-Key`` at most once, however often the request comes.

    Call it when nothing but the business itself can refuse any more: what was refused before leaves the key unused.

    :param digest: what the request says, when its body is a form with files; else it is taken from the body.
    """
    key = call.request.headers.get("Idempotency-Key")
    if key is None:
        return run()
    if not _KEY.match(key):
        raise refuse("bad_header", None, name="Idempotency-Key")
    request = call.request
    if digest is None:
        digest = idempotency.digest_of(str(request.method), request.get_full_path(), request.body)
    try:
        reply = idempotency.once(f"user:{call.actor.user_id}", key, digest, lambda: _reply(run))
    except idempotency.OtherRequest:
        raise Rejected([Problem(None, "idempotency_mismatch")]) from None
    except idempotency.InProgress:
        raise Refused(409, Problem(None, "in_progress"), headers={"Retry-After": "1"}) from None
    response = HttpResponse(reply.body.encode(), status=reply.status)
    del response.headers["Content-Type"]
    for name, value in reply.headers.items():
        response.headers[name] = value
    if reply.replayed:
        response.headers[REPLAYED] = "true"
    return response


def _reply(run: Callable[[], HttpResponse]) -> idempotency.Reply:
    response = run()
    return idempotency.Reply(response.status_code, response.content.decode(), dict(response.headers.items()))


def changeset_header(set_id: int | None) -> dict[str, str]:
    return {} if set_id is None else {CHANGESET: str(set_id)}


def proposed(call: Call, steps: Sequence[Step], title: str = "") -> HttpResponse:
    """202 with the change set that waits for somebody to apply it."""
    changeset = proposals.propose(call.actor, steps, origin=ORIGIN, title=title)
    location = {"Location": f"/api/v1/changes/{changeset.pk}"}
    body = {"changeset": changeset.pk, "state": changeset.state, "counts": tally(changeset.counts)}
    return answer(body, 202, location | changeset_header(changeset.pk))


def tried(actor: Actor, results: Sequence[Result]) -> HttpResponse:
    """200 with what a write would do."""
    return answer({"dry_run": True, "results": [verdict(actor, result) for result in results]})


def verdict(actor: Actor, result: Result) -> dict[str, Any]:
    """One row's outcome as the actor may see it; ids of records that were only thought of are left out."""
    spec = registry()[result.entity]
    made = result.verdict != "created" and result.id is not None
    return {
        "entity": result.entity,
        "id": encode(int(result.id or 0)) if made else None,
        "verdict": result.verdict,
        "problems": [problem.as_json() for problem in result.problems],
        "changes": shown_diffs(spec, actor, [json_diff(spec, result.diff)])[0] if result.diff else {},
    }

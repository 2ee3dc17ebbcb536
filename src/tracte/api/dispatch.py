"""From a request to an answer: one wrapper for every address of the API.

Signed in → method known → one snapshot held → handler; whatever a room below refuses becomes a problem document.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from tracte.api import answers
from tracte.api.answers import Refused, answer, problem
from tracte.api.auth import refused_token, unauthorised, user_of
from tracte.api.params import Params
from tracte.engine import refusals
from tracte.engine.intake import TooLarge
from tracte.engine.uploads import shown_limit
from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import Conflict, Forbidden, NotFound, Problem, Rejected
from tracte.meta.registry import EntitySpec, registry
from tracte.records import snapshot as snapshots
from tracte.records.query import reach
from tracte.records.snapshot import Snapshot

log = logging.getLogger("tracte.api")

__all__ = ["Call", "answer", "answers", "entity_named", "route"]


@dataclass(slots=True)
class Call:
    """One request of somebody known."""

    request: HttpRequest
    actor: Actor
    snapshot: Snapshot
    params: Params


Handler = Callable[..., HttpResponseBase]


def route(**methods: Handler) -> Callable[..., HttpResponseBase]:
    """A Django view out of handlers by HTTP method: ``route(GET=read, PATCH=change)``. ``HEAD`` goes with ``GET``."""
    allowed = ", ".join(sorted({*methods, "HEAD"} if "GET" in methods else methods))

    @csrf_exempt  # a token cannot be forged by another site; for sessions auth.py makes the check itself
    def view(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else str(request.method)
        handler = methods.get(method)
        return _guarded(request, lambda: _run(request, handler, allowed, parts))

    return view


def _run(request: HttpRequest, handler: Handler | None, allowed: str, parts: dict[str, Any]) -> HttpResponseBase:
    asker = user_of(request)
    user_id = asker.user_id
    with snapshots.held() as snapshot:
        member = snapshot.members.get(user_id)
        if member is None or not member.active:
            raise refused_token("closed", user_id) if "Authorization" in request.headers else unauthorised()
        actor = asker.scope.applied(snapshot.actor(user_id))
        request.asked_by = actor  # type: ignore[attr-defined]
        asker.check(request)
        if handler is None:
            raise Refused(405, Problem(None, "method_not_allowed"), headers={"Allow": allowed})
        return handler(Call(request, actor, snapshot, Params(request)), **parts)


def asker_of(request: HttpRequest) -> Actor | None:
    """Who asks, once that is known."""
    return getattr(request, "asked_by", None)


def _guarded(request: HttpRequest, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        return run()
    except Refused as refused:
        return problem(refused.status, refused.problems, refused.headers)
    except NotFound as missing:
        return refusals.told(problem(404), request, asker_of(request), missing)
    except Forbidden as forbidden:
        answered = problem(403, [Problem(None, "no_right")])
        return refusals.told(answered, request, asker_of(request), forbidden)
    except Conflict as conflict:
        return problem(412, [Problem(None, "stale")], {"ETag": f'"{conflict.current}"'})
    except Rejected as rejected:
        return problem(rejected.status, rejected.problems)
    except TooLarge:
        return problem(413, [Problem(None, "too_large", {"max": shown_limit()})])
    except (SuspiciousOperation, MultiPartParserError):
        return problem(400, [Problem(None, "bad_request")])
    except OperationalError:
        log.exception("the database did not answer")
        return problem(503, [Problem(None, "in_progress")], {"Retry-After": "1"})
    except Exception:
        log.exception("a request to the API failed")
        return problem(500)


def entity_named(plural: str, actor: Actor) -> EntitySpec:
    """The entity behind a plural.

    :raises NotFound: when there is none, or the actor has no right to see any of it.
    """
    spec = registry().by_plural.get(plural)
    if spec is None or reach(spec, actor, "view") is Level.NONE:
        raise NotFound(plural)
    return spec


def nothing_here(call: Call, **parts: Any) -> HttpResponse:
    """Any other address."""
    raise NotFound(call.request.path)

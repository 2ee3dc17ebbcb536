"""What the API answers: JSON, and problems in the form of RFC 9457."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from tracte.kernel.problems import Problem

PROBLEM_TYPE = "application/problem+json"


def title_of(status: int) -> str:
    """The short sentence for a status."""
    titles = {
        400: _("The request could not be understood"),
        401: _("Sign in first"),
        403: _("You may not do this"),
        404: _("Nothing is here"),
        405: _("This method is not available here"),
        409: _("This does not fit what is there now"),
        412: _("This changed meanwhile"),
        413: _("This is too large"),
        415: _("Send JSON"),
        422: _("Some of this cannot be kept"),
        503: _("Try again in a moment"),
    }
    return titles.get(status) or _("This did not work")


class Refused(Exception):
    """A request turned away before it reached the business.

    :param status: HTTP status, 400–503.
    :param headers: further headers of the answer (``Allow``, ``WWW-Authenticate``).
    """

    def __init__(self, status: int, *problems: Problem, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.problems, self.headers = status, problems, dict(headers or {})
        super().__init__(f"{status}: {', '.join(problem.code for problem in problems)}")


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A JSON answer. Nothing between us and the client may keep a copy: it was cut to one actor's rights."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return _response(text.encode(), status, "application/json", headers)


def empty(headers: Mapping[str, str] | None = None) -> HttpResponse:
    """204: done, nothing to show."""
    response = _response(b"", 204, "application/json", headers)
    del response.headers["Content-Type"]
    return response


def problem(status: int, problems: Iterable[Problem] = (), headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A refusal. Two refusals with the same problems are the same to the byte."""
    listed = list(problems)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title_of(status),
        "status": status,
        "problems": [_problem(one, many=len({p.row for p in listed}) > 1) for one in listed],
    }
    # Escaped: a message may quote what the client sent, even half of a surrogate pair.
    return _response(json.dumps(body).encode(), status, PROBLEM_TYPE, headers)


def _problem(one: Problem, *, many: bool) -> dict[str, Any]:
    shown = one.as_json()
    return shown | {"row": one.row} if many and one.row is not None else shown


def _response(content: bytes, status: int, kind: str, headers: Mapping[str, str] | None) -> HttpResponse:
    response = HttpResponse(content, status=status, content_type=kind)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    response.headers["Vary"] = "Authorization, Cookie"
    # A client's mistake is no event in our log.
    response._has_been_logged = status < 500  # type: ignore[attr-defined]  # noqa: SLF001
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response

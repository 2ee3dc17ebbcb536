"""Who asks: a token in the ``Authorization`` header, or the session of somebody signed in to the pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from tracte.api.answers import Refused
from tracte.kernel import clock
from tracte.kernel.actor import WHOLE, TokenScope
from tracte.kernel.problems import Problem
from tracte.records import audit
from tracte.records.audit import What
from tracte.records.people import Token
from tracte.records.statements import Made, rows_of

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
EXPORTS = "/api/v1/exports"
BEYOND = ("/api/v1/changes", "/api/v1/imports", "/api/v1/tasks")
LAST_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose rights a request has, and what they are cut to."""

    user_id: int
    scope: TokenScope = WHOLE

    def check(self, request: HttpRequest) -> None:
        """Change sets, imports and tasks reach beyond one kind of record, and may go on in the background with all the
        rights of the person: a token that is cut leaves them alone.

        :raises Refused: 403.
        """
        if self.scope.whole or request.method in SAFE:
            return
        if request.path.startswith(BEYOND) or (not self.scope.writes and request.path != EXPORTS):
            raise Refused(403, Problem(None, "token_scope"))


def user_of(request: HttpRequest) -> Asker:
    """Who is behind a request. A header wins over a session, so a bad token is never covered by a cookie.

    :raises Refused: 401 without valid credentials; 403 when a session asks for a change without its CSRF token.
    """
    header = request.headers.get("Authorization")
    if header is not None:
        return _by_token(header)
    user: Any = request.user
    if not user.is_authenticated:
        raise unauthorised()
    if request.method not in SAFE:
        _check_csrf(request)
    return Asker(int(user.pk))


def unauthorised() -> Refused:
    return Refused(401, Problem(None, "not_signed_in"), headers={"WWW-Authenticate": 'Bearer realm="tracte"'})


def refused_token(why: str, user_id: int | None = None) -> Refused:
    """The same answer to every token that is not good; the audit trail keeps why, never the token.

    :param why: ``unreadable``, ``unknown``, ``expired`` or ``closed`` (its person may not sign in).
    """
    key = f"token {audit.place().address}"
    entity = "user" if user_id else ""
    audit.note_sparingly(key, audit.MOST_STRANGERS, What.TOKEN_REFUSED, entity=entity, record_id=user_id, why=why)
    return unauthorised()


def _by_token(header: str) -> Asker:
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key or len(key) > 200:
        raise refused_token("unreadable")
    now = clock.now()
    found = rows_of("token", _token, (Token.digest_of(key.strip()),))
    if not found:
        raise refused_token("unknown")
    pk, user_id, expires_at, last_used_at, scope = found[0]
    if expires_at is not None and expires_at <= now:
        raise refused_token("expired", int(user_id))
    _remember_use(pk, last_used_at, now)
    return Asker(int(user_id), Token.scope_of(scope))


def _token(values: Sequence[Any]) -> Made:
    return Token.objects.filter(digest=values[0]).values_list("pk", "user_id", "expires_at", "last_used_at", "scope")


def _remember_use(token: int, last: datetime | None, now: datetime) -> None:
    """When the token was last used, to the minute: bookkeeping outside the door, and not one write a request."""
    if last is None or now - last >= LAST_USED_EVERY:
        Token.objects.filter(pk=token).update(last_used_at=now)


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, which tells the reason instead of answering with a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _check_csrf(request: HttpRequest) -> None:
    check = _CsrfCheck(lambda request: HttpResponse())
    check.process_request(request)
    if check.process_view(request, None, (), {}):  # type: ignore[arg-type]  # no view: ours is exempt from the page's check
        raise Refused(403, Problem(None, "csrf"))

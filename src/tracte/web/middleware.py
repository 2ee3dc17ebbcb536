"""What every answer tells the browser about itself: where script and style may come from, and who may frame it."""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Trusted Types: only htmx may turn text into markup, and only for elements that carry this page's nonce (hx-csp).
POLICY = (
    "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types htmx"
)


class ContentSecurity:
    """Puts the nonce on the request as ``csp_nonce`` and the policy on the answer, errors included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; a view that has set a policy of its own (a file, say) keeps it."""
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

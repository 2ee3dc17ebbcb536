"""What every answer tells the browser about itself: where script and style may come from, and who may frame it.
And where a request comes from, for the audit trail."""

import ipaddress
import secrets
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tracte.records import audit
from tracte.records.audit import Place

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
        if response.headers.get("Content-Type", "").startswith("application/json"):
            response.headers.setdefault("Cache-Control", "no-store")  # cut to one person's rights
        return response


class Whence:
    """What a request leaves in the audit trail says through which door and from which address it came."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        door = "api" if request.path_info.startswith("/api/") else "ui"
        with audit.coming(Place(door, address_of(request))):
            return self.get_response(request)


def address_of(request: HttpRequest) -> str:
    """The network address of whoever asks: of the connection, or what the proxy in front of us says of it.

    A proxy is believed as for the protocol: only where there must be one, because the base address is https.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    for text in (forwarded.rpartition(",")[2].strip(), str(request.META.get("REMOTE_ADDR", ""))):
        try:
            return str(ipaddress.ip_address(text))
        except ValueError:
            continue
    return ""

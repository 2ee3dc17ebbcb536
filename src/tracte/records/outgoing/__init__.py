"""Calls to servers somebody named: the only way out, so that none of them is one of ours.

:mod:`.hosts` checks a typed host, :mod:`.client` fetches a typed URL; here both know what the administrator allows
inside the firm's network (``TRACTE_OUTGOING_ALLOW``).

answer = outgoing.fetch("https://example.com/logo.png", limits=Limits(size=200_000))
place = outgoing.checked_host("mail.example.com", 993, {993})
"""

from collections.abc import Collection, Mapping

from django.conf import settings

from tracte.records.outgoing import client, hosts
from tracte.records.outgoing.client import WEB_PORTS, Answer, Calling, Limits
from tracte.records.outgoing.hosts import Place, Resolver, system_resolver


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    ports: Collection[int] = WEB_PORTS,
    limits: Limits | None = None,
    resolve: Resolver = system_resolver,
) -> Answer:
    """Call a URL somebody typed; see :func:`tracte.records.outgoing.client.fetch`."""
    calling = Calling(ports, settings.TRACTE_OUTGOING_ALLOW, _own(), resolve)
    return client.fetch(url, method=method, body=body, headers=headers, calling=calling, limits=limits)


def checked_host(typed: str, port: int, allowed_ports: Collection[int], resolve: Resolver = system_resolver) -> Place:
    """Whether a typed host of any service may be called; see :func:`tracte.records.outgoing.hosts.checked_host`."""
    return hosts.checked_host(
        typed, port, allowed_ports, allowed=settings.TRACTE_OUTGOING_ALLOW, own=_own(), resolve=resolve
    )


def _own() -> frozenset[str]:
    return frozenset(name.strip("[].").lower() for name in settings.ALLOWED_HOSTS)

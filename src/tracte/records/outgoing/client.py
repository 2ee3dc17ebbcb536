"""The one HTTP client for URLs somebody typed: a webhook, an image, a calendar to subscribe to.

Standard library alone: http.client speaks the protocol on a connection made to a checked address. No proxy and no
credentials are taken from the environment, nothing is unpacked, and no redirect is followed unless asked for; then each
hop is checked like the first.
"""

import io
import re
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import quote, urljoin, urlsplit

from tracte.kernel.addresses import Allowed
from tracte.kernel.problems import Fault
from tracte.records.outgoing.hosts import NOTHING_MORE, Place, Resolver, checked_host, system_resolver

PORTS = {"http": 80, "https": 443}
WEB_PORTS = frozenset(PORTS.values())
MAX_URL = 2000
MAX_BYTES = 5 * 1024 * 1024
CHUNK = 64 * 1024
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# A URL is checked and called from the same reading, so what other readers make of a backslash or a space is left out.
_ODD = re.compile(r"[\x00-\x20\x7f\\]")
_NETLOC = re.compile(r"(?P<host>\[[^\[\]@%]+\]|[^\[\]@:%]+)(?::(?P<port>\d{1,5}))?")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. :param path: with its query, ASCII, beginning with a slash."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large.

    :param seconds: for everything together but looking up names. :param size: bytes of a body. :param hops: redirects
        to follow.
    """

    seconds: float = 20.0
    connect_seconds: float = 5.0
    size: int = MAX_BYTES
    hops: int = 0


@dataclass(frozen=True, slots=True)
class Calling:
    """Whom a call may reach; see :func:`tracte.records.outgoing.hosts.checked_host`.

    :param tls: which certificates are trusted; the system's, unless told.
    """

    ports: Collection[int] = WEB_PORTS
    allowed: Allowed = NOTHING_MORE
    own: Collection[str] = ()
    resolve: Resolver = system_resolver
    tls: ssl.SSLContext | None = None

    def place(self, target: Target) -> Place:
        return checked_host(
            target.host, target.port, self.ports, allowed=self.allowed, own=self.own, resolve=self.resolve
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. :param url: where it was said, after redirects. Show none of it to whoever typed the URL."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def read_url(typed: str) -> Target:
    """A typed URL, taken apart.

    :raises Fault: ``bad_url`` for anything but a plain http or https URL: user names, spaces, backslashes, other
        schemes.
    """
    if len(typed) > MAX_URL or _ODD.search(typed):
        raise Fault("bad_url")
    try:
        parts = urlsplit(typed)
    except ValueError:
        raise Fault("bad_url") from None
    found = _NETLOC.fullmatch(parts.netloc)
    if parts.scheme not in PORTS or found is None:
        raise Fault("bad_url")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]")
    port = int(found["port"]) if found["port"] else PORTS[parts.scheme]
    return Target(parts.scheme, found["host"], port, f"{path}?{query}" if query else path)


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    calling: Calling | None = None,
    limits: Limits | None = None,
) -> Answer:
    """Call a URL somebody typed.

    :param headers: further ones; they are left behind when a redirect leads to another origin.
    :raises Fault: ``bad_url``, ``port_not_allowed``, ``no_public_host``, ``no_answer`` or ``answer_too_large``: none of
        them holds anything a server said.
    """
    limits = limits or Limits()
    call = _Call(method, body, dict(headers or {}), calling or Calling(), limits, time.monotonic() + limits.seconds)
    for _hop in range(limits.hops + 1):
        answer = call.make(url)
        goes_to = answer.headers.get("location", "")
        if answer.status not in REDIRECTS or method not in ("GET", "HEAD") or not goes_to or not limits.hops:
            return answer
        call, url = call.after(url, goes_to)
    raise Fault("no_answer")


@dataclass(frozen=True, slots=True)
class _Call:
    """What is asked, of whom it may be asked, and until when (by the monotonic clock)."""

    method: str
    body: bytes | None
    headers: Mapping[str, str]
    calling: Calling
    limits: Limits
    deadline: float

    def after(self, url: str, location: str) -> tuple["_Call", str]:
        """The call that follows a redirect, and its URL.

        :raises Fault: when it leads to no URL, or from https back to http.
        """
        try:
            # http.client reads headers as Latin-1; a server that sends more than ASCII means UTF-8.
            goes_to = urljoin(url, location.encode("latin-1").decode(errors="replace"))
        except ValueError:
            raise Fault("bad_url") from None
        before, target = read_url(url), read_url(goes_to)
        if (before.scheme, target.scheme) == ("https", "http"):
            raise Fault("no_answer")
        return self if before.origin == target.origin else replace(self, headers={}), goes_to

    def make(self, url: str) -> Answer:
        """Check one URL and call it."""
        target = read_url(url)
        place = self.calling.place(target)
        connection = HTTPConnection(place.host, place.port)
        try:
            with self._open(place, target) as inner:
                connection.sock = cast(socket.socket, _Timed(inner, self.deadline))
                connection.request(self.method, target.path, self.body, self._headers(place, target))
                response = connection.getresponse()
                said = {name.lower(): value for name, value in response.getheaders()}
                return Answer(response.status, said, _body(response, self.limits.size), url)
        except (OSError, HTTPException, ValueError):
            raise Fault("no_answer") from None

    def _headers(self, place: Place, target: Target) -> dict[str, str]:
        host = f"[{place.host}]" if ":" in place.host else place.host
        return {
            "User-Agent": "Tracte",
            "Accept": "*/*",
            **self.headers,
            "Host": host if PORTS[target.scheme] == place.port else f"{host}:{place.port}",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }

    def _open(self, place: Place, target: Target) -> socket.socket:
        plain = place.connect(min(self.limits.connect_seconds, _left(self.deadline)))
        if target.scheme == "http":
            return plain
        tls = self.calling.tls or ssl.create_default_context()
        try:
            plain.settimeout(_left(self.deadline))
            return tls.wrap_socket(plain, server_hostname=place.host)
        except BaseException:
            plain.close()
            raise


def _body(response: HTTPResponse, most: int) -> bytes:
    pieces, size = [], 0
    too_large = Fault("answer_too_large", {"max": f"{most // 1024} KB"})
    if (response.length or 0) > most:
        raise too_large
    while piece := response.read(CHUNK):
        size += len(piece)
        if size > most:
            raise too_large
        pieces.append(piece)
    if response.length:  # it broke off before what it had announced
        raise Fault("no_answer")
    return b"".join(pieces)


def _left(deadline: float) -> float:
    """Seconds left. :raises TimeoutError: when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Timed:
    """A socket whose every wait ends with the whole call: a server that drips cannot hold a worker."""

    def __init__(self, inner: socket.socket, deadline: float) -> None:
        self.inner, self.deadline = inner, deadline

    def sendall(self, data: bytes) -> None:
        self.inner.settimeout(_left(self.deadline))
        self.inner.sendall(data)

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self))

    def close(self) -> None:
        """Nothing yet: http.client closes before the body is read; whoever opened the socket closes it."""


class _TimedReader(io.RawIOBase):
    def __init__(self, timed: _Timed) -> None:
        self.timed = timed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.timed.inner.settimeout(_left(self.timed.deadline))
        return self.timed.inner.recv_into(buffer)

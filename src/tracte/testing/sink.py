"""A server nobody may reach: it stands on the loopback addresses and remembers whoever came.

with Sink.open() as sink:
    …                       # everything that takes an address from a person, fed with sink.port
    assert sink.hits == []
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

SECRET = "cnry-inside-the-network"
Route = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Sink:
    """What came.

    :ivar hits: address it was reached at and request line, of each request. :ivar headers: theirs, in the same order.
    :ivar connections: address of each connection, also of those that asked nothing. :ivar names: TLS server names.
    :ivar routes: answers by path.
    """

    port: int
    addresses: list[str] = field(default_factory=list)
    hits: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: list[str] = field(default_factory=list)
    routes: dict[str, Route] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def open(
        cls, addresses: tuple[str, ...] = ("127.0.0.1", "127.0.0.2", "::1"), tls: ssl.SSLContext | None = None
    ) -> Iterator[Self]:
        """Listen at one port of several addresses; one this machine does not have is left out (IPv6 in containers)."""
        with ExitStack() as stack:
            sink = cls(0)
            for address in addresses:
                try:
                    server = _server(sink, address)
                except OSError:
                    if address == addresses[0]:
                        raise
                    continue
                if tls is not None:
                    tls.sni_callback = lambda _socket, name, _context: sink.names.append(name or "")
                    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
                sink.port = server.server_address[1]
                sink.addresses.append(address)
                stack.callback(server.server_close)
                threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
                stack.callback(server.shutdown)
            yield sink


def _server(sink: Sink, address: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            sink.hits.append((address, self.requestline))
            sink.headers.append(dict(self.headers.items()))
            route = sink.routes.get(self.path.partition("?")[0])
            if route is None:
                send(self, 200, SECRET.encode())
            else:
                route(self)

        do_GET = do_HEAD = do_POST = do_PUT = do_OPTIONS = _answer  # noqa: N815  names of the standard library

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        daemon_threads = True
        block_on_close = False

        def get_request(self) -> Any:
            found = super().get_request()
            sink.connections.append(address)
            return found

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is no news."""

    return Server((address, sink.port), Handler)


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    """One whole answer; ``Location="…"`` and the like are headers."""
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)

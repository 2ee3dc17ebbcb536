"""A host somebody typed, checked by the addresses it has: web, IMAP, SMTP, CalDAV and LDAP servers alike.

place = checked_host("mail.example.com", 993, {993})
with place.connect(timeout=10) as socket: …        # to an address that was checked; the name is not asked again
"""

import socket
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from tracte.kernel.addresses import Address, Allowed, host_name, is_public, read_address
from tracte.kernel.problems import Fault

Resolver = Callable[[str, int], Sequence[str]]
NOTHING_MORE = Allowed()
RESOLVE_SECONDS = 5.0
MOST_ADDRESSES = 4  # tried one after the other


@dataclass(frozen=True, slots=True)
class Place:
    """A host that may be called, with the addresses that were checked.

    :param host: its name as it goes into certificates and ``Host``: lower case, ASCII, without a final dot.
    """

    host: str
    port: int
    addresses: tuple[Address, ...]

    def connect(self, timeout: float) -> socket.socket:
        """A TCP connection to the first checked address that takes one.

        :param timeout: seconds, for all of them together. :raises Fault: ``no_answer``.
        """
        deadline = time.monotonic() + timeout
        for address in self.addresses:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                return socket.create_connection((str(address), self.port), left)
            except OSError:
                continue
        raise Fault("no_answer")


def system_resolver(host: str, port: int) -> Sequence[str]:
    """What the machine's own resolver says. :raises OSError: when it knows none or takes too long."""
    found: list[str] = []

    def ask() -> None:
        try:
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            found.clear()

    # The resolver of the C library takes no time limit.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(RESOLVE_SECONDS)
    if asking.is_alive() or not found:
        raise OSError("not found")
    return list(found)


def checked_host(
    typed: str,
    port: int,
    allowed_ports: Collection[int],
    *,
    allowed: Allowed = NOTHING_MORE,
    own: Collection[str] = (),
    resolve: Resolver = system_resolver,
) -> Place:
    """Whether a typed host may be called at a port. Its name is resolved once; only what was checked is connected to.

    :param allowed_ports: ports of the service that is meant. :param allowed: what the administrator allows inside.
    :param own: names this Tracte itself answers to, never called.
    :raises Fault: ``port_not_allowed``; ``no_public_host`` for whatever is not there, not public or our own, all said
        in the same words: which names exist inside is nobody's business.
    """
    host = host_name(typed)
    if port not in allowed_ports and not allowed.opens(host, port):
        raise Fault("port_not_allowed", {"port": port})
    if host in own and not allowed.names(host):
        raise Fault("no_public_host")
    addresses = _addresses(host, port, resolve)
    trusted = allowed.names(host)
    # One address inside among public ones is already an attempt.
    if not addresses or not all(trusted or is_public(one) or allowed.holds(one) for one in addresses):
        raise Fault("no_public_host")
    return Place(host, port, addresses[:MOST_ADDRESSES])


def _addresses(host: str, port: int, resolve: Resolver) -> tuple[Address, ...]:
    literal = read_address(host)
    if literal is not None:
        return (literal,)
    try:
        texts = resolve(host, port)
    except OSError:
        return ()
    found = [read_address(text) for text in texts]
    return () if None in found else tuple(dict.fromkeys(one for one in found if one is not None))

"""Which addresses belong to the public internet, which further ones an administrator allows, and how a host is called.

Our own list, taken from the IANA registries of special-purpose addresses (RFC 6890, RFC 8190): what Python's
``is_global`` answers has changed between releases of one minor version.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from tracte.kernel.problems import Fault

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NOT_PUBLIC_V4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network, unspecified
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carrier-grade NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, metadata of clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # IETF protocols
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
PUBLIC_V6 = IPv6Network("2000::/3")  # the only block of global unicast that is given out
NOT_PUBLIC_V6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocols, among them Teredo, which carries an IPv4 address
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which carries an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: how a network without IPv4 reaches an IPv4 address
WIDEST = {4: 8, 6: 16}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HOST = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\s\[\]:/@]+)(?::(?P<port>\d{1,5}))?")


def plain(address: Address) -> Address:
    """The IPv4 address that ``::ffff:…`` or ``64:ff9b::…`` stands for, any other address as it is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether an address is global unicast: somebody's server on the internet, never this machine or its network."""
    address = plain(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_V4)
    return address.scope_id is None and address in PUBLIC_V6 and not any(address in one for one in NOT_PUBLIC_V6)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What an administrator lets be called although it is inside.

    :param hosts: names, lower case, with the port they are allowed at, or None for the ports any host has.
    :param networks: networks whose addresses count as public.
    """

    hosts: frozenset[tuple[str, int | None]] = field(default_factory=frozenset)
    networks: tuple[Network, ...] = ()

    @classmethod
    def read(cls, entries: Iterable[str]) -> Self:
        """From entries such as ``files.lan``, ``files.lan:8443`` and ``10.1.0.0/16``.

        :raises ValueError: one line that names the entry.
        """
        hosts: set[tuple[str, int | None]] = set()
        networks: list[Network] = []
        for entry in entries:
            if "/" in entry:
                networks.append(_network(entry))
                continue
            found = _HOST.fullmatch(entry.lower())
            port = int(found["port"]) if found and found["port"] else None
            if found is None or "*" in entry or port == 0 or (port or 0) > 65535:
                raise ValueError(f"{entry!r} is neither a host such as files.lan nor a network such as 10.1.0.0/16")
            hosts.add((found["host"].strip("[]"), port))
        return cls(frozenset(hosts), tuple(networks))

    def names(self, host: str) -> bool:
        """Whether a host is allowed by its name."""
        return any(name == host for name, _ in self.hosts)

    def opens(self, host: str, port: int) -> bool:
        """Whether a host is allowed at just this port."""
        return (host, port) in self.hosts

    def holds(self, address: Address) -> bool:
        """Whether an address is in a network that is allowed."""
        address = plain(address)
        return any(address.version == network.version and address in network for network in self.networks)


def _network(entry: str) -> Network:
    try:
        network = ip_network(entry)
    except ValueError as error:
        raise ValueError(f"{entry!r} is not a network such as 10.1.0.0/16") from error
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError(f"{entry!r} is too wide: name the network that is meant")
    return network


def read_address(text: str) -> Address | None:
    """The address a text is in its one plain form, or None for anything else."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def host_name(typed: str) -> str:
    """A typed host as it is called: IDN in ASCII, lower case, no final dot; an IPv6 address without brackets.

    Numbers are IPv4 addresses in their one plain form: ``0177.0.0.1``, ``2130706433``, ``0x7f.1`` and the like are
    refused, since programs read them differently (WHATWG URL, section 3.5).

    :raises Fault: ``no_public_host``.
    """
    if typed.startswith("[") and typed.endswith("]"):
        inner = typed[1:-1]
        if "%" in inner or ":" not in inner or read_address(inner) is None:
            raise Fault("no_public_host")
        return inner.lower()
    try:
        name = typed.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise Fault("no_public_host") from None
    labels = name.split(".")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise Fault("no_public_host")
    if _NUMBER.fullmatch(labels[-1]) and read_address(name) is None:
        raise Fault("no_public_host")
    return name

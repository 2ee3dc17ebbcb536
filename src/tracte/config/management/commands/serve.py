"""`tracte serve`: the web server and the background worker, together, until Ctrl-C."""

import contextlib
import ipaddress
import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connection

from tracte.config import env
from tracte.config.supervisor import Child, Supervisor
from tracte.config.upkeep import migrate_if_needed

BLOCKING_THREADS = 4


class Command(BaseCommand):
    """Runs an installation on one machine."""

    help = "Run the web server and the background worker until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and with how many web processes."""
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="the port to listen on (default 8000)")
        parser.add_argument("--workers", type=int, default=1, help="web server processes (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, bring the database up to date, and run until told to stop."""
        host, port, workers = options["host"], options["port"], options["workers"]
        if not 0 < port < 65536:
            raise CommandError(f"--port: {port} is not a port.", returncode=2)
        if workers < 1:
            raise CommandError("--workers: at least one is needed.", returncode=2)
        refuse_public_demo(host)
        refuse_taken_port(host, port)
        migrate_if_needed()
        connection.close()  # the children have their own
        address = f"http://{shown_host(host)}:{port}"
        supervisor = Supervisor(
            children=[Child("web", web_command(host, port, workers)), Child("worker", worker_command())],
            environment=child_environment(host),
            say=self._say,
            ready=lambda: answers(host, port),
            announce=lambda: self._say(f"Tracte runs at {address} (Ctrl-C stops it)"),
        )
        if supervisor.run():
            raise CommandError("stopped.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def web_command(host: str, port: int, workers: int) -> list[str]:
    """The web server's command line."""
    words = ["--interface", "wsgi", "--host", host, "--port", str(port), "--workers", str(workers)]
    words += ["--blocking-threads", str(BLOCKING_THREADS), "--respawn-failed-workers", "--no-ws"]
    words += ["--log-level", "warning", "--no-access-log", "--workers-kill-timeout", "10"]
    return [sys.executable, "-m", "granian", *words, "tracte.config.wsgi:application"]


def worker_command() -> list[str]:
    """The background worker's command line."""
    return [sys.executable, "-m", "tracte", "worker"]


def child_environment(host: str) -> dict[str, str]:
    """What the children see. Without a base URL, a server open to the network answers to the machine's own names."""
    environment = {**os.environ, "TRACTE_SUPERVISED": "1"}
    if not settings.TRACTE_BASE_URL and not is_loopback(host) and not env.read("TRACTE_ALLOWED_HOSTS"):
        environment.pop("TRACTE_ALLOWED_HOSTS_FILE", None)
        environment["TRACTE_ALLOWED_HOSTS"] = ",".join(own_names(host))
    return environment


def own_names(host: str) -> list[str]:
    """The names and addresses this machine goes by, for the Host header."""
    name = socket.gethostname()
    names = {name, socket.getfqdn()}
    if not _address(host) or not ipaddress.ip_address(host).is_unspecified:
        names.add(host)
    with contextlib.suppress(OSError):  # a machine that cannot look itself up still has its name
        names.update(str(found[4][0]) for found in socket.getaddrinfo(name, None))
    return sorted(f"[{item}]" if ":" in item else item for item in names if "%" not in item)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server listening there."""
    return host == "localhost" or (_address(host) and ipaddress.ip_address(host).is_loopback)


def _address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def shown_host(host: str) -> str:
    """The host to print: people read `localhost` more easily than a loopback number."""
    if is_loopback(host) or (_address(host) and ipaddress.ip_address(host).is_unspecified):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def refuse_public_demo(host: str) -> None:
    """A demo signs anybody on this machine in by one click: it stays on this machine unless DEMO_PUBLIC says so."""
    if settings.TRACTE_DEMO and not is_loopback(host) and not env.flag("DEMO_PUBLIC"):
        raise CommandError(
            f"this home holds the demo firm, which does not listen on {host}. Set DEMO_PUBLIC=1 if you mean it."
        )


def refuse_taken_port(host: str, port: int) -> None:
    """Say who is in the way before anything is started."""
    try:
        family, kind, protocol, _name, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with contextlib.closing(socket.socket(family, kind, protocol)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise CommandError(f"cannot listen on {host}:{port}: {error.strerror}. Choose another with --port.") from error


def answers(host: str, port: int) -> bool:
    """Whether the web server accepts connections."""
    target = host
    if _address(host) and ipaddress.ip_address(host).is_unspecified:
        target = "::1" if ":" in host else "127.0.0.1"
    try:
        with socket.create_connection((target, port), timeout=0.5):
            return True
    except OSError:
        return False

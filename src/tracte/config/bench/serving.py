"""The real web server, as `tracte serve` starts it, on a port of its own."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tracte.config.management.commands.serve import answers, web_command, worker_command
from tracte.config.supervisor import Child

HOST = "127.0.0.1"
START_SECONDS, STOP_SECONDS = 60, 20


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int


@contextmanager
def serving() -> Iterator[Server]:
    """One web process, gone when the block ends however it ends."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    with _running(Child("web", web_command(HOST, port, 1))) as process:
        deadline = time.monotonic() + START_SECONDS
        while not answers(HOST, port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the web server did not start")
            time.sleep(0.05)
        yield Server(port, process.pid)


@contextmanager
def working() -> Iterator[None]:
    """One background worker, as `tracte serve` starts it, gone when the block ends."""
    with _running(Child("worker", worker_command())):
        yield


@contextmanager
def _running(child: Child) -> Iterator[subprocess.Popen[bytes]]:
    child.start({**os.environ, "TRACTE_SUPERVISED": "1"})
    process = child.process
    if process is None:
        raise RuntimeError(f"{child.name} was not started")
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        finally:
            child.kill_group()
            process.wait()


def worker_memory_mb(server: Server) -> float | None:
    """Resident memory of the process that answers requests, in MB; ``None`` where the system does not tell."""
    try:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii").split()
        sizes = [_resident_kb(int(child)) for child in children]
    except OSError:
        return None
    return round(max(sizes) / 1024, 1) if sizes else None


def _resident_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0

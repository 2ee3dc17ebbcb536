"""Keeps the processes of one installation together: starts them, restarts one that dies, ends all of them in order.

No process outlives the supervisor: asked to stop, it stops its children; killed, the kernel tells them (Linux).
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
PATIENCE_SECONDS = 20.0  # for a child to finish what it is doing
SOON_SECONDS = 10.0  # a child that dies sooner than this after its start counts as failing
MOST_FAILURES = 5  # in a row, then the whole installation stops: something is wrong that a restart does not mend
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int | None = None) -> None:
    """Ask the kernel to end this process when its parent ends, however that happens. Does nothing but on Linux."""
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent is not None and os.getppid() != parent:
        os._exit(1)  # the parent ended before we could ask


@dataclass
class Child:
    """One process to keep running: its name for the log, its command line, and how it is doing."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    start_at: float = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the process as the leader of a group of its own."""
        parent = os.getpid()

        def prepare() -> None:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {*STOP_SIGNALS, signal.SIGCHLD})
            die_with_parent(parent)

        self.started = time.monotonic()
        # A group of its own: Ctrl-C in a terminal reaches the supervisor alone, which then stops everything in order.
        self.process = subprocess.Popen(
            self.command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509  # the supervisor has no threads
        )

    def kill_group(self) -> None:
        """End whatever is left of the process and its own children, at once."""
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return


@dataclass
class Supervisor:
    """Runs children until told to stop.

    :param say: takes one line for the operator.
    :param ready: asked until it says yes; then `announce` is called once.
    """

    children: list[Child]
    environment: Mapping[str, str]
    say: Callable[[str], None]
    ready: Callable[[], bool]
    announce: Callable[[], None]
    _announced: bool = field(default=False)

    def run(self) -> int:
        """Run until a stop signal (gives 0) or until a child cannot be kept running (gives 1)."""
        watched = {*STOP_SIGNALS, signal.SIGCHLD}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        try:
            while True:
                if not self._start_due():
                    return 1
                caught = signal.sigtimedwait(watched, self._wait_seconds())
                if caught and caught.si_signo in STOP_SIGNALS:
                    return 0
                self._reap()
                if not self._announced and self.ready():
                    self._announced = True
                    self.announce()
        finally:
            self._stop()
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _wait_seconds(self) -> float:
        if not self._announced:
            return 0.05
        now = time.monotonic()
        return min(
            [max(0.05, child.start_at - now) for child in self.children if child.process is None], default=3600.0
        )

    def _start_due(self) -> bool:
        for child in self.children:
            if child.process is None and child.start_at <= time.monotonic():
                if child.failures >= MOST_FAILURES:
                    self.say(f"The {child.name} process ended {child.failures} times in a row; stopping.")
                    return False
                child.start(self.environment)
        return True

    def _reap(self) -> None:
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            code = child.process.returncode
            child.kill_group()
            lived = time.monotonic() - child.started
            child.failures = child.failures + 1 if lived < SOON_SECONDS else 1
            delay = min(2.0 ** (child.failures - 1), 30.0)
            child.process, child.start_at = None, time.monotonic() + delay
            how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
            self.say(f"The {child.name} process ended {how}; starting it again.")

    def _stop(self) -> None:
        running = [child for child in self.children if child.process]
        for child in running:
            if child.process and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for child in running:
            if child.process:
                try:
                    child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    self.say(f"The {child.name} process does not stop; killing it.")
            child.kill_group()
            if child.process:
                child.process.wait()

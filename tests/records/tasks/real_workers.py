"""Real worker processes for the tests, and patience with them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
PATIENCE = 60.0


def wait_until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Look again and again until it is so; fail after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"still waiting after {patience} s: {what}"
        time.sleep(0.03)


@dataclass
class Workers:
    """Real worker processes, ended after the test however it went."""

    url: str
    log: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self, *, processes: int = 1, lease: float = 1.5, grace: float = 10, hard_after: float = 1
    ) -> subprocess.Popen[bytes]:
        options = {"processes": processes, "lease": lease, "poll": 0.05, "grace": grace, "hard-after": hard_after}
        words = [f"--{name}={value}" for name, value in options.items()]
        environment = {**os.environ, "TRACTE_TEST_DATABASE_URL": self.url}
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, str(HERE / "worker_process.py"), *words],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            for number in (signal.SIGCONT, signal.SIGKILL):
                try:
                    os.killpg(process.pid, number)
                except ProcessLookupError:
                    break
            process.wait()
        print(self.log.read_text(errors="replace") if self.log.exists() else "")  # shown when the test failed

"""Real processes to kill, on the database of the test, and a firm whose records are really committed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tracte.config.supervisor import die_with_parent
from tracte.records import snapshot
from tracte.testing.actors import Person, hire, plant
from tracte.testing.browser import database_url, free_port, wait_until_answering

PATIENCE = 90.0


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"still waiting for {what}"
        time.sleep(0.01)


@dataclass
class Processes:
    """Programs started on the test's database; all of them end with the test."""

    url: str
    log: Path
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, *words: str, **more: str) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "TRACTE_TEST_DATABASE_URL": self.url, **more}
        environment["DJANGO_SETTINGS_MODULE"] = "tracte.testing.settings"
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                env=environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509  # a run that is killed leaves nothing behind
            )
        self.running.append(process)
        return process

    def web(self, port: int) -> "subprocess.Popen[bytes]":
        """The real server, answering."""
        words = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
        words += ["--interface", "wsgi", "--no-access-log", "tracte.testing.served:application"]
        process = self.start("granian", *words, TRACTE_SUPERVISED="1")
        wait_until_answering(f"http://127.0.0.1:{port}/static/", process, self.log)
        return process

    def worker(self) -> "subprocess.Popen[bytes]":
        """A real worker with a short lease."""
        return self.start("django", "worker", "--processes=1", "--lease=1.5", "--poll=0.05")

    @staticmethod
    def kill(process: "subprocess.Popen[bytes]") -> None:
        """``kill -9`` for the process and all it started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def processes(transactional_db: None, tmp_path: Path) -> Iterator[Processes]:
    made = Processes(database_url(), tmp_path / "log")
    yield made
    for process in made.running:
        Processes.kill(process)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def people(transactional_db: None) -> Iterator[dict[str, Person]]:
    """The firm's people, committed."""
    snapshot.forget()
    plant()
    yield hire()
    snapshot.forget()

"""`tracte serve` with real processes: it answers, stops everything, leaves no orphan, and restarts what dies."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracte.config.env import DEMO_MARKER
from tracte.config.management.commands import serve
from tracte.config.supervisor import die_with_parent
from tracte.testing.browser import free_port

PATIENCE_SECONDS = 40.0


class Running:
    """One `tracte serve` on a home and a port of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.port, self.log = home, free_port(), home / "log"
        self.process = start(home, "serve", "--port", str(self.port), log=self.log)
        wait_for(lambda: "Tracte runs at" in self.log.read_text() or self.process.poll() is not None)
        assert f"http://localhost:{self.port}" in self.log.read_text()

    def answers(self) -> bool:
        """Whether the sign-in page comes."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/auth/login/", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def family(self, word: str = "") -> list[int]:
        """The processes that belong to this home: they carry its path in their environment."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment, words = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
                alive = (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
            except OSError:
                continue
            if alive and f"TRACTE_HOME={self.home}".encode() in environment and word.encode() in words:
                found.append(int(folder.name))
        return sorted(found)


def start(home: Path, *words: str, log: Path, **extra: str) -> "subprocess.Popen[bytes]":
    """Run `tracte …` on a home, the way an operator does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRACTE_", "PYTEST_", "DJANGO_"))}
    source = str(Path(serve.__file__).parents[4])
    environment = {**kept, "TRACTE_HOME": str(home), "PYTHONPATH": source, **extra}
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tracte", *words],
            env=environment,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,  # noqa: PLW1509  # a test run that is killed leaves nothing behind
        )


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; fail after a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose database is up to date, to be copied: making one takes longer than any of these tests."""
    home = tmp_path_factory.mktemp("migrated")
    assert start(home, "migrate", "--verbosity", "0", log=home / "log").wait(timeout=3 * PATIENCE_SECONDS) == 0
    return home


@pytest.fixture
def running(migrated_home: Path, tmp_path: Path) -> Iterator[Running]:
    """A served installation; whatever is left of it ends with the test."""
    shutil.copytree(migrated_home, tmp_path, dirs_exist_ok=True)
    installation = Running(tmp_path)
    yield installation
    for pid in installation.family():
        os.kill(pid, signal.SIGKILL)
    installation.process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_web_and_worker_and_leaves_no_orphan(running: Running, number: signal.Signals) -> None:
    assert running.answers()
    assert running.family("granian")
    assert running.family("worker")
    running.process.send_signal(number)
    assert running.process.wait(timeout=PATIENCE_SECONDS) == 0
    assert running.family() == []


def test_no_process_outlives_a_killed_supervisor(running: Running) -> None:
    running.process.kill()
    running.process.wait()
    wait_for(lambda: running.family() == [])


def test_a_killed_web_server_is_started_again(running: Running) -> None:
    before = running.family("granian")
    os.kill(before[0], signal.SIGKILL)
    wait_for(lambda: not set(before) & set(running.family("granian")))
    wait_for(running.answers)
    assert "The web process ended by SIGKILL" in running.log.read_text()


def test_a_port_in_use_is_one_clear_line(running: Running, tmp_path: Path) -> None:
    log = tmp_path / "second"
    assert start(tmp_path, "serve", "--port", str(running.port), log=log).wait(timeout=PATIENCE_SECONDS) == 1
    assert log.read_text().strip().splitlines() == [
        f"tracte: cannot listen on 127.0.0.1:{running.port}: Address already in use. Choose another with --port."
    ]


def test_a_demo_home_stays_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / DEMO_MARKER).touch()
    log = tmp_path / "log"
    assert start(tmp_path, "serve", "--host", "0.0.0.0", log=log).wait(timeout=PATIENCE_SECONDS) == 1
    assert "DEMO_PUBLIC=1" in log.read_text()


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("crm.example.com", False)],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, expected: bool) -> None:
    assert serve.is_loopback(host) is expected


def test_wrong_usage_leaves_with_exit_code_two(tmp_path: Path) -> None:
    log = tmp_path / "log"
    wrong = [
        start(tmp_path, "serve", "--port", "eighty", log=log),
        start(tmp_path, "serve", log=log, TRACTE_BASE_URL="nonsense"),
        start(tmp_path, "sevre", log=log),
    ]
    assert [process.wait(timeout=PATIENCE_SECONDS) for process in wrong] == [2, 2, 2]
    assert [line.split(":")[0] for line in log.read_text().splitlines()] == ["tracte"] * 3

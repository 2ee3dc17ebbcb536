"""A throw-away PostgreSQL for the tests: its own data folder, its own socket, gone with the process that started it."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROLE = "tracte"
STAND_IN_USERS = ("postgres", "nobody")  # who runs the server when we are root: PostgreSQL refuses to
START_SECONDS = 60
PR_SET_PDEATHSIG = 1


class Unavailable(Exception):
    """PostgreSQL cannot be started here; the message says why."""


def find_binaries() -> Path:
    """The folder holding initdb and postgres, newest version first. Raises Unavailable."""
    folders = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    folders.sort(key=lambda path: int(path.parent.name), reverse=True)
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip() or "/nonexistent"))
    if initdb := shutil.which("initdb"):
        folders.append(Path(initdb).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Unavailable("no PostgreSQL server programs were found")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


@dataclass
class Cluster:
    """One running server, reached through a Unix socket by an ordinary role that may make databases and owns them."""

    folder: Path
    binaries: Path
    user: pwd.struct_passwd | None
    server: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def url(self) -> str:
        """What TRACTE_DATABASE_URL would say."""
        return f"postgresql://{ROLE}@/{ROLE}?host={self.folder}"

    @classmethod
    def start(cls) -> "Cluster":
        """Make and start a server. Raises Unavailable."""
        binaries = find_binaries()
        user = _stand_in() if os.geteuid() == 0 else None
        folder = Path(tempfile.mkdtemp(prefix="tracte-pg-"))
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        cluster = cls(folder, binaries, user)
        try:
            cluster._run("initdb", "-D", "data", "-U", "super", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
            cluster._serve()
            cluster._prepare()
        except Exception:
            cluster.stop()
            raise
        return cluster

    def stop(self) -> None:
        """End the server and remove its files; asking twice is harmless."""
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _serve(self) -> None:
        # Nothing here must survive a crash, so nothing waits for the disk.
        settings = {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "60",
            "shared_buffers": "64MB",
            "autovacuum": "on",
            "log_min_messages": "warning",
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("wb")
        with log:
            self.server = subprocess.Popen(
                [str(self.binaries / "postgres"), "-D", "data", *words],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C reaches the tests, which then stop the server in order
                preexec_fn=_die_with_parent,  # noqa: PLW1509  # before any thread exists; no orphan after kill -9
                env=self._environment(),
                user=self.user.pw_uid if self.user else None,
                group=self.user.pw_gid if self.user else None,
            )
        deadline = time.monotonic() + START_SECONDS
        while not (self.folder / ".s.PGSQL.5432").exists() or not self._ready():
            if self.server.poll() is not None or time.monotonic() > deadline:
                text = (self.folder / "log").read_text(errors="replace").strip()
                raise Unavailable(f"the server did not start: {' '.join(text.split())[-300:]}")
            time.sleep(0.05)

    def _ready(self) -> bool:
        words = [
            str(self.binaries / "psql"),
            "-h",
            str(self.folder),
            "-U",
            "super",
            "-d",
            "template1",
            "-c",
            "select 1",
        ]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    def _prepare(self) -> None:
        # An extension belongs to the superuser; databases made from template1 have it from the start.
        self._sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        self._sql(f"CREATE ROLE {ROLE} LOGIN CREATEDB NOSUPERUSER")
        self._sql(f"CREATE DATABASE {ROLE} OWNER {ROLE}")

    def _sql(self, statement: str) -> None:
        self._run("psql", "-h", str(self.folder), "-U", "super", "-d", "template1", "-qc", statement)

    def _run(self, program: str, *words: str) -> None:
        answer = subprocess.run(
            [str(self.binaries / program), *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env=self._environment(),
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
        )
        if answer.returncode:
            raise Unavailable(f"{program} failed: {' '.join(answer.stderr.split())[-300:]}")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}


def _stand_in() -> pwd.struct_passwd:
    for name in STAND_IN_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("PostgreSQL refuses to run as root and there is no user postgres or nobody")

"""What an operator checks when something is wrong: database, search, home, disk, background work."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tracte.config.env import SECRET_KEY_FILE
from tracte.records.people import User
from tracte.records.tasks.models import Task, TaskState
from tracte.web.assets import manifest

LEAST_BYTES, SOME_BYTES = 100_000_000, 1_000_000_000
LEAST_POSTGRESQL = 150_000
WAITING_MINUTES = 10

Verdict = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. :param remedy: what to do, when it is not good."""

    verdict: Verdict
    text: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Everything in order. A database that does not answer ends what needs it."""
    yield from _home(Path(settings.TRACTE_HOME))
    yield _built()
    reached = _database()
    yield reached
    if reached.verdict == "bad":
        return
    migrated = _migrations()
    yield migrated
    checks: list[Callable[[], Iterator[Finding]]] = [_postgresql if connection.vendor == "postgresql" else _sqlite]
    if migrated.verdict == "good":
        checks += [_people, _tasks]
    for check in checks:
        try:
            yield from check()
        except DatabaseError as error:
            yield Finding("bad", f"the database says: {' '.join(str(error).split())}", "look into the database's log")


def _home(home: Path) -> Iterator[Finding]:
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"tracte")
            file.flush()
            os.fsync(file.fileno())
        yield Finding("good", f"the home {home} can be written")
    except OSError as error:
        yield Finding(
            "bad", f"the home {home} cannot be written: {error.strerror}", "give its owner the right to write"
        )
    key = home / SECRET_KEY_FILE
    if key.exists() and key.stat().st_mode & 0o077:
        yield Finding("warning", "others on this machine can read the secret key", f"chmod 600 {key}")
    free = shutil.disk_usage(home).free
    size = f"{free / 1_000_000_000:.1f} GB"
    if free < LEAST_BYTES:
        yield Finding("bad", f"only {size} are free where the home lies", "make room: saving fails on a full disk")
    elif free < SOME_BYTES:
        yield Finding("warning", f"only {size} are free where the home lies", "make room soon")
    else:
        yield Finding("good", f"{size} are free where the home lies")


def _built() -> Finding:
    if manifest():
        return Finding("good", "the front end is built")
    return Finding(
        "bad", "the front end is not built: pages come without style", "run make setup, or install the wheel"
    )


def _database() -> Finding:
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        why = " ".join(str(error).split())
        return Finding(
            "bad", f"the database does not answer: {why}", "is it running, and is TRACTE_DATABASE_URL right?"
        )
    return Finding("good", f"{names.get(connection.vendor, connection.vendor)} answers")


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    known, applied = set(executor.loader.disk_migrations), set(executor.loader.applied_migrations)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    ours = {app for app, _name in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in ours and "squashed" not in name)
    if newer:
        return Finding(
            "bad", f"the database is of a newer Tracte ({newer[0]})", "install that version or restore a backup"
        )
    if waiting:
        return Finding("bad", f"{len(waiting)} migrations are not applied", "run tracte migrate")
    return Finding("good", "every migration is applied")


def _postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, current_setting('server_version_num')::int FROM pg_roles WHERE rolname = current_user"
        )
        superuser, version = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        trigrams = cursor.fetchone()[0]
    if superuser:
        yield Finding(
            "bad", "Tracte signs in to PostgreSQL as a superuser", "give it an ordinary role that owns its database"
        )
    else:
        yield Finding("good", "the database role is an ordinary one")
    if version < LEAST_POSTGRESQL:
        yield Finding("bad", f"PostgreSQL {version // 10_000} is too old", "version 15 or newer is needed")
    if not trigrams:
        yield Finding("bad", "the extension pg_trgm is missing: search does not work", "CREATE EXTENSION pg_trgm")
    else:
        yield Finding("good", "pg_trgm is there for search")


def _sqlite() -> Iterator[Finding]:
    try:
        probe = sqlite3.connect(":memory:")
        probe.execute("CREATE VIRTUAL TABLE probe USING fts5(txt, tokenize='trigram')")
        probe.close()
        yield Finding("good", f"SQLite {sqlite3.sqlite_version} has trigrams for search")
    except sqlite3.Error:
        yield Finding(
            "bad",
            f"SQLite {sqlite3.sqlite_version} has no FTS5 trigrams: search does not work",
            "3.34 or newer is needed",
        )
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = str(cursor.fetchone()[0])
    if mode != "wal":
        yield Finding(
            "warning",
            f"the journal mode is {mode}, so readers wait for writers",
            "keep the home on a local disk, not on a network",
        )


def _people() -> Iterator[Finding]:
    if User.objects.live().filter(is_admin=True, can_sign_in=True).exists():
        yield Finding("good", "somebody administers this home")
    else:
        yield Finding("warning", "nobody administers this home", "tracte user create EMAIL --admin")


def _tasks() -> Iterator[Finding]:
    dead = Task.objects.filter(state=TaskState.DEAD).count()
    if dead:
        newest = Task.objects.filter(state=TaskState.DEAD).order_by("-finished_at").first()
        what = f" (the last one: {newest.job})" if newest else ""
        yield Finding("warning", f"{dead} background tasks were given up{what}", "their error says why; run them again")
    late = timezone.now() - timedelta(minutes=WAITING_MINUTES)
    stuck = Task.objects.filter(state=TaskState.QUEUED, run_after__lt=late).count()
    if stuck:
        yield Finding(
            "warning",
            f"{stuck} background tasks wait since more than {WAITING_MINUTES} minutes",
            "does a worker run? tracte worker",
        )
    if not dead and not stuck:
        yield Finding("good", "background work is in order")

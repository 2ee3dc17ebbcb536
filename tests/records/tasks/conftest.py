"""What the tests of background work share: a queue that other processes reach, and real workers on it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection, connections

from tracte.records.tasks import registry
from tracte.records.tasks.models import Schedule, Task
from tracte.records.tasks.worker import Worker

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import jobs_for_tests  # noqa: E402, F401
from real_workers import Workers  # noqa: E402


@pytest.fixture(autouse=True)
def only_test_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the product's own jobs and timetable, and those of other tests, out of these tests."""
    registry.load_jobs()  # a jobs module is imported once: let it be into the registry that stays
    ours = {name: job for name, job in registry._jobs.items() if name.startswith("test.")}
    monkeypatch.setattr(registry, "_jobs", ours)
    monkeypatch.setattr(registry, "_recurring", {})
    monkeypatch.setattr("tracte.records.tasks.worker.load_jobs", lambda: None)


@pytest.fixture
def drain() -> Callable[[], int]:
    """Run what is due, in this process."""
    return Worker().drain


@pytest.fixture
def open_queue(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """Connect this test to a queue that other processes can reach; give its address.

    On PostgreSQL that is the test database, really committed to. On SQLite it is a file of its own with the two tables,
    for the suite's own database may live in memory.
    """
    if connection.vendor == "postgresql":
        at = connection.settings_dict
        user = quote(at["USER"], safe="") + (f":{quote(at['PASSWORD'], safe='')}" if at["PASSWORD"] else "")
        yield f"postgresql://{user}@/{at['NAME']}?host={quote(at['HOST'], safe='')}&port={at['PORT'] or 5432}"
        return
    path = tmp_path / "queue.sqlite3"
    suite = connections["default"]
    own = type(suite)({**suite.settings_dict, "NAME": str(path)}, "default")
    connections["default"] = own
    try:
        with own.schema_editor() as editor:
            editor.create_model(Task)
            editor.create_model(Schedule)
        yield f"sqlite://{path}"
    finally:
        connections["default"].close()
        connections["default"] = suite


@pytest.fixture
def workers(open_queue: str, tmp_path: Path) -> Iterator[Workers]:
    """Start real workers on the open queue."""
    made = Workers(open_queue, tmp_path / "workers.log")
    try:
        yield made
    finally:
        made.end()

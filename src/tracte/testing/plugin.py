"""The pytest plug-in of the test kit: which database a run uses, which tests it leaves out, and the fixtures.

One run uses one database: SQLite, or PostgreSQL with `TRACTE_TEST_DATABASE=postgresql` (a throw-away server is
started unless `TRACTE_TEST_DATABASE_URL` names one). The PostgreSQL run takes the tests that touch the database;
what never does is tested once, in the SQLite run. `make test` makes both.
"""

import atexit
import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from tracte.testing import needs
from tracte.testing.postgresql import Cluster, Unavailable

pytest_plugins = ("tracte.testing.browser",)
pytest.register_assert_rewrite("tracte.testing.contract")  # its assertions explain themselves like a test's

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback"}
_cluster: Cluster | None = None
_why_no_postgresql = pytest.StashKey[str]()
_left_out = pytest.StashKey[dict[str, int]]()


def on_postgresql() -> bool:
    """Whether this run uses PostgreSQL."""
    name = os.environ.get("TRACTE_TEST_DATABASE", "sqlite")
    if name not in {"sqlite", "postgresql"}:
        raise pytest.UsageError(f"TRACTE_TEST_DATABASE: expected sqlite or postgresql, not {name!r}")
    return name == "postgresql"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, Any, Any]:
    """Start PostgreSQL before Django reads its settings; xdist's workers inherit the address."""
    needs.required()
    early_config.stash[_left_out] = {}
    # Playwright keeps an event loop in this thread; Django would take it for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    if on_postgresql() and not os.environ.get("TRACTE_TEST_DATABASE_URL"):
        _start_postgresql(early_config)
    return (yield)


def _start_postgresql(config: pytest.Config) -> None:
    global _cluster
    reason = os.environ.get("TRACTE_TEST_NO_POSTGRESQL")
    if not reason:
        try:
            _cluster = Cluster.start()
        except Unavailable as error:
            reason = str(error)
    if reason:
        os.environ["TRACTE_TEST_NO_POSTGRESQL"] = reason  # xdist's workers need not try again
        config.stash[_why_no_postgresql] = reason
    elif _cluster:
        atexit.register(_cluster.stop)  # also when start-up fails before pytest would tidy up
        os.environ["TRACTE_TEST_DATABASE_URL"] = _cluster.url


def touches_database(item: pytest.Item) -> bool:
    """Whether a test declares, by mark or fixture, that it uses the database."""
    return item.get_closest_marker("django_db") is not None or bool(
        DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    )


def _belongs(item: pytest.Item) -> bool:
    marks = {mark.name for mark in item.iter_markers()}
    if not on_postgresql():
        return "postgresql" not in marks
    if "postgresql" in marks:
        return True
    return touches_database(item) and not marks & {"sqlite", "browser"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of this run's database; leave out, or fail, those whose needs are not met."""
    reasons = needs.missing(config.rootpath)
    no_postgresql = config.stash.get(_why_no_postgresql, None)
    required = needs.required()
    counts: Counter[str] = Counter()
    kept, dropped = [], []
    for item in items:
        if not _belongs(item):
            dropped.append(item)
            continue
        lacking = {need: why for need, why in reasons.items() if item.get_closest_marker(need)}
        if no_postgresql:
            lacking["postgresql"] = no_postgresql
        refused = next((need for need in lacking if need in required), None)
        if refused:
            item.user_properties.append(("required but missing", f"{refused}: {lacking[refused]}"))
            kept.append(item)
        elif lacking:
            counts[next(iter(lacking))] += 1
            dropped.append(item)
        else:
            kept.append(item)
    items[:] = kept
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    config.stash[_left_out] = dict(counts)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a test whose need was required and is missing."""
    for name, value in item.user_properties:
        if name == "required but missing":
            pytest.fail(str(value), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Escape what a test logged that is no text (half a surrogate pair): xdist's worker would die of sending it."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what was left out to xdist's controller; a run with everything left out is not a failure."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = session.config.stash[_left_out]
    if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.stash[_left_out]:
        session.exitstatus = pytest.ExitCode.OK


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Every worker collects the same tests, so one worker's account is the run's."""
    node.config.stash[_left_out] = getattr(node, "workeroutput", {}).get("left_out", {})


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Say at the very end what was not run, and stop the server."""
    if not hasattr(config, "workerinput"):
        _report(config)
    if _cluster:
        _cluster.stop()


def _report(config: pytest.Config) -> None:
    reasons = needs.missing(config.rootpath)
    if why := config.stash.get(_why_no_postgresql, None):
        reasons["postgresql"] = why
    lines = [needs.not_run_line(need, n, reasons[need]) for need, n in sorted(config.stash[_left_out].items())]
    # `make test` runs several times and shows these lines once, at its own end.
    if later := os.environ.get("TRACTE_TEST_NOT_RUN"):
        with Path(later).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    else:
        for line in lines:
            print(line)


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """The folder of shared data sets; for tests marked `data`."""
    folder = needs.shared_data(pytestconfig.rootpath)
    if folder is None:
        pytest.fail("a test that uses shared_data must be marked data")
    return folder


@pytest.fixture(autouse=True)
def _own_words_and_hours() -> None:
    """A request leaves its language and time zone active in its thread: here none of another test's is."""
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture(autouse=True)
def _history_may_be_flushed(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    """A test that really commits is cleaned up by emptying tables; on SQLite a trigger protects history from that."""
    marker = request.node.get_closest_marker("django_db")
    commits = "transactional_db" in request.fixturenames or bool(marker and marker.kwargs.get("transaction"))
    if not commits or on_postgresql():
        yield
        return
    request.getfixturevalue("transactional_db")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM erasing")
        cursor.execute("DELETE FROM audit_forgetting")
    yield
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO erasing VALUES ('test')")
        cursor.execute("INSERT INTO audit_forgetting VALUES ('9999')")

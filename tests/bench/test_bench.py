"""The bench itself: on few records, that it measures everything, keeps the query budgets and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tracte.config.management.commands.bench import bench_environment

KEYS = {
    "list", "list_deep", "list_filtered", "list_scoped", "list_sorted", "record", "board", "search_word", "search_prefix",
    "search_substring", "search_mail", "palette", "view_switch", "create_form", "create_api", "lead_convert", "bulk_edit",
    "api_list", "aggregate",
}  # fmt: skip
FIGURES = {"median_ms", "p95_ms", "queries", "kb", "floor_ms", "ratio", "database_ms"}
# Queries may not grow unnoticed; they do not depend on the number of records.
BUDGETS = {
    "list": 8, "list_deep": 8, "list_filtered": 8, "list_scoped": 8, "list_sorted": 8, "record": 12, "board": 8, "search_word": 6,
    "search_prefix": 6, "search_substring": 6, "search_mail": 6, "palette": 9, "view_switch": 9, "bulk_edit": 8,
    "api_list": 6, "aggregate": 6, "lead_convert": 40,
}  # fmt: skip
COMMAND = (sys.executable, "-m", "tracte", "bench")


def environment(temporary: Path) -> dict[str, str]:
    """A home and a folder for temporary files of the test's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACTE_")}
    del kept["DJANGO_SETTINGS_MODULE"]
    return {**kept, "TRACTE_HOME": str(temporary / "home"), "TMPDIR": str(temporary)}


def left_behind(temporary: Path) -> list[Path]:
    return list(temporary.glob("tracte-bench-*"))


@pytest.mark.sqlite
def test_one_run_measures_every_page_within_its_query_budget_and_leaves_no_home_behind(tmp_path: Path) -> None:
    words = [*COMMAND, "--records", "300", "--samples", "5", "--json"]
    run = subprocess.run(words, env=environment(tmp_path), capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report.keys() == {
        "records", "database", "results", "bulk_rows_per_s", "import_rows_per_s", "export_rows_per_s",
        "bulk_edit_rows_per_s", "worker_rss_mb",
    }  # fmt: skip
    assert (report["records"], report["database"]) == (300, "sqlite")
    assert report["results"].keys() == KEYS
    for key, figures in report["results"].items():
        assert figures.keys() == FIGURES
        assert figures["queries"] > 0, key
        assert figures["queries"] <= BUDGETS.get(key, 20), key
        assert figures["median_ms"] > 0, key
        assert figures["ratio"] == pytest.approx(figures["median_ms"] / figures["floor_ms"], rel=0.05), key
    assert report["import_rows_per_s"] > 0
    assert report["export_rows_per_s"] > 0
    assert report["bulk_edit_rows_per_s"] >= 0
    assert left_behind(tmp_path) == []


@pytest.mark.sqlite
def test_a_run_that_is_stopped_leaves_no_home_behind(tmp_path: Path) -> None:
    words = [*COMMAND, "--records", "300"]
    with subprocess.Popen(words, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stderr is not None
        run.stderr.readline()  # the first line: it is at work
        assert left_behind(tmp_path)
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=60)
    assert run.returncode == 130
    assert left_behind(tmp_path) == []


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "words", [["--records", "1"], ["--samples", "0"], ["--database", "mysql://x/y"], ["--database", "sqlite:///tmp/x"]]
)
def test_options_that_make_no_sense_are_wrong_usage(tmp_path: Path, words: list[str]) -> None:
    run = subprocess.run(
        [*COMMAND, *words], env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 2
    assert words[0] in run.stderr
    assert left_behind(tmp_path) == []


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_database_that_holds_tables_is_refused_and_kept(tmp_path: Path) -> None:
    from django.db import connection

    values = connection.settings_dict
    url = f"postgresql://{values['USER']}@/{values['NAME']}?host={values['HOST']}"
    before = connection.introspection.table_names()
    run = subprocess.run(
        [*COMMAND, "--records", "300", "--database", url],
        env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "holds tables" in run.stderr
    assert connection.introspection.table_names() == before
    assert left_behind(tmp_path) == []


def test_nothing_of_the_operators_installation_reaches_the_bench() -> None:
    made = bench_environment(
        {"TRACTE_SECRET_KEY": "s", "TRACTE_DATABASE_URL": "postgresql://firm", "PATH": "/bin"}, "/h", ""
    )
    assert made["PATH"] == "/bin"
    assert "TRACTE_SECRET_KEY" not in made
    assert (made["TRACTE_HOME"], made["TRACTE_DATABASE_URL"]) == ("/h", "")

"""One run of the bench from an empty home to figures: prepare, fill, serve, measure, tell, clear away."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection

from tracte.config.bench import changing, filling, measuring, pages, transfer
from tracte.config.bench.serving import serving, worker_memory_mb
from tracte.config.registration import installed_modules

FIGURES = ("bulk_rows_per_s", "import_rows_per_s", "export_rows_per_s", "bulk_edit_rows_per_s", "worker_rss_mb")


class Refused(Exception):
    """The bench may not work here; the message is one line for the operator."""


def bench(records: int, samples: int, *, as_json: bool) -> list[str]:
    """Measure and print.

    :param records: contacts. :param samples: measured requests a page.
    :returns: what could not be measured and why, a line each.
    :raises Refused: when the database holds data.
    """
    if connection.introspection.table_names():
        raise Refused("--database: this database holds tables; name an empty one.")
    with _cleared_database():
        filled = _prepare(records)
        seller = pages.sign_in(filled.seller)
        say("pages")
        with serving() as server:
            results, missing = measuring.measure(
                server.port, pages.pages(seller, pages.sign_in(filled.scoped)), samples
            )
            memory = worker_memory_mb(server)
            say("a change to many")
            results["bulk_edit"], changed_per_s = changing.measure(
                server.port, records, filled.manager, seller, samples
            )
        say("import and export")
        rates = transfer.rates(records)
        report = {
            "records": records,
            "database": connection.vendor,
            "results": {key: result.as_json() for key, result in results.items()},
            **rates,
            "bulk_rows_per_s": round(filled.contact_rows_per_s, 1),
            "bulk_edit_rows_per_s": round(changed_per_s, 1),
            "worker_rss_mb": memory,
        }
        if as_json:
            print(json.dumps(report))
        else:
            _tell(report, results)
        return missing


def _prepare(records: int) -> filling.Filled:
    """Tables, what a fresh home holds, and the data."""
    say(f"making the tables in {connection.vendor}")
    call_command("migrate", verbosity=0, interactive=False)
    for module in installed_modules():
        if module.seed is not None:
            module.seed()
    started = time.perf_counter()
    filled = filling.fill(records, say)
    say(f"{filled.rows:,} records in {time.perf_counter() - started:.0f} s; their search text")
    started = time.perf_counter()
    filling.write_search_text()
    say(f"search text in {time.perf_counter() - started:.0f} s")
    filling.settle()
    return filled


@contextmanager
def _cleared_database() -> Iterator[None]:
    """Leave a given database as empty as it was; an SQLite file goes with the home."""
    try:
        yield
    finally:
        if connection.vendor == "postgresql":
            connection.close()
            filling.drop_everything()
        connection.close()


def say(line: str) -> None:
    """Progress, for a person."""
    print(line, file=sys.stderr, flush=True)


def _tell(report: dict[str, Any], results: dict[str, measuring.Measured]) -> None:
    """The figures as a table a person reads, in the form the documentation uses."""
    head = "| page | median ms | p95 ms | floor ms | ratio | queries | ms in the database | kB |"
    lines = [head, "|---|" + "--:|" * 7]
    for key, found in results.items():
        figures = f"{found.median_ms:.1f} | {found.p95_ms:.1f} | {found.floor_ms:.1f} | {found.ratio:.2f}"
        lines.append(f"| {key} | {figures} | {found.queries} | {found.database_ms:.1f} | {found.kb:.1f} |")
    lines.append("")
    for name in FIGURES:
        value = report[name]
        lines.append(f"{name}: " + ("not measured" if value is None else f"{value:,.0f}"))
    print("\n".join(lines))

"""How fast contacts come in by the importer, with every check, and go out as CSV."""

import csv
import random
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

from tracte.engine import exporting
from tracte.engine.importing import scenario, service
from tracte.kernel.actor import OPERATOR
from tracte.records import query

MOST_ROWS = 50_000
HEADERS = ("First", "Last", "Mail", "Mobile", "Job", "Firm", "City")
SCENARIO = """
format = 1
name = "Bench"
[[file]]
path = "contacts.csv"
entity = "contact"
[file.match]
keys = ["email"]
on_match = "update"
[file.columns]
First = { to = "first_name" }
Last = { to = "last_name" }
Mail = { to = "email" }
Mobile = { to = "mobile" }
Job = { to = "job_title" }
Firm = { to = "account", lookup = "account.name" }
City = { to = "address.city" }
"""


def rates(records: int) -> dict[str, float]:
    """Rows a second of an import and of an export, as ``import_rows_per_s`` and ``export_rows_per_s``."""
    folder = Path(settings.TRACTE_HOME) / "transfer"
    folder.mkdir()
    rows = min(records, MOST_ROWS)
    _write_csv(folder / "contacts.csv", rows)
    started = time.perf_counter()
    done = service.run(scenario.parse(SCENARIO, "bench"), folder, OPERATOR)
    spent = time.perf_counter() - started
    if done.problems > rows // 50 or not done.counts["created"]:
        raise RuntimeError(f"the import went wrong: {done.as_json()}")
    connection.close()  # the next measure starts as a new process would
    found = exporting.export("contact", OPERATOR)
    started = time.perf_counter()
    exporting.to_file(found, folder / "out.csv")
    exported = time.perf_counter() - started
    total = query.rows("contact", OPERATOR).count(cap=100_000_000)[0]
    return {"import_rows_per_s": round(rows / spent, 1), "export_rows_per_s": round(total / exported, 1)}


def _write_csv(path: Path, rows: int) -> None:
    """New contacts at accounts that are there; one in fifty is known already, one in a hundred has no true e-mail."""
    chance = random.Random(4)  # noqa: S311  # the same data every time
    accounts = query.rows("account", OPERATOR)
    names = [values["name"] for values in accounts.read(accounts.ids(5_000), ["name"]).values()]
    known = query.rows("contact", OPERATOR)
    mails = [values["email"] for values in known.read(known.ids(1_000), ["email"]).values()]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for at in range(rows):
            mail = f"import.{at}@bench.example.org"
            if at % 50 == 1:
                mail = chance.choice(mails)
            elif at % 100 == 2:
                mail = "nobody@@nowhere"
            mobile = f"+346980{at:05d}" if at < 100_000 else ""
            writer.writerow(("Imported", f"Person {at}", mail, mobile, "Buyer", chance.choice(names), "Girona 3"))

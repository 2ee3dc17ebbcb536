"""Every test on both databases: what touches the database on PostgreSQL first, then everything on SQLite.

The last lines are the second run's summary, and what was not run. Words given go to pytest.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

NOTHING_COLLECTED = 5
LINE = re.compile(r"NOT RUN: (?P<need>\w+) \((?P<count>\d+) tests?\): (?P<why>.*)")


def run(database: str, words: list[str], notes: Path) -> bool:
    """One run of pytest; tells whether it was green. What it left out goes to `notes`."""
    print(f"--- tests on {'SQLite' if database == 'sqlite' else 'PostgreSQL'}", flush=True)
    environment = {**os.environ, "TRACTE_TEST_DATABASE": database, "TRACTE_TEST_NOT_RUN": str(notes)}
    code = subprocess.run([sys.executable, "-m", "pytest", *words], env=environment, check=False).returncode
    # A choice of tests may hold none that touches the database.
    return code == 0 or (code == NOTHING_COLLECTED and database == "postgresql")


def not_run(text: str) -> list[str]:
    """One line for each need, with the larger count of the two runs."""
    most: dict[str, re.Match[str]] = {}
    for match in filter(None, map(LINE.fullmatch, text.splitlines())):
        known = most.get(match["need"])
        if known is None or int(match["count"]) > int(known["count"]):
            most[match["need"]] = match
    return [most[need][0] for need in sorted(most)]


def main() -> None:
    """The command line."""
    with tempfile.TemporaryDirectory(prefix="tracte-test-") as folder:
        notes = Path(folder, "not-run")
        notes.touch()
        green = {database: run(database, sys.argv[1:], notes) for database in ("postgresql", "sqlite")}
        if green["sqlite"] and not green["postgresql"]:
            print("The tests on PostgreSQL failed: see above.")
        for line in not_run(notes.read_text(encoding="utf-8")):
            print(line)
    sys.exit(0 if all(green.values()) else 1)


if __name__ == "__main__":
    main()

"""What some tests need from the machine, and what becomes of them where it is missing.

A test marked `postgresql`, `browser` or `data` is left out when the thing is missing, and the run ends with a line
`NOT RUN: browser (12 tests): why`. `TRACTE_TEST_REQUIRE=postgresql,browser,data` turns each such test into a failure.
"""

import os
import shutil
from pathlib import Path

import pytest

NEEDS = ("postgresql", "browser", "data")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> str | None:
    """The Chromium to drive: TRACTE_CHROMIUM, then PATH; None when there is none."""
    given = os.environ.get("TRACTE_CHROMIUM")
    if given:
        return shutil.which(given)
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def shared_data(root: Path) -> Path | None:
    """The folder of shared data sets: TRACTE_SHARED_DATA, then `../shared/data`; None when absent."""
    folder = Path(os.environ.get("TRACTE_SHARED_DATA") or root.parent / "shared" / "data")
    return folder.resolve() if folder.is_dir() else None


def missing(root: Path) -> dict[str, str]:
    """Why a need is not met, by need; PostgreSQL is tried by starting it (tracte.testing.plugin)."""
    reasons = {}
    if chromium() is None:
        reasons["browser"] = "no Chromium (set TRACTE_CHROMIUM or put one on PATH)"
    if shared_data(root) is None:
        reasons["data"] = "no shared data (set TRACTE_SHARED_DATA)"
    return reasons


def required() -> set[str]:
    """The needs the caller insists on. Raises pytest.UsageError for an unknown one."""
    asked = {word.strip() for word in os.environ.get("TRACTE_TEST_REQUIRE", "").split(",") if word.strip()}
    if unknown := asked - set(NEEDS):
        raise pytest.UsageError(f"TRACTE_TEST_REQUIRE: unknown {', '.join(sorted(unknown))}; known: {', '.join(NEEDS)}")
    return asked


def not_run_line(need: str, count: int, reason: str) -> str:
    """The line a run ends with when tests were left out."""
    return f"NOT RUN: {need} ({count} test{'' if count == 1 else 's'}): {reason}"

"""Everything `make check` looks at, two at a time; prints what is wrong and ends with a line for each check."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
SEMGREP = (str(BIN / "semgrep"), "scan", "--metrics=off", "--disable-version-check", "--quiet")

# The slow ones first: the others fit in beside them.
CHECKS: dict[str, tuple[str, ...]] = {
    "types": (str(BIN / "mypy"),),
    "semgrep": (*SEMGREP, "--error", "--config", ".semgrep/rules.yaml", "src", "frontend/src"),
    "semgrep rules": (*SEMGREP, "--test", "--config", ".semgrep/rules.yaml", ".semgrep/rules.py"),
    "semgrep rules for TypeScript": (*SEMGREP, "--test", "--config", ".semgrep/rules.yaml", ".semgrep/rules.ts"),
    "TypeScript": (PYTHON, "tools/node.py", "run", "--silent", "check"),
    "import contract": (str(BIN / "lint-imports"), "--no-cache"),
    "ruff": (str(BIN / "ruff"), "check", "."),
    "format": (str(BIN / "ruff"), "format", "--check", "."),
    "djlint": (str(BIN / "djlint"), "--lint", "--quiet", "src"),
    "templates": (PYTHON, "tools/templates.py"),
    "migrations": (PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run"),
    "catalogues": (PYTHON, "tools/catalogue.py", "check"),
    "lock files": (PYTHON, "tools/locks.py"),
}


@dataclass
class Outcome:
    """How one check ended."""

    name: str
    green: bool
    output: str
    seconds: float


def run(name: str, command: tuple[str, ...], folder: str) -> Outcome:
    """Run one check with nothing of the person's own settings and no network."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tracte.testing.settings",
        "PYTHONPATH": str(ROOT / "src"),
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "SEMGREP_SETTINGS_FILE": str(Path(folder, "semgrep.yml")),
        "SEMGREP_LOG_FILE": str(Path(folder, "semgrep.log")),
        "SEMGREP_SEND_METRICS": "off",
    }
    before = time.monotonic()
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return Outcome(name, answer.returncode == 0, (answer.stdout + answer.stderr).strip(), time.monotonic() - before)


def main() -> None:
    """The command line; words given name the checks to run."""
    chosen = sys.argv[1:] or list(CHECKS)
    if unknown := set(chosen) - set(CHECKS):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(CHECKS)}")
    with tempfile.TemporaryDirectory(prefix="tracte-check-") as folder, ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda name: run(name, CHECKS[name], folder), chosen))
    for outcome in outcomes:
        if not outcome.green:
            print(f"--- {outcome.name}\n{outcome.output}\n")
    for outcome in outcomes:
        print(f"{'ok    ' if outcome.green else 'FAILED'} {outcome.name} ({outcome.seconds:.1f} s)")
    sys.exit(0 if all(outcome.green for outcome in outcomes) else 1)


if __name__ == "__main__":
    main()

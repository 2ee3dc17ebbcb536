"""Checks that a lock file holds versions and hashes alone: no index, no address of a file, no path of a machine."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+==[^\s;]+(?: ; .+?)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def python_problems(path: Path) -> list[str]:
    """Lines of a requirements lock that are neither a pinned version nor a hash."""
    lines = path.read_text(encoding="utf-8").splitlines()
    wrong = [(n, line) for n, line in enumerate(lines, 1) if not (REQUIREMENT.fullmatch(line) or HASH.fullmatch(line))]
    return [f"{path.relative_to(ROOT)}:{number}: {line}" for number, line in wrong]


def npm_problems(path: Path) -> list[str]:
    """Packages of an npm lock that name where they were fetched, or have no hash."""
    packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
    name = path.relative_to(ROOT)
    found = [f"{name}: {key} names an address" for key, entry in packages.items() if "resolved" in entry]
    return found + [
        f"{name}: {key} has no hash"
        for key, entry in packages.items()
        if key and "integrity" not in entry and not entry.get("inBundle")
    ]


def main() -> None:
    """Print every problem; exit code 1 when there is one."""
    found = [line for path in sorted(ROOT.glob("requirements/*.lock")) for line in python_problems(path)]
    found += npm_problems(ROOT / "frontend/package-lock.json")
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

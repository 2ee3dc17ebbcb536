"""The list of what is proven cannot go stale: every id once, every test and rule named there exists."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "developers" / "trust.md").read_text("utf-8")

SEC = [f"SEC-{n:02}" for span in (range(1, 9), range(10, 54), range(60, 75)) for n in span]
ASVS = [
    "1.1.1-2",
    "1.2.1-6",
    "1.2.9-10",
    "1.3.1-2",
    "1.3.4-7",
    "1.3.10-12",
    "1.5.1-2",
    "2.1.1-3",
    "2.2.1-3",
    "2.3.1-5",
    "2.4.1",
    "3.2.1-2",
    "3.3.1-4",
    "3.4.1-6",
    "3.5.1-5",
    "3.7.1-2",
    "4.1.1",
    "4.1.3-4",
    "4.2.1",
    "4.3.1",
    "4.4.1-4",
    "5.1.1",
    "5.2.1-3",
    "5.3.1-2",
    "5.4.1-3",
    "6.1.1",
    "6.2.1-12",
    "6.3.1-4",
    "6.4.1-4",
    "6.5.1-5",
    "6.6.1-3",
    "6.8.1-4",
    "7.1.1-3",
    "7.2.1-4",
    "7.3.1-2",
    "7.4.1-5",
    "7.5.1-2",
    "7.6.1-2",
    "8.1.1-2",
    "8.2.1-3",
    "8.3.1-3",
    "8.4.1",
    "9.1.1-3",
    "9.2.1-4",
    "10.1.1-2",
    "10.2.1-2",
    "10.3.1-4",
    "10.4.1-11",
    "10.5.1-5",
    "10.7.1-3",
    "11.1.1-2",
    "11.2.1-3",
    "11.3.1-3",
    "11.4.1-4",
    "11.5.1",
    "12.1.1",
    "12.2.1",
    "12.3.1-4",
    "13.1.1",
    "13.2.1-5",
    "13.3.1-2",
    "13.4.1-5",
    "14.1.1-2",
    "14.2.1-4",
    "14.2.6-8",
    "14.3.1-3",
    "15.1.1-3",
    "15.2.1-3",
    "15.3.1-7",
    "16.1.1",
    "16.2.1-5",
    "16.3.1-4",
    "16.4.1-3",
    "16.5.1-3",
]
"""What level 2 asks that concerns a CRM, and what is taken of level 3: ``1.2.1-3`` is 1.2.1, 1.2.2 and 1.2.3."""


def rows() -> list[list[str]]:
    """The cells of each row that begins with an id."""
    found = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")
    ]
    return [cells for cells in found if re.match(r"SEC-|\d", cells[0])]


def spread(spans: list[str]) -> list[str]:
    found = []
    for span in spans:
        head, _, last = span.rpartition(".")
        first, _, end = last.partition("-")
        found += [f"{head}.{n}" for n in range(int(first), int(end or first) + 1)]
    return found


def named_in(path: Path) -> set[str]:
    """Ids of the tests a file holds, as pytest writes them."""
    name, found = path.relative_to(ROOT).as_posix(), set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(f"{name}::{node.name}")
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            inside = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")]
            found |= {f"{name}::{node.name}::{one.name}" for one in inside}
    return found


def proofs() -> set[str]:
    return {found for cells in rows() for found in re.findall(r"`([^`]+)`", cells[-1])}


@pytest.mark.parametrize("wanted", [SEC, spread(ASVS)], ids=["ways", "requirements"])
def test_every_id_of_the_plan_stands_there_once(wanted: list[str]) -> None:
    told = Counter(
        one for cells in rows() for one in cells[0].split(", ") if one.startswith("SEC") == wanted[0].startswith("SEC")
    )
    assert {one: told[one] for one in wanted if told[one] != 1} == {}
    assert told.keys() - set(wanted) == set()


def test_every_row_says_what_it_means_and_has_a_proof_or_what_it_needs() -> None:
    poor = [
        c[0] for c in rows() if len(c) != 3 or len(c[1]) < 3 or not re.search(r"`[^`]+`|not yet: needs \w.{3,}", c[2])
    ]
    assert poor == []
    assert re.findall(r"not yet(?!: needs|”)", PAGE) == ["not yet"]  # in the title


def test_every_test_and_rule_that_is_named_exists() -> None:
    known = {one for path in (ROOT / "tests").rglob("test_*.py") for one in named_in(path)}
    known |= {
        f"rule:{one}" for one in re.findall(r"^  - id: (\S+)$", (ROOT / ".semgrep/rules.yaml").read_text("utf-8"), re.M)
    }
    assert len(proofs()) > 150
    assert proofs() - known == set()


def test_tests_are_found_in_classes_and_files_as_pytest_names_them() -> None:
    assert f"tests/security/{Path(__file__).name}::test_every_test_and_rule_that_is_named_exists" in named_in(
        Path(__file__)
    )
    assert any(one.count("::") == 2 for one in named_in(ROOT / "tests/records/test_door.py"))


def test_the_page_is_linked_and_every_rule_is_shown_to_fire() -> None:
    assert "developers/trust.md" in (ROOT / "docs" / "README.md").read_text("utf-8")
    examples = "".join((ROOT / ".semgrep" / name).read_text("utf-8") for name in ("rules.py", "rules.ts"))
    rules = re.findall(r"^  - id: (\S+)$", (ROOT / ".semgrep/rules.yaml").read_text("utf-8"), re.M)
    assert [rule for rule in rules if not re.search(rf"ruleid: .*\b{rule}\b", examples)] == []

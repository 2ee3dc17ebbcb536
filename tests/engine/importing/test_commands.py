"""`tracte import`, `tracte export` and `tracte undo`, as an operator types them."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tracte.engine import exporting
from tracte.engine.importing.opening import open_table
from tracte.kernel.actor import OPERATOR
from tracte.records import door, query
from tracte.records.door import Op

SCENARIO = """format = 1
name = "Firms"
[[file]]
path = "firms.csv"
entity = "account"
[file.match]
keys = ["name"]
[file.columns]
name = "name"
staff = "employees"
"""


def run(*words: Any) -> tuple[dict[str, Any], str, int]:
    """What a command prints as JSON, what it says besides, and its exit code."""
    out, told, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*map(str, words), stdout=out, stderr=told)
    except SystemExit as left:
        code = int(left.code or 0)
    return json.loads(out.getvalue()), told.getvalue(), code


@pytest.fixture
def firms(tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "firms.csv").write_text("name,staff\nNova,5\nVella,x\nAlta,7\n")
    (tmp_path / "s.toml").write_text(SCENARIO)
    return tmp_path / "s.toml", folder


@pytest.mark.django_db
class TestImportAndUndo:
    def test_the_outcome_is_one_json_object_and_bad_rows_give_exit_code_3(self, firms: tuple[Path, Path]) -> None:
        told, said, code = run("import", *firms, "--json")
        assert code == 3
        assert told.keys() == {
            "changeset", "created", "updated", "unchanged", "warnings", "problems", "by_entity", "report"
        }  # fmt: skip
        assert (told["created"], told["problems"]) == (2, 1)
        assert told["by_entity"]["account"]["created"] == 2
        assert told["report"] in said
        assert "Vella" in Path(told["report"]).read_text()

        undone, _, code = run("undo", told["changeset"], "--json")
        assert (undone["undone"], undone["conflicts"], code) == (2, 0, 0)
        assert query.rows("account", OPERATOR).count()[0] == 0

    def test_a_dry_run_changes_nothing(self, firms: tuple[Path, Path]) -> None:
        told, _, code = run("import", *firms, "--json", "--dry-run")
        assert (told["changeset"], told["created"], code) == (None, 2, 3)
        assert query.rows("account", OPERATOR).count()[0] == 0

    def test_a_conflict_of_an_undo_gives_exit_code_4(self, firms: tuple[Path, Path]) -> None:
        made = door.create(OPERATOR, "account", {"name": "Nova", "employees": "1"}, origin="cli").id
        told, _, _ = run("import", *firms, "--json")
        door.update(OPERATOR, "account", made, {"employees": "9"}, origin="cli")
        undone, _, code = run("undo", told["changeset"], "--json")
        assert (code, undone["conflicts"], undone["listed"][0]["code"]) == (4, 1, "changed_since")
        assert query.rows("account", OPERATOR).get(made)["employees"] == 9

    def test_a_wrong_scenario_gives_exit_code_2_and_its_line(self, firms: tuple[Path, Path]) -> None:
        firms[0].write_text(SCENARIO.replace("staff", "stuff"))
        with pytest.raises(
            CommandError, match=r"s\.toml, line 10: .* no column 'stuff'; did you mean 'staff'"
        ) as caught:
            call_command("import", *map(str, firms))
        assert caught.value.returncode == 2

    def test_a_missing_folder_a_stranger_and_a_missing_set_are_told(self, firms: tuple[Path, Path]) -> None:
        for words, code in (
            (("import", firms[0], firms[1] / "nowhere"), 2),
            (("import", *firms, "--as", "nobody@firm.example"), 1),
            (("undo", "99999"), 1),
        ):
            with pytest.raises(CommandError) as caught:
                call_command(*map(str, words))
            assert caught.value.returncode == code


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)
odd = st.one_of(st.text("'=+-@;\",\n a1", max_size=8), texts)


@pytest.mark.django_db
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    notes=st.lists(odd, min_size=1, max_size=4),
    staff=st.none() | st.integers(0, 10_000_000),
    money=st.none() | st.decimals(-(10**9), 10**9, places=2),
    ending=st.sampled_from(["csv", "xlsx", "json"]),
)
def test_export_import_export_is_the_same_file(
    tmp_path: Path, notes: list[str], staff: int | None, money: Any, ending: str
) -> None:
    rows = query.rows("account", OPERATOR)
    if old := rows.ids():
        door.delete(OPERATOR, "account", old, origin="cli")
    writer = door.begin(OPERATOR, "cli", "Some")
    turnover = None if money is None else f"{money} EUR"
    raw = [
        {"name": f"N{at}", "description": note, "employees": staff, "turnover": turnover}
        for at, note in enumerate(notes)
    ]
    writer.write("account", "create", [Op({k: v for k, v in one.items() if v not in (None, "")}) for one in raw])
    first, second = tmp_path / f"accounts.{ending}", tmp_path / f"again.{ending}"
    exporting.to_file(exporting.export("account", OPERATOR), first)
    door.delete(OPERATOR, "account", query.rows("account", OPERATOR).ids(), origin="cli")

    used = [name for name in open_table(first).headers if name not in ("id", "external_id")]
    scenario = tmp_path / "s.toml"
    columns = "".join(f'{name} = {{ to = "{name}", strip = false }}\n' for name in used)
    scenario.write_text(
        f'format = 1\nname = "Back"\n[[file]]\npath = "{first.name}"\nentity = "account"\n'
        f'ignore = ["id", "external_id"]\n[file.columns]\n{columns}'
    )
    told, _, _ = run("import", scenario, tmp_path, "--json")
    assert (told["created"], told["problems"]) == (len(notes), 0), Path(told["report"]).read_text()
    exporting.to_file(exporting.export("account", OPERATOR), second)
    assert without_ids(first) == without_ids(second)


def without_ids(path: Path) -> list[list[Any]]:
    return [row.cells[1:] for row in open_table(path).rows()]


@pytest.mark.django_db
def test_an_exported_csv_holds_no_formula(tmp_path: Path) -> None:
    for name in ("=1+1", "+1", "@x", "-2+3", 'a";=1'):
        door.create(OPERATOR, "account", {"name": name}, origin="cli")
    call_command("export", "account", "--to", str(tmp_path / "a.csv"), "--filter", '["name", "not_empty"]')
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8-sig") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names == ["'=1+1", "+1", "'@x", "'-2+3", "a\";'=1"]
    with pytest.raises(CommandError) as caught:
        call_command("export", "account", "--to", str(tmp_path / "a.pdf"))
    assert caught.value.returncode == 2
    assert not (tmp_path / "a.pdf").exists()


@pytest.mark.sqlite
def test_a_killed_import_goes_on_and_nothing_is_doubled(tmp_path: Path) -> None:
    """The process dies at any moment (kill -9); the same command finishes the work exactly."""
    home, count = tmp_path / "killed", 5_000
    home.mkdir()
    (tmp_path / "firms.csv").write_text("name,staff\n" + "".join(f"Firm {n},{n}\n" for n in range(count)))
    (tmp_path / "s.toml").write_text(SCENARIO)
    environment = os.environ | {
        "TRACTE_HOME": str(home),
        "PYTHONPATH": "src",
        "DJANGO_SETTINGS_MODULE": "tracte.config.settings",
    }
    tracte = [sys.executable, "-m", "tracte"]
    subprocess.run([*tracte, "migrate"], env=environment, check=True, capture_output=True)
    words = [*tracte, "import", str(tmp_path / "s.toml"), str(tmp_path), "--json"]
    kills = 0
    for _ in range(6):
        with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            deadline, seen = time.monotonic() + 60, _size(home)
            while process.poll() is None and time.monotonic() < deadline and _size(home) <= seen + 200_000:
                time.sleep(0.02)
            if process.poll() is None and kills < 2:
                process.send_signal(signal.SIGKILL)
                kills += 1
            out = process.communicate(timeout=120)[0]
        if process.returncode == 0:
            break
    told = json.loads(out)
    assert kills > 0
    assert (told["created"], told["unchanged"], told["problems"]) == (count, 0, 0)
    again = subprocess.run(words, env=environment, check=True, capture_output=True, timeout=120)
    assert json.loads(again.stdout)["unchanged"] == count


def _size(home: Path) -> int:
    return sum(path.stat().st_size for path in home.glob("*.sqlite3*"))

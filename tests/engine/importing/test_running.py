"""Imports write through the door: found or made, reported row by row, resumed after a crash, undone as one."""

import csv
from collections.abc import Callable
from typing import Any

import pytest
from tests.engine.importing.conftest import Import

from tracte.engine import reindexing
from tracte.engine.importing import running, service
from tracte.engine.importing.running import Plainly, Runner
from tracte.engine.importing.spec import ScenarioError
from tracte.engine.searching import search
from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.kernel.problems import Forbidden, NotFound, Problem, Rejected
from tracte.records import door, query, undo
from tracte.records.changes import ChangeSet, State
from tracte.records.tasks.models import Task
from tracte.records.tasks.worker import Worker
from tracte.records.writer import Writer

pytestmark = pytest.mark.django_db
Stored = Callable[..., list[dict[str, Any]]]

ACCOUNTS = """
[[file]]
path = "a.csv"
entity = "account"
[file.match]
keys = ["name"]
[file.columns]
name = "name"
city = { to = "billing_address.city" }
parent = { to = "parent", lookup = "account.name", pass = 2 }
staff = "employees"
"""
ROWS = "name,city,parent,staff\nBranch,Reus,Group,5\nGroup,Vic,,50\nOther,,,\n"


def counts(done: service.Done) -> tuple[int, ...]:
    return tuple(done.counts[name] for name in ("created", "updated", "unchanged", "warnings", "problems"))


def reported(done: service.Done) -> list[dict[str, str]]:
    with done.report.open(newline="") as file:
        return list(csv.DictReader(file))


def test_records_are_made_then_found_again(bring_in: Import, stored: Stored) -> None:
    assert counts(bring_in(ACCOUNTS, ROWS)) == (3, 0, 0, 0, 0)
    branch, group, _ = stored("account", "name", "parent", "employees", "billing_address")
    assert branch["billing_address"].city == "Reus"
    assert query.titles("account", [branch["parent"]], OPERATOR)[branch["parent"]].title == group["name"]
    assert counts(bring_in(ACCOUNTS, ROWS)) == (0, 0, 3, 0, 0)
    assert counts(bring_in(ACCOUNTS, ROWS.replace(",50", ",51").replace("Other,,", "Other,,Group"))) == (0, 2, 1, 0, 0)


def test_an_empty_cell_keeps_what_is_there(bring_in: Import, stored: Stored) -> None:
    bring_in(ACCOUNTS, ROWS)
    assert counts(bring_in(ACCOUNTS, "name,city,parent,staff\nGroup,,,\n")) == (0, 0, 1, 0, 0)
    assert stored("account", "employees")[1] == {"employees": 50}


@pytest.mark.parametrize(
    ("policy", "staff", "verdict"), [("skip", [5, 50], (0, 0, 1)), ("fill_empty", [5, 50], (0, 1, 0))]
)
def test_a_found_record_may_be_left_or_only_filled(
    bring_in: Import, stored: Stored, policy: str, staff: list[int], verdict: tuple[int, ...]
) -> None:
    bring_in(ACCOUNTS, "name,city,parent,staff\nBranch,Reus,,5\nGroup,,,50\n")
    toml = ACCOUNTS.replace('keys = ["name"]', f'keys = ["name"]\non_match = "{policy}"')
    assert counts(bring_in(toml, "name,city,parent,staff\nGroup,Vic,,99\n"))[:3] == verdict
    assert [row["employees"] for row in stored("account", "employees")] == staff


def test_bad_rows_are_reported_with_their_number_and_the_rest_goes_on(bring_in: Import, stored: Stored) -> None:
    done = bring_in(ACCOUNTS, 'name,city,parent,staff\nA,,,many\n"B,,,1\nC,,Nobody,2\n,x,,3\nD,,,4\n')
    assert counts(done) == (2, 0, 0, 0, 4)
    assert [row["name"] for row in stored("account", "name")] == ["C", "D"]
    told = {row["row"]: row["why"] for row in reported(done)}
    assert told.keys() == {"2", "3", "4", "5"}
    assert told["2"].startswith("employees: ")
    assert "Nobody" in told["4"]
    assert reported(done)[0]["staff"] == "many"
    assert ChangeSet.objects.get(pk=done.changeset).state == State.PARTLY_APPLIED


@pytest.mark.parametrize(
    ("policy", "expected"), [("report", (1, 0, 0, 0, 1)), ("blank", (2, 0, 0, 1, 0)), ("skip", (1, 0, 0, 1, 0))]
)
def test_a_bad_value_follows_the_scenario(bring_in: Import, policy: str, expected: tuple[int, ...]) -> None:
    toml = f'[defaults]\non_bad_value = "{policy}"\n{ACCOUNTS}'
    assert counts(bring_in(toml, "name,city,parent,staff\nA,,,many\nB,,,1\n")) == expected


DEALS = """
[[file]]
path = "a.csv"
entity = "contact"
[file.columns]
id = { external = "old" }
name = "last_name"
firm = { to = "account", lookup = "account.name", on_missing_reference = "POLICY" }
"""


@pytest.mark.parametrize(
    ("policy", "expected", "accounts"),
    [
        ("report", (1, 0, 0, 0, 1), 0),
        ("blank", (2, 0, 0, 1, 0), 0),
        ("skip", (1, 0, 0, 1, 0), 0),
        ("create", (3, 0, 0, 0, 0), 1),
    ],
)
def test_a_missing_reference_follows_the_scenario(
    bring_in: Import, stored: Stored, policy: str, expected: tuple[int, ...], accounts: int
) -> None:
    done = bring_in(DEALS.replace("POLICY", policy), "id,name,firm\n1,Puig,Nova\n2,Roca,\n")
    assert counts(done) == expected
    assert len(stored("account", "name")) == accounts


def test_a_name_is_found_whatever_its_case_and_accents_unless_several_have_it(bring_in: Import, stored: Stored) -> None:
    for name in ("Café Roma", "Twin", "Twin"):
        door.create(OPERATOR, "account", {"name": name}, origin="cli")
    done = bring_in(DEALS.replace("POLICY", "report"), "id,name,firm\n1,Puig,CAFE ROMA\n2,Roca,Twin\n")
    assert counts(done) == (1, 0, 0, 0, 1)
    assert "2 records" in reported(done)[0]["why"]


def test_an_external_id_finds_its_record_again_and_a_binned_one_does_not_count(
    bring_in: Import, stored: Stored
) -> None:
    toml = DEALS.replace("POLICY", "blank")
    first = bring_in(toml, "id,name,firm\n1,Puig,\n")
    assert counts(bring_in(toml, "id,name,firm\n1,Roca,\n")) == (0, 1, 0, 0, 0)
    assert stored("contact", "last_name") == [{"last_name": "Roca"}]
    undo.run(int(first.changeset or 0), OPERATOR, force=True)
    assert counts(bring_in(toml, "id,name,firm\n1,Roca,\n")) == (1, 0, 0, 0, 0)


def test_rows_about_one_record_are_written_one_after_the_other(bring_in: Import, stored: Stored) -> None:
    rows = "name,city,parent,staff\nA,,,1\nA,,,2\nA,,,2\nB,,,1\nB,,,1\n"
    assert counts(bring_in(ACCOUNTS, rows)) == (2, 1, 2, 0, 0)
    assert stored("account", "name", "employees") == [{"name": "A", "employees": 2}, {"name": "B", "employees": 1}]


def test_rows_are_skipped_by_a_condition_and_repeated_ones_read_once(bring_in: Import, stored: Stored) -> None:
    toml = ACCOUNTS.replace(
        'entity = "account"', 'entity = "account"\nskip_if = ["staff", "eq", "0"]\ndistinct = ["name"]'
    )
    assert counts(bring_in(toml, "name,city,parent,staff\nA,,,1\nA,,,2\nB,,,0\nC,,,\n")) == (2, 0, 0, 0, 0)


def test_a_dry_run_tells_the_same_and_changes_nothing(bring_in: Import, stored: Stored) -> None:
    done = bring_in(ACCOUNTS, ROWS + "Bad,,,x\n", dry_run=True)
    assert counts(done) == (3, 0, 0, 0, 1)
    assert done.changeset is None
    assert reported(done)[0]["row"] == "5"
    assert not stored("account", "name")
    assert not ChangeSet.objects.exists()


def test_a_dry_run_too_large_to_rehearse_still_sees_references_between_files(
    bring_in: Import, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "REHEARSED_UP_TO", 0)
    toml = ACCOUNTS + DEALS.replace("a.csv", "b.csv").replace("POLICY", "report")
    done = bring_in(toml, ROWS, b="id,name,firm\n1,Puig,Group\n2,Roca,Nobody\n", dry_run=True)
    assert counts(done) == (4, 0, 0, 0, 1)
    assert not stored("account", "name")
    assert not ChangeSet.objects.exists()


PIPELINE = """[[file]]
entity = "team"
rows = [{ name = "Iberia" }]
[file.columns]
name = "name"
[[file]]
entity = "user"
rows = [{ name = "Nuria", team = "Iberia" }]
[file.columns]
name = "name"
team = { to = "teams", lookup = "team.name" }
[file.set]
can_sign_in = false
[[file]]
entity = "value_item"
rows = [{ key = "fairs", label = "Fairs" }]
[file.columns]
key = "key"
label = "label"
[file.set]
list = "origin"
[[file]]
entity = "pipeline"
rows = [{ name = "Direct" }, { name = "Partners" }]
[file.columns]
name = "name"
[[file]]
entity = "stage"
rows = [
  { pipeline = "Direct", name = "Talking", kind = "open", probability = 10, position = 10 },
  { pipeline = "Direct", name = "Won", kind = "won", probability = 100, position = 20 },
  { pipeline = "Partners", name = "Talking", kind = "open", probability = 20, position = 10 },
]
[file.columns]
pipeline = { to = "pipeline", lookup = "pipeline.name" }
name = "name"
kind = "kind"
probability = "probability"
position = "position"
[[file]]
path = "a.csv"
entity = "opportunity"
[file.match]
external = "old"
[file.columns]
id = { external = "old" }
name = "name"
stage = { to = "stage", lookup = "stage.name", where = ["pipeline.name", "eq", "Direct"] }
who = { to = "owner", lookup = "user.name" }
origin = "origin"
"""
DEALS_OF_IT = (
    "id,name,stage,who,origin\n1,Roof,Talking,Nuria,fairs\n2,Yard,Won,Nuria,Fairs\n"
    "3,Wall,Lost,Nuria,fairs\n4,Gate,Talking,Nobody,fairs\n5,Door,Talking,Nuria,moon\n"
)


@pytest.mark.parametrize("tried_up_to", [20_000, 0])
def test_a_dry_run_sees_the_pipelines_people_and_lists_that_the_import_makes_itself(
    bring_in: Import, stored: Stored, monkeypatch: pytest.MonkeyPatch, tried_up_to: int
) -> None:
    monkeypatch.setattr(service, "REHEARSED_UP_TO", tried_up_to)
    tried = bring_in(PIPELINE, DEALS_OF_IT, dry_run=True)
    assert tried.checked_only is (tried_up_to == 0)
    assert not ChangeSet.objects.exists()
    assert not stored("pipeline", "name")
    assert not query.rows("opportunity", OPERATOR).ids()
    real = bring_in(PIPELINE, DEALS_OF_IT)
    assert (tried.counts["by_entity"], tried.problems) == (real.counts["by_entity"], 3)
    assert [(one["row"], one["why"]) for one in reported(tried)] == [(one["row"], one["why"]) for one in reported(real)]
    (deal, _won) = stored("opportunity", "name", "weighted", "probability")
    assert deal["probability"] == 10


def test_a_checked_import_counts_rows_about_what_is_there_already(
    bring_in: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_in(PIPELINE, DEALS_OF_IT)
    monkeypatch.setattr(service, "REHEARSED_UP_TO", 0)
    matching = PIPELINE.replace("[file.columns]\nname = ", '[file.match]\nkeys = ["name"]\n[file.columns]\nname = ')
    matching = matching.replace(
        "[file.columns]\nkey = ", '[file.match]\nkeys = ["list", "key"]\n[file.columns]\nkey = '
    )
    matching = matching.replace(
        "[file.columns]\npipeline = ", '[file.match]\nkeys = ["pipeline", "name"]\n[file.columns]\npipeline = '
    )
    again = bring_in(matching, DEALS_OF_IT, dry_run=True)
    assert (again.counts["created"], again.counts["unchanged"], again.problems) == (0, 10, 3)


def test_an_import_is_undone_as_one(bring_in: Import, stored: Stored) -> None:
    bring_in(ACCOUNTS, "name,city,parent,staff\nGroup,Vic,,50\n")
    before = stored("account", "name", "employees", "parent")
    done = bring_in(ACCOUNTS, ROWS.replace(",50", ",60"))
    undo.run(int(done.changeset or 0), OPERATOR)
    assert stored("account", "name", "employees", "parent") == before


def test_what_is_odd_about_the_file_is_a_warning(bring_in: Import) -> None:
    done = bring_in(ACCOUNTS, "name,city,parent,staff,name,colour\nA,,,1,,\n")
    assert counts(done) == (1, 0, 0, 3, 0)
    assert [row["row"] for row in reported(done)] == ["1", "1", "1"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"employees"', '"employes"', "did you mean 'employees'"),
        ('"employees"', '"created_at"', "set by the program"),
        ('"billing_address.city"', '"billing_address.town"', "no part 'town'"),
        ("staff =", "staf =", "did you mean 'staff'"),
        ('"account.name"', '"contact.last_name"', "points to account"),
        ('entity = "account"', 'entity = "acount"', "did you mean 'account'"),
        ('path = "a.csv"', 'path = "c.csv"', "c.csv is not in"),
        ('[file.match]\nkeys = ["name"]', "", "pass = 2 needs"),
        ('entity = "account"', 'entity = "account"\nskip_if = ["nowhere", "eq", "1"]', "skip_if"),
    ],
)
def test_a_name_nobody_knows_stops_before_the_first_row(
    bring_in: Import, stored: Stored, old: str, new: str, message: str
) -> None:
    toml = ACCOUNTS.replace(old, new)
    if new == "":  # nothing is left by which the entity itself would find its records
        toml = toml.replace('name = "name"', 'name = "description"')
    with pytest.raises(ScenarioError, match=message):
        bring_in(toml, ROWS)
    assert not stored("account", "name")


class Crash(Exception):
    pass


class CrashesAt(Plainly):
    """Stops before chunk number ``at``, as a killed process does."""

    def __init__(self, at: int) -> None:
        self.left = at

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Crash


@pytest.mark.parametrize("at", range(6))
def test_an_interrupted_import_goes_on_where_it_stopped(
    bring_in: Import, stored: Stored, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    rows = "name,city,parent,staff\n" + "".join(
        f"N{n},,{n and f'N{n - 1}'},{'x' if n == 4 else n}\n" for n in range(10)
    )
    rows = rows.replace("N0,,0,", "N0,,,")
    original = service._runner

    def crashing(*args: Any) -> Runner:
        runner = original(*args)
        runner.chunk_rows, runner.control = 4, CrashesAt(at)
        return runner

    monkeypatch.setattr(service, "_runner", crashing)
    with pytest.raises(Crash):
        bring_in(ACCOUNTS, rows)
    assert ChangeSet.objects.get().state == State.APPLYING
    monkeypatch.setattr(service, "_runner", original)
    done = bring_in(ACCOUNTS, rows)
    assert done.resumed
    assert ChangeSet.objects.count() == 1
    assert counts(done) == (9, 0, 0, 0, 2)
    assert [row["row"] for row in reported(done)] == ["6", "7"]
    assert sum(row["parent"] is not None for row in stored("account", "parent")) == 7
    undo.run(int(done.changeset or 0), OPERATOR)
    assert not stored("account", "name")


def test_an_interrupted_import_can_be_undone_instead(
    bring_in: Import, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = service._runner

    def crashing(*args: Any) -> Runner:
        runner = original(*args)
        runner.chunk_rows, runner.control = 2, CrashesAt(1)
        return runner

    monkeypatch.setattr(service, "_runner", crashing)
    with pytest.raises(Crash):
        bring_in(ACCOUNTS, ROWS)
    changeset = ChangeSet.objects.get()
    assert len(stored("account", "name")) == 2
    assert service.close_interrupted(changeset)
    undo.run(changeset.pk, OPERATOR)
    assert not stored("account", "name")


def test_the_same_import_does_not_run_twice_at_once(bring_in: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    original = service._runner

    def twice(*args: Any) -> Runner:
        with pytest.raises(service.AlreadyRunning):
            bring_in(ACCOUNTS, ROWS)
        return original(*args)

    monkeypatch.setattr(service, "_runner", twice)
    monkeypatch.setattr(service, "fingerprint", lambda *args: "same")
    assert counts(bring_in(ACCOUNTS, ROWS)) == (3, 0, 0, 0, 0)


def test_rights_decide_who_imports(bring_in: Import, stored: Stored) -> None:
    me = door.create(OPERATOR, "user", {"name": "Eva", "email": "eva@firm.example"}, origin="cli").id
    levels = {("account", verb): Level.OWN for verb in ("view", "create", "edit")}
    with pytest.raises(Forbidden):
        bring_in(ACCOUNTS, ROWS, actor=Actor(me, "Anna", levels=levels))
    with pytest.raises(NotFound):
        bring_in(ACCOUNTS, ROWS, actor=Actor(me, "Ben"))
    masked = Actor(
        5, "Eva", levels=levels | {("account", "import"): Level.OWN}, masks={("account", "employees"): "readonly"}
    )
    with pytest.raises(ScenarioError, match="closed to you"):
        bring_in(ACCOUNTS, ROWS, actor=masked)
    door.create(OPERATOR, "account", {"name": "Group"}, origin="cli")
    able = Actor(me, "Eva", levels=levels | {("account", "import"): Level.OWN})
    done = bring_in(ACCOUNTS, ROWS, actor=able)
    # Somebody else's Group is not found: it looks as if it did not exist.
    assert counts(done)[0] == 3


def test_a_rule_that_refuses_the_whole_chunk_costs_only_the_guilty_row(
    bring_in: Import, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Writer.write

    def picky(self: Writer, entity: str, verb: str, ops: Any, **options: Any) -> Any:
        if any(op.values.get("name") == "N5" for op in ops):
            raise Rejected([Problem(None, "in_use")])
        return original(self, entity, verb, ops, **options)

    monkeypatch.setattr(Writer, "write", picky)
    rows = "name,city,parent,staff\n" + "".join(f"N{n},,,\n" for n in range(20))
    done = bring_in(ACCOUNTS, rows)
    assert counts(done) == (19, 0, 0, 0, 1)
    assert reported(done)[0]["name"] == "N5"
    assert ChangeSet.objects.get(pk=done.changeset).counts["created"] == 19


def test_an_empty_cell_is_not_a_no(bring_in: Import, stored: Stored) -> None:
    toml = '[[file]]\npath = "a.csv"\nentity = "product"\n[file.columns]\nname = "name"\nactive = "active"\n'
    bring_in(toml, "name,active\nPump,\nValve,no\nPipe,yes\n")
    assert [row["active"] for row in stored("product", "active")] == [True, False, True]
    assert counts(bring_in(toml, "name,active\nPump,\n")) == (0, 0, 1, 0, 0)


def test_a_large_import_asks_for_its_search_text_with_each_chunk(
    bring_in: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "DEFER_SEARCH_FROM", 2)
    bring_in(ACCOUNTS, ROWS)
    assert search(OPERATOR, "other") == []
    assert Task.objects.filter(job=reindexing.JOB, state="queued").count() == 1
    Worker().drain()
    assert [hit.title for hit in search(OPERATOR, "other")] == ["Other"]
    assert reindexing.waiting() == 0


def test_a_small_import_is_found_at_once(bring_in: Import) -> None:
    bring_in(ACCOUNTS, ROWS)
    assert [hit.title for hit in search(OPERATOR, "branch")] == ["Branch"]
    assert not Task.objects.filter(job=reindexing.JOB).exists()


NEW_ONLY = """
[[file]]
path = "a.csv"
entity = "account"
[file.match]
keys = ["name"]
[file.columns]
name = "name"
staff = { to = "employees", new_only = true }
[file.set]
tags = { constant = ["fair"], new_only = true }
kind = "customer"
"""


def test_what_is_for_new_records_only_leaves_known_ones_as_they_are(bring_in: Import, stored: Stored) -> None:
    door.create(OPERATOR, "account", {"name": "Group", "tags": "old", "employees": "3"}, origin="ui")
    done = bring_in(NEW_ONLY, "name,staff\nGroup,50\nOther,60\n")
    assert (done.counts["created"], done.counts["updated"]) == (1, 1)
    found = {
        one["name"]: (one["tags"], one["employees"], one["kind"])
        for one in stored("account", "name", "tags", "employees", "kind")
    }
    assert found == {"Group": (("old",), 3, "customer"), "Other": (("fair",), 60, "customer")}
    again = bring_in(NEW_ONLY, "name,staff\nGroup,50\nOther,70\n")
    assert again.counts["unchanged"] == 2

"""Imports over the API: a scenario with its files, done by a worker as one change set that can be taken back."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.api.conftest import Api

from tracte.engine import uploads
from tracte.engine.importing.jobs import tidy
from tracte.kernel import clock
from tracte.kernel.ids import encode
from tracte.records.changes import ChangeSet
from tracte.records.people import User
from tracte.records.tasks import api as tasks
from tracte.records.tasks.api import enqueue
from tracte.records.tasks.worker import Worker

Firm = Any

SCENARIO = """format = 1
name = "Sales of a hardware firm"
[defaults]
currency = "USD"

[[file]]
path = "accounts.csv"
entity = "account"
[file.match]
keys = ["name"]
[file.columns]
account = "name"
sector = { to = "industry", map = { technolgy = "technology" } }
subsidiary_of = { to = "parent", lookup = "account.name", pass = 2 }

[[file]]
path = "people.csv"
entity = "contact"
[file.columns]
last = "last_name"
company = { to = "account", lookup = "account.name" }
"""
AS_JSON = {
    "format": 1,
    "name": "Sales of a hardware firm",
    "defaults": {"currency": "USD"},
    "file": [
        {
            "path": "accounts.csv",
            "entity": "account",
            "match": {"keys": ["name"]},
            "columns": {
                "account": "name",
                "sector": {"to": "industry", "map": {"technolgy": "technology"}},
                "subsidiary_of": {"to": "parent", "lookup": "account.name", "pass": 2},
            },
        },
        {
            "path": "people.csv",
            "entity": "contact",
            "columns": {"last": "last_name", "company": {"to": "account", "lookup": "account.name"}},
        },
    ],
}
ACCOUNTS = "account,sector,subsidiary_of\nNova,technolgy,\nNova Reus,retail,Nova\nOdd,nonsense,\n"
PEOPLE = "last,company\nPuig,Nova\nFerrer,Nova Reus\n"
FILES = {"accounts.csv": ACCOUNTS, "people.csv": PEOPLE}


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.TRACTE_HOME = tmp_path / "home"
    return tmp_path / "home" / "imports"


def sent(
    api: Any, scenario: str = SCENARIO, files: dict[str, str] | None = None, path: str = "", **headers: str
) -> Any:
    """A form as a browser or curl sends it."""
    listed = [SimpleUploadedFile(name, text.encode()) for name, text in (FILES if files is None else files).items()]
    form = {"scenario": SimpleUploadedFile("maven.toml", scenario.encode()), "files": listed}
    return api.client.post(f"/api/v1/imports{path}", form, headers=headers)


def as_json(api: Any, scenario: Any, files: Any = None, **headers: str) -> Any:
    return api.post("imports", {"scenario": scenario, "files": FILES if files is None else files}, **headers)


def counted(api: Any) -> tuple[int, int]:
    return tuple(api.get(plural, count="true").json()["count"] for plural in ("accounts", "contacts"))


def left(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir()) if home.is_dir() else []


def problem(response: Any, status: int = 422) -> dict[str, Any]:
    assert response.status_code == status, response.content
    (one,) = response.json()["problems"]
    return one


def test_files_are_imported_by_a_worker_and_taken_back(firm: Firm, home: Path) -> None:
    api = firm["own"]
    handed = sent(api)
    assert handed.status_code == 202, handed.content
    task, number = handed.json()["task"], handed.json()["changeset"]
    assert (handed["Location"], handed["Tracte-Changeset"]) == (f"/api/v1/tasks/{task}", str(number))
    waiting = api.get(f"changes/{number}").json()
    assert (waiting["state"], waiting["origin"], waiting["title"]) == ("applying", "import", "Sales of a hardware firm")
    assert (waiting["report"], counted(api)) == (None, (0, 0))

    Worker().drain()
    assert api.get(f"tasks/{task}").json()["state"] == "done"
    done = api.get(f"changes/{number}").json()
    assert (done["counts"]["created"], done["counts"]["problems"], counted(api)) == (4, 1, (2, 2))
    assert done["by"]["title"] == "Own"
    branch = api.get("accounts", name="Nova Reus", fields="name,industry,parent,owner").json()["data"][0]
    assert (branch["parent"]["title"], branch["owner"]["title"]) == ("Nova", "Own")
    assert [hit["title"] for hit in api.get("search", q="ferrer").json()["data"]] == ["Ferrer"]

    report = api.client.get(done["report"])
    assert report["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(report.streaming_content).decode()
    assert "Odd" in text
    assert "Nova Reus" not in text
    (folder,) = home.glob("upload-*")
    assert (folder.stat().st_mode & 0o777, (folder / "people.csv").stat().st_mode & 0o777) == (0o700, 0o600)

    undone = api.post(f"changes/{number}/undo")
    assert (undone.status_code, undone.json()["undone"], counted(api)) == (200, 4, (0, 0))


def test_a_set_and_its_report_are_not_there_for_others(firm: Firm) -> None:
    handed = sent(firm["own"]).json()
    Worker().drain()
    for path in (f"changes/{handed['changeset']}", f"changes/{handed['changeset']}/report", f"tasks/{handed['task']}"):
        assert firm["stranger"].get(path).status_code == 404
        seen = firm["admin"].get(path)
        assert seen.status_code == 200
        assert b"".join(seen)  # read to its end, which also closes the file
    assert firm["stranger"].post(f"changes/{handed['changeset']}/undo").status_code == 404
    assert firm["own"].get("changes/9999/report").status_code == 404


def test_a_scenario_may_be_an_object_or_text_in_json(firm: Firm) -> None:
    for scenario in (AS_JSON, SCENARIO):
        handed = as_json(firm["own"], scenario)
        assert handed.status_code == 202, handed.content
        Worker().drain()
        counts = firm["own"].get(f"changes/{handed.json()['changeset']}").json()["counts"]
        assert (counts["created"], counts["problems"]) == ((4, 1) if scenario is AS_JSON else (2, 1))


def test_nobody_imports_without_the_right_for_every_entity(firm: Firm, home: Path) -> None:
    assert sent(firm["viewer"]).status_code == 403
    assert sent(firm["anonymous"]).status_code == 401
    hidden = sent(firm["nobody"])
    missing = sent(firm["nobody"], SCENARIO.replace('"account"\n[file.match]', '"accuont"\n[file.match]'))
    assert problem(hidden, 404)["message"].replace("account", "accuont") == problem(missing, 404)["message"]
    mixed = SCENARIO.replace('entity = "contact"', 'entity = "role"')
    assert sent(firm["own"], mixed).status_code == 403
    told = problem(sent(firm["own"], SCENARIO.replace('"contact"', '"contcat"')), 404)
    assert told["message"] == "scenario.toml, line 16: there is no entity 'contcat'; did you mean 'contact'?"
    assert (left(home), ChangeSet.objects.filter(origin="import").count()) == ([], 0)


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ("[file.match]\nkeys", "[file.match]\nkyes", 10, "scenario.file.0.match.kyes"),
        ('"last_name"', '"lastname"', 20, "scenario.file.1.columns.last"),
        ("sector =", "sectro =", 13, "scenario.file.0.columns.sectro"),
    ],
)
def test_a_mistake_in_a_scenario_is_named_by_line_or_key(
    firm: Firm, home: Path, old: str, new: str, line: int, key: str
) -> None:
    told = problem(sent(firm["own"], SCENARIO.replace(old, new)))
    assert (told["field"], told["code"]) == ("scenario", "bad_scenario")
    assert told["message"].startswith(f"scenario.toml, line {line}: ")
    objects = {
        "scenario.file.0.match.kyes": lambda files: files[0] | {"match": {"kyes": ["name"]}},
        "scenario.file.1.columns.last": lambda files: files[1] | {"columns": {"last": "lastname"}},
        "scenario.file.0.columns.sectro": lambda files: (
            files[0] | {"columns": {"sectro": "industry", "account": "name"}}
        ),
    }
    place, files = int(key.split(".")[2]), list(AS_JSON["file"])
    files[place] = objects[key](files)
    told = problem(as_json(firm["own"], AS_JSON | {"file": files}))
    assert (told["field"], told["code"], "line" in told["message"]) == (key, "bad_scenario", False)
    assert left(home) == []


@pytest.mark.parametrize(
    "scenario",
    [
        "format = 1\nname = ",
        "",
        SCENARIO.replace('path = "people.csv"', 'path = "../people.csv"'),
        SCENARIO.replace('path = "people.csv"', 'path = "/etc/passwd"'),
        SCENARIO.replace('path = "people.csv"', 'path = "a\\\\people.csv"'),
        SCENARIO.replace('path = "people.csv"', 'path = "accounts.csv/people.csv"'),
        SCENARIO.replace('path = "people.csv"', f'path = "{"a" * 250}"'),
        SCENARIO.replace("Sales of", "Sales\\u0000of"),
        SCENARIO.replace('path = "people.csv"', 'path = "people.csv"\nskip_if = ["nope", "eq", 1]'),
    ],
)
def test_a_scenario_that_cannot_be_used_is_refused_and_leaves_nothing(firm: Firm, home: Path, scenario: str) -> None:
    assert problem(sent(firm["own"], scenario))["code"] == "bad_scenario"
    assert (left(home), ChangeSet.objects.filter(origin="import").count()) == ([], 0)


def test_files_are_those_the_scenario_names(firm: Firm, home: Path) -> None:
    api = firm["own"]
    assert "people.csv was not sent" in problem(sent(api, files={"accounts.csv": ACCOUNTS}))["message"]
    assert problem(sent(api, files=FILES | {"other.csv": "x"}))["field"] == "files.other.csv"
    assert problem(as_json(api, SCENARIO, FILES | {"../../x.csv": "x"}))["field"] == "files.../../x.csv"
    assert problem(as_json(api, SCENARIO, FILES | {"people.csv": 5}))["code"] == "not_text"
    assert problem(as_json(api, SCENARIO, FILES | {"people.csv": "\ud800"}))["code"] == "not_text"
    assert "people.csv is empty" in problem(as_json(api, SCENARIO, FILES | {"people.csv": ""}))["message"]
    assert problem(api.post("imports", {"files": FILES}))["field"] == "scenario"
    assert (
        problem(api.post("imports", {"scenario": AS_JSON | {"name": [None]}, "files": FILES}))["code"] == "bad_scenario"
    )
    assert (
        problem(api.client.post("/api/v1/imports", {"files": SimpleUploadedFile("a.csv", b"x")}))["field"] == "scenario"
    )
    assert problem(api.client.post("/api/v1/imports", {"scenario": SCENARIO, "more": "x"}))["field"] == "more"
    assert api.post("imports", "x=1", **{"Content-Type": "text/plain"}).status_code in (415, 422)
    assert api.client.generic("POST", "/api/v1/imports", b"x", content_type="multipart/form-data").status_code == 400
    assert left(home) == []


def test_a_file_below_a_folder_is_sent_under_its_last_name_or_its_part(firm: Firm) -> None:
    scenario = SCENARIO.replace('"people.csv"', '"data/2026/people & co.csv"')
    api = firm["own"]
    assert sent(api, scenario, {"accounts.csv": ACCOUNTS, "people & co.csv": PEOPLE}).status_code == 202
    form = {
        "scenario": scenario,
        "accounts.csv": SimpleUploadedFile("upload1", ACCOUNTS.encode()),
        "data/2026/people & co.csv": SimpleUploadedFile("upload2", PEOPLE.encode()),
    }
    assert api.client.post("/api/v1/imports", form).status_code == 202
    Worker().drain()
    assert counted(api) == (2, 4)


def test_too_large_an_upload_is_refused_on_the_way(firm: Firm, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 100_000)
    response = sent(firm["own"], files=FILES | {"people.csv": PEOPLE + "x" * 200_000})
    assert problem(response, 413)["code"] == "too_large"
    assert left(home) == []


def test_the_same_request_is_done_once(firm: Firm, home: Path) -> None:
    api = firm["own"]
    key = {"Idempotency-Key": "import-1"}
    first, again = sent(api, **key), sent(api, **key)
    assert (first.status_code, again.status_code, first.json()) == (202, 202, again.json())
    assert again["Idempotent-Replayed"] == "true"
    assert (
        problem(sent(api, files=FILES | {"people.csv": PEOPLE + "Vidal,\n"}, **key))["code"] == "idempotency_mismatch"
    )
    assert len(left(home)) == 1
    assert ChangeSet.objects.filter(origin="import").count() == 1
    other = {"Idempotency-Key": "import-2"}
    assert as_json(api, AS_JSON, **other).json() == as_json(api, AS_JSON, **other).json()


def test_a_dry_run_tells_what_would_happen_and_changes_nothing(firm: Firm) -> None:
    api = firm["own"]
    handed = sent(api, path="?dry_run=true")
    assert handed.status_code == 202
    Worker().drain()
    tried = api.get(f"changes/{handed.json()['changeset']}").json()
    assert (tried["state"], tried["counts"]["created"], tried["counts"]["problems"]) == ("draft", 4, 1)
    assert "Odd" in b"".join(api.client.get(tried["report"]).streaming_content).decode()
    assert counted(api) == (0, 0)
    assert api.get(f"tasks/{handed.json()['task']}").json()["result"]["counts"]["created"] == 4


def test_who_left_before_the_worker_came_imports_nothing(firm: Firm) -> None:
    handed = sent(firm["own"]).json()
    assert firm["admin"].delete(f"users/{encode(firm.users['own'])}").status_code == 204
    assert not User.objects.get(pk=firm.users["own"]).is_active
    Worker().drain()
    assert firm["admin"].get(f"changes/{handed['changeset']}").json()["state"] == "failed"
    assert counted(firm["admin"]) == (0, 0)


def test_an_import_that_was_cancelled_before_it_began_says_so_and_has_done_nothing(firm: Firm) -> None:
    api = firm["own"]
    handed = sent(api).json()
    gone = api.delete(f"tasks/{handed['task']}").json()
    assert gone["state"] == "cancelled"
    path = f"changes/{handed['changeset']}"
    assert api.get(path).json()["state"] == "cancelled"
    assert [one["id"] for one in api.get("changes", state="cancelled").json()["data"]] == [handed["changeset"]]
    Worker().drain()
    assert counted(api) == (0, 0)
    assert api.get(path).json()["state"] == "cancelled"
    assert api.post(f"{path}/undo").status_code == 409
    browser = Client()
    browser.force_login(User.objects.get(pk=firm.users["own"]))
    assert (
        "Stopped before anything was written" in browser.get(f"/imports/{handed['changeset']}/report").content.decode()
    )
    assert "Cancelled" in browser.get("/changes/").content.decode()


def test_what_a_killed_worker_left_half_done_stays_when_its_task_is_cancelled(firm: Firm) -> None:
    api = firm["own"]
    handed = sent(api).json()
    ChangeSet.objects.filter(pk=handed["changeset"]).update(done=2)  # as an earlier attempt would leave it
    api.delete(f"tasks/{handed['task']}")
    assert api.get(f"changes/{handed['changeset']}").json()["state"] == "partly_applied"


def test_the_daily_upkeep_throws_away_what_killed_requests_left(firm: Firm, home: Path) -> None:
    sent(firm["own"])
    kept = set(left(home))
    for name, age in (("incoming-old", timedelta(days=2)), ("incoming-now", timedelta(0))):
        path = home / name
        path.write_bytes(b"half")
        moment = (clock.now() - age).timestamp()
        os.utime(path, (moment, moment))
    enqueue(tidy)
    Worker().drain()
    assert set(left(home)) - {one for one in left(home) if one.startswith("report")} == kept | {"incoming-now"}


def test_the_daily_upkeep_closes_imports_whose_task_is_over(firm: Firm) -> None:
    api = firm["own"]
    handed = sent(api).json()
    tasks.cancel(handed["task"])  # as an older version of the program left it
    assert api.get(f"changes/{handed['changeset']}").json()["state"] == "applying"
    enqueue(tidy)
    Worker().drain()
    assert api.get(f"changes/{handed['changeset']}").json()["state"] == "partly_applied"


def test_a_form_of_a_session_needs_the_csrf_token(firm: Firm, home: Path) -> None:
    api = Api(None)
    api.client = Client(enforce_csrf_checks=True)
    api.client.force_login(User.objects.get(pk=firm.users["own"]))
    assert problem(sent(api), 403)["code"] == "csrf"
    token = "a" * 32
    api.client.cookies["tracte_csrf"] = token
    assert sent(api, **{"X-CSRFToken": token}).status_code == 202
    assert len(left(home)) == 1

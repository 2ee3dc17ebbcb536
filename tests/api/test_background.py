"""What takes longer than an answer may: handed to a worker, with the rights of whoever asked."""

from typing import Any

import pytest
from django.test import override_settings

from tracte.api.views import bulk
from tracte.engine import undoing
from tracte.kernel.ids import encode
from tracte.records.tasks.models import Task
from tracte.records.tasks.worker import Worker

Firm = Any


def test_a_change_to_very_many_is_done_by_a_worker_as_one_set(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MAX_IDS", 3)
    for number in range(5):
        firm.make("account", {"name": f"A{number}"}, "own")
    hidden = firm.make("account", {"name": "A9"}, "stranger")
    api = firm["own"]
    body = {"where": ["name", "starts", "a"], "set": {"kind": "customer"}}
    handed = api.post("accounts/bulk", body)
    assert handed.status_code == 202
    assert api.get("accounts", kind="customer").json()["data"] == []
    Worker().drain()
    task = api.get(f"tasks/{handed.json()['task']}").json()
    assert (task["state"], task["done"]) == ("done", 5)
    assert len(api.get("accounts", kind="customer").json()["data"]) == 5
    assert firm["admin"].get(f"accounts/{hidden}").json()["kind"] == "prospect"
    assert api.get(f"changes/{handed.json()['changeset']}").json()["state"] == "applied"
    assert firm["stranger"].get(f"tasks/{handed.json()['task']}").status_code == 404
    assert api.post("accounts/bulk", body | {"dry_run": True}).status_code == 422


def test_a_change_to_very_many_that_is_cancelled_while_it_waits_changes_nothing(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MAX_IDS", 3)
    for number in range(5):
        firm.make("account", {"name": f"A{number}"}, "own")
    api = firm["own"]
    handed = api.post("accounts/bulk", {"where": ["name", "starts", "a"], "set": {"kind": "customer"}}).json()
    assert firm["stranger"].delete(f"tasks/{handed['task']}").status_code == 404
    assert api.delete(f"tasks/{handed['task']}").json()["state"] == "cancelled"
    Worker().drain()
    assert api.get(f"changes/{handed['changeset']}").json()["state"] == "cancelled"
    assert api.get("accounts", kind="customer").json()["data"] == []


def test_an_export_is_made_by_a_worker_and_fetched_by_its_maker_alone(firm: Firm, tmp_path: Any) -> None:
    for name, owner in (("Nord", "own"), ("Sud", "stranger")):
        firm.make("account", {"name": name}, owner)
    api = firm["own"]
    with override_settings(MEDIA_ROOT=tmp_path):
        task = api.post("exports", {"entity": "accounts", "format": "csv"}).json()["task"]
        assert api.get(f"tasks/{task}/file").status_code == 404
        Worker().drain()
        response = api.get(f"tasks/{task}/file")
        text = b"".join(response.streaming_content).decode()
        assert "Nord" in text
        assert "Sud" not in text
        assert response["Content-Disposition"] == 'attachment; filename="account.csv"'
        assert firm["stranger"].get(f"tasks/{task}/file").status_code == 404
    assert firm["viewer"].post("exports", {"entity": "accounts"}).status_code == 403
    assert firm["nobody"].post("exports", {"entity": "accounts"}).status_code == 404
    assert api.post("exports", {"entity": "accounts", "format": "exe"}).status_code == 422
    assert api.post("exports", {"entity": "accounts", "where": ["nope", "eq", 1]}).status_code == 422


@pytest.fixture
def large(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> int:
    """A change set too large to take back within an answer: three accounts of “own” made customers."""
    ids = [firm.make("account", {"name": f"A{number}"}, "own") for number in range(3)]
    body = {"ids": ids, "set": {"kind": "customer"}}
    changed = firm["own"].post("accounts/bulk", body).json()["changeset"]
    monkeypatch.setattr(undoing, "AT_ONCE", 2)
    return int(changed)


def test_a_large_set_is_taken_back_by_a_worker(firm: Firm, large: int) -> None:
    api, path = firm["own"], f"changes/{large}/undo"
    tried = api.post(path, {"dry_run": True})
    assert tried.status_code == 202
    handed = api.post(path, **{"Idempotency-Key": "undo-once"})
    assert handed.status_code == 202
    assert handed["Location"] == f"/api/v1/tasks/{handed.json()['task']}"
    assert api.post(path, **{"Idempotency-Key": "undo-once"}).json() == handed.json()
    assert len(api.get("accounts", kind="customer").json()["data"]) == 3
    Worker().drain()
    told = [api.get(f"tasks/{one.json()['task']}").json()["result"] for one in (tried, handed)]
    assert [(one["dry_run"], one["undone"], one["kept"]) for one in told] == [(True, 3, 0), (False, 3, 0)]
    assert api.get("accounts", kind="customer").json()["data"] == []
    assert api.get(f"changes/{large}").json()["state"] == "undone"
    undone = api.get(f"changes/{told[1]['set']}").json()
    assert (undone["origin"], undone["undo_of"]) == ("api", large)
    assert api.post(path).status_code == 409


def test_a_large_undo_that_was_refused_is_handed_to_nobody(firm: Firm, large: int) -> None:
    assert firm["stranger"].post(f"changes/{large}/undo").status_code == 404
    assert firm["own"].post(f"changes/{large}/undo", {"nope": True}).status_code == 422
    assert not Task.objects.filter(job="changes.undo").exists()


def test_who_left_before_the_worker_came_takes_nothing_back(firm: Firm, large: int) -> None:
    task = firm["own"].post(f"changes/{large}/undo").json()["task"]
    assert firm["admin"].delete(f"users/{encode(firm.users['own'])}").status_code == 204
    Worker().drain()
    assert firm["admin"].get(f"tasks/{task}").json()["state"] == "dead"
    assert firm["admin"].get(f"changes/{large}").json()["state"] == "applied"

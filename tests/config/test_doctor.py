"""`tracte doctor`: what it finds and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tracte.config import doctor
from tracte.kernel.actor import OPERATOR
from tracte.records import door
from tracte.records.tasks.models import Task, TaskState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "manifest", lambda: {"main.ts": {}})


def told() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"good": [], "warning": [], "bad": []}
    for finding in doctor.examine():
        found[finding.verdict].append(finding.text)
    return found


def test_a_well_installation_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    door.create(OPERATOR, "user", {"name": "Pia", "email": "pia@firm.example", "is_admin": True}, origin="cli")
    found = told()
    assert found["bad"] == []
    assert "every migration is applied" in found["good"]
    assert any("trgm" in text or "trigrams" in text for text in found["good"])
    call_command("doctor", "--json")
    assert json.loads(capsys.readouterr().out)["well"] is True


def test_it_says_how_to_make_an_administrator() -> None:
    assert [one.remedy for one in doctor.examine() if "administers" in one.text] == ["tracte user create EMAIL --admin"]


def test_dead_tasks_are_named() -> None:
    Task.objects.create(job="imports.apply", state=TaskState.DEAD)
    assert any("imports.apply" in text for text in told()["warning"])


def test_a_missing_migration_is_bad_and_ends_with_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sales'")
    assert any("not applied" in text for text in told()["bad"])
    with pytest.raises(CommandError) as caught:
        call_command("doctor")
    assert caught.value.returncode == 1


def test_a_database_of_a_newer_tracte_is_bad() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('sales', '9999_later', '2030-01-01')"
        )
    assert any("newer Tracte (sales.9999_later)" in text for text in told()["bad"])


def test_a_full_disk_and_an_open_key_are_told(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    settings.TRACTE_HOME = tmp_path
    (tmp_path / "secret_key").write_text("k")
    (tmp_path / "secret_key").chmod(0o644)
    usage = type("Usage", (), {"free": 50_000_000})
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage)
    found = told()
    assert any("secret key" in text for text in found["warning"])
    assert any("are free" in text for text in found["bad"])


def test_a_home_that_is_gone_is_bad(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TRACTE_HOME = tmp_path / "gone"
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10**12}))
    assert any("cannot be written" in text for text in told()["bad"])

"""Imports of small files written by the test, in a home of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracte.engine.importing import scenario, service
from tracte.kernel.actor import OPERATOR
from tracte.records import query

Import = Callable[..., service.Done]


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.TRACTE_HOME = tmp_path / "home"


@pytest.fixture
def bring_in(tmp_path: Path, db: None) -> Import:
    """``bring_in(scenario, "a.csv text", b="b.csv text")`` imports and tells what happened."""

    def run(
        toml: str, content: str = "", *, actor: Any = OPERATOR, dry_run: bool = False, **files: str
    ) -> service.Done:
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        for name, text in {"a": content, **files}.items():
            path = folder / f"{name}.csv"
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        head = "" if toml.startswith("format") else 'format = 1\nname = "Test"\n'
        return service.run(scenario.parse(head + toml), folder, actor, dry_run=dry_run)

    return run


@pytest.fixture
def stored(db: None) -> Callable[..., list[dict[str, Any]]]:
    """``stored("account", "name", "parent")`` → values of all live records, oldest first."""

    def read(entity: str, *fields: str) -> list[dict[str, Any]]:
        rows = list(query.rows(entity, OPERATOR).stream(fields))
        return [{name: row[name] for name in fields} for row in rows]

    return read

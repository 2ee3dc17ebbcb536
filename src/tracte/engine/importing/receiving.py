"""An import sent as a whole: a scenario and the files it names, kept in the home and handed to a worker.

sent = receive(actor, text, {"accounts.csv": b"name\\nNova\\n"})      # rights, scenario, files, headers: all checked
changeset, task = sent.begin(dry_run=False)
"""

import difflib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import transaction

from tracte.engine import uploads
from tracte.engine.importing import scenario as scenarios
from tracte.engine.importing import service, wizard
from tracte.engine.importing.plan import Plan, make_plan, row_filter
from tracte.engine.importing.preparing import import_context
from tracte.engine.importing.reading import UnreadableFile
from tracte.engine.importing.spec import MAX_SCENARIO, FileSpec, Scenario, ScenarioError
from tracte.engine.importing.toml_lines import Path as KeyPath
from tracte.engine.importing.toml_lines import lines_of
from tracte.engine.importing.writing_toml import whole_scenario
from tracte.kernel.actor import Actor, Level
from tracte.kernel.problems import Forbidden, Problem, Rejected
from tracte.meta.registry import registry
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.changes import State

FIELD = "scenario"
MAX_PATH, MAX_NAME = 300, 200
Content = bytes | Path


@dataclass(frozen=True, slots=True)
class Given:
    """A scenario as it was sent.

    :param text: TOML. :param from_json: it was sent as an object; mistakes are then named by key instead of by line.
    """

    text: str
    from_json: bool = False

    def refuse(self, error: ScenarioError | UnreadableFile, *, status: int = 422) -> Rejected:
        """A mistake as a problem: TOML names the line in its message, JSON the key in the field."""
        field, why = FIELD, str(error)
        if self.from_json and isinstance(error, ScenarioError):
            field, why = ".".join([FIELD, *map(str, _key_at(self.text, error.line))]), error.message
        return Rejected([Problem(field, "bad_scenario", {"why": why})], status=status)

    def read(self) -> Scenario:
        """:raises Rejected: naming the line or key and what to do."""
        if len(self.text) > MAX_SCENARIO:
            raise Rejected([Problem(FIELD, "too_large", {"max": "4 MB"})])
        try:
            return scenarios.parse(self.text)
        except ScenarioError as error:
            raise self.refuse(error) from error


def given(raw: str | bytes | Mapping[str, Any]) -> Given:
    """The scenario out of TOML text, the bytes of a file, or an object with the same keys.

    :raises Rejected: when it cannot be read as either.
    """
    try:
        if isinstance(raw, Mapping):
            return Given(whole_scenario(raw), from_json=True)
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw
        text.encode()
    except UnicodeError as error:
        why = "is not UTF-8 text; save it as UTF-8."
        raise Rejected([Problem(FIELD, "bad_scenario", {"why": f"scenario.toml: {why}"})]) from error
    except ValueError as error:
        raise Rejected([Problem(FIELD, "bad_scenario", {"why": str(error)})]) from error
    return Given(text)


def _key_at(text: str, line: int | None) -> KeyPath:
    """The key that begins in a line, the outermost if there are several."""
    return min((path for path, at in lines_of(text).items() if at == line), key=len, default=())


@dataclass(frozen=True, slots=True)
class Sent:
    """An import that was checked and waits to be begun. Its files lie in the home until it is begun or discarded."""

    actor: Actor
    text: str
    scenario: Scenario
    folder: Path

    def begin(self, *, dry_run: bool = False) -> tuple[int, int]:
        """Open the change set and hand the work to a worker, in one transaction.

        :param dry_run: only work out what would happen: the set stays a draft, with counts and a report.
        :returns: numbers of the change set and of the task.
        """
        first = self.scenario.files[0]
        name = next((file.path for file in self.scenario.files if file.path), first.entity)
        state = {
            "entity": first.entity,
            "file": name,
            "folder": self.folder.name,
            "options": {},
            "scenario": self.text,
            "left_out": [],
        }
        with transaction.atomic():
            changeset = door.new_set(
                self.actor, "import", self.scenario.name, state=State.DRAFT, data={"wizard": state}
            )
            changeset.save()
            work = wizard.preview if dry_run else wizard.apply
            return int(changeset.pk), work(int(changeset.pk), self.actor)

    def discard(self) -> None:
        """Throw the files away: the import is not begun after all."""
        shutil.rmtree(self.folder, ignore_errors=True)


def receive(actor: Actor, scenario: Given, files: Mapping[str, Content]) -> Sent:
    """Check an import and keep its files in the home.

    :param files: contents by name, as the scenario calls them; the last part of the name will do when only one file is
        called so. A path is a file that may be moved away.
    :raises Rejected: 422 with the mistakes of the scenario or the files, 404 for an entity that is not there for this
        person; :raises Forbidden: when they may see an entity and not import into it.
    """
    found = scenario.read()
    _require_rights(found, scenario, actor)
    contents = _by_path(found, scenario, files)
    folder = uploads.new_place(service.folder())
    try:
        for path, content in contents.items():
            uploads.take(content, folder / path)
        try:
            _check_filters(make_plan(found, folder, actor), actor)
        except (ScenarioError, UnreadableFile) as error:
            raise scenario.refuse(error) from error
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Sent(actor, scenario.text, found, folder)


def _require_rights(scenario: Scenario, given: Given, actor: Actor) -> None:
    """The right to import into every entity. One out of sight is answered like one that does not exist."""
    known = [spec.key for spec in registry() if query.reach(spec, actor, "import") is not Level.NONE]
    for file in scenario.files:
        if file.entity in known:
            continue
        if file.entity in registry() and query.reach(registry()[file.entity], actor, "view") is not Level.NONE:
            raise Forbidden("import", file.entity)
        close = difflib.get_close_matches(file.entity, known, 1, 0.5)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        error = ScenarioError(scenario.where, file.line, f"there is no entity {file.entity!r}{hint}")
        raise given.refuse(error, status=404)


def _by_path(scenario: Scenario, given: Given, files: Mapping[str, Content]) -> dict[str, Content]:
    """What was sent, by the path the scenario reads it from.

    :raises Rejected: for files that are missing, not named by the scenario, or named twice.
    """
    wanted = {file.path: file for file in scenario.files if file.path}
    for path, file in wanted.items():
        if not _harmless(path) or any(other.startswith(f"{path}/") for other in wanted):
            message = f"{path[:MAX_PATH]!r} cannot be the name of a file here; use a plain name such as accounts.csv."
            raise given.refuse(ScenarioError(scenario.where, file.line, message))
    found: dict[str, Content] = {}
    problems: list[Problem] = []
    for name, content in files.items():
        place = _path_of(name, list(wanted))
        shown = f"files.{name[:80]}"
        if place is None:
            problems.append(Problem(shown, "unknown_field", {"name": name[:80]}))
        elif place in found:
            problems.append(Problem(shown, "repeated_key", {"name": place[:80]}))
        else:
            found[place] = content
    problems += _missing(scenario, given, [file for path, file in wanted.items() if path not in found])
    if problems:
        raise Rejected(problems)
    return found


def _missing(scenario: Scenario, given: Given, files: Sequence[FileSpec]) -> list[Problem]:
    problems: list[Problem] = []
    for file in files:
        error = ScenarioError(
            scenario.where, file.line, f"{file.path} was not sent; send every file the scenario reads."
        )
        problems += given.refuse(error).problems
    return problems


def _path_of(name: str, wanted: Sequence[str]) -> str | None:
    if name in wanted:
        return name
    called = [path for path in wanted if PurePosixPath(path).name == name]
    return called[0] if len(called) == 1 else None


def _harmless(path: str) -> bool:
    """Whether a path of a scenario stays below a folder and can be a file's name everywhere."""
    return len(path) <= MAX_PATH and all(
        part not in ("", ".", "..") and part.isprintable() and not set(part) & set('\\:*?"<>|')
        and len(part.encode("utf-8", "replace")) <= MAX_NAME
        for part in path.split("/")
    )  # fmt: skip


def _check_filters(plan: Plan, actor: Actor) -> None:
    """:raises ScenarioError: for a ``skip_if`` that cannot be read; better now than in the middle of the import."""
    context = import_context(snapshots.current(), actor, plan.scenario)
    for file in plan.files:
        row_filter(file, actor, context)

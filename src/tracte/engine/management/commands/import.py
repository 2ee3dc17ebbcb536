# ruff: noqa: N999  a command is called what people type
"""`tracte import SCENARIO.toml PATH`: import files as a scenario says."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from tracte.engine.acting import acting
from tracte.engine.importing import scenario as scenarios
from tracte.engine.importing import service
from tracte.engine.importing.reading import UnreadableFile
from tracte.engine.importing.running import Plainly
from tracte.engine.importing.spec import ScenarioError
from tracte.kernel.problems import Forbidden, NotFound

FAILED, USAGE, ROW_PROBLEMS = 1, 2, 3


class Terminal(Plainly):
    """Shows progress where a person watches."""

    def __init__(self, out: Any) -> None:
        self.out = out
        self.shown = getattr(out, "isatty", lambda: False)()

    def progress(self, done: int, total: int, note: str) -> None:
        if self.shown:
            self.out.write(f"\r{done:,} / {total:,}  {note[:40]:<40}", ending="")


class Command(BaseCommand):
    """Imports files into one change set that can be undone."""

    help = "Import files as a scenario (TOML) says, as one change set that can be undone."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("scenario", type=Path, help="the scenario, a TOML file")
        parser.add_argument("path", type=Path, help="the folder with the files, or the one file")
        parser.add_argument("--dry-run", action="store_true", help="give the full report and change nothing")
        parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")
        parser.add_argument("--as", dest="user", metavar="USER", help="act with this person's rights (e-mail or name)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["path"].exists():
            raise CommandError(_("%(path)s does not exist.") % {"path": options["path"]}, returncode=USAGE)
        terminal = Terminal(self.stderr)
        try:
            actor = acting(options["user"])
            scenario = scenarios.load(options["scenario"])
            done = service.run(scenario, options["path"], actor, dry_run=options["dry_run"], control=terminal)
        except ScenarioError as error:
            raise CommandError(str(error), returncode=USAGE) from error
        except UnreadableFile as error:
            raise CommandError(str(error), returncode=FAILED) from error
        except service.AlreadyRunning as error:
            raise CommandError(_("This import is being run by another process."), returncode=FAILED) from error
        except NotFound as error:
            raise CommandError(
                _("There is no “%(name)s”, or no right to it.") % {"name": error}, returncode=FAILED
            ) from error
        except Forbidden as error:
            raise CommandError(_("No right to import: %(what)s.") % {"what": error}, returncode=FAILED) from error
        if terminal.shown:
            self.stderr.write("")
        self._tell(done, as_json=options["json"])

    def _tell(self, done: service.Done, *, as_json: bool) -> None:
        if done.resumed:
            self.stderr.write(_("An interrupted import was finished."))
        if as_json:
            self.stdout.write(json.dumps(done.as_json()))
        else:
            summary = _(
                "%(created)s created, %(updated)s updated, %(unchanged)s unchanged, "
                "%(warnings)s with warnings, %(problems)s with problems."
            )
            self.stdout.write(summary % done.counts)
            if done.changeset is not None:
                self.stdout.write(
                    _("Change set %(id)s; take it back with: tracte undo %(id)s") % {"id": done.changeset}
                )
        if done.checked_only:
            self.stderr.write(
                _(
                    "So many rows were checked one by one and not tried: what one row changes for a later one may "
                    "still come out otherwise. The import checks every row again."
                )
            )
        if done.problems or done.counts["warnings"]:
            self.stderr.write(_("The rows to look at are in %(path)s") % {"path": done.report})
        if done.problems:
            sys.exit(ROW_PROBLEMS)

"""`tracte undo CHANGESET`: take a change set back."""

import argparse
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from tracte.engine.acting import acting
from tracte.engine.importing.service import close_interrupted
from tracte.kernel.ids import encode
from tracte.kernel.messages import message_for
from tracte.kernel.problems import NotFound, Rejected
from tracte.records import undo

FAILED, CONFLICTS = 1, 4


class Command(BaseCommand):
    """Takes a change set back, as a change set of its own."""

    help = "Take a change set back: creations go to the bin, changed fields get their earlier values."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("changeset", type=int, help="its number")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
        parser.add_argument("--force", action="store_true", help="overwrite fields that changed since")
        parser.add_argument(
            "--with-dependants", action="store_true", help="bin records added to the created ones since"
        )
        parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")
        parser.add_argument("--as", dest="user", metavar="USER", help="act with this person's rights (e-mail or name)")

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["changeset"]
        try:
            actor = acting(options["user"])
            if not options["dry_run"]:
                close_interrupted(undo.find_set(number, actor))
            result = undo.run(
                number,
                actor,
                origin="cli",
                dry_run=options["dry_run"],
                force=options["force"],
                with_dependants=options["with_dependants"],
            )
        except NotFound as error:
            raise CommandError(_("There is no change set %(id)s.") % {"id": number}, returncode=FAILED) from error
        except Rejected as rejected:
            told = "; ".join(problem.message for problem in rejected.problems)
            raise CommandError(told, returncode=FAILED) from rejected
        self._tell(result, as_json=options["json"])

    def _tell(self, result: undo.UndoResult, *, as_json: bool) -> None:
        listed = [
            {
                "entity": one.entity,
                "id": encode(one.id),
                "field": one.field,
                "code": one.code,
                "message": message_for(one.code, {}),
            }
            for one in result.conflicts
        ]
        if as_json:
            answer = {
                "changeset": result.set_id,
                "undone": result.undone,
                "kept": result.kept,
                "conflicts": result.conflict_count,
                "listed": listed,
            }
            self.stdout.write(json.dumps(answer))
        else:
            figures = {"undone": result.undone, "kept": result.kept, "conflicts": result.conflict_count}
            self.stdout.write(_("%(undone)s undone, %(kept)s kept, %(conflicts)s conflicts.") % figures)
            for one in listed:
                self.stderr.write(f"{one['entity']} {one['id']} {one['field'] or ''}: {one['message']}")
        if result.conflict_count:
            sys.exit(CONFLICTS)

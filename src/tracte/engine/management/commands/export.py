"""`tracte export ENTITY --to FILE`: write records to a file."""

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from tracte.engine import exporting
from tracte.engine.acting import acting
from tracte.kernel.problems import Forbidden, NotFound, Rejected

FAILED, USAGE = 1, 2


class Command(BaseCommand):
    """Writes the records of one entity to a CSV, XLSX or JSON file that an import reads back."""

    help = "Export the records of an entity to FILE.csv, FILE.xlsx or FILE.json."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("entity", help="such as contact")
        parser.add_argument("--filter", metavar="JSON", help='a condition, such as \'["name", "starts", "A"]\'')
        parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="FILE.csv, FILE.xlsx or FILE.json")
        parser.add_argument("--as", dest="user", metavar="USER", help="act with this person's rights (e-mail or name)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            where = json.loads(options["filter"]) if options["filter"] else None
        except ValueError as error:
            raise CommandError(_("--filter is not valid JSON: %(why)s") % {"why": error}, returncode=USAGE) from error
        try:
            found = exporting.export(options["entity"], acting(options["user"]), where)
            exporting.to_file(found, options["to"])
        except Rejected as rejected:
            told = "; ".join(f"{problem.field or 'filter'}: {problem.message}" for problem in rejected.problems)
            raise CommandError(told, returncode=USAGE) from rejected
        except NotFound as error:
            raise CommandError(
                _("There is no “%(name)s”, or no right to it.") % {"name": error}, returncode=FAILED
            ) from error
        except Forbidden as error:
            raise CommandError(_("No right to export: %(what)s.") % {"what": error}, returncode=FAILED) from error
        except exporting.TooManyRows as error:
            message = _("A spreadsheet holds no more than 1,048,576 rows. Export to CSV.")
            raise CommandError(message, returncode=FAILED) from error
        except ValueError as error:
            raise CommandError(str(error), returncode=USAGE) from error
        except OSError as error:
            message = _("%(path)s cannot be written: %(why)s.") % {"path": options["to"], "why": error.strerror}
            raise CommandError(message, returncode=FAILED) from error

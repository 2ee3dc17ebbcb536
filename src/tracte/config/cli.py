"""The `tracte` command: Django's management commands with errors an operator can read.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, scenario or environment, 3 done but some rows have problems,
4 conflicts. A command chooses 3 or 4 by `raise CommandError(text, returncode=3)` or by `sys.exit(3)`.
"""

import os
import sys
from collections.abc import Sequence

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError, ManagementUtility, get_commands
from django.core.management.base import SystemCheckError
from django.db import Error as DatabaseError
from django.db import connections

from tracte import __version__
from tracte.config.env import ConfigurationError
from tracte.config.upkeep import make_home_if_new

DONE, FAILED, USAGE, ROW_PROBLEMS, CONFLICTS = 0, 1, 2, 3, 4
INTERRUPTED = 130
# Commands that may be somebody's first: they find a home ready to work in.
IN_A_NEW_HOME = frozenset({"company", "demo", "explain", "export", "import", "token", "undo", "user", "worker"})


def main(argv: Sequence[str] | None = None) -> None:
    """Run `tracte …` and leave the process with its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracte.config.settings")
    words = ["tracte", *(sys.argv[1:] if argv is None else argv)]
    try:
        code = run(words)
    except ConfigurationError as error:
        code = _say(str(error), USAGE)
    except ImproperlyConfigured as error:
        code = _say(f"the installation is not right: {error}", USAGE)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, a pager) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    sys.exit(code)


def run(words: list[str]) -> int:
    """Run one command line, program name first; gives the exit code."""
    name = words[1] if len(words) > 1 else "help"
    if name in {"--version", "version"}:
        print(__version__)
        return DONE
    utility = ManagementUtility(words)
    if name in {"help", "--help", "-h"}:
        utility.execute()
        return DONE
    command = _find(utility, name)
    if command is None:
        return _say(f"there is no command {name!r}; `tracte help` lists them.", USAGE)
    return _execute(command, words)


def _find(utility: ManagementUtility, name: str) -> BaseCommand | None:
    # Django prints its own hint and exits when a name is unknown; ours is one line.
    django.setup()
    return utility.fetch_command(name) if name in get_commands() else None


def _execute(command: BaseCommand, words: list[str]) -> int:
    parser = command.create_parser(words[0], words[1])
    try:
        options = vars(parser.parse_args(words[2:]))
    except CommandError as error:
        return _say(f"{str(error).removeprefix('Error: ')} (tracte {words[1]} --help tells more)", USAGE)
    arguments = options.pop("args", ())
    try:
        if words[1] in IN_A_NEW_HOME:
            make_home_if_new()
        command.execute(*arguments, **options)
    except SystemCheckError as error:
        return _say(str(error), FAILED)
    except CommandError as error:
        if options.get("traceback"):
            raise
        return _say(str(error), error.returncode)
    except DatabaseError as error:
        if options.get("traceback"):
            raise
        return _say(f"the database says: {' '.join(str(error).split())}", FAILED)
    finally:
        connections.close_all()
    return DONE


def _say(text: str, code: int) -> int:
    if text:
        print(f"tracte: {text}", file=sys.stderr)
    return code

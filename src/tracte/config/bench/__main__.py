"""The bench in a process of its own, started by `tracte bench` with the home and the database it may fill."""

import argparse
import os
import shutil
import signal
import sys
from typing import Any

import django

django.setup()  # the imports below need the models

from django.db import Error as DatabaseError  # noqa: E402

from tracte.config.bench.running import Refused, bench  # noqa: E402
from tracte.config.cli import DONE, FAILED, INTERRUPTED  # noqa: E402
from tracte.config.management.commands.bench import HOME  # noqa: E402


def main() -> int:
    """Run, print, and leave nothing behind; gives the exit code."""
    parser = argparse.ArgumentParser(prog="tracte bench")
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--samples", type=int, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        missing = bench(options.records, options.samples, as_json=options.json)
    except Refused as refused:
        print(f"tracte: {refused}", file=sys.stderr)
        return FAILED
    except DatabaseError as error:
        print(f"tracte: the database says: {' '.join(str(error).split())}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        shutil.rmtree(os.environ[HOME], ignore_errors=True)
    for line in missing:
        print(f"tracte: not measured: {line}", file=sys.stderr)
    return FAILED if missing else DONE


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


sys.exit(main())

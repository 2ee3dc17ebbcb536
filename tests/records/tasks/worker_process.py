"""A real worker process for the tests: `python worker_process.py [options of tracte worker]`."""

import sys
from pathlib import Path

import django
from django.core.management import call_command

django.setup()
sys.path.insert(0, str(Path(__file__).parent))

import jobs_for_tests  # noqa: E402, F401

call_command("worker", *sys.argv[1:])

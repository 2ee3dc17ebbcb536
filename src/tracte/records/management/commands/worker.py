"""`tracte worker`: run the background work."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import ngettext

from tracte.records.tasks import queue, schedules
from tracte.records.tasks.clock import database_now
from tracte.records.tasks.registry import load_jobs
from tracte.records.tasks.supervisor import Supervisor
from tracte.records.tasks.worker import Worker, WorkerOptions


class Command(BaseCommand):
    """Runs tasks until it is told to stop (Ctrl-C or SIGTERM)."""

    help = "Run the background work: imports, exports, scheduled jobs."
    # The worker waits for the database and its tables, so that it may start before them.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        default = WorkerOptions()
        parser.add_argument("--processes", type=int, default=2, help="tasks run side by side (default 2)")
        parser.add_argument("--lease", type=float, default=default.lease, help="seconds of silence before a takeover")
        parser.add_argument("--poll", type=float, default=default.poll, help="seconds between two looks for work")
        parser.add_argument("--grace", type=float, default=default.grace, help="seconds a task may finish in at a stop")
        parser.add_argument(
            "--hard-after", type=float, default=default.hard_after, help="seconds a deaf task is borne past its limit"
        )
        parser.add_argument("--once", action="store_true", help="run what is waiting now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the workers."""
        try:
            chosen = WorkerOptions(**{name: options[name] for name in ("lease", "poll", "grace", "hard_after")})
            supervisor = Supervisor(options["processes"], chosen)
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        if options["once"]:
            load_jobs()
            queue.reap()
            schedules.enqueue_due(database_now())
            count = Worker(chosen).drain()
            self.stderr.write(
                ngettext("%(count)d task was run.", "%(count)d tasks were run.", count) % {"count": count}
            )
            return
        supervisor.run()

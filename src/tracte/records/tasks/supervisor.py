"""The parent of the worker processes: starts them, replaces the one that dies, stops them all."""

import gc
import logging
import os
import signal
import time
from types import FrameType

from django.db import connections

from tracte.records.tasks.registry import load_jobs
from tracte.records.tasks.worker import Worker, WorkerOptions

log = logging.getLogger("tracte.tasks")

# Above the grace period a child may take to stop, so that it can give its task back in time.
KILL_AFTER_GRACE = 5.0
SHORT_LIFE = 10.0
LONGEST_PAUSE = 30.0
# Somebody who waits for a page goes first; on an idle machine it makes no difference.
NICENESS = 5


class Supervisor:
    """Keeps `processes` workers alive, each a child process, so that a task that takes its worker down (out of memory,
    a crash in a library) neither blocks nor ends the others.
    """

    def __init__(self, processes: int, options: WorkerOptions) -> None:
        if processes < 1:
            raise ValueError("at least one process is needed")
        self._wanted = processes
        self._options = options
        self._children: dict[int, float] = {}
        self._stopping = False
        self._pause = 0.0

    def run(self) -> None:
        """Run until SIGTERM or SIGINT and until every child has ended. For the main thread only."""
        load_jobs()
        os.nice(NICENESS)
        connections.close_all()
        # What is loaded now stays shared between parent and children.
        gc.collect()
        gc.freeze()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._order_to_stop)
        signal.signal(signal.SIGALRM, self._kill)
        while True:
            while not self._stopping and len(self._children) < self._wanted:
                self._start_child()
            if not self._children:
                return
            try:
                pid, status = os.wait()
            except ChildProcessError:
                return
            self._ended(pid, os.waitstatus_to_exitcode(status))

    def _start_child(self) -> None:
        # A signal between the fork and the note of it would miss the child.
        stops = {signal.SIGTERM, signal.SIGINT, signal.SIGALRM}
        signal.pthread_sigmask(signal.SIG_BLOCK, stops)
        pid = os.fork()
        if pid:
            self._children[pid] = time.monotonic()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)
            return
        code = 1
        try:
            worker = Worker(self._options)
            worker.take_signals()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, stops)
            worker.run()
            code = 0
        except BaseException:  # the child must never return into the parent's code
            log.exception("a worker process failed")
        finally:
            logging.shutdown()
            os._exit(code)

    def _ended(self, pid: int, code: int) -> None:
        born = self._children.pop(pid, None)
        if born is None or self._stopping:
            return
        log.error("worker process %s ended with %s; another one takes its place", pid, code)
        # One that dies at birth again and again must not keep the machine busy.
        short_lived = time.monotonic() - born < SHORT_LIFE
        self._pause = min(max(self._pause * 2, 0.5), LONGEST_PAUSE) if short_lived else 0.0
        until = time.monotonic() + self._pause
        while not self._stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.5))

    def _order_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._stopping:
            return
        self._stopping = True
        self._signal_children(signal.SIGTERM)
        signal.setitimer(signal.ITIMER_REAL, self._options.grace + KILL_AFTER_GRACE)

    def _kill(self, _number: int, _frame: FrameType | None) -> None:
        self._signal_children(signal.SIGKILL)

    def _signal_children(self, number: signal.Signals) -> None:
        for pid in list(self._children):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

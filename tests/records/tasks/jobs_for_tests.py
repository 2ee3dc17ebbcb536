"""Jobs the tests run, in this process and in real worker processes.

A job that tells of itself appends a line to the file it is given: appending is atomic, and a file outlives a killed
worker as well as a transaction that is rolled back.
"""

import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from tracte.records.tasks.api import GiveUp, TaskContext, enqueue, job

AT_ONCE = timedelta(0)


def tell(path: str, line: str) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


@job("test.note")
def note(ctx: TaskContext, path: str = "", word: str = "") -> dict[str, Any]:
    if path:
        tell(path, word or str(ctx.task_id))
    return {"word": word}


@job("test.fail", max_attempts=3, backoff=timedelta(seconds=7))
def fail(ctx: TaskContext, text: str = "it went wrong") -> None:
    raise ValueError(text)


@job("test.fail_once", backoff=AT_ONCE)
def fail_once(ctx: TaskContext) -> dict[str, Any]:
    if ctx.attempt == 1:
        raise ValueError("only the first time")
    return {"attempt": ctx.attempt}


@job("test.give_up", max_attempts=9)
def give_up(ctx: TaskContext) -> None:
    raise GiveUp("no use")


@job("test.exit", max_attempts=1)
def leave(ctx: TaskContext) -> None:
    sys.exit(3)


@job("test.bad_result", max_attempts=1)
def bad_result(ctx: TaskContext) -> dict[str, Any]:
    return {"result": object()}


@job("test.steps")
def steps(ctx: TaskContext, count: int) -> None:
    for number in range(count):
        ctx.check()
        ctx.progress(number + 1, count, f"step {number + 1}")


@job("test.progress_lost")
def progress_lost(ctx: TaskContext) -> None:
    with ctx.transaction():
        ctx.progress(5, 10, "half")
        raise ValueError("the chunk fails")


@job("test.wait")
def wait(ctx: TaskContext, path: str, until: str = "") -> None:
    """Say who runs it, then wait for a file (at the first attempt only), obeying orders to stop."""
    tell(path, f"start {ctx.attempt} {os.getpid()}")
    while until and ctx.attempt == 1 and not Path(until).exists():
        ctx.check()
        time.sleep(0.02)
    tell(path, f"end {ctx.attempt} {os.getpid()}")


@job("test.deaf", max_attempts=5)
def deaf(ctx: TaskContext, path: str, until: str) -> None:
    """As `wait`, without ever looking whether it should stop."""
    tell(path, f"start {ctx.attempt} {os.getpid()}")
    while not Path(until).exists():
        time.sleep(0.02)
    tell(path, f"end {ctx.attempt} {os.getpid()}")


@job("test.zombie", max_attempts=5)
def zombie(ctx: TaskContext, path: str, until: str) -> None:
    """Commit one chunk; the first attempt waits before it, so that its process can be frozen there."""
    tell(path, f"start {ctx.attempt} {os.getpid()}")
    while ctx.attempt == 1 and not Path(until).exists():
        time.sleep(0.02)
    with ctx.transaction():
        enqueue(note, {"word": f"chunk of attempt {ctx.attempt}"}, run_after=timedelta(days=1))


@job("test.die", max_attempts=3, backoff=AT_ONCE)
def die(ctx: TaskContext, path: str) -> None:
    """Take the worker process down, as a lack of memory would."""
    tell(path, f"start {ctx.attempt} {os.getpid()}")
    os.kill(os.getpid(), signal.SIGKILL)


@job("test.spin", max_attempts=1, time_limit=timedelta(seconds=0.5))
def spin(ctx: TaskContext) -> None:
    while True:
        pass


@job("test.spin_deaf", max_attempts=1, time_limit=timedelta(seconds=0.5))
def spin_deaf(ctx: TaskContext) -> None:
    """An endless loop that swallows every interruption."""
    while True:
        try:
            while True:
                pass
        except BaseException:  # noqa: BLE001
            continue

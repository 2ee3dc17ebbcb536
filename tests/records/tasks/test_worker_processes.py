"""Real workers in real processes: killed, frozen, stopped, poisoned, and two at a time."""

import os
import signal
from pathlib import Path

import jobs_for_tests as jobs
import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from real_workers import Workers, wait_until

from tracte.records.tasks.api import TaskReport, TaskState, cancel, enqueue, read
from tracte.records.tasks.models import Task


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def outcome(task_id: int) -> TaskReport:
    task = read(task_id)
    assert task is not None
    return task


def wait_for(task_id: int, state: TaskState) -> TaskReport:
    wait_until(lambda: outcome(task_id).state == state, f"task {task_id} to be {state}")
    return outcome(task_id)


def freeze(pid: int) -> None:
    """Stop a process where it stands, but not while it holds SQLite's one write lock: nobody could go on then."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        try:
            Task.objects.filter(pk=-1).update(priority=0)
        except OperationalError:
            os.kill(pid, signal.SIGCONT)
        else:
            return


def test_two_workers_never_run_one_task_twice(workers: Workers, tmp_path: Path) -> None:
    said = tmp_path / "said"
    expected = {str(enqueue(jobs.note, {"path": str(said)})) for _ in range(60)}
    workers.start(processes=2)
    workers.start(processes=2)
    wait_until(lambda: not Task.objects.exclude(state=TaskState.DONE).exists(), "every task to be done")
    assert sorted(lines(said), key=int) == sorted(expected, key=int)


def test_a_killed_worker_s_task_is_run_by_another(workers: Workers, tmp_path: Path) -> None:
    said = tmp_path / "said"
    task_id = enqueue(jobs.wait, {"path": str(said), "until": str(tmp_path / "never")})
    killed = workers.start()
    wait_until(lambda: lines(said), "the first worker to begin")
    os.killpg(killed.pid, signal.SIGKILL)
    workers.start()
    assert wait_for(task_id, TaskState.DONE).attempt == 2
    assert [line.rsplit(" ", 1)[0] for line in lines(said)] == ["start 1", "start 2", "end 2"]


def test_a_task_that_takes_its_worker_down_dies_and_the_next_one_is_run(workers: Workers, tmp_path: Path) -> None:
    said = tmp_path / "said"
    poison = enqueue(jobs.die, {"path": str(said)}, priority=9)
    workers.start(lease=0.8)
    healthy = enqueue(jobs.note)
    assert wait_for(healthy, TaskState.DONE).attempt == 1
    dead = wait_for(poison, TaskState.DEAD)
    assert dead.attempt == 3
    assert "no sign of life" in dead.error
    assert len(lines(said)) == 3


def test_a_frozen_worker_cannot_commit_after_its_task_was_taken_over(workers: Workers, tmp_path: Path) -> None:
    said, thawed = tmp_path / "said", tmp_path / "thawed"
    task_id = enqueue(jobs.zombie, {"path": str(said), "until": str(thawed)})
    workers.start()
    wait_until(lambda: lines(said), "the first worker to begin")
    frozen = int(lines(said)[0].split()[-1])
    freeze(frozen)
    workers.start()
    assert wait_for(task_id, TaskState.DONE).attempt == 2
    os.kill(frozen, signal.SIGCONT)
    thawed.touch()
    log = workers.log
    wait_until(lambda: "no longer ours" in log.read_text() or "taken away" in log.read_text(), "the zombie to notice")
    after = enqueue(jobs.note)
    wait_for(after, TaskState.DONE)
    chunks = Task.objects.filter(job="test.note", args__contains="chunk").values_list("args", flat=True)
    assert list(chunks) == ['{"word": "chunk of attempt 2"}']
    assert outcome(task_id).attempt == 2


def test_a_long_task_keeps_its_lease(workers: Workers, tmp_path: Path) -> None:
    said, finish = tmp_path / "said", tmp_path / "finish"
    task_id = enqueue(jobs.deaf, {"path": str(said), "until": str(finish)})
    workers.start(processes=2, lease=3.0)
    wait_until(lambda: lines(said), "the worker to begin")
    first = Task.objects.get(pk=task_id).lease_until
    wait_until(
        lambda: (Task.objects.get(pk=task_id).lease_until - first).total_seconds() > 1.5, "the lease to be renewed"
    )
    finish.touch()
    assert wait_for(task_id, TaskState.DONE).attempt == 1
    assert len(lines(said)) == 2


def test_an_endless_loop_is_ended_by_its_time_limit(workers: Workers) -> None:
    poison = enqueue(jobs.spin, priority=9)
    healthy = enqueue(jobs.note)
    workers.start()
    assert "TimeLimitReached" in wait_for(poison, TaskState.DEAD).error
    assert wait_for(healthy, TaskState.DONE).attempt == 1


def test_a_loop_deaf_to_everything_ends_with_its_process(workers: Workers) -> None:
    poison = enqueue(jobs.spin_deaf, priority=9)
    healthy = enqueue(jobs.note)
    workers.start(hard_after=0.5)
    assert "ended with its worker" in wait_for(poison, TaskState.DEAD).error
    assert wait_for(healthy, TaskState.DONE).attempt == 1


def test_a_running_task_is_cancelled_from_outside(workers: Workers, tmp_path: Path) -> None:
    said = tmp_path / "said"
    task_id = enqueue(jobs.wait, {"path": str(said), "until": str(tmp_path / "never")})
    workers.start()
    wait_until(lambda: lines(said), "the worker to begin")
    assert cancel(task_id) == TaskState.RUNNING
    wait_for(task_id, TaskState.CANCELLED)


def test_an_order_to_stop_gives_a_patient_task_back_at_once(workers: Workers, tmp_path: Path) -> None:
    said = tmp_path / "said"
    task_id = enqueue(jobs.wait, {"path": str(said), "until": str(tmp_path / "never")})
    process = workers.start()
    wait_until(lambda: lines(said), "the worker to begin")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    task = Task.objects.get(pk=task_id)
    assert (task.state, task.attempt) == (TaskState.QUEUED, 0)


def test_an_order_to_stop_lets_a_short_task_finish(workers: Workers, tmp_path: Path) -> None:
    said, finish = tmp_path / "said", tmp_path / "finish"
    task_id = enqueue(jobs.deaf, {"path": str(said), "until": str(finish)})
    process = workers.start(grace=30)
    wait_until(lambda: lines(said), "the worker to begin")
    process.send_signal(signal.SIGTERM)
    finish.touch()
    assert process.wait(timeout=30) == 0
    assert outcome(task_id).state == TaskState.DONE


def test_an_order_to_stop_interrupts_a_deaf_task_after_the_grace(workers: Workers, tmp_path: Path) -> None:
    said = tmp_path / "said"
    task_id = enqueue(jobs.deaf, {"path": str(said), "until": str(tmp_path / "never")})
    process = workers.start(grace=0.2)
    wait_until(lambda: lines(said), "the worker to begin")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert outcome(task_id).state == TaskState.QUEUED


def test_workers_whose_parent_is_killed_leave_no_orphan(workers: Workers, tmp_path: Path) -> None:
    said = tmp_path / "said"
    task_id = enqueue(jobs.wait, {"path": str(said), "until": str(tmp_path / "never")})
    process = workers.start()
    wait_until(lambda: lines(said), "the worker to begin")
    child = int(lines(said)[0].split()[-1])
    assert child != process.pid
    process.kill()
    process.wait()
    wait_until(lambda: not _alive(child), "the child to end")
    assert outcome(task_id).state == TaskState.QUEUED


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("options", [{"lease": 31}, {"lease": 0}, {"processes": 0}, {"poll": 0}, {"grace": -1}])
def test_a_senseless_option_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("worker", **options)
    assert refused.value.returncode == 2

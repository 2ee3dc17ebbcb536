"""One task in one worker: its outcome, whatever the job does."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import jobs_for_tests as jobs
import pytest
from django.db import transaction

from tracte.records.tasks import queue
from tracte.records.tasks.api import LeaseLost, TaskContext, TaskReport, TaskState, cancel, enqueue, read, revive
from tracte.records.tasks.clock import database_now
from tracte.records.tasks.models import Task

pytestmark = pytest.mark.django_db
Drain = Callable[[], int]


def outcome(task_id: int) -> TaskReport:
    task = read(task_id)
    assert task is not None
    return task


def make_due() -> None:
    Task.objects.filter(state=TaskState.QUEUED).update(run_after=database_now())


def test_a_task_runs_once_and_keeps_its_result(drain: Drain, tmp_path: Path) -> None:
    path = tmp_path / "said"
    task_id = enqueue(jobs.note, {"path": str(path), "word": "fet"})
    assert drain() == 1
    assert drain() == 0
    task = outcome(task_id)
    assert (task.state, task.result, task.attempt) == (TaskState.DONE, {"word": "fet"}, 1)
    assert task.started_at is not None
    assert task.finished_at is not None
    assert task.started_at <= task.finished_at
    assert path.read_text() == "fet\n"


def test_progress_is_there_to_read(drain: Drain) -> None:
    task_id = enqueue(jobs.steps, {"count": 4})
    drain()
    task = outcome(task_id)
    assert (task.done, task.total, task.note) == (4, 4, "step 4")


def test_progress_inside_a_chunk_falls_with_the_chunk(drain: Drain) -> None:
    task_id = enqueue(jobs.progress_lost)
    drain()
    assert outcome(task_id).done == 0


def test_a_failure_is_tried_again_later_each_time_after_twice_the_wait(drain: Drain) -> None:
    task_id = enqueue(jobs.fail)
    waits = []
    for attempt in (1, 2):
        before = database_now()
        assert drain() == 1
        task = Task.objects.get(pk=task_id)
        assert (task.state, task.attempt) == (TaskState.QUEUED, attempt)
        waits.append(round((task.run_after - before).total_seconds()))
        assert drain() == 0, "it must not run before its time"
        make_due()
    assert waits == [7, 14]
    drain()
    dead = outcome(task_id)
    assert (dead.state, dead.attempt) == (TaskState.DEAD, 3)
    assert "ValueError: it went wrong" in dead.error
    assert "jobs_for_tests.py" in dead.error, "the traceback is kept"


def test_the_wait_never_passes_an_hour() -> None:
    enqueue(jobs.fail)
    Task.objects.update(attempt=998, max_attempts=2_000)
    claim = queue.claim_next("w")
    assert claim is not None
    before = database_now()
    queue.fail(claim, "again")
    assert Task.objects.get().run_after - before < timedelta(hours=1, minutes=1)


def test_a_second_attempt_may_succeed(drain: Drain) -> None:
    task_id = enqueue(jobs.fail_once)
    assert drain() == 2
    task = outcome(task_id)
    assert (task.state, task.result, task.error) == (TaskState.DONE, {"attempt": 2}, "")


def test_a_job_that_gives_up_is_not_tried_again(drain: Drain) -> None:
    task_id = enqueue(jobs.give_up)
    assert drain() == 1
    assert outcome(task_id).state == TaskState.DEAD


def test_a_dead_task_can_be_revived_by_an_operator(drain: Drain) -> None:
    task_id = enqueue(jobs.give_up)
    drain()
    assert revive(task_id)
    assert outcome(task_id).state == TaskState.QUEUED
    assert not revive(task_id), "it is not dead any more"


@pytest.mark.parametrize("name", ["test.exit", "test.bad_result"])
def test_even_an_odd_end_of_a_job_is_only_a_failure(drain: Drain, name: str) -> None:
    poison = enqueue(name)
    healthy = enqueue(jobs.note)
    drain()
    assert outcome(poison).state == TaskState.DEAD
    assert outcome(healthy).state == TaskState.DONE


@pytest.mark.parametrize("args", ["{", "[1, 2]", "null", '"text"', "", '{"nobody_expects": 1}', "[" * 100_000])
def test_arguments_that_cannot_be_read_kill_their_task_alone(drain: Drain, args: str) -> None:
    poison = enqueue(jobs.note, priority=9)
    Task.objects.filter(pk=poison).update(args=args)
    healthy = enqueue(jobs.note)
    drain()
    assert outcome(poison).state == TaskState.DEAD
    assert outcome(healthy).state == TaskState.DONE


def test_an_unknown_job_is_tried_again_for_a_newer_program_may_know_it(drain: Drain) -> None:
    poison = enqueue(jobs.note, priority=9)
    Task.objects.filter(pk=poison).update(job="from.the_future")
    healthy = enqueue(jobs.note)
    drain()
    assert outcome(poison).state == TaskState.QUEUED
    assert outcome(healthy).state == TaskState.DONE
    for _ in range(2):
        make_due()
        drain()
    assert outcome(poison).state == TaskState.DEAD


def test_an_error_that_no_database_can_store_is_kept_readably(drain: Drain) -> None:
    task_id = enqueue(jobs.fail, {"text": "a\x00b\ud800c" + "x" * 50_000})
    Task.objects.update(max_attempts=1)
    drain()
    task = outcome(task_id)
    assert task.state == TaskState.DEAD
    assert "\x00" not in task.error
    assert len(task.error) <= queue.LONGEST_ERROR


def test_a_waiting_task_is_cancelled_at_once(drain: Drain) -> None:
    task_id = enqueue(jobs.note)
    assert cancel(task_id) == TaskState.CANCELLED
    assert drain() == 0
    assert outcome(task_id).finished
    assert cancel(task_id) == TaskState.CANCELLED, "asking twice changes nothing"
    assert cancel(task_id + 1) is None


def test_a_running_task_stops_at_its_next_look(drain: Drain, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id = enqueue(jobs.steps, {"count": 100})
    report = queue.report

    def cancel_meanwhile(claim: queue.Claim, done: int, total: int | None, note: str) -> bool:
        if done == 3:
            assert cancel(task_id) == TaskState.RUNNING
        return report(claim, done, total, note)

    monkeypatch.setattr(queue, "report", cancel_meanwhile)
    drain()
    task = outcome(task_id)
    assert (task.state, task.done) == (TaskState.CANCELLED, 3)


def test_a_task_cancelled_while_it_fails_is_not_tried_again() -> None:
    task_id = enqueue(jobs.fail)
    claim = queue.claim_next("w")
    assert claim is not None
    cancel(task_id)
    assert queue.fail(claim, "it went wrong") == TaskState.CANCELLED


def test_who_lost_a_task_can_write_nothing_more() -> None:
    task_id = enqueue(jobs.note)
    late = queue.claim_next("late")
    assert late is not None
    Task.objects.update(lease_until=database_now() - timedelta(seconds=1))
    assert queue.reap() == [(task_id, TaskState.QUEUED)]
    new = queue.claim_next("new")
    assert new is not None
    assert new.token == late.token + 1
    context = TaskContext(late)
    with pytest.raises(LeaseLost):
        context.check()
    with pytest.raises(LeaseLost):
        context.progress(1)
    with pytest.raises(LeaseLost), context.transaction():
        enqueue(jobs.note, {"word": "written by the dead"})
    assert Task.objects.count() == 1
    assert queue.renew(late) is None
    assert queue.fail(late, "x") is None
    assert not any((queue.finish(late, ""), queue.give_back(late), queue.mark_cancelled(late)))
    assert queue.finish(new, "")


def test_a_fence_outside_a_transaction_is_a_mistake(transactional_db: None) -> None:
    enqueue(jobs.note)
    claim = queue.claim_next("w")
    assert claim is not None
    with pytest.raises(RuntimeError):
        TaskContext(claim).fence()
    with transaction.atomic():
        TaskContext(claim).fence()


def test_a_silent_worker_costs_an_attempt_and_the_last_one_kills_the_task() -> None:
    task_id = enqueue(jobs.note)
    states = []
    for _ in range(3):
        make_due()
        assert queue.claim_next("w")
        assert queue.reap() == [], "its lease still runs"
        Task.objects.update(lease_until=database_now() - timedelta(seconds=1))
        states += [state for _, state in queue.reap()]
    assert states == [TaskState.QUEUED, TaskState.QUEUED, TaskState.DEAD]
    assert "no sign of life" in outcome(task_id).error


def test_a_lease_written_before_the_clock_was_set_back_is_cut_short() -> None:
    enqueue(jobs.note)
    queue.claim_next("w")
    Task.objects.update(lease_until=database_now() + timedelta(days=400))
    assert queue.reap() == []
    assert Task.objects.get().lease_until <= database_now() + timedelta(seconds=30)


def test_a_task_given_back_loses_no_attempt() -> None:
    enqueue(jobs.note)
    claim = queue.claim_next("w")
    assert claim is not None
    queue.give_back(claim)
    task = Task.objects.get()
    assert (task.state, task.attempt, task.token) == (TaskState.QUEUED, 0, 1)


def test_old_tasks_are_forgotten_and_dead_ones_later() -> None:
    now = database_now()
    for state, days in (("done", 6), ("done", 8), ("cancelled", 8), ("dead", 8), ("dead", 91), ("queued", 400)):
        Task.objects.create(
            job="test.note", state=state, finished_at=now - timedelta(days=days), note=f"{state} {days}"
        )
    assert queue.purge() == 3
    assert set(Task.objects.values_list("note", flat=True)) == {"done 6", "dead 8", "queued 400"}


def test_arguments_are_kept_as_plain_json() -> None:
    task_id = enqueue(jobs.note, {"word": "ç\x00\ud800"})
    stored = Task.objects.get(pk=task_id).args
    assert stored.isascii()
    assert json.loads(stored) == {"word": "ç\x00\ud800"}

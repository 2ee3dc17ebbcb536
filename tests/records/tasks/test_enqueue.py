"""Queuing: in the caller's transaction, checked at once, one waiting task per key."""

import threading
from datetime import UTC, datetime, timedelta

import jobs_for_tests as jobs
import pytest
from django.db import connection, transaction

from tracte.records.tasks import queue
from tracte.records.tasks.api import TaskState, enqueue, read
from tracte.records.tasks.clock import database_now
from tracte.records.tasks.models import Task

pytestmark = pytest.mark.django_db


def test_a_rollback_leaves_no_task() -> None:
    with transaction.atomic():
        enqueue(jobs.note)
        assert Task.objects.count() == 1
        transaction.set_rollback(True)
    assert Task.objects.count() == 0


def test_a_queued_task_tells_what_it_was_given() -> None:
    task = read(enqueue(jobs.note, {"word": "bon dia"}, actor_id=7, priority=3))
    assert task is not None
    assert (task.job, task.state, task.actor_id, task.attempt) == ("test.note", TaskState.QUEUED, 7, 0)
    assert not task.finished


def test_a_job_is_found_by_its_name() -> None:
    assert read(enqueue("test.note", {"word": "x"})) is not None
    with pytest.raises(LookupError):
        enqueue("test.nobody_wrote_this")


@pytest.mark.parametrize("args", [{"nobody_expects": 1}, {"word": object()}, {"word": {1, 2}}])
def test_arguments_that_cannot_work_are_refused_at_once(args: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        enqueue(jobs.note, args)
    assert Task.objects.count() == 0


def test_an_infinite_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        enqueue(jobs.note, {"word": float("inf")})


def test_a_task_for_later_waits() -> None:
    enqueue(jobs.note, run_after=timedelta(minutes=5))
    enqueue(jobs.note, run_after=datetime(2990, 1, 1, tzinfo=UTC))
    assert queue.claim_next("w") is None
    Task.objects.update(run_after=database_now())
    assert queue.claim_next("w") is not None


def test_greater_priority_goes_first_and_else_the_older() -> None:
    low, first, second = (enqueue(jobs.note, priority=value) for value in (-1, 5, 5))
    claims = [queue.claim_next("w") for _ in range(3)]
    assert [claim.task_id for claim in claims if claim] == [first, second, low]


def test_one_task_waits_per_key() -> None:
    first = enqueue(jobs.note, unique_key="reindex:5")
    assert enqueue(jobs.note, unique_key="reindex:5") == first
    assert enqueue(jobs.note, unique_key="reindex:6") != first


def test_a_running_task_does_not_stop_its_successor_from_waiting_but_from_running() -> None:
    first = enqueue(jobs.note, unique_key="reindex:5")
    claim = queue.claim_next("w")
    assert claim is not None
    successor = enqueue(jobs.note, unique_key="reindex:5")
    assert successor != first
    assert queue.claim_next("v") is None, "two tasks of one key would run together"
    assert queue.give_back(claim), "the first goes back beside its waiting successor"
    again = queue.claim_next("w")
    assert again is not None
    assert again.task_id == first
    assert queue.finish(again, "")
    last = queue.claim_next("v")
    assert last is not None
    assert last.task_id == successor


@pytest.mark.django_db(transaction=True)
def test_a_worker_waits_for_the_commit_of_whoever_joined_a_waiting_task() -> None:
    """Else it would run before the change it was queued for can be seen."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    waiting = enqueue(jobs.note, unique_key="reindex:5")
    claimed: list[object] = []

    def claim() -> None:
        try:
            claimed.append(queue.claim_next("w"))
        finally:
            connection.close()

    with transaction.atomic():
        assert enqueue(jobs.note, unique_key="reindex:5") == waiting
        thread = threading.Thread(target=claim)
        thread.start()
        thread.join(30)
        assert claimed == [None]
    assert queue.claim_next("w") is not None

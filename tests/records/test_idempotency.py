"""Requests that are done once."""

from datetime import timedelta

import pytest

from tracte.kernel import clock
from tracte.records import idempotency
from tracte.records.idempotency import InProgress, OtherRequest, Reply, once
from tracte.records.tables import Idempotency

pytestmark = pytest.mark.django_db
DIGEST = idempotency.digest_of("POST", "/x", b"{}")


def test_the_answer_of_the_first_is_given_to_the_second() -> None:
    runs = []

    def run() -> Reply:
        runs.append(1)
        return Reply(201, "made", {"Location": "/x/1"})

    first, second = once("u", "k", DIGEST, run), once("u", "k", DIGEST, run)
    assert (first.replayed, second.replayed, len(runs)) == (False, True, 1)
    assert (second.status, second.body, second.headers) == (201, "made", {"Location": "/x/1"})


def test_a_request_of_other_words_is_told_apart() -> None:
    once("u", "k", DIGEST, lambda: Reply(200, ""))
    with pytest.raises(OtherRequest):
        once("u", "k", idempotency.digest_of("POST", "/x", b"[]"), lambda: Reply(200, ""))
    assert not once("other", "k", "z", lambda: Reply(200, "")).replayed


def test_while_the_first_runs_the_second_is_told_so() -> None:
    def run() -> Reply:
        with pytest.raises(InProgress):
            once("u", "k", DIGEST, lambda: Reply(200, "twice"))
        return Reply(200, "once")

    assert once("u", "k", DIGEST, run).body == "once"


def test_a_failure_gives_the_key_free() -> None:
    def run() -> Reply:
        raise KeyError

    with pytest.raises(KeyError):
        once("u", "k", DIGEST, run)
    assert once("u", "k", DIGEST, lambda: Reply(200, "again")).body == "again"


def test_a_claim_a_crash_left_behind_is_taken_over_and_the_late_one_is_fenced_off() -> None:
    old = clock.now() - idempotency.ABANDONED - timedelta(seconds=1)

    def slow() -> Reply:
        Idempotency.objects.update(created_at=old)  # as if a minute had passed
        assert once("u", "k", DIGEST, lambda: Reply(200, "taken over")).body == "taken over"
        return Reply(200, "late")

    with pytest.raises(InProgress):
        once("u", "k", DIGEST, slow)


def test_after_two_days_a_key_means_nothing() -> None:
    once("u", "k", DIGEST, lambda: Reply(200, "first"))
    Idempotency.objects.update(created_at=clock.now() - idempotency.KEPT)
    assert once("u", "k", "other", lambda: Reply(200, "second")).body == "second"
    Idempotency.objects.update(created_at=clock.now() - idempotency.KEPT)
    assert idempotency.purge() == 1

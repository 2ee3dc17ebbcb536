"""Requests that are done once however often they are sent.

A client that got no answer sends its request again with the same key. The first is done and its answer kept for 48
hours; the others get that answer. The answer is stored in the transaction of the write it belongs to, so a crash leaves
either both or neither; a claim without answer is taken over after a minute (draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError

from tracte.kernel import clock
from tracte.records.tables import Idempotency
from tracte.records.transactions import writing

KEPT = timedelta(hours=48)
ABANDONED = timedelta(seconds=60)
IN_PROGRESS, DONE = "in_progress", "done"


class OtherRequest(Exception):
    """The key was used for a request that said something else."""


class InProgress(Exception):
    """The same request is being worked on right now."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, as it was or would be sent.

    :param headers: all of its headers by name.
    :param replayed: it was given before, to the same request.
    """

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


def digest_of(method: str, path: str, body: bytes) -> str:
    """What tells two requests apart."""
    found = hashlib.sha256()
    for part in (method.encode(), path.encode(), body):
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def once(actor_key: str, key: str, digest: str, run: Callable[[], Reply]) -> Reply:
    """Run and remember, or give the answer remembered.

    :param actor_key: whose key it is; nobody's key means anything to another.
    :param run: does the work; what it raises is not remembered and gives the key free.
    :raises OtherRequest, InProgress: see there.
    """
    found = _claim(actor_key, key, digest)
    if isinstance(found, Reply):
        return found
    try:
        with writing():
            reply = run()
            _keep(found, reply)
    except BaseException:
        Idempotency.objects.filter(pk=found.pk, state=IN_PROGRESS, created_at=found.since).delete()
        raise
    return reply


@dataclass(frozen=True, slots=True)
class _Claim:
    """A key taken; ``since`` is also the fence against somebody who took it over."""

    pk: int
    since: datetime


def _claim(actor_key: str, key: str, digest: str) -> "_Claim | Reply":
    now = clock.now()
    try:
        with writing():
            made = Idempotency.objects.create(actor_key=actor_key, key=key, request_hash=digest, created_at=now)
        return _Claim(made.pk, made.created_at)
    except IntegrityError:
        stored = Idempotency.objects.filter(actor_key=actor_key, key=key).first()
    if stored is None:  # given free between our two looks
        raise InProgress
    if stored.created_at <= now - KEPT:
        Idempotency.objects.filter(pk=stored.pk, created_at=stored.created_at).delete()
        return _claim(actor_key, key, digest)
    if stored.request_hash != digest:
        raise OtherRequest
    if stored.state == DONE:
        return Reply(int(stored.status or 0), stored.body, stored.headers, replayed=True)
    if stored.created_at > now - ABANDONED:
        raise InProgress
    taken = Idempotency.objects.filter(pk=stored.pk, state=IN_PROGRESS, created_at=stored.created_at)
    if not taken.update(created_at=now):
        raise InProgress
    return _Claim(stored.pk, now)


def _keep(claim: _Claim, reply: Reply) -> None:
    kept = Idempotency.objects.filter(pk=claim.pk, state=IN_PROGRESS, created_at=claim.since).update(
        state=DONE, status=reply.status, body=reply.body, headers=dict(reply.headers)
    )
    if not kept:  # somebody took over while we slept: theirs counts, ours is rolled back
        raise InProgress


def purge() -> int:
    """Forget answers older than 48 hours; returns how many."""
    gone, _ = Idempotency.objects.filter(created_at__lte=clock.now() - KEPT).delete()
    return gone

"""The audit trail: who did what it should be asked about, kept apart from change sets and never rewritten.

Change sets tell what became of records. The trail tells the rest of what trust needs (GDPR articles 32 and 33, OWASP
ASVS 5.0 chapter V16): who came in, who was refused, what left the house, who changed rights. An entry names people,
kinds of record, fields and numbers; it never holds a secret, nor the value of a field that is not a right itself.

The database refuses to change an entry, and to delete one before its time (:func:`forget`).
"""

import json
import threading
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.kernel import clock
from tracte.kernel.actor import Actor
from tracte.kernel.ids import new_id
from tracte.records.sqlwrites import shorten_trail
from tracte.records.transactions import writing

KEPT_DAYS = 730  # unless the company's settings say otherwise
LEAST_DAYS = 90
HOUR = timedelta(hours=1)
MANY = 2_000
"""Different records within an hour by one person, beyond which it is told as a mass read."""
MOST_STRANGERS = 60
"""Entries an hour about what one address tried without being signed in; the last one says that more are not told."""
MOST_REFUSALS = 200
"""The same about one person who is signed in."""
MOST_SPARED = 5_000
"""The same of all of them together: a thousand addresses do not fill the disk either."""
MOST_DATA = 8_000
MOST_TEXT = 200
MOST_ITEMS = 60


class What(models.TextChoices):
    """What an entry is about."""

    SIGNED_IN = "signed_in", _("Signed in")
    SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
    SIGNED_OUT = "signed_out", _("Signed out")
    PASSWORD_SET = "password_set", _("Password set")
    SECOND_STEP = "second_step", _("Second step of sign-in changed")
    TOKEN_MADE = "token_made", _("Token made")
    TOKEN_REVOKED = "token_revoked", _("Token taken back")
    TOKEN_REFUSED = "token_refused", _("Token refused")
    REFUSED = "refused", _("Refused")
    NOT_THERE = "not_there", _("Asked for what is not there")
    EXPORTED = "exported", _("Exported")
    FETCHED = "fetched", _("File fetched")
    MASS_READ = "mass_read", _("Many records read")
    RIGHTS = "rights", _("Rights changed")
    RESTORED = "restored", _("Backup restored")
    FORGOTTEN = "forgotten", _("Trail shortened")


class AppendOnly(RuntimeError):
    """Code tried to change or delete an entry. A programming error, never a user's."""


class Entries(models.QuerySet["AuditEntry"]):
    """Entries, to be read and added to."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly("update")

    def delete(self) -> NoReturn:
        raise AppendOnly("delete")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("bulk_update")


class AuditEntry(models.Model):
    """One thing that happened.

    :ivar id: ordered by time. :ivar door: ``ui``, ``api``, ``import``, ``cli``, ``task``, ``system``.
    """

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)  # of What; no choices: a new one needs no migration
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=MOST_TEXT, default="")
    address = models.CharField(max_length=45, default="")
    door = models.CharField(max_length=20, default="")
    entity = models.CharField(max_length=40, default="")
    record_id = models.BigIntegerField(null=True)
    set_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    objects: ClassVar[models.Manager["AuditEntry"]] = Entries.as_manager()

    class Meta:
        db_table = "audit_entry"
        indexes = [
            models.Index(fields=["kind", "id"], name="audit_kind"),
            models.Index(fields=["actor_id", "id"], name="audit_actor"),
            models.Index(fields=["entity", "id"], name="audit_entity"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("save")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("delete")


# -- where from ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Place:
    """Where what happens comes from. :param address: of the network, as text; empty on the machine itself."""

    door: str = "cli"
    address: str = ""


_HERE = Place()
_place: ContextVar[Place] = ContextVar("tracte_audit_place", default=_HERE)


def place() -> Place:
    """Where what happens now comes from; whatever is told later must keep it."""
    return _place.get()


@contextmanager
def coming(place: Place) -> Iterator[None]:
    """Tell what happens inside as coming from there."""
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)


# -- writing ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to tell. :param actor_name: who it was, or who was tried. :param data: small; see the module's text."""

    kind: What
    actor_id: int | None = None
    actor_name: str = ""
    entity: str = ""
    record_id: int | None = None
    set_id: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def note(
    kind: What,
    actor: Actor | None = None,
    *,
    actor_id: int | None = None,
    actor_name: str = "",
    entity: str = "",
    record_id: int | None = None,
    set_id: int | None = None,
    where: Place | None = None,
    door: str = "",
    **data: Any,
) -> None:
    """Add one entry to the trail.

    :param actor: who did it; somebody not signed in is named by ``actor_id`` and ``actor_name``.
    :param where: where from, when that is not where the code runs now. :param door: when only that differs.
    :param data: what else there is to tell: never a secret, never a field's value.
    """
    if actor is not None:
        actor_id, actor_name = actor.user_id, actor.name
    note_all([Fact(kind, actor_id, actor_name, entity, record_id, set_id, data)], where, door)


def note_all(facts: Collection[Fact], where: Place | None = None, door: str = "") -> None:
    """Add entries to the trail, in one statement."""
    if not facts:
        return
    at, origin = clock.now(), where or place()
    with writing():
        AuditEntry.objects.bulk_create(_entry(one, at, origin, door) for one in facts)


def _entry(fact: Fact, at: datetime, origin: Place, door: str) -> AuditEntry:
    return AuditEntry(
        id=new_id(),
        at=at,
        kind=fact.kind,
        actor_id=fact.actor_id,
        actor_name=harmless(fact.actor_name),
        address=harmless(origin.address)[:45],
        door=(door or origin.door)[:20],
        entity=fact.entity[:40],
        record_id=fact.record_id,
        set_id=fact.set_id,
        data=bounded(fact.data),
    )


def harmless(text: str) -> str:
    """A text without line breaks, control and direction characters or halves of letters, at most 200 letters long."""
    kept = "".join(" " if one.isspace() else one for one in text[: 2 * MOST_TEXT] if one.isspace() or _prints(one))
    return " ".join(kept.split())[:MOST_TEXT]


def _prints(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")


def bounded(data: Mapping[str, Any]) -> dict[str, Any]:
    """What goes along with an entry: harmless texts, few of each, small as a whole."""
    kept = {str(name)[:40]: _small(value, 3) for name, value in data.items() if value not in (None, "", (), [], {})}
    while len(json.dumps(kept)) > MOST_DATA:
        name = max(kept, key=lambda one: len(json.dumps(kept[one])))
        listed = kept.pop(name)
        kept["cut"] = True
        if isinstance(listed, list) and len(listed) > 1:
            kept[name] = listed[: len(listed) // 2]
    return kept


def _small(value: Any, depth: int) -> Any:
    if isinstance(value, bool | int | float | None):
        return value
    if isinstance(value, Mapping) and depth:
        items = list(value.items())[:MOST_ITEMS]
        return {harmless(str(name)): _small(inner, depth - 1) for name, inner in items}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return [_small(inner, depth - 1) for inner in list(value)[:MOST_ITEMS]]
    return harmless(str(value))


# -- counted in memory -----------------------------------------------------------------------------------------------
class _Counts:
    """What this process counted within the present hour."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.hour: datetime | None = None
        self.told: dict[str, int] = {}
        self.total = 0
        self.read: dict[int, set[int] | None] = {}

    def begin(self) -> None:
        """Forget the hour before. Needs the lock."""
        now = clock.now().replace(minute=0, second=0, microsecond=0)
        if now != self.hour:
            self.hour, self.told, self.total, self.read = now, {}, 0, {}


_counts = _Counts()


def forget_counts() -> None:
    """Begin a new hour of counting."""
    _counts.hour = None


def note_sparingly(key: str, most: int, kind: What, actor: Actor | None = None, **more: Any) -> None:
    """Add an entry unless this process has told of ``key`` so often within the hour: whoever tries a million times
    does not fill the disk. The last entry says that there may be more.
    """
    with _counts.lock:
        _counts.begin()
        _counts.total += 1
        total = _counts.total
        if total > MOST_SPARED:
            return
        seen = _counts.told[key] = _counts.told.get(key, 0) + 1
    if seen <= most:
        note(kind, actor, last=seen == most or total == MOST_SPARED or None, **more)


def read(actor: Actor, entity: str, ids: Collection[int]) -> None:
    """Somebody was shown records. Costs nothing until it is :data:`MANY` different ones within the hour, which is told
    once; each server process counts for itself.
    """
    if actor.user_id is None:
        return
    with _counts.lock:
        _counts.begin()
        seen = _counts.read.setdefault(actor.user_id, set())
        if seen is None:
            return
        seen.update(ids)
        if len(seen) < MANY:
            return
        _counts.read[actor.user_id] = None
    note(What.MASS_READ, actor, entity=entity, records=MANY)


# -- forgetting ------------------------------------------------------------------------------------------------------
def forget(days: int | None) -> int:
    """Delete entries that are older than they are kept; returns how many. Tells of itself.

    :param days: as the company's settings say; never fewer than :data:`LEAST_DAYS`.
    """
    before = clock.now() - timedelta(days=max(days or KEPT_DAYS, LEAST_DAYS))
    with writing():
        gone = shorten_trail(before)
        if gone:
            note(What.FORGOTTEN, actor_name="Tracte", door="task", entries=gone, before=before.date().isoformat())
    return gone

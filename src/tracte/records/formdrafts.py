"""What people typed into forms and have not saved yet.

One draft a person and form, seen by nobody else, gone when the form is saved, when it is thrown away, when its record
is erased, and after thirty days. No business fact: it stands outside the door and leaves no history.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tracte.kernel import clock
from tracte.records.statements import Made, rows_of
from tracte.records.tables import FormDraft
from tracte.records.transactions import writing

KEPT = timedelta(days=30)
MOST = 100
MAX_BODY = 200_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft. :ivar body: what the form would send, urlencoded. :ivar at: when it was last typed in."""

    form: str
    body: str
    at: datetime


def keep(user_id: int, form: str, body: str, record_id: int | None = None) -> None:
    """Keep a draft in the place of the one before.

    :param form: which form it is, at most 80 letters. :param body: at most :data:`MAX_BODY` letters.
    """
    with writing():
        values = {"body": body[:MAX_BODY], "saved_at": clock.now(), "record_id": record_id}
        _stored, made = FormDraft.objects.update_or_create(user_id=user_id, form=form, defaults=values)
        if made:
            mine = FormDraft.objects.filter(user_id=user_id).order_by("-saved_at")
            FormDraft.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[MOST : MOST + 50])).delete()


def kept(user_id: int, form: str) -> Kept | None:
    """The draft of a form, if there is one that is not too old."""
    return next((one for one in of(user_id, form)), None)


def of(user_id: int, form: str | None = None) -> list[Kept]:
    """A person's drafts, the newest first."""
    mine = FormDraft.objects.filter(user_id=user_id, saved_at__gt=clock.now() - KEPT)
    if form is not None:
        mine = mine.filter(form=form)
    found = mine.order_by("-saved_at").values_list("form", "body", "saved_at")
    return [Kept(*one) for one in found[:MOST]]


def forget(user_id: int, form: str) -> None:
    """Throw a draft away; nothing happens when there is none."""
    if rows_of("draft", _of_form, (user_id, form)):
        with writing():
            FormDraft.objects.filter(user_id=user_id, form=form).delete()


def _of_form(values: Sequence[Any]) -> Made:
    return FormDraft.objects.filter(user_id=values[0], form=values[1]).values_list("pk")


def forget_about(record_ids: Iterable[int]) -> None:
    """Throw away everybody's drafts of these records."""
    FormDraft.objects.filter(record_id__in=list(record_ids)).delete()


def purge() -> int:
    """Throw away what is older than thirty days; returns how many."""
    gone, _ = FormDraft.objects.filter(saved_at__lte=clock.now() - KEPT).delete()
    return gone

"""The list parameter ``q``: records whose search text holds every word."""

from dataclasses import replace

from django.db.models import Q

from tracte.api.params import refuse
from tracte.kernel.fold import fold
from tracte.meta.conditions.operators import Column
from tracte.records.query import Rows
from tracte.records.tables import SearchRow

MAX_WORDS, MAX_TEXT = 8, 200


def matching(rows: Rows, text: str) -> Rows:
    """Rows that hold every word of ``text``, folded. What the actor may not see is not looked at.

    :raises Rejected: 400 for a text that is too long.
    """
    words = fold(text).split()
    if len(words) > MAX_WORDS or len(text) > MAX_TEXT:
        raise refuse("bad_parameter", "q", name="q")
    if not words:
        return rows
    hidden = any(rows.actor.hides(rows.spec.key, name) for name in rows.spec.search_fields)
    found = rows.extra
    for word in words:
        found &= _by_fields(rows, word) if hidden or not rows.spec.declaration.searchable else _by_index(rows, word)
    return replace(rows, extra=found)


def _by_index(rows: Rows, word: str) -> Q:
    hits = SearchRow.objects.filter(entity=rows.spec.key, txt__contains=word)
    return Q(pk__in=hits.values("record_id"))


def _by_fields(rows: Rows, word: str) -> Q:
    """The search text mixes all fields; for somebody who may not see one of them, each field is asked by itself."""
    found = Q(pk__in=[])
    for name in rows.spec.search_fields or rows.spec.title_fields:
        if name in rows.visible and rows.visible[name].key in ("text", "long_text", "email", "phone", "url"):
            column = Column(rows.visible[name].columns()[0])
            found |= column.filled & column.folded("contains", word)
    return found

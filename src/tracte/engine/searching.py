"""Search over everything the actor may see.

Trigrams only, one table for all entities, an order of our own: the exact title, titles that begin so, titles with words
that begin so, the rest; the newest first among equals. Rights are inside the query. Somebody who sees few records has
those searched; everybody else takes the first thousand candidates that are in reach, and twenty thousand when too few
are: taking candidates first and rights afterwards loses hits.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields.json import KT
from django.db.models.lookups import Contains

from tracte.kernel.actor import Actor, Level
from tracte.kernel.fold import fold
from tracte.meta.expressions import Fold
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.query import Rows, reach
from tracte.records.reach import Reach
from tracte.records.searchsql import Asked, candidates, ids_of
from tracte.records.tables import SearchRow

CAPS = (1_000, 20_000)
NARROW = 5_000
REMEMBER_S = 300.0
MAX_WORDS, MAX_ASKED = 8, 100
_PHONE = re.compile(r"[+(]{0,2}[0-9][0-9 ()./\-]*\Z")
_MIN_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that answers. ``rank``: 0 its title is what was typed, 1 begins so, 2 has words that do, 3 otherwise."""

    id: int
    entity: str
    title: str
    subtitle: str
    rank: int


def _any(parts: Iterable[Any]) -> Q:
    """At least one of them."""
    found = Q(pk__in=[])
    for part in parts:
        found |= part if isinstance(part, Q) else Q(part)
    return found


def _every(parts: Iterable[Any]) -> Q:
    """All of them."""
    found = Q()
    for part in parts:
        found &= part if isinstance(part, Q) else Q(part)
    return found


def asked_of(text: str) -> Asked:
    """What somebody typed, as search compares it."""
    folded = " ".join(fold(text.replace("\0", " ")).split())[:MAX_ASKED].strip()
    words = tuple(dict.fromkeys(folded.split(" ")))[:MAX_WORDS] if folded else ()
    digits = ""
    if _PHONE.match(folded):
        digits = re.sub(r"[^0-9]", "", folded).lstrip("0")
    return Asked(folded, words, digits if len(digits) >= _MIN_DIGITS else "")


def search(actor: Actor, text: str, limit: int = 20, entities: Iterable[str] | None = None) -> list[Hit]:
    """Records whose text holds every word, best first.

    :param entities: only these; ``None`` for all that can be searched.
    """
    asked = asked_of(text)
    reached = [rows for rows in _reached(actor) if entities is None or rows.spec.key in set(entities)]
    if not asked.words or not reached:
        return []
    if _is_narrow(actor, reached):
        inside = SearchRow.objects.filter(_text_q(asked), pk__in=ids_of([_ids(rows) for rows in reached]))
        masked = _masked(reached, asked)
        return _best(inside.filter(masked) if masked else inside, asked, limit, actor)
    hits: list[Hit] = []
    scope = _scope(reached, asked)
    for cap in CAPS:
        hits = _best(SearchRow.objects.filter(scope, pk__in=candidates(asked, cap)), asked, limit, actor)
        if len(hits) >= limit:
            break
    return hits


def matching(rows: Rows, text: str) -> Q:
    """A condition on one entity's rows: their search text holds every word."""
    asked = asked_of(text)
    if not asked.words:
        return Q()
    if _hidden(rows):
        return _fields_hold(rows, asked)
    return Q(pk__in=candidates(asked, None, rows.spec.key))


# -- reach -----------------------------------------------------------------------------------------------------------
def _reached(actor: Actor) -> list[Rows]:
    """Rows of every searchable entity the actor may see."""
    snapshot = snapshots.current()
    return [
        Rows(spec, actor, "view", snapshot)
        for spec in registry()
        if spec.declaration.searchable and reach(spec, actor, "view") > Level.NONE
    ]


def _plain(rows: Rows) -> bool:
    """Whether owner and team alone decide, so that the search row says it all."""
    declared = rows.spec.declaration
    if declared.parent is not None or declared.row_rule(rows.actor) is not None or _hidden(rows):
        return False
    return rows.reach.told


def _scope(reached: Sequence[Rows], asked: Asked) -> Q:
    """The reach over all entities as one condition on search rows."""
    plain: dict[Reach, list[str]] = {}
    for rows in reached:
        if _plain(rows):
            plain.setdefault(replace(rows.reach, entity=""), []).append(rows.spec.key)
    found = [Q(entity__in=keys) & limit.as_one(reached[0].snapshot) for limit, keys in plain.items()]
    for rows in reached:
        if not _plain(rows):
            inside = rows.queryset().filter(pk=OuterRef("record_id"))
            if _hidden(rows):
                inside = inside.filter(_fields_hold(rows, asked))
            found.append(Q(Exists(inside), entity=rows.spec.key))
    return _any(found)


def _masked(reached: Sequence[Rows], asked: Asked) -> Q | None:
    """Rows with hidden fields must answer by what the actor sees of them."""
    hidden = [rows for rows in reached if _hidden(rows)]
    if not hidden:
        return None
    seen = ~Q(entity__in=[rows.spec.key for rows in hidden])
    for rows in hidden:
        inside = rows.queryset().filter(_fields_hold(rows, asked), pk=OuterRef("record_id"))
        seen |= Q(Exists(inside), entity=rows.spec.key)
    return seen


def _searched(spec: EntitySpec) -> list[str]:
    return list(dict.fromkeys((*spec.title_fields, *(n for n in spec.search_fields if not spec.fields[n].private))))


def _hidden(rows: Rows) -> bool:
    return any(name not in rows.visible for name in _searched(rows.spec))


def _fields_hold(rows: Rows, asked: Asked) -> Q:
    """The words, looked for in the fields the actor may see, one by one."""
    kinds = [rows.visible[name] for name in _searched(rows.spec) if name in rows.visible]
    columns = [kind.columns()[0] for kind in kinds if kind.stored and kind.cf_key is None]
    added = [KT(f"cf__{kind.cf_key}") for kind in kinds if kind.stored and kind.cf_key is not None]
    texts: list[Any] = [*map(F, columns), *added]
    if not texts:
        return Q(pk__in=[])
    if asked.by_prefix:
        return _any(Q(Contains(Fold(text), asked.text)) for text in texts[:1])
    spread = [_any(Q(Contains(Fold(text), word)) for text in texts) for word in asked.words]
    found = _every(spread) if asked.long else Q(pk__in=[])
    if asked.digits:
        found |= _any(Q((f"{column}__contains", asked.digits)) for column in columns)
    return found


def _text_q(asked: Asked) -> Q:
    """The words in the text of rows already chosen."""
    found = Q(name_key__startswith=asked.text)
    if asked.long:
        found |= _every(Q(txt__contains=word) for word in asked.words)
    return found | Q(txt__contains=asked.digits) if asked.digits else found


_narrow: dict[tuple[int | None, int], tuple[float, bool]] = {}


def _is_narrow(actor: Actor, reached: Sequence[Rows]) -> bool:
    """Whether the actor sees so few records that searching those is cheapest. Looked up once in five minutes; a wrong
    memory costs time, never hits."""
    if any(rows.level is Level.ALL and not rows.spec.declaration.directory for rows in reached):
        return False
    key, now = (actor.user_id, reached[0].snapshot.version), monotonic()
    known = _narrow.get(key)
    if known is None or known[0] < now:
        branches = [_ids(rows) for rows in reached if not rows.spec.declaration.directory]
        some = SearchRow.objects.filter(pk__in=ids_of(branches, NARROW + 1)) if branches else None
        known = (now + REMEMBER_S, some is None or some.values("pk")[: NARROW + 1].count() <= NARROW)
        if len(_narrow) > 10_000:
            _narrow.clear()
        _narrow[key] = known
    return known[1]


def _ids(rows: Rows) -> tuple[str, Sequence[object]]:
    sql, params = rows.queryset().values("pk").query.sql_with_params()
    return sql, params


# -- order -----------------------------------------------------------------------------------------------------------
def _rank(asked: Asked) -> Case:
    begins = _every(Q(name_key__startswith=word) | Q(name_key__contains=f" {word}") for word in asked.words)
    return Case(
        When(name_key=asked.text, then=Value(0)),
        When(name_key__startswith=asked.text, then=Value(1)),
        When(begins, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )


def _best(found: QuerySet[SearchRow], asked: Asked, limit: int, actor: Actor) -> list[Hit]:
    ranked = found.annotate(rank=_rank(asked))
    listed = ranked.order_by("rank", "-record_id").values_list("record_id", "entity", "title", "subtitle", "rank")
    hits = [Hit(*row) for row in listed[:limit]]
    return [_as_seen(hit, actor) for hit in hits] if actor.masks else hits


def _as_seen(hit: Hit, actor: Actor) -> Hit:
    """Title and second line without what is hidden from the actor."""
    spec = registry()[hit.entity]
    title, subtitle = hit.title, hit.subtitle
    if spec.declaration.subtitle and actor.hides(spec.key, spec.declaration.subtitle):
        subtitle = ""
    if any(actor.hides(spec.key, name) for name in spec.title_fields):
        known = query.titles(spec.key, [hit.id], actor).get(hit.id)
        title = known.title if known else ""
    return Hit(hit.id, hit.entity, title, subtitle, hit.rank)

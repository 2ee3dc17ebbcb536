"""Candidates of a search in SQL: which records' folded text holds the words, by the trigram index of each database.

The text of the statements is fixed; words, names and caps are parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models.expressions import RawSQL

from tracte.kernel.fold import like_escape

TRIGRAM = 3
LAST = "\U0010ffff"  # sorts after everything that follows a prefix


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as typed, made comparable.

    :param text: folded, single-spaced. :param words: its words: all must occur.
    :param digits: a telephone number without trunk zeros, when the text looks like one: it may occur instead.
    """

    text: str
    words: tuple[str, ...]
    digits: str = ""

    @property
    def long(self) -> tuple[str, ...]:
        """Words a trigram index can find."""
        return tuple(word for word in self.words if len(word) >= TRIGRAM)

    @property
    def short(self) -> tuple[str, ...]:
        return tuple(word for word in self.words if len(word) < TRIGRAM)

    @property
    def by_prefix(self) -> bool:
        """One or two characters: only names that begin so."""
        return not self.long and not self.digits

    def accepts(self, txt: str, name_key: str) -> bool:
        """The same question answered in memory, on folded text."""
        if name_key.startswith(self.text) or (self.digits and self.digits in txt):
            return True
        return bool(self.long) and all(word in txt for word in self.words)


def candidates(asked: Asked, cap: int | None = None, entity: str | None = None) -> RawSQL:
    """Ids of records that answer, as a subquery: names that begin so first, then the newest, no more than ``cap``."""
    pieces, params = _prefixed(asked, cap, entity)
    if not asked.by_prefix:
        by_text = _fts if connection.vendor == "sqlite" else _trigram
        more, further = by_text(asked, cap, entity)
        pieces, params = f"{pieces} UNION ALL {more}", [*params, *further]
    if connection.vendor == "postgresql":
        # Else the planner may walk a name index and test every row for being a candidate.
        return RawSQL(f"WITH found AS MATERIALIZED ({pieces}) SELECT record_id FROM found", params)
    return RawSQL(pieces, params)


def _limit(cap: int | None) -> tuple[str, list[object]]:
    return (" LIMIT %s", [cap]) if cap is not None else ("", [])


def _prefixed(asked: Asked, cap: int | None, entity: str | None) -> tuple[str, list[object]]:
    limit, last = _limit(cap)
    kept, only = (" AND entity = %s", [entity]) if entity else ("", [])
    sql = (
        "SELECT p.record_id FROM (SELECT record_id FROM search_index WHERE name_key >= %s AND name_key < %s"
        f"{kept} ORDER BY name_key{limit}) AS p"
    )
    return sql, [asked.text, asked.text + LAST, *only, *last]


def _fts(asked: Asked, cap: int | None, entity: str | None) -> tuple[str, list[object]]:
    """SQLite: FTS5 with trigrams; words too short for it are looked for in the text of what it found."""
    branches = []
    if asked.long:
        branches.append(" AND ".join(_phrase(word) for word in asked.long))
    if asked.digits:
        branches.append(_phrase(asked.digits))
    match = " OR ".join(f"({branch})" for branch in branches)
    kept, only = "", []
    if asked.short and asked.long:
        holds = " AND ".join(["instr(s.txt, %s) > 0"] * len(asked.short))
        kept, only = f" AND ({holds})", list(asked.short)
        if asked.digits:
            kept, only = f" AND (({holds}) OR instr(s.txt, %s) > 0)", [*asked.short, asked.digits]
    if entity:
        kept, only = f"{kept} AND s.entity = %s", [*only, entity]
    limit, last = _limit(cap)
    join = " JOIN search_index s ON s.record_id = search_fts.rowid" if kept else ""
    sql = (
        "SELECT t.rowid AS record_id FROM (SELECT search_fts.rowid FROM search_fts"
        f"{join} WHERE search_fts MATCH %s{kept} ORDER BY search_fts.rowid DESC{limit}) AS t"
    )
    return sql, [match, *only, *last]


def _phrase(word: str) -> str:
    """A word as an FTS5 string: quoted, so that nothing in it is syntax."""
    return '"' + word.replace('"', '""') + '"'


def _trigram(asked: Asked, cap: int | None, entity: str | None) -> tuple[str, list[object]]:
    """PostgreSQL: LIKE over the trigram index."""
    branches: list[str] = []
    params: list[object] = []
    if asked.long:
        branches.append(" AND ".join(["txt LIKE %s"] * len(asked.words)))
        params.extend(_within(word) for word in asked.words)
    if asked.digits:
        branches.append("txt LIKE %s")
        params.append(_within(asked.digits))
    matches = " OR ".join(f"({branch})" for branch in branches)
    kept, only = (" AND entity = %s", [entity]) if entity else ("", [])
    limit, last = _limit(cap)
    sql = f"SELECT t.record_id FROM (SELECT record_id FROM search_index WHERE ({matches}){kept}{limit}) AS t"
    return sql, [*params, *only, *last]


def _within(word: str) -> str:
    return f"%{like_escape(word)}%"


def ids_of(branches: Sequence[tuple[str, Sequence[object]]], limit: int | None = None) -> RawSQL:
    """Ids of several selections glued together, no more than ``limit``."""
    pieces = " UNION ALL ".join(f"SELECT b{at}.* FROM ({sql}) AS b{at}" for at, (sql, _) in enumerate(branches))
    params = [value for _, values in branches for value in values]
    if limit is not None:
        return RawSQL(f"SELECT g.* FROM ({pieces}) AS g LIMIT %s", [*params, limit])
    return RawSQL(pieces, params)

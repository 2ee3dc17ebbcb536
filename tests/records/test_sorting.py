"""Sort orders ask for nothing that cannot be: what is never empty has no place for empty ones."""

import base64
import json
from typing import Any

import pytest

from tracte.kernel.actor import OPERATOR
from tracte.kernel.problems import Rejected
from tracte.meta.registry import registry
from tracte.records import door, query
from tracte.records.sorting import read_sort


@pytest.mark.parametrize(
    ("entity", "field", "nullable"),
    [
        ("note", "pinned", False),
        ("note", "modified_at", False),
        ("note", "title", False),
        ("opportunity", "closes_on", True),
        ("opportunity", "amount", True),
        ("account", "example_badge", True),  # kept in the JSON column, where older rows have no entry
    ],
)
def test_the_kind_says_whether_rows_may_be_empty(entity: str, field: str, nullable: bool) -> None:
    order = read_sort(registry()[entity], field, OPERATOR)
    assert order.columns[0].nullable is nullable
    assert len(order.parts(None)) == (2 if nullable else 1)


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["pinned", "-pinned", "-pinned,title"])
def test_pages_by_a_yes_or_no_hold_every_row_once(sort: str) -> None:
    made = [
        door.create(OPERATOR, "note", {"body": f"Note {n}", "pinned": n % 3 == 0}, origin="system", strict=True).id
        for n in range(7)
    ]
    rows, seen, cursor = query.rows("note", OPERATOR), [], None
    while True:
        page = rows.page(["pinned"], sort, cursor, limit=2)
        seen += page.rows
        cursor = page.next
        if cursor is None:
            break
    assert sorted(row["id"] for row in seen) == made
    flags = [row["pinned"] for row in seen]
    assert flags == sorted(flags, reverse=sort.startswith("-"))


MARKS: list[Any] = [
    *("", "x", "\ud800", "a\x00", True, 1.5, float("inf"), 2**63, [], {}, {"x": 1}),
    *({"n": "abc"}, {"n": "NaN"}, {"n": "1e99999"}, {"n": 1}, {"d": "2026-01-01"}, {"d": "x"}),
    *({"t": "2026-01-01"}, {"t": "0001-01-01T00:00:00+14:00"}, {"t": 5}),
]


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["-id", "title", "-modified_at", "name", "employees", "turnover", "owner", "kind"])
@pytest.mark.parametrize("way", ["n", "p", "", "np"])
def test_a_mark_somebody_made_up_gives_rows_or_is_refused(sort: str, way: str) -> None:
    door.create(OPERATOR, "account", {"name": "Forns", "employees": 5}, origin="system")
    rows, places = query.rows("account", OPERATOR), 1 if sort == "-id" else 2
    for mark in MARKS:
        for marks in ([mark] * places, [mark, 5][:places], [None, mark][-places:]):
            body = json.dumps([sort, way, marks]).encode()
            try:
                page = rows.page(["name"], sort, base64.urlsafe_b64encode(body).decode())
            except Rejected as refused:
                assert (refused.status, refused.problems[0].code) == (400, "bad_cursor")
            else:
                assert len(page.rows) <= 1

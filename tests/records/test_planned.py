"""Statements PostgreSQL plans once: the same answers, also after they have come often; and writes that go together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tracte.kernel.actor import OPERATOR
from tracte.modules.crm.contact import Contact
from tracte.records import door, query
from tracte.records.guard import open_door
from tracte.records.sql import select
from tracte.records.sqlwrites import update
from tracte.records.statements import planned_cursor

pytestmark = pytest.mark.django_db
OFTEN = 8  # past the number of times after which PostgreSQL keeps a plan for all values


def _contacts(count: int) -> list[int]:
    made = [{"last_name": f"Puig {n}", "job_title": "Buyer" if n % 2 else None} for n in range(count)]
    return [door.create(OPERATOR, "contact", values, origin="ui").id for values in made]


def test_the_same_statement_finds_each_time_what_its_values_ask_for() -> None:
    ids = _contacts(OFTEN)
    for pk in ids:
        assert select(Contact, ["id"], "deleted_at IS NULL", [], {"id": [pk]}) == [(pk,)]
        assert select(Contact, ["id"], "deleted_at IS NULL", [], {"id": [pk, 1]}) == [(pk,)]
        assert query.rows("contact", OPERATOR).get(pk)["id"] == pk


def test_every_statement_is_told_with_its_values() -> None:
    (pk,) = _contacts(1)
    rows = query.rows("contact", OPERATOR)
    for _ in range(OFTEN):
        with CaptureQueriesContext(connection) as queries:
            rows.get(pk)
        assert str(pk) in queries[0]["sql"]


@contextmanager
def _kept(threshold: int | None) -> Iterator[None]:
    usual, connection.connection.prepare_threshold = connection.connection.prepare_threshold, threshold
    try:
        yield
    finally:
        connection.connection.prepare_threshold = usual


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's driver keeps every statement")
@pytest.mark.parametrize(("threshold", "kept"), [(1, True), (None, False)])
def test_postgresql_keeps_what_comes_again_unless_it_may_not(threshold: int | None, kept: bool) -> None:
    with _kept(threshold), connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
        for number in range(4):
            with planned_cursor() as planned:
                planned.execute("SELECT %s + 70001", [number])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%70001'")
        assert cursor.fetchone() == (int(kept),)


def test_moments_come_in_utc() -> None:
    (pk,) = _contacts(1)
    for stored in (Contact.objects.get(pk=pk).modified_at, query.rows("contact", OPERATOR).get(pk)["modified_at"]):
        assert stored.tzinfo is UTC
        assert abs(stored - datetime.now(UTC)) < timedelta(minutes=5)


@pytest.mark.parametrize("titles", [["Boss"] * 9, ["Boss"] * 8 + ["Clerk"], [f"Title {n}" for n in range(9)]])
def test_rows_that_take_the_same_values_are_written_as_those_that_do_not(titles: list[str]) -> None:
    ids = _contacts(len(titles))
    with open_door():
        asked = [(pk, 1, [title]) for pk, title in zip(ids, titles, strict=True)]
        assert update(Contact, {("job_title",): asked}) == len(ids)
        assert update(Contact, {("job_title",): [(pk, 1, ["Nobody"]) for pk in ids]}) == 0  # they moved on
    stored = dict(Contact.objects.values_list("pk", "job_title"))
    assert [stored[pk] for pk in ids] == titles
    assert set(Contact.objects.values_list("version", flat=True)) == {2}


def test_a_change_to_many_is_few_statements() -> None:
    ids = _contacts(40)
    with open_door(), CaptureQueriesContext(connection) as queries:
        update(Contact, {("job_title", "department"): [(pk, 1, ["Boss", "Sales"]) for pk in ids]})
    assert len(queries) == 1

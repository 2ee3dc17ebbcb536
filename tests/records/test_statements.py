"""A statement that is put together once says the same as one that is put together each time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracte.kernel.actor import OPERATOR
from tracte.records import door, query, statements
from tracte.records.statements import Made, rows_of
from tracte.records.tables import MetaVersion
from tracte.testing.actors import hire, plant

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_kept", {})


class Counted:
    """A selection of versions above a value, and how often it was put together."""

    def __init__(self, test: str = "version__gt") -> None:
        self.test, self.times = test, 0

    def __call__(self, values: Sequence[Any]) -> Made:
        self.times += 1
        return MetaVersion.objects.filter((self.test, values[0])).values_list("version")


def test_it_is_put_together_once_for_all_values_of_a_type() -> None:
    MetaVersion.objects.update_or_create(pk=1, defaults={"version": 7})
    versions = Counted()
    assert [len(rows_of("versions", versions, (limit,))) for limit in (6, 7, -1, 2**62)] == [1, 0, 1, 0]
    assert versions.times == 1


def test_without_a_key_it_is_put_together_each_time() -> None:
    versions = Counted()
    for limit in (6, 7):
        rows_of(None, versions, (limit,))
    assert versions.times == 2


def test_a_value_that_shapes_the_statement_is_never_taken_for_another() -> None:
    MetaVersion.objects.update_or_create(pk=1, defaults={"version": 7})
    listed = Counted("version__in")  # nothing in the parameters tells where a list of values would go
    assert [len(rows_of("listed", listed, ([limit],))) for limit in (7, 8)] == [1, 0]
    assert len(rows_of("listed", listed, ([],))) == 0
    empty = Counted("version__isnull")
    assert [len(rows_of("empty", empty, (asked,))) for asked in (False, True)] == [1, 0]


def test_statements_of_two_keys_do_not_meet() -> None:
    MetaVersion.objects.update_or_create(pk=1, defaults={"version": 7})
    assert rows_of("above", Counted(), (6,))
    assert not rows_of("below", Counted("version__lt"), (6,))


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MOST_KEPT", 3)
    for number in range(10):
        rows_of(number, Counted(), (1,))
    assert len(statements._kept) == 3


@pytest.mark.parametrize("order", ["title", "-modified_at", "amount", "closes_on", "-name", "stage,-created_at"])
def test_every_page_of_every_order_is_that_of_a_fresh_statement(order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant()
    people = hire()
    stages = query.system_rows("stage").ids(3)
    for number in range(12):
        values = {
            "name": f"Déal {number % 5} Ω",
            "amount": None if number % 4 == 0 else {"amount": str(Decimal(number) / 3)[:5], "currency": "EUR"},
            "closes_on": None
            if number % 3 == 0
            else (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(number)).date().isoformat(),
            "owner": people["own" if number % 2 else "stranger"].id,
            "stage": stages[number % 2],
        }
        door.create(OPERATOR, "opportunity", values, origin="system")
    for name in ("own", "team", "all", "own", "stranger"):
        rows = query.rows("opportunity", people[name].actor)
        kept, fresh = _walk(rows, order), []
        with monkeypatch.context() as patch:
            patch.setattr(query, "rows_of", lambda key, build, values=(): rows_of(None, build, values))
            fresh = _walk(rows, order)
        assert kept == fresh
        assert len({one for one, _ in kept[0]}) == rows.count()[0]


def _walk(rows: query.Rows, order: str) -> tuple[list[Any], list[Any]]:
    """All pages forwards, then backwards from the last."""
    there: list[Any] = []
    back: list[Any] = []
    page = rows.page(None, order, limit=2)
    while True:
        there += [(row["id"], row["name"]) for row in page.rows]
        if page.next is None:
            break
        page = rows.page(None, order, page.next, limit=2)
    while page.prev is not None:
        page = rows.page(None, order, page.prev, limit=2)
        back += [(row["id"], row["name"]) for row in page.rows]
    return there, back


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_moments_go_in_as_the_database_keeps_them(moment: datetime) -> None:
    def later(values: Sequence[Any]) -> Made:
        return query.system_rows("role").queryset().filter(modified_at__gt=values[0]).values_list("pk")

    assert sorted(rows_of("later", later, (moment,))) == sorted(rows_of(None, later, (moment,)))


def test_a_filter_nothing_can_meet_gives_nothing() -> None:
    plant()
    people = hire()
    door.create(OPERATOR, "account", {"name": "Nord", "owner": people["own"].id}, origin="system")
    for name in ("own", "team", "all"):
        none = query.rows("account", people[name].actor).where({"any": []})
        assert none.page(None).rows == []
        assert none.count() == (0, False)
        assert none.aggregate(["kind"], ["count"]) == []

"""Fields a module adds to another module's entity: stored in ``cf``, otherwise like any field, on both databases."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracte.kernel.actor import OPERATOR
from tracte.kernel.money import Money
from tracte.meta.conditions import Reader, read
from tracte.meta.registry import registry
from tracte.records import door, query, snapshot, undo
from tracte.records.guard import open_door

pytestmark = pytest.mark.django_db

RAW = {
    "name": "Cellers Montnegre",
    "example_route": "Coast & hills",
    "example_budget": "1.200,50 EUR",
    "example_visits_a_year": "4",
    "example_share": "12,5",
    "example_last_seen": "2026-11-03",
    "example_gate": "north",
    "example_badge": "yes",
    "example_labels": "Slow, loyal, țară",
}


def account(**raw: object) -> int:
    return door.create(OPERATOR, "account", RAW | raw, origin="system").id


def test_added_fields_are_read_back_and_changed_one_by_one() -> None:
    one = account()
    values = query.rows("account", OPERATOR).get(one)
    assert values["example_budget"] == Money(Decimal("1200.50"), "EUR")
    assert (values["example_last_seen"], values["example_badge"]) == (date(2026, 11, 3), True)
    outcome = door.update(OPERATOR, "account", one, {"example_route": "Coast"}, origin="ui")
    assert outcome.results[0].diff == {"example_route": ("Coast & hills", "Coast")}
    undo.run(outcome.set_id or 0, OPERATOR)
    after = query.rows("account", OPERATOR).get(one)
    assert {k: v for k, v in after.items() if k.startswith("example")} == {
        k: v for k, v in values.items() if k.startswith("example")
    }


def test_values_of_a_module_that_is_gone_stay_as_they_are() -> None:
    one = account()
    model = registry()["account"].model
    with open_door():
        model._default_manager.filter(pk=one).update(cf={"gone_key": 7, "example_route": "x"})
    door.update(OPERATOR, "account", one, {"example_route": "Coast"}, origin="ui")
    assert model._default_manager.get(pk=one).cf == {"gone_key": 7, "example_route": "Coast"}


CONDITIONS = st.one_of(
    st.tuples(st.just("example_route"), st.sampled_from(["eq", "ne", "contains", "starts"]), st.sampled_from(["coast", "Coast & hills", "&"])),
    st.tuples(st.just("example_budget"), st.sampled_from(["eq", "ne", "lt", "gte"]), st.sampled_from([{"amount": a, "currency": c} for a in ("99.9", "1200.5") for c in ("EUR", "USD")])),
    st.tuples(st.just("example_visits_a_year"), st.sampled_from(["eq", "ne", "lt", "gt"]), st.integers(3, 11)),
    st.tuples(st.just("example_share"), st.sampled_from(["eq", "ne", "lt", "gte"]), st.sampled_from(["9.1", "12.5", "100"])),
    st.tuples(st.just("example_last_seen"), st.sampled_from(["eq", "lt", "gte"]), st.sampled_from(["2026-11-03", "2025-01-01"])),
    st.tuples(st.just("example_gate"), st.sampled_from(["eq", "ne"]), st.sampled_from(["north", "south"])),
    st.tuples(st.just("example_badge"), st.sampled_from(["eq", "ne"]), st.booleans()),
    st.tuples(st.just("example_labels"), st.sampled_from(["has_any", "has_all", "has_none"]), st.sampled_from([["slow"], ["țară"], ["loy"], ["loyal", "nord"]])),
    st.sampled_from(["example_route", "example_budget", "example_share", "example_labels"]).map(lambda f: (f, "empty")),
)  # fmt: skip


class Nowhere:
    def record(self, entity: str, record_id: int) -> None:
        return None

    def collection(self, entity: str, field: str, record_id: int) -> list[dict[str, object]]:
        return []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=CONDITIONS)
def test_a_filter_on_an_added_field_says_the_same_in_sql_and_in_memory(condition: tuple[object, ...]) -> None:
    mine = [
        account(), account(example_budget="99,90 USD", example_visits_a_year="11", example_share="9,1", example_gate="south", example_badge="no"),
        door.create(OPERATOR, "account", {"name": "Plain"}, origin="system").id,
    ]  # fmt: skip
    rows = query.rows("account", OPERATOR).only(mine)
    node = read(
        registry()["account"], list(condition), Reader(registry(), OPERATOR, snapshot.current().context(OPERATOR))
    )
    expected = {pk for pk, values in rows.read(mine).items() if node.accepts(values, Nowhere())}
    assert set(rows.where(list(condition)).ids()) == expected


@pytest.mark.parametrize(
    "field", ["example_budget", "example_visits_a_year", "example_share", "example_route", "example_last_seen"]
)
def test_added_fields_sort_with_empty_ones_last(field: str) -> None:
    small = account(
        example_budget="9,9 EUR",
        example_visits_a_year="3",
        example_share="9",
        example_route="alpha",
        example_last_seen="2024-01-01",
    )
    big, none = account(), door.create(OPERATOR, "account", {"name": "Plain"}, origin="system").id
    rows = query.rows("account", OPERATOR).only([small, big, none])
    for sort, order in ((field, [small, big, none]), (f"-{field}", [big, small, none])):
        seen, cursor = [], None
        while True:
            page = rows.page(["name"], sort, cursor, limit=1)
            seen += [row["id"] for row in page.rows]
            cursor = page.next
            if cursor is None:
                break
        assert seen == order

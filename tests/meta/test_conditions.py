"""Conditions say the same in SQL and in memory, on both databases."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.kernel.ids import encode
from tracte.kernel.money import Money
from tracte.kernel.problems import Rejected
from tracte.meta.conditions import Reader, read
from tracte.meta.registry import registry
from tracte.records import door, query, snapshot

pytestmark = pytest.mark.django_db

TEXTS = ["Łódź visit", "lodz", "ÀÉ·l", "a_b%c", "Zoë ß", "straße", "STRASSE", "o'hara", "x\\y", "  "]
DAYS = [date(2026, 11, day) for day in (1, 15, 21, 22, 30)]
values = st.fixed_dictionaries(
    {"name": st.sampled_from(TEXTS[:-1])},
    optional={
        "report": st.sampled_from(TEXTS),
        "status": st.sampled_from(["planned", "done", "off"]),
        "day": st.sampled_from(DAYS) | st.none(),
        "starts_at": st.sampled_from([datetime(2026, 11, d, 23, 30, tzinfo=UTC) for d in (20, 21, 22)]) | st.none(),
        "cost": st.sampled_from(
            [Money(Decimal("10.50"), "EUR"), Money(Decimal("10.5"), "USD"), Money(Decimal(-3), "EUR")]
        )
        | st.none(),
        "people": st.integers(-3, 3) | st.none(),
        "chance": st.sampled_from([Decimal(0), Decimal("33.3333"), Decimal(100)]) | st.none(),
        "outdoors": st.booleans(),
        "tags": st.lists(st.sampled_from(["vip", "nord", "é"]), max_size=3, unique=True).map(
            lambda x: tuple(sorted(x)) or None
        ),
    },
)


def leaf(field: str, ops: list[str], operand: "st.SearchStrategy[object]") -> "st.SearchStrategy[object]":
    return st.tuples(st.just(field), st.sampled_from(ops), operand).map(list)


NEAR = ["eq", "ne", "lt", "lte", "gt", "gte"]
leaves = st.one_of(
    leaf(
        "name",
        ["eq", "ne", "contains", "not_contains", "starts"],
        st.sampled_from(["lodz", "ß", "ss", "_", "%", "l", "o'hara", "\\"]),
    ),
    leaf("report", ["contains", "not_contains", "starts", "eq", "ne"], st.sampled_from(["lodz", "a", "straße"])),
    leaf("report", ["empty", "not_empty"], st.none()).map(lambda x: x[:2]),
    leaf("status", ["eq", "ne"], st.sampled_from(["planned", "done", "off"])),
    leaf("status", ["in", "not_in"], st.lists(st.sampled_from(["planned", "done"]), min_size=1, max_size=2)),
    leaf("day", NEAR, st.sampled_from(["2026-11-15", "today", "-7d", "2026-11-22"])),
    leaf("day", ["within"], st.sampled_from(["this_month", "next_30_days", "yesterday", "this_week"])),
    leaf("starts_at", ["within"], st.sampled_from(["today", "last_7_days"])),
    leaf("starts_at", ["lt", "lte", "gt", "gte"], st.sampled_from(["2026-11-21T00:00:00Z", "2026-11-21", "-1d"])),
    leaf("starts_at", ["between"], st.just(["2026-11-20", "2026-11-21"])),
    leaf("cost", NEAR, st.sampled_from([{"amount": "10.5", "currency": "EUR"}, {"amount": "0", "currency": "USD"}])),
    leaf("cost.currency", ["eq", "ne"], st.sampled_from(["EUR", "USD"])),
    leaf("people", NEAR, st.integers(-2, 2)),
    leaf("people", ["between"], st.just([-1, 1])),
    leaf("chance", NEAR, st.sampled_from(["33.3333", "50"])),
    leaf("outdoors", ["eq", "ne"], st.booleans()),
    leaf(
        "tags",
        ["has_any", "has_all", "has_none"],
        st.lists(st.sampled_from(["vip", "é", "nord"]), min_size=1, max_size=2),
    ),
    leaf("host.name", ["contains", "ne", "eq"], st.sampled_from(["lodz", "straße"])),
    leaf("host.people", ["gt"], st.integers(-2, 1)),
)


def grown(inner: "st.SearchStrategy[object]") -> "st.SearchStrategy[object]":
    parts = st.lists(inner, min_size=0, max_size=3)
    return st.one_of(
        parts.map(lambda p: {"all": p}),
        parts.map(lambda p: {"any": p}),
        inner.map(lambda p: {"not": p}),
        st.tuples(st.just("visits"), st.sampled_from(["any", "none"]), inner).map(list),
        st.tuples(st.just("host"), st.sampled_from(["empty", "not_empty"])).map(list),
    )


class Rows:
    """The same records in memory."""

    def __init__(self, rows: list[dict[str, object]]) -> None:
        self.rows = {row["id"]: row for row in rows}

    def record(self, entity: str, record_id: int) -> dict[str, object] | None:
        return self.rows.get(record_id)

    def collection(self, entity: str, field: str, record_id: int) -> list[dict[str, object]]:
        return [
            row
            for row in self.rows.values()
            if row.get(field) == record_id or (record_id in (row.get("guests") or ()) and field == "guests")
        ]


def reader(actor: Actor = OPERATOR) -> Reader:
    return Reader(registry(), actor, snapshot.current().context(actor))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_sql_and_memory_accept_the_same_records(data: st.DataObject) -> None:
    made: list[int] = []
    for one in data.draw(st.lists(values, min_size=1, max_size=6)):
        host = data.draw(st.sampled_from([None, *made]))
        made += door.create(OPERATOR, "visit", one | {"host": host}, origin="system", canonical=True).ids
    condition = data.draw(st.recursive(leaves, grown, max_leaves=5))
    rows = query.rows("visit", OPERATOR).only(made)
    try:
        node = read(registry()["visit"], condition, reader())
    except Rejected as refused:
        assert {problem.code for problem in refused.problems} <= {"too_deep"}
        return
    stored = list(rows.read(made).values())
    expected = {row["id"] for row in stored if node.accepts(row, Rows(stored))}
    narrowed = rows.where(json.loads(json.dumps(condition)))
    inside = set(narrowed.ids())
    if "visits" not in json.dumps(condition):  # a collection sees rows of earlier examples too
        assert inside == expected


@pytest.mark.parametrize(
    "wrong",
    [
        ["nope", "eq", 1], ["name", "nope", 1], ["name.secret", "eq", 1], ["host.owner.password", "eq", "x"], ["id", "lt", "x"],
        {"all": "x"}, {"some": []}, [], "x", 5, [["name"]], ["people", "eq", "many"], ["status", "eq", "nope"], ["day", "within", "soonish"],
        ["people", "between", [1]], ["name", "in", "text"], ["visits", "eq", 1], ["name__exact", "eq", "x"],
        ["owner__password", "starts", "a"], ["cf", "eq", 1], ["deleted_at", "empty"], ["password", "eq", "x"],
    ],
)  # fmt: skip
def test_a_wrong_condition_is_refused_and_named(wrong: object) -> None:
    with pytest.raises(Rejected) as refused:
        query.rows("visit", OPERATOR).where(wrong)
    assert refused.value.status == 400


def test_a_hidden_field_is_answered_like_one_that_does_not_exist() -> None:
    masked = Actor(1, "Mask", levels={("visit", "view"): Level.ALL}, masks={("visit", "secret"): "hidden"})
    answers = []
    for name in ("secret", "secrex"):
        with pytest.raises(Rejected) as refused:
            query.rows("visit", masked).where([name, "eq", "x"])
        answers.append([p.as_json() for p in refused.value.problems])
    assert json.dumps(answers[0]).replace("secret", "secrex") == json.dumps(answers[1])


def test_a_condition_may_not_grow_without_bound() -> None:
    deep: object = ["name", "eq", "x"]
    for _ in range(50):
        deep = {"not": deep}
    wide = {"any": [["name", "eq", "x"]] * 500}
    for grown_too_far in (deep, wide):
        with pytest.raises(Rejected):
            query.rows("visit", OPERATOR).where(grown_too_far)


def test_a_record_is_found_by_its_id() -> None:
    one = door.create(OPERATOR, "visit", {"name": "Here"}, origin="system").id
    assert query.rows("visit", OPERATOR).where(["id", "in", [encode(one)]]).ids() == [one]


def test_tags_and_choices_of_several_are_found_by_each_and_by_all() -> None:
    one = door.create(OPERATOR, "visit", {"name": "Here", "tags": "vip, nord"}, origin="system").id
    two = door.create(OPERATOR, "visit", {"name": "There", "tags": "vip"}, origin="system").id
    rows = query.rows("visit", OPERATOR).only([one, two])
    assert set(rows.where(["tags", "has_any", ["vip", "west"]]).ids()) == {one, two}
    assert rows.where(["tags", "has_all", ["vip", "nord"]]).ids() == [one]
    assert rows.where(["tags", "has_none", ["nord"]]).ids() == [two]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (["starts_at", "lte", "2026-11-21"], {20, 21}),
        (["starts_at", "gt", "2026-11-21"], {22}),
        (["starts_at", "lt", "2026-11-21"], {20}),
        (["starts_at", "gte", "2026-11-21"], {21, 22}),
        (["starts_at", "between", ["2026-11-20", "2026-11-21"]], {20, 21}),
        (["starts_at", "lte", "2026-11-21T10:00:00Z"], {20}),
    ],
)
def test_a_whole_day_counts_to_its_last_instant_when_it_is_the_last_one(condition: object, found: set[int]) -> None:
    made = {
        door.create(
            OPERATOR,
            "visit",
            {"name": "Day", "starts_at": datetime(2026, 11, day, 15, 30, tzinfo=UTC)},
            origin="system",
            canonical=True,
        ).id: day
        for day in (20, 21, 22)
    }
    ids = query.rows("visit", OPERATOR).only(made).where(condition).ids()
    assert {made[one] for one in ids} == found

"""Why deals were won and lost: a tree of reasons that filters understand (SP-13, SP-14)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracte.engine import grouping
from tracte.engine.listing import read_state
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.meta.conditions import Reader, read
from tracte.meta.registry import registry
from tracte.modules.sales.lists import LOST_REASONS
from tracte.records import door, query, undo
from tracte.records import snapshot as snapshots
from tracte.records.door import Op

Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]
KEYS = [option.key for option in LOST_REASONS]
pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(make: Make, stage: dict[str, int]) -> Callable[..., int]:
    return lambda reason, **more: make("opportunity", name=reason, stage=stage["lost"], lost_reason=reason, **more)


def test_filtering_by_a_reason_finds_what_stands_under_it(lost: Callable[..., int]) -> None:
    price, dear, timing = lost("price"), lost("too_expensive"), lost("timing")
    rows = query.rows("opportunity", OPERATOR)
    assert set(rows.where(["lost_reason", "eq", "price"]).ids()) == {price, dear}
    assert set(rows.where(["lost_reason", "in", ["price", "other"]]).ids()) == {price, dear}
    assert rows.where(["lost_reason", "eq", "too_expensive"]).ids() == [dear]
    assert rows.where(["lost_reason", "exactly", "price"]).ids() == [price]
    assert timing in rows.where(["lost_reason", "ne", "price"]).ids()
    assert dear not in rows.where(["lost_reason", "not_in", ["price"]]).ids()
    assert set(rows.where({"all": list(read_state(rows, {"lost_reason": ["price"]}).parts)}).ids()) == {price, dear}


leaves = st.one_of(
    st.tuples(st.just("lost_reason"), st.sampled_from(["eq", "ne", "exactly"]), st.sampled_from(KEYS)),
    st.tuples(
        st.just("lost_reason"),
        st.sampled_from(["in", "not_in"]),
        st.lists(st.sampled_from(KEYS), min_size=1, max_size=3),
    ),
).map(list)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(lambda part: {"not": part}), st.lists(inner, max_size=3).map(lambda parts: {"any": parts})
    ),
    max_leaves=4,
)


class Nothing:
    """A world of one record."""

    def record(self, entity: str, record_id: int) -> None:
        return None

    def collection(self, entity: str, field: str, record_id: int) -> list[Any]:
        return []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(condition=trees)
def test_sql_and_memory_agree_on_every_branch(condition: Any, db: None) -> None:
    rows = query.system_rows("opportunity")
    if not rows.ids():
        seeded()
    values = rows.read(rows.ids(), ["lost_reason"]).values()
    node = read(
        registry()["opportunity"], condition, Reader(registry(), OPERATOR, snapshots.current().context(OPERATOR))
    )
    accepted = {one["id"] for one in values if node.accepts(one, Nothing())}
    assert set(rows.where(condition).ids()) == accepted


def seeded() -> None:
    """A deal of each reason, and one without."""
    pipeline = door.create(OPERATOR, "pipeline", {"name": "Sales"}, origin="ui").id
    stage = {"name": "Gone", "pipeline": encode(pipeline), "kind": "lost"}
    there = encode(door.create(OPERATOR, "stage", stage, origin="ui").id)
    writer = door.begin(OPERATOR, "import", "Lost", lenient=True)
    writer.write(
        "opportunity", "create", [Op({"name": "D", "stage": there, "lost_reason": one}) for one in [*KEYS, None]]
    )


def test_groups_keep_the_leaf_and_lead_to_it_alone(lost: Callable[..., int]) -> None:
    price, dear = lost("price"), lost("too_expensive")
    rows = query.rows("opportunity", OPERATOR)
    grouped = grouping.run(rows, read_state(rows, {"group": ["lost_reason"], "view": [""]}))
    held = {group.value: [one["id"] for one in group.rows] for group in grouped.groups}
    assert held["price"] == [price]
    assert held["too_expensive"] == [dear]
    assert all("exactly" in group.only for group in grouped.groups if group.value)


# -- an administrator's tree -----------------------------------------------------------------------------------------
def parent_of(key: str, name: str = "lost_reason") -> str:
    return snapshots.current().lists[name][key].parent


def test_an_administrator_puts_entries_under_others_and_takes_them_out(make: Make) -> None:
    make("value_item", list="lost_reason", key="tender", label="Tender", parent="our_offer")
    assert parent_of("tender") == "our_offer"
    order = list(snapshots.current().lists["lost_reason"])
    assert order.index("our_offer") < order.index("tender") < order.index("their_side")
    moved = make("value_item", list="lost_reason", key="timing", label="Timing", parent="-")
    assert parent_of("timing") == ""
    door.update(OPERATOR, "value_item", moved, {"parent": ""}, origin="ui")
    assert parent_of("timing") == "their_side"  # as it was shipped


def test_an_entry_stands_under_one_of_its_list_and_never_under_itself(make: Make, codes: Codes) -> None:
    base = {"list": "lost_reason", "label": "X"}
    assert codes(make, "value_item", key="x", parent="nothing", **base) == {("parent", "not_a_choice")}
    assert codes(make, "value_item", key="x", parent="x", **base) == {("parent", "parent_loop")}
    assert codes(make, "value_item", key="price", parent="too_expensive", **base) == {("parent", "parent_loop")}
    writer = door.begin(OPERATOR, "ui", "Two at once")
    ops = [Op({**base, "key": "a", "parent": "b"}), Op({**base, "key": "b", "parent": "a"})]
    assert [result.verdict for result in writer.write("value_item", "create", ops)] == ["problem", "problem"]
    ops = [Op({**base, "key": "c", "parent": "d"}), Op({**base, "key": "d"})]
    assert [result.verdict for result in writer.write("value_item", "create", ops)] == ["created", "created"]


# -- deals -----------------------------------------------------------------------------------------------------------
def test_winning_may_say_why_and_a_deal_keeps_only_the_reason_of_its_end(
    make: Make, stage: dict[str, int], values_of: Values
) -> None:
    with clock.frozen(datetime(2026, 11, 24, 12, tzinfo=UTC)):
        deal = make("opportunity", name="Line", amount="1000 EUR", closes_on="2026-12-12")
        won = door.act(OPERATOR, "opportunity", deal, "win", {"won_reason": "quality"}, origin="ui")
        assert values_of("opportunity", deal)["won_reason"] == "quality"
        undo.run(won.set_id or 0, OPERATOR)
        assert values_of("opportunity", deal)["won_reason"] is None
        door.act(OPERATOR, "opportunity", deal, "win", {"won_reason": "quality"}, origin="ui")
        door.update(
            OPERATOR, "opportunity", deal, {"stage": encode(stage["lost"]), "lost_reason": "timing"}, origin="ui"
        )
        values = values_of("opportunity", deal)
        assert (values["won_reason"], values["lost_reason"]) == (None, "timing")
        door.act(OPERATOR, "opportunity", deal, "reopen", {}, origin="ui")
        assert values_of("opportunity", deal)["lost_reason"] is None
        door.act(OPERATOR, "opportunity", deal, "win", {}, origin="ui")  # nobody has to say why

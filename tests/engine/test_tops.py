"""The first rows of every group, and what the groups hold: in any order, for somebody who sees his team's records."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.modules.conftest import raw

from tracte.kernel.actor import OPERATOR, Actor
from tracte.meta.registry import registry
from tracte.records import door, query, scope
from tracte.records import snapshot as snapshots
from tracte.records.sql import has_index

Make = Callable[..., int]
SHOWN = ["name", "stage", "amount", "closes_on"]
LIMIT = 2


@pytest.fixture
def teammate(make: Make, person: Callable[..., Actor], stage: dict[str, int]) -> Actor:
    """Somebody among deals of his own, of his team and of strangers, some without an amount or a date."""
    ours, theirs = make("team", name="Ours"), make("team", name="Theirs")
    me, other = person("Me", "seller", ours), person("Other", "seller", ours)
    stranger = person("Stranger", "seller", theirs)
    account = make("account", name="Acme", owner=me.user_id)
    ops = []
    keys = ("new", "proposal", "won", "lost")
    for at in range(36):
        holder = (me, other, stranger)[at % 3]
        values: dict[str, Any] = {"name": f"Deal {at * 7 % 36:02d}", "stage": stage[keys[at % 4]], "account": account}
        if keys[at % 4] == "lost":
            values["lost_reason"] = "price"
        if at % 5:
            values["amount"] = f"{at * 13 % 17 * 100}.00 {'EUR' if at % 2 else 'USD'}"
        if at % 7:
            values["closes_on"] = f"2027-0{at % 7}-11"
        ops.append(door.Op(raw(values | {"owner": holder.user_id, "team": min(holder.teams)})))
    writer = door.begin(OPERATOR, "import", "Deals", lenient=True)
    assert {result.verdict for result in writer.write("opportunity", "create", ops)} == {"created"}
    writer.finish()
    return snapshots.current().actor(int(me.user_id or 0))


@pytest.mark.parametrize("sort", ["closes_on", "-closes_on", "-amount", "amount,-name", "name", "-stage,name"])
def test_the_first_of_every_group_are_the_first_of_its_own_list(
    teammate: Actor, stage: dict[str, int], sort: str
) -> None:
    rows = query.rows("opportunity", teammate)
    tops = rows.tops("stage", stage.values(), SHOWN, sort, LIMIT)
    for key, pk in stage.items():
        alone = rows.where(["stage", "in", [key]]).page(SHOWN, sort, None, LIMIT)
        assert [row["id"] for row in tops[pk].rows] == [row["id"] for row in alone.rows], key
        assert (tops[pk].next is None) == (alone.next is None)


def test_the_figures_of_every_group_are_those_of_its_rows(teammate: Actor) -> None:
    rows = query.rows("opportunity", teammate).where(["stage.kind", "ne", "lost"])
    kept = list(rows.stream(["stage", "amount"]))
    assert kept
    for found in rows.aggregate(["stage"], ["count", "sum:amount"]):
        mine = [row for row in kept if row["stage"] == found["stage"]]
        sums: dict[str, Any] = {}
        for row in mine:
            if row["amount"] is not None:
                money = row["amount"]
                sums[money.currency] = sums.get(money.currency, 0) + money.amount
        told = {code: total for code, total in (found["sum:amount"] or {}).items() if code}
        assert (found["count"], told) == (len(mine), sums)
    assert sum(one["count"] for one in rows.aggregate([], ["count"])) == len(kept)


@pytest.mark.parametrize(
    "condition",
    [
        ["stage.kind", "eq", "open"],
        ["stage.kind", "ne", "open"],
        ["stage.pipeline.name", "contains", "e"],
        ["stage.probability", "gt", 30],
        {"not": ["stage.kind", "in", ["won", "lost"]]},
        {"any": [["stage.kind", "eq", "won"], ["owner.name", "contains", "other"]]},
        ["stage.key", "empty"],
    ],
)
def test_a_hop_to_the_directory_finds_the_same_in_memory_as_in_the_database(
    teammate: Actor, condition: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = query.rows("opportunity", teammate)
    quick = rows.where(condition).ids()
    monkeypatch.setattr(scope.Scope, "known", lambda *_: None)
    assert rows.where(condition).ids() == quick


def test_the_order_of_the_board_has_an_index_and_that_of_amounts_has_none() -> None:
    model = registry()["opportunity"].model
    assert has_index(model, "stage_id", ["closes_on", "pk"])
    assert not has_index(model, "stage_id", ["amount", "pk"])

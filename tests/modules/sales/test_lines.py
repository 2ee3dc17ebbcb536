"""Lines of a deal: what they cost and bring, and that the deal is worth what its lines are."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.money import Money
from tracte.kernel.problems import NotFound
from tracte.meta.draft import Draft
from tracte.meta.kinds.base import Context
from tracte.meta.registry import registry
from tracte.modules.sales import line_rules
from tracte.records import door, query, snapshot, undo
from tracte.records.changes import ChangeSet
from tracte.records.door import Op
from tracte.web import tablepanels

Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]
Person = Callable[..., Actor]
MADE = ("line_count", "amount", "cost_estimated", "weighted", "margin")


def euros(amount: str | int) -> Money:
    return Money(Decimal(amount), "EUR")


def deal_of(record_id: int) -> dict[str, Any]:
    found = query.system_rows("opportunity").get(record_id)
    return {name: found[name] for name in MADE}


def add(deal: int, actor: Actor = OPERATOR, origin: str = "ui", **values: Any) -> int:
    return door.create(actor, "opportunity_line", {"opportunity": encode(deal), **values}, origin=origin).id


def change(entity: str, record_id: int, origin: str = "ui", **values: Any) -> int | None:
    return door.update(OPERATOR, entity, record_id, values, origin=origin).set_id


def last_set() -> int:
    return int(ChangeSet.objects.order_by("-id").values_list("pk", flat=True)[0])


@pytest.fixture
def deal(make: Make) -> int:
    """A deal somebody guessed a price for."""
    return make("opportunity", name="Bottling", amount="500 EUR", cost_estimated="300 EUR", probability="50")


@pytest.fixture
def pump(make: Make) -> int:
    return make("product", name="Pump", sku="P-1", unit="set", price="120 EUR", cost="80 EUR")


@pytest.mark.parametrize("language", ["en", "ca", "es", "ro", "fr", "de", "pl"])
@given(
    cents=st.integers(-(10**12), 10**12),
    places=st.integers(0, 4),
    currency=st.sampled_from(["EUR", "JPY", "TND", "RON"]),
)
def test_a_price_in_a_cell_has_its_thousands_marked_and_is_read_back_as_it_is(
    language: str, cents: int, places: int, currency: str
) -> None:
    context = Context(language=language, currency="EUR")
    kind = registry()["opportunity_line"].fields["price"]
    money = Money(Decimal(cents).scaleb(-places), currency)
    text = tablepanels.written(kind, money, context)
    assert kind.parse({"amount": text, "currency": currency}, context) == money


def test_thousands_are_marked_as_the_reader_writes_them() -> None:
    kind, price = registry()["opportunity_line"].fields["price"], euros("48250.5")
    shown = {one: tablepanels.written(kind, price, Context(language=one)) for one in ("en", "es", "ro")}
    assert shown == {"en": "48,250.50", "es": "48.250,50", "ro": "48.250,50"}
    assert tablepanels.written(kind, euros("-0.5"), Context(language="en")) == "-0.50"


# -- one line --------------------------------------------------------------------------------------------------------
@given(
    st.decimals(min_value="0.0001", max_value="100000", places=4),
    st.decimals(min_value=0, max_value="1000000", places=4),
    st.decimals(min_value=0, max_value=100, places=4),
    st.sampled_from(["EUR", "JPY", "TND"]),
)
def test_an_amount_is_quantity_by_price_less_discount_in_whole_coins(
    quantity: Decimal, price: Decimal, discount: Decimal, currency: str
) -> None:
    values = {"quantity": quantity, "price": Money(price, currency), "discount": discount, "cost": None}
    draft = Draft(1, "create", {}, values)
    line_rules.reckon([draft])
    amount = draft.values["amount"]
    places = {"EUR": 2, "JPY": 0, "TND": 3}[currency]
    assert amount.currency == currency
    assert amount.amount == round(amount.amount, places)
    assert abs(amount.amount - quantity * price * (100 - discount) / 100) <= Decimal(1).scaleb(-places) / 2
    assert draft.values["cost_total"] is None


@pytest.mark.django_db
def test_a_line_takes_from_its_product_what_nobody_gave(deal: int, pump: int, values_of: Values) -> None:
    line = values_of("opportunity_line", add(deal, product=encode(pump), quantity="3", discount="10"))
    assert (line["name"], line["unit"], line["price"], line["cost"]) == ("Pump", "set", euros(120), euros(80))
    assert (line["amount"], line["cost_total"], line["position"]) == (euros(324), euros(240), 10)
    assert line["margin"] == Decimal("25.9")
    other = values_of("opportunity_line", add(deal, product=encode(pump), name="Big pump", price="200"))
    assert (other["name"], other["price"], other["quantity"], other["position"]) == ("Big pump", euros(200), 1, 20)


@pytest.mark.django_db
def test_another_product_brings_its_own_price_and_what_was_typed_with_it_stays(
    deal: int, pump: int, make: Make, values_of: Values
) -> None:
    tank = make("product", name="Tank", sku="T-1", unit="piece", price="900 EUR", cost="500 EUR")
    line = add(deal, product=encode(pump))
    change("opportunity_line", line, product=encode(tank), price="850")
    found = values_of("opportunity_line", line)
    assert (found["name"], found["unit"], found["price"], found["cost"]) == ("Tank", "piece", euros(850), euros(500))


@pytest.mark.django_db
def test_a_cost_in_another_currency_is_not_taken(make: Make, pump: int, values_of: Values) -> None:
    deal = make("opportunity", name="London")
    line = values_of("opportunity_line", add(deal, product=encode(pump), price="100 GBP"))
    assert (line["price"].currency, line["cost"]) == ("GBP", None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ("name", "required")),
        ({"name": "x", "quantity": ""}, ("quantity", "required")),
        ({"name": "x", "quantity": "0"}, ("quantity", "too_small")),
        ({"name": "x", "quantity": "-1"}, ("quantity", "too_small")),
        ({"name": "x", "quantity": "0.00001"}, ("quantity", "too_small")),
        ({"name": "x", "price": "-0.01"}, ("price", "too_small")),
        ({"name": "x", "cost": "-1"}, ("cost", "too_small")),
        ({"name": "x", "discount": "100.1"}, ("discount", "too_big")),
        ({"name": "x", "quantity": "99999999", "price": "99999999999"}, ("price", "line_too_big")),
        ({"name": "x", "quantity": "99999999", "cost": "99999999999"}, ("cost", "line_too_big")),
        ({"name": "x", "amount": "5"}, ("amount", "read_only")),
    ],
)
def test_bad_values_are_said_clearly_and_leave_the_deal_alone(
    deal: int, codes: Codes, values: dict[str, Any], expected: tuple[str, str]
) -> None:
    before = deal_of(deal)
    assert expected in codes(add, deal, **values)
    assert deal_of(deal) == before


@pytest.mark.django_db
def test_the_lines_of_a_deal_are_in_one_currency(deal: int, codes: Codes) -> None:
    line = add(deal, name="First", price="10 EUR")
    assert codes(add, deal, name="Second", price="10 USD") == {("price", "line_currency")}
    assert codes(add, deal, name="Second", price="10 EUR", cost="3 USD") == {("cost", "line_currency")}
    assert codes(change, "opportunity_line", line, cost="5 USD") == {("cost", "line_currency")}
    change("opportunity_line", line, price="12 USD")
    assert deal_of(deal)["amount"] == Money(Decimal(12), "USD")
    writer = door.begin(OPERATOR, "import", "Lines")
    ops = [Op({"opportunity": encode(deal), "name": one, "price": f"1 {one}"}) for one in ("USD", "EUR", "USD")]
    assert [one.verdict for one in writer.write("opportunity_line", "create", ops)] == ["created", "problem", "created"]


@pytest.mark.django_db
def test_lines_that_are_too_much_together_are_refused(deal: int, codes: Codes) -> None:
    add(deal, name="Half", price="600000000000000")
    assert codes(add, deal, name="Other half", price="600000000000000") == {("price", "line_too_big")}


# -- the deal --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_deal_is_worth_its_lines_and_what_depends_on_it_follows(deal: int, pump: int) -> None:
    add(deal, product=encode(pump), quantity="2")
    line = add(deal, name="Work", price="60 EUR", cost="40 EUR")
    expected = {"line_count": 2, "amount": euros(300), "cost_estimated": euros(200), "weighted": euros(150)}
    assert deal_of(deal) == expected | {"margin": Decimal("33.3")}
    change("opportunity_line", line, quantity="2", price="50")
    assert deal_of(deal)["amount"] == euros(340)
    door.delete(OPERATOR, "opportunity_line", line, origin="ui")
    assert deal_of(deal)["amount"] == euros(240)
    door.restore(OPERATOR, "opportunity_line", line, origin="ui")
    assert deal_of(deal)["amount"] == euros(340)


@pytest.mark.django_db
def test_the_last_line_leaves_its_amount_to_be_kept_by_hand(deal: int) -> None:
    line = add(deal, name="Work", price="70 EUR")
    assert (deal_of(deal)["amount"], deal_of(deal)["cost_estimated"]) == (euros(70), euros(300))
    door.delete(OPERATOR, "opportunity_line", line, origin="ui")
    assert (deal_of(deal)["amount"], deal_of(deal)["line_count"]) == (euros(70), None)
    change("opportunity", deal, amount="90 EUR")
    assert deal_of(deal)["amount"] == euros(90)


@pytest.mark.django_db
def test_what_the_lines_make_is_not_changed_by_hand(deal: int, codes: Codes) -> None:
    line = add(deal, name="Work", price="70 EUR")
    assert codes(change, "opportunity", deal, amount="90 EUR") == {("amount", "made_by_lines")}
    change("opportunity", deal, amount="70 EUR", cost_estimated="20 EUR", name="Same amount, own cost")
    assert deal_of(deal)["cost_estimated"] == euros(20)
    change("opportunity_line", line, cost="30")
    assert codes(change, "opportunity", deal, cost_estimated="20 EUR") == {("cost_estimated", "made_by_lines")}


@pytest.mark.django_db
def test_an_import_is_told_and_the_sum_of_the_lines_stays(deal: int) -> None:
    add(deal, name="Work", price="70 EUR")
    writer = door.begin(OPERATOR, "import", "Deals", lenient=True)
    (told,) = writer.write("opportunity", "update", [Op({"amount": "90 EUR", "name": "Renamed"}, id=deal)])
    assert [(one.field, one.code, one.warning) for one in told.problems] == [("amount", "made_by_lines", True)]
    assert query.system_rows("opportunity").get(deal)["name"] == "Renamed"
    assert deal_of(deal)["amount"] == euros(70)


@pytest.mark.django_db
def test_a_line_that_moves_leaves_one_deal_and_comes_last_in_the_other(
    deal: int, make: Make, values_of: Values
) -> None:
    other = make("opportunity", name="Other")
    add(other, name="There already", price="5 EUR")
    line = add(deal, name="Work", price="70 EUR")
    add(deal, name="More", price="7 EUR")
    change("opportunity_line", line, opportunity=encode(other))
    assert (deal_of(deal)["amount"], deal_of(other)["amount"]) == (euros(7), euros(75))
    assert values_of("opportunity_line", line)["position"] == 20


@pytest.mark.django_db
def test_many_lines_at_once_touch_each_deal_once(make: Make) -> None:
    deals = [make("opportunity", name=f"D{n}") for n in range(3)]
    writer = door.begin(OPERATOR, "import", "Lines", check_duplicates=False)
    ops = [Op({"opportunity": encode(deals[n % 3]), "name": f"L{n}", "price": f"{n} EUR"}) for n in range(30)]
    assert {one.verdict for one in writer.write("opportunity_line", "create", ops)} == {"created"}
    assert [deal_of(one)["amount"] for one in deals] == [euros(135), euros(145), euros(155)]
    assert [query.system_rows("opportunity").get(one)["version"] for one in deals] == [2, 2, 2]
    first = query.system_rows("opportunity_line").where(["opportunity", "eq", encode(deals[0])])
    assert [row["position"] for row in first.page(["position"], "position").rows] == [*range(10, 110, 10)]


@pytest.mark.django_db
def test_a_deal_taken_out_of_the_bin_counts_what_became_of_its_lines(deal: int) -> None:
    lines = [add(deal, name=str(n), price="10 EUR") for n in range(2)]
    door.delete(OPERATOR, "opportunity", deal, origin="ui")
    door.delete(OPERATOR, "opportunity_line", lines[0], origin="ui")
    door.restore(OPERATOR, "opportunity", deal, origin="ui")
    assert (deal_of(deal)["line_count"], deal_of(deal)["amount"]) == (1, euros(10))


# -- undo ------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_undoing_each_write_of_a_line_restores_the_deal(deal: int) -> None:
    states, sets = [deal_of(deal)], []
    line = add(deal, name="Work", price="70 EUR", cost="20 EUR")
    sets.append(last_set())
    for write in (
        lambda: change("opportunity_line", line, quantity="3", discount="50"),
        lambda: add(deal, name="More", price="1 EUR") and None,
        lambda: door.delete(OPERATOR, "opportunity_line", line, origin="ui").set_id,
        lambda: door.restore(OPERATOR, "opportunity_line", line, origin="ui").set_id,
    ):
        states.append(deal_of(deal))
        sets.append(write() or last_set())
    undoings = []
    for state, made in zip(reversed(states), reversed(sets), strict=True):
        told = undo.run(made, OPERATOR)
        undoings.append(told.set_id)
        assert (deal_of(deal), told.conflicts) == (state, [])
    undo.run(int(undoings[-1] or 0), OPERATOR)
    assert deal_of(deal) == states[1]


@pytest.mark.django_db
def test_undoing_an_earlier_line_leaves_what_came_after(deal: int) -> None:
    add(deal, name="First", price="70 EUR")
    first = last_set()
    add(deal, name="Second", price="30 EUR")
    told = undo.run(first, OPERATOR)
    assert (told.conflicts, deal_of(deal)["amount"], deal_of(deal)["line_count"]) == ([], euros(30), 1)


@pytest.mark.django_db
def test_undoing_a_price_from_before_the_lines_leaves_their_sum(deal: int) -> None:
    early = change("opportunity", deal, amount="70 EUR")
    add(deal, name="First", price="70 EUR")
    undo.run(int(early or 0), OPERATOR)
    assert (deal_of(deal)["amount"], deal_of(deal)["weighted"]) == (euros(70), euros(35))


@pytest.mark.django_db
def test_an_undo_never_mixes_currencies(deal: int) -> None:
    line = add(deal, name="First", price="70 EUR")
    changed = change("opportunity_line", line, price="80 USD")
    add(deal, name="Second", price="10 USD")
    told = undo.run(int(changed or 0), OPERATOR)
    assert [one.code for one in told.conflicts] == ["line_currency"]
    assert deal_of(deal)["amount"] == Money(Decimal(90), "USD")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "change", "delete", "restore", "undo"]),
        st.integers(0, 5),
        st.fixed_dictionaries(
            {
                "quantity": st.decimals("0.5", "20", places=1).map(str),
                "price": st.decimals(0, 900, places=2).map("{} EUR".format),
                "cost": st.one_of(st.just(""), st.decimals(0, 500, places=2).map("{} EUR".format)),
                "discount": st.decimals(0, 100, places=1).map(str),
            }
        ),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_money_adds_up_whatever_is_done(firm: None, steps: list[tuple[str, int, Mapping[str, str]]]) -> None:
    deal = door.create(OPERATOR, "opportunity", {"name": "Any", "amount": "500 EUR"}, origin="ui").id
    lines: list[int] = []
    sets: list[int] = []
    for verb, pick, values in steps:
        if verb == "undo":
            if sets:
                undo.run(sets.pop(pick % len(sets)), OPERATOR)
        elif verb == "add":
            lines.append(add(deal, name="L", **values))
            sets.append(last_set())
        elif lines:
            _write(verb, lines[pick % len(lines)], values)
        rows = query.system_rows("opportunity_line").where(["opportunity", "eq", encode(deal)])
        found = list(rows.read(rows.ids(), ["amount", "cost_total"]).values())
        now = deal_of(deal)
        assert now["line_count"] == (len(found) or None)
        if found:
            assert now["amount"] == sum((one["amount"] for one in found[1:]), start=found[0]["amount"])
            assert now["weighted"] == (now["amount"] * Decimal("0.1")).rounded()
            costs = [one["cost_total"] for one in found if one["cost_total"] is not None]
            assert not costs or now["cost_estimated"] == sum(costs[1:], start=costs[0])


def _write(verb: str, line: int, values: Mapping[str, str]) -> None:
    try:
        if verb == "change":
            door.update(OPERATOR, "opportunity_line", line, values, origin="ui")
        else:
            getattr(door, verb)(OPERATOR, "opportunity_line", line, origin="ui")
    except NotFound:
        pass  # it is in the bin, or it is not


# -- rights ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_stranger_sees_no_line_as_there_were_none(make: Make, person: Person, pump: int) -> None:
    north, south = make("team", name="North"), make("team", name="South")
    anna, pol = person("Anna", "seller", north), person("Pol", "seller", south)
    deal = make("opportunity", anna, name="Hers")
    line = add(deal, anna, product=encode(pump))
    assert query.rows("opportunity_line", pol).ids() == []
    for write in (
        lambda one: door.update(pol, "opportunity_line", one, {"quantity": "2"}, origin="ui"),
        lambda one: door.delete(pol, "opportunity_line", one, origin="ui"),
        lambda one: query.rows("opportunity_line", pol).get(one),
    ):
        for one in (line, line + 1):
            with pytest.raises(NotFound):
                write(one)


@pytest.mark.django_db
def test_a_line_cannot_be_put_in_a_deal_out_of_sight(make: Make, person: Person, codes: Codes) -> None:
    anna, pol = (person(name, "seller", make("team", name=name)) for name in ("Anna", "Pol"))
    deal, mine = make("opportunity", anna, name="Hers"), make("opportunity", pol, name="His")
    line = add(mine, pol, name="x", price="5 EUR")
    assert codes(add, deal, pol, name="x") == codes(add, deal + 1, pol, name="x") == {("opportunity", "no_such_record")}
    moving = {"opportunity": encode(deal)}
    assert codes(door.update, pol, "opportunity_line", line, moving, origin="ui") == {("opportunity", "no_such_record")}
    assert deal_of(deal)["line_count"] is None


@pytest.mark.django_db
def test_a_cost_hidden_on_products_is_not_told_by_lines(make: Make, pump: int, values_of: Values) -> None:
    rights = {"*": dict.fromkeys(("view", "create", "edit", "delete"), "all")}
    for name, masks in {
        "half": {"product": {"cost": "hidden"}},
        "whole": {
            "product": {"cost": "hidden"},
            "opportunity_line": {"cost": "hidden"},
            "opportunity": {"cost_estimated": "hidden"},
        },
    }.items():
        role = door.create(OPERATOR, "role", {"name": name, "grants": rights, "masks": masks}, origin="ui", strict=True)
        raw = {"name": name, "email": f"{name}@firm.example", "roles": [encode(role.id)]}
        user = door.create(OPERATOR, "user", raw, origin="ui").id
        actor = snapshot.current().actor(user)
        line = add(make("opportunity", actor, name="D"), actor, product=encode(pump))
        assert (values_of("opportunity_line", line)["cost"] is None) == (name == "half")
        assert "cost_total" not in query.rows("opportunity_line", actor).visible or name == "half"


# -- people ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_person_has_one_part_in_a_deal(deal: int, make: Make, codes: Codes) -> None:
    anna = make("contact", first_name="Anna")
    first = make("opportunity_contact", opportunity=encode(deal), contact=anna, role="champion")
    again = {"opportunity": encode(deal), "contact": encode(anna), "role": "blocker"}
    assert codes(door.create, OPERATOR, "opportunity_contact", again, origin="ui") == {("contact", "not_unique")}
    door.delete(OPERATOR, "opportunity_contact", first, origin="ui")
    door.create(OPERATOR, "opportunity_contact", again, origin="ui")
    assert codes(door.restore, OPERATOR, "opportunity_contact", first, origin="ui") == {("contact", "not_unique")}
    other = make("opportunity", name="Other")
    make("opportunity_contact", opportunity=encode(other), contact=anna)
    writer = door.begin(OPERATOR, "import", "People")
    pol = make("contact", first_name="Pol")
    ops = [Op({"opportunity": encode(deal), "contact": encode(pol), "role": role}) for role in ("user", "buyer")]
    assert [one.verdict for one in writer.write("opportunity_contact", "create", ops)] == ["created", "problem"]

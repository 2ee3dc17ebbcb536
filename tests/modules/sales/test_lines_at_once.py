"""Two people at the lines of one deal at the same moment, on a database that lets them."""

from collections.abc import Callable
from functools import partial

import pytest
from tests.modules.sales.test_lead_at_once import together

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.kernel.problems import Rejected
from tracte.records import door, query

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
Make = Callable[..., int]


def add(deal: int, price: str) -> int:
    raw = {"opportunity": encode(deal), "name": "x", "price": price}
    return door.create(OPERATOR, "opportunity_line", raw, origin="ui").id


def test_lines_added_at_once_all_count(make: Make) -> None:
    for number in range(4):
        deal = make("opportunity", name=f"D{number}")
        told = together(*[partial(add, deal, "10 EUR") for _ in range(4)])
        assert all(isinstance(one, int) for one in told)
        now = query.system_rows("opportunity").get(deal)
        assert (now["line_count"], now["amount"].amount) == (4, 40)
        lines = query.system_rows("opportunity_line")
        assert sorted(one["position"] for one in lines.read(told, ["position"]).values()) == [10, 20, 30, 40]


def test_first_lines_in_two_currencies_at_once_do_not_mix(make: Make) -> None:
    for number in range(4):
        deal = make("opportunity", name=f"D{number}")
        told = together(partial(add, deal, "10 EUR"), partial(add, deal, "10 USD"))
        refused = [one.problems[0].code for one in told if isinstance(one, Rejected)]
        assert refused == ["line_currency"]


def test_one_contact_put_in_a_deal_twice_at_once_is_in_it_once(make: Make) -> None:
    for number in range(4):
        deal, anna = make("opportunity", name=f"D{number}"), make("contact", first_name="Anna")
        raw = {"opportunity": encode(deal), "contact": encode(anna)}
        told = together(*[partial(door.create, OPERATOR, "opportunity_contact", raw, origin="ui")] * 3)
        assert len([one for one in told if isinstance(one, Rejected)]) == 2

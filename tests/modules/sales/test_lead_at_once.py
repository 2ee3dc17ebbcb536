"""Two people at the same lead at the same moment, on a database that lets them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Conflict, Rejected
from tracte.records import door, query

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
Make = Callable[..., int]
Person = Callable[..., Actor]


def together(*works: Callable[[], Any]) -> list[Any]:
    """What each gave or raised, all begun at once on connections of their own."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=20)
            return work()
        except (Rejected, Conflict) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result() for one in [pool.submit(run, work) for work in works]]


def test_of_two_people_who_claim_at_once_one_gets_it(make: Make, person: Person) -> None:
    north = make("team", name="North")
    people = [person(name, "seller", north) for name in ("Laia", "Pol")]
    for number in range(5):
        lead = make("lead", people[0], email=f"l{number}@firm.example", owner="")
        told = together(*(partial(door.act, who, "lead", lead, "claim", {}, origin="ui") for who in people))
        refused = [one for one in told if isinstance(one, Rejected)]
        assert [(one.status, one.problems[0].code) for one in refused] == [(409, "already_claimed")]
        winner = people[0 if told[1] is refused[0] else 1]
        assert query.system_rows("lead").get(lead)["owner"] == winner.user_id


def test_a_lead_is_converted_by_one_of_two(make: Make) -> None:
    lead = make("lead", company="Cal Pons", email="ana@calpons.example")
    told = together(*[partial(door.act, OPERATOR, "lead", lead, "convert", {}, origin="api")] * 2)
    refused = [one for one in told if isinstance(one, Rejected)]
    assert [one.problems[0].code for one in refused] == ["already_converted"]
    assert len(query.system_rows("account").ids()) == 1


def test_leads_that_come_in_at_once_go_round(make: Make, person: Person) -> None:
    north = make("team", name="North")
    people = [person(name, "seller", north) for name in ("Laia", "Pol")]
    make("assignment_rule", name="Round", mode="round_robin", to_team=encode(north))
    for number in range(4):
        values = [{"email": f"l{number}.{at}@firm.example"} for at in range(2)]
        together(*(partial(door.create, OPERATOR, "lead", given, origin="api") for given in values))
    owners = [row["owner"] for row in query.system_rows("lead").stream(["owner"])]
    assert sorted(owners.count(one.user_id) for one in people) == [4, 4]

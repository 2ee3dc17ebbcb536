"""Many at once: one effect of one request, no writer turned away, no change overwritten unseen (REL-15 to 17)."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.modules.crm.account import Account
from tracte.records import door
from tracte.testing.actors import Person
from tracte.testing.factories import stored

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What ``work`` gives in so many threads that start together."""
    found: list[Any] = [None] * count
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            barrier.wait(30)
            found[number] = work(number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return found


def test_one_request_sent_twenty_times_has_one_effect(people: dict[str, Person]) -> None:
    person, headers = people["all"], {"Idempotency-Key": "twenty-times"}
    answers = at_once(20, lambda n: person.api("POST", "accounts", {"name": "Once"}, **headers))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert Account.objects.filter(name="Once").count() == 1
    again = person.api("POST", "accounts", {"name": "Once"}, **headers)
    bodies = {answer.content for answer in [*answers, again] if answer.status_code == 201}
    assert (again.status_code, len(bodies)) == (201, 1)
    assert person.api("POST", "accounts", {"name": "Other"}, **headers).status_code == 422
    assert people["admin"].api("POST", "accounts", {"name": "Another's"}, **headers).status_code == 201


def test_a_form_sent_twice_saves_once(people: dict[str, Person]) -> None:
    cookies = people["all"].pages.cookies

    def send(number: int) -> Any:
        client = Client()
        client.cookies = cookies
        return client.post("/accounts/new/", {"name": "Double click", "nonce": "the-same-form"})

    answers = at_once(6, send)
    assert {answer.status_code for answer in answers} <= {302, 409, 422}
    assert Account.objects.filter(name="Double click").count() == 1


def test_twenty_writers_at_once_all_succeed(people: dict[str, Person]) -> None:
    person, each = people["all"], 5

    def write(number: int) -> list[int]:
        made = [person.api("POST", "accounts", {"name": f"Writer {number}-{n}"}) for n in range(each)]
        return [answer.status_code for answer in made]

    assert at_once(20, write) == [[201] * each] * 20
    assert Account.objects.filter(name__startswith="Writer").count() == 20 * each


def test_of_many_who_take_the_same_unique_value_one_gets_it_and_the_others_are_told(people: dict[str, Person]) -> None:
    body = {"name": "Pallet", "sku": "PAL-1"}
    answers = at_once(8, lambda n: people["all"].api("POST", "products", body))
    assert sorted(answer.status_code for answer in answers) == [201, *[422] * 7]
    refused = [answer.json()["problems"][0] for answer in answers if answer.status_code == 422]
    assert {(one["field"], one["code"]) for one in refused} == {("sku", "not_unique")}


def test_numbers_given_at_once_have_no_gap_and_no_double(people: dict[str, Person]) -> None:
    made = at_once(8, lambda n: people["all"].api("POST", "opportunities", {"name": f"Deal {n}"}))
    assert sorted(int(one.json()["number"].rsplit("-", 1)[1]) for one in made) == list(range(1, 9))


def test_of_many_who_save_the_same_version_one_wins(people: dict[str, Person]) -> None:
    pk = door.create(OPERATOR, "account", {"name": "Wanted"}, origin="system").id
    path, match = f"accounts/{encode(pk)}", {"If-Match": '"1"'}
    answers = at_once(8, lambda n: people["all"].api("PATCH", path, {"employees": n + 1}, **match))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    winner = next(answer.json()["employees"] for answer in answers if answer.status_code == 200)
    assert (stored("account", pk)["employees"], stored("account", pk)["version"]) == (winner, 2)


def test_changes_of_different_fields_meet_and_of_the_same_field_are_shown(people: dict[str, Person]) -> None:
    pk = door.create(OPERATOR, "account", {"name": "Shared", "employees": "1"}, origin="system").id
    page, mine = f"/accounts/{encode(pk)}/", people["all"].pages
    door.update(OPERATOR, "account", pk, {"employees": "2"}, origin="api")
    other_field = mine.post(f"{page}field/founded/", {"founded": "1999", "version": "1"})
    assert other_field.status_code == 302
    assert (stored("account", pk)["employees"], stored("account", pk)["founded"]) == (2, 1999)
    same_field = mine.post(f"{page}field/employees/", {"employees": "7", "version": "1"})
    assert same_field.status_code == 409
    whole_form = mine.post(f"{page}edit/", {"employees": "7", "founded": "1999", "version": "1"})
    assert whole_form.status_code == 409
    assert stored("account", pk)["employees"] == 2

"""What saving a new record costs, and where it leads."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.modules.crm.contact import Contact
from tracte.records import door
from tracte.testing.actors import Person, hire

pytestmark = pytest.mark.django_db
OWN_OF_TESTS = ("SAVEPOINT", "RELEASE")


def _typed(person: Person, number: int, **more: str) -> dict[str, str]:
    made = {"first_name": "Ana", "last_name": f"Puig {number}", "email": f"ana.{number}@puig.example"}
    return {**made, "mobile": f"+3460000000{number}", "owner": encode(person.id), **more}


@pytest.mark.parametrize("way", ["form", "api"])
def test_a_record_is_saved_in_ten_queries(way: str) -> None:
    person = hire()["team"]
    firm = door.create(OPERATOR, "account", {"name": "Firm", "owner": encode(person.id)}, origin="ui").id

    def save(number: int) -> int:
        values = _typed(person, number, account=encode(firm))
        if way == "api":
            return person.api("POST", "contacts", values).status_code
        return person.pages.post("/contacts/new/", values).status_code

    saved = 201 if way == "api" else 302
    assert save(1) == saved
    with CaptureQueriesContext(connection) as queries:
        assert save(2) == saved
    asked = [one["sql"] for one in queries if not one["sql"].startswith(OWN_OF_TESTS)]
    assert len(asked) <= 10, "\n".join(one[:120] for one in asked)


def test_who_gives_a_new_record_away_is_led_to_the_list() -> None:
    other = hire()["own"]
    grants = {"*": {"view": "own", "create": "all"}}
    role = door.create(OPERATOR, "role", {"name": "Clerk", "grants": grants}, origin="system", strict=True).id
    values = {"name": "Clerk", "email": "clerk@people.example", "roles": [encode(role)]}
    clerk = Person("clerk", door.create(OPERATOR, "user", values, origin="system", strict=True).id)
    kept = clerk.pages.post("/contacts/new/", _typed(clerk, 1))["Location"]
    assert kept == f"/contacts/{encode(Contact.objects.get(last_name='Puig 1').pk)}/"
    assert clerk.pages.get(kept).status_code == 200
    assert clerk.pages.post("/contacts/new/", _typed(other, 2))["Location"] == "/contacts/"
    assert Contact.objects.filter(last_name="Puig 2", owner_id=other.id).exists()

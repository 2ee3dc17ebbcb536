"""Erasure (GDPR article 17): the values are gone everywhere, the fact that something happened stays."""

import pytest
from django.db import DatabaseError, connection, transaction

from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.kernel.problems import Forbidden, Rejected
from tracte.records import door, query, undo
from tracte.records.changes import Change
from tracte.records.erase import erase

pytestmark = pytest.mark.django_db
CANARY = "Zsuzsanna"


def person() -> int:
    one = door.create(
        OPERATOR, "contact", {"first_name": "Anna", "last_name": "Old", "email": "zsuzsanna@old.example"}, origin="ui"
    ).id
    door.update(
        OPERATOR, "contact", one, {"first_name": CANARY, "born": "1980-02-03", "job_title": "Buyer"}, origin="ui"
    )
    door.create(
        OPERATOR,
        "contact_point",
        {"contact": one, "kind": "email_private", "value": "zsuzsanna@home.example"},
        origin="ui",
    )
    return one


def everything() -> str:
    """All text in the database's business tables."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if not table.startswith(("django_", "search_fts", "auth_")):
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
                found += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(found).lower()


def test_no_personal_value_is_left_and_the_history_still_tells_who_did_what() -> None:
    one = person()
    assert CANARY.lower() in everything()
    before = list(Change.objects.filter(record_id=one).values_list("set_id", "verb", "at"))
    erase(OPERATOR, "contact", one)
    left = everything()
    assert CANARY.lower() not in left
    assert "1980-02-03" not in left
    assert list(Change.objects.filter(record_id=one).values_list("set_id", "verb", "at"))[: len(before)] == before
    assert query.rows("contact", OPERATOR).get(one)["job_title"] == "Buyer"


def test_history_is_closed_again_afterwards() -> None:
    erase(OPERATOR, "contact", person())
    with pytest.raises(DatabaseError, match="never rewritten"), transaction.atomic():
        Change.objects.all().delete()


def test_an_erasure_cannot_be_undone_and_neither_can_what_was_erased() -> None:
    one = person()
    edit = Change.objects.filter(record_id=one).latest("id").set_id
    done = erase(OPERATOR, "contact", one)
    with pytest.raises(Rejected, match="cannot_undo"):
        undo.run(done, OPERATOR)
    assert {c.code for c in undo.run(edit, OPERATOR).conflicts} == {"erased"}


def test_only_an_administrator_erases() -> None:
    seller = Actor(1, "Seller", levels={("contact", "view"): Level.ALL, ("contact", "edit"): Level.ALL})
    with pytest.raises(Forbidden):
        erase(seller, "contact", person())

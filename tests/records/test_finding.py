"""Finding records by equal values of several fields, as the hints at duplicates do."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.modules.crm.contact import Contact
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.sql import select
from tracte.records.sqlwrites import writing_much
from tracte.testing.actors import hire

pytestmark = pytest.mark.django_db
RULE = ("account", "first_name", "last_name")


def _create(entity: str, **values: object) -> int:
    return int(door.create(OPERATOR, entity, values, origin="ui").ids[0])


def test_records_are_found_by_all_the_fields_together() -> None:
    here, there = _create("account", name="Here"), _create("account", name="There")
    ana = _create("contact", first_name="Ana", last_name="Puig", account=encode(here))
    _create("contact", first_name="Ana", last_name="Puig", account=encode(there))
    _create("contact", first_name="Ana Puig", last_name="", account=encode(here))
    _create("contact", first_name="ANA", last_name="Puig", account=encode(here))
    found = query.rows("contact", OPERATOR).find_all(RULE, {(here, "Ana", "Puig"), (here, "Bru", "Puig")})
    assert found == {(here, "Ana", "Puig"): [ana]}


def test_several_rules_are_asked_in_one_query() -> None:
    here = _create("account", name="Here")
    ana = _create("contact", first_name="Ana", last_name="Puig", email="ana@puig.example", account=encode(here))
    bru = _create("contact", first_name="Bru", last_name="Puig", mobile="+34600000001", account=encode(here))
    keys = [
        (("email",), ("ana@puig.example",)),
        (("mobile",), ("+34600000001",)),
        (RULE, (here, "Ana", "Puig")),
        (RULE, (here, "Ana", "Roca")),
        (("email",), ("nobody@puig.example",)),
    ]
    rows = query.rows("contact", OPERATOR)
    with CaptureQueriesContext(connection) as queries:
        found = rows.equal_to(keys)
    assert found == [[ana], [bru], [ana], [], []]
    assert len(queries) == 1


def test_rules_on_what_no_plain_column_holds_are_asked_one_by_one() -> None:
    ana = _create("contact", first_name="Ana", last_name="Puig", born="1990-02-03")
    keys = [
        (("last_name", "born"), ("Puig", date(1990, 2, 3))),
        (("last_name",), ("Puig",)),
        (("last_name", "born"), ("Puig", date(1991, 2, 3))),
    ]
    assert query.rows("contact", OPERATOR).equal_to(keys) == [[ana], [ana], []]


def test_who_is_out_of_reach_is_like_nobody() -> None:
    people = hire()
    own, stranger = (snapshots.current().actor(people[name].id) for name in ("own", "stranger"))
    made = door.create(own, "contact", {"last_name": "Puig", "email": "ana@puig.example"}, origin="ui").id
    asked = [(("email",), ("ana@puig.example",))]
    assert query.rows("contact", own).equal_to(asked) == [[made]]
    assert query.rows("contact", stranger).equal_to(asked) == [[]]


def test_a_title_longer_than_its_key_is_found_too() -> None:
    here, long = _create("account", name="Here"), "A" * 100
    pk = _create("contact", first_name=long, last_name=long, account=encode(here))
    assert query.rows("contact", OPERATOR).find_all(RULE, {(here, long, long)}) == {(here, long, long): [pk]}


def test_a_hint_is_given_for_somebody_of_the_same_name_at_the_same_account() -> None:
    here = _create("account", name="Here")
    values = {"first_name": "Núria", "last_name": "O'Hara", "account": encode(here)}
    first = _create("contact", **values)
    told = door.create(OPERATOR, "contact", values, origin="ui").warnings
    assert [(one.code, one.params["ids"]) for one in told] == [("duplicate_hint", [first])]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12), max_size=5))
def test_any_text_may_be_looked_for(texts: list[str]) -> None:
    pk = _create("contact", last_name='a"b\\c,{d}')
    held = {"last_name": [*texts, 'a"b\\c,{d}']}
    assert (pk,) in select(Contact, ["id"], "deleted_at IS NULL", [], held)
    assert (pk,) not in select(Contact, ["id"], "deleted_at IS NULL", [], {"last_name": texts or ["NULL"]})


def test_an_empty_list_finds_nothing() -> None:
    _create("contact", last_name="Puig")
    assert select(Contact, ["id"], "deleted_at IS NULL", [], {"last_name": []}) == []


def test_room_for_much_writing_is_given_back() -> None:
    def now() -> list[int]:
        if connection.vendor != "sqlite":
            return []
        with connection.cursor() as cursor:
            return [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("cache_size", "wal_autocheckpoint")]

    before = now()
    with writing_much():
        during = now()
    assert now() == before
    assert not before or during != before

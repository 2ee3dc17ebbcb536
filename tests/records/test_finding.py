"""Finding records by equal values of several fields, as the hints at duplicates do."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode
from tracte.modules.crm.contact import Contact
from tracte.records import door, query
from tracte.records.sql import select, writing_much

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

"""Whatever is refused has written nothing (engine E2 of the trust plan; SEC-16 to 18, 32)."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from tests.security.conftest import Town

from tracte.kernel.ids import encode
from tracte.meta.registry import registry
from tracte.testing.actors import Person

pytestmark = pytest.mark.django_db

BOOKKEEPING = {"django_session", "token", "idempotency", "usersessions_usersession", "audit_entry"}


def state_of_everything() -> dict[str, str]:
    """One fingerprint per table, without the bookkeeping a request may leave."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table in BOOKKEEPING or table.startswith(("search_index_", "search_text_")):
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def attempts(town: Town, person: Person, key: str) -> list[tuple[str, Callable[[], Any]]]:
    """Every way to write to one record of somebody else, or through it."""
    spec, one = registry()[key], encode(town.records[key])
    name = next(n for n, k in spec.stored.items() if k.key in ("text", "rich_text") and not k.read_only)
    page, values, data = f"/{spec.plural}/{one}/", {name: "taken over"}, {name: "taken over", "version": "1"}
    owner = {"owner": encode(person.id)}
    pages, api = person.pages, person.api
    found: list[tuple[str, Callable[[], Any]]] = [
        ("patch", lambda: api("PATCH", f"{spec.plural}/{one}", values)),
        ("patch owner", lambda: api("PATCH", f"{spec.plural}/{one}", owner)),
        ("propose", lambda: api("PATCH", f"{spec.plural}/{one}?propose=true", values)),
        ("delete", lambda: api("DELETE", f"{spec.plural}/{one}")),
        ("restore", lambda: api("POST", f"{spec.plural}/{one}/restore")),
        ("bulk ids", lambda: api("POST", f"{spec.plural}/bulk", {"ids": [one], "set": values})),
        ("edit", lambda: pages.post(f"{page}edit/", data)),
        ("delete page", lambda: pages.post(f"{page}delete/")),
        ("field", lambda: pages.post(f"{page}field/{name}/", data)),
        ("talk", lambda: pages.post(f"{page}talk/", {"text": "hello"})),
        ("put back", lambda: pages.post(f"{page}put-back/", {"what": f"1.{name}"})),
        ("path", lambda: pages.post(f"{page}move", {"stage": "x"})),
        ("board", lambda: pages.post(f"{page}move", {"stage": "x", "version": "1"}, headers={"HX-Request": "true"})),
        ("bulk delete", lambda: pages.post(f"/{spec.plural}/bulk", {"action": "delete", "ids": [one]})),
        ("bulk assign", lambda: pages.post(f"/{spec.plural}/bulk", {"action": "assign", "ids": [one], **owner})),
        ("bin", lambda: pages.post(f"/{spec.plural}/bin/restore/", {"id": one})),
    ]
    for action in spec.actions:
        found.append((action, lambda a=action: api("POST", f"{spec.plural}/{one}/{a}", {})))  # type: ignore[misc]
        found.append((f"do {action}", lambda a=action: pages.post(f"{page}do/{a}/", {})))  # type: ignore[misc]
    return found


@pytest.mark.parametrize("who", ["stranger", "viewer", "nobody"])
def test_what_is_refused_has_written_nothing(town: Town, who: str) -> None:
    person, before, went_through = town.people[who], state_of_everything(), []
    for key in town.records:
        for name, attempt in attempts(town, person, key):
            answer = attempt()
            assert answer.status_code < 500, (key, name)
            if answer.status_code < 400 or state_of_everything() != before:
                went_through.append((key, name, answer.status_code))
    assert went_through == []


@pytest.mark.parametrize("who", ["stranger", "viewer", "nobody", "own", "masked", "all"])
def test_settings_and_other_people_s_change_sets_are_not_written(town: Town, who: str) -> None:
    person, before = town.people[who], state_of_everything()
    me, admin = encode(person.id), encode(town.people["admin"].id)
    asked = [
        person.api("PATCH", f"users/{me}", {"is_admin": True}),
        person.api("PATCH", f"users/{admin}", {"email": "mine@people.example"}),
        person.api("POST", "users", {"name": "Second me", "email": "second@people.example", "is_admin": True}),
        person.pages.post(f"/users/{me}/edit/", {"is_admin__sent": "1", "is_admin": "true", "version": "1"}),
        person.pages.post(f"/users/{admin}/delete/"),
        person.pages.post("/settings/company/", {"name": "Mine now"}),
        person.pages.post("/users/bulk", {"action": "delete", "ids": [admin]}),
    ]
    for one in town.sets if who != "own" else []:
        asked += [person.pages.post(f"/changes/{one}/undo"), person.api("POST", f"changes/{one}/undo")]
        asked += [person.pages.post(f"/changes/{one}/apply"), person.api("POST", f"changes/{one}/reject")]
    assert [answer.status_code for answer in asked if not 400 <= answer.status_code < 500] == []
    assert state_of_everything() == before


@pytest.mark.sqlite
def test_a_client_cannot_set_what_the_program_sets(town: Town) -> None:
    """SEC-29: every column there is, sent with a write, is refused by name and changes nothing."""
    own, before = town.people["own"], state_of_everything()
    for key, pk in town.records.items():
        spec = registry()[key]
        columns = {field.attname for field in spec.model._meta.concrete_fields} | {
            "id",
            "pk",
            "__proto__",
            "password",
            "is_admin",
        }
        program = {name for name, kind in spec.fields.items() if kind.read_only} | (columns - spec.fields.keys())
        for name in sorted(program):
            answer = own.api("PATCH", f"{spec.plural}/{encode(pk)}", {name: 1})
            assert answer.status_code == 422, (key, name)
        for name in spec.fields:
            for wrong in ({"a": {"b": 1}}, [[1]], True):
                answer = own.api("PATCH", f"{spec.plural}/{encode(pk)}?dry_run=true", {name: wrong})
                assert answer.status_code in (200, 422), (key, name, wrong)
    assert state_of_everything() == before


def test_the_fingerprint_notices_a_write(town: Town) -> None:
    before = state_of_everything()
    one = encode(town.records["account"])
    assert town.people["own"].api("PATCH", f"accounts/{one}", {"name": "Mine to change"}).status_code == 200
    assert {"account", "change", "change_set"} <= {
        name for name, state in state_of_everything().items() if before[name] != state
    }

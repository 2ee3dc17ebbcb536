"""Every address of the pages and of the API, asked by those who may not see: no answer holds a canary.

A new entity or a new address is swept without a test of its own (engines E1 and E3 of the trust plan; SEC-10 to 31).
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from tests.security.conftest import Town

from tracte.kernel.ids import encode, new_id
from tracte.meta.registry import registry
from tracte.records.people import Token, User
from tracte.records.tasks.worker import Worker
from tracte.testing.actors import Person, plain

pytestmark = pytest.mark.django_db

PUBLIC = re.compile(r"/(auth/|static/|health|api/docs|settings/preferences|manifest\.webmanifest)")
PLACE = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def patterns(found: list[Any], head: str = "") -> Iterator[str]:
    """All addresses of the program as texts with ``<places>``."""
    for one in found:
        text = head + re.sub(r"[\^$\\]|\(\?:", "", str(one.pattern))
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, text)
        elif isinstance(one, URLPattern):
            yield "/" + text


def filled(town: Town, pattern: str) -> list[str]:
    """The addresses a pattern stands for, with every record and set there is."""
    places = [a or b for a, b in PLACE.findall(pattern)]
    ids = {key: encode(pk) for key, pk in town.records.items()}
    found = []
    for key in ids if {"plural", "entity"} & set(places) else [""]:
        spec = registry().entities.get(key)
        values: dict[str, list[str]] = {
            "plural": [spec.plural] if spec else [""],
            "entity": [key, "any"],
            "record_id": [ids.get(key, "x")],
            "record": [ids.get(key, "x")],
            "name": list(spec.stored)[:3] if spec else ["industry"],
            "action": [*(spec.actions if spec else ()), "x"],
            "set_id": [str(one) for one in town.sets],
            "changeset": [str(one) for one in town.sets],
            "task": ["1"],
            "verdict": ["apply"],
        }
        for chosen in product(*(values.get(place, ["x"]) for place in places)):
            words = iter(chosen)
            found.append(PLACE.sub(lambda _match, words=words: next(words), pattern))
    return list(dict.fromkeys(found))


def addresses(town: Town) -> list[str]:
    found = [one for p in patterns(get_resolver().url_patterns) if ".*" not in p for one in filled(town, p)]
    asked = []
    for key in town.records:
        plural, name = registry()[key].plural, town.hidden[key]
        asked += [
            f"/search?q=cnry{key}"[:60],
            f"/pick/{key}?q=cnry",
            f"/{plural}/?view=&q=cnry",
            f"/api/v1/{plural}?q=cnry",
        ]
        asked += [
            f"/api/v1/{plural}/aggregate?group={name}",
            f"/{plural}/?view=&sort={name}",
            f"/{plural}/?view=&columns={name}",
        ]
        asked += [f"/api/v1/{plural}?fields={one}" for one in registry()[key].fields]
        for via, kind in registry()[key].references.items():
            for other in registry()[kind.to].fields if kind.to in town.records else ():  # type: ignore[attr-defined]
                asked.append(f"/api/v1/{plural}?fields={via}.{other}")
    return [
        one
        for one in dict.fromkeys(found + asked + ["/api/v1/search?q=cnry", "/pick/any?q=cnry"])
        if "auth/" not in one
    ]


def answer_to(person: Person, address: str) -> str:
    """Body and headers, in small letters."""
    if address.startswith("/api/v1/"):
        response: Any = person.api("GET", address.removeprefix("/api/v1/"))
    else:
        response = person.pages.get(address)
    assert response.status_code < 500, address
    _, text, headers = plain(response)
    return f"{text} {headers}".casefold()


@pytest.mark.sqlite
def test_there_are_canaries_and_their_owner_sees_them(town: Town) -> None:
    assert len(town.words) > 40
    seen = "".join(answer_to(town.people["own"], one) for one in addresses(town))
    missed = {place for place, word in town.words.items() if word not in seen and not place[1].endswith("+")}
    assert not missed


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_no_address_tells_what_is_out_of_reach(town: Town, who: str) -> None:
    leaks = [
        (address, place)
        for address in addresses(town)
        if "cnry" in (text := answer_to(town.people[who], address))
        for place, word in town.words.items()
        if word in text
    ]
    assert leaks == []


def test_no_address_tells_a_hidden_field(town: Town) -> None:
    words = {place: word for place, word in town.words.items() if town.hidden[place[0]] == place[1].rstrip("+")}
    assert len(words) > 4
    leaks = [
        (address, place)
        for address in addresses(town)
        if "cnry" in (text := answer_to(town.people["masked"], address))
        for place, word in words.items()
        if word in text
    ]
    assert leaks == []


@pytest.mark.sqlite
def test_secrets_of_users_are_in_no_answer_not_even_to_an_administrator(town: Town) -> None:
    secrets = [one for row in User.objects.values_list("password", "session_salt") for one in row if one]
    secrets += list(Token.objects.values_list("digest", flat=True))
    for address in [*addresses(town), "/users/", "/api/v1/users", "/users/export.csv", "/settings/roles/"]:
        text = answer_to(town.people["admin"], address)
        assert not [one for one in secrets if one.casefold() in text], address


def test_an_export_made_in_the_background_holds_no_more_than_the_pages(
    town: Town, settings: Any, tmp_path: Any
) -> None:
    settings.TRACTE_HOME = tmp_path
    for who, forbidden in (("stranger", set(town.words)), ("masked", {(k, n) for k, n in town.hidden.items()})):
        person = town.people[who]
        for key in town.records:
            started = person.api("POST", "exports", {"entity": registry()[key].plural, "format": "json"})
            assert started.status_code == 202
            Worker().drain()
            text = answer_to(person, f"/api/v1/tasks/{started.json()['task']}/file")  # type: ignore[attr-defined]
            assert not [place for place in forbidden if town.words.get(place, "\0") in text]
            other = town.people["nobody"].api("GET", f"tasks/{started.json()['task']}/file")  # type: ignore[attr-defined]
            assert other.status_code == 404


@pytest.mark.sqlite
def test_whoever_is_not_signed_in_is_asked_to_or_told_nothing(town: Town) -> None:
    client = Client()
    for address in addresses(town):
        if PUBLIC.match(address):
            continue
        response = client.get(address)
        assert response.status_code in (302, 401, 404, 405), (address, response.status_code)
        if response.status_code == 302:
            assert response.headers["Location"].startswith("/auth/login/"), address


def test_a_record_out_of_reach_looks_like_one_that_does_not_exist_in_every_place(town: Town) -> None:
    """E3: path, filter, bulk, reference in a form, in a body, in an address that fills a form."""
    stranger, missing = town.people["stranger"], encode(new_id())
    differing = []
    for key, pk in town.records.items():
        mine = encode(pk)
        paths = [
            one
            for p in patterns(get_resolver().url_patterns)
            if "record" in p
            for one in filled(town, p)
            if mine in one
        ]
        for path in paths:
            pair = [plain(_get(stranger, path.replace(mine, one)), one) for one in (mine, missing)]
            if pair[0] != pair[1]:
                differing.append(path)
        for other in registry():
            for via, kind in other.fields.items():
                if getattr(kind, "to", None) not in (key, "*") or other.declaration.directory:
                    continue
                several = kind.key == "many_references"
                asks = [
                    lambda one, o=other, v=via: _get(stranger, f"/api/v1/{o.plural}?{v}={one}"),
                    lambda one, o=other, v=via: _get(stranger, f'/api/v1/{o.plural}?filter=["{v}","eq","{one}"]'),
                    lambda one, o=other, v=via: _get(stranger, f"/{o.plural}/?view=&{v}={one}"),
                    lambda one, o=other, v=via: _get(stranger, f"/{o.plural}/new/?{v}={one}"),
                    lambda one, o=other, v=via, s=several: stranger.api("POST", o.plural, {v: [one] if s else one}),
                    lambda one, o=other, v=via: stranger.pages.post(f"/{o.plural}/new/", {v: one, "nonce": "n" + one}),
                ]
                for number, ask in enumerate(asks):
                    pair = [_without_nonce(plain(ask(one), one)) for one in (mine, missing)]
                    if pair[0] != pair[1]:
                        differing.append(f"{other.key}.{via} → {key}, {number}")
    assert differing == []


def _without_nonce(answer: tuple[int, str, dict[str, str]]) -> tuple[int, str, dict[str, str]]:
    return answer[0], re.sub(r'name="nonce" value="[^"]*"', "", answer[1]), answer[2]


def _get(person: Person, address: str) -> Any:
    return (
        person.api("GET", address.removeprefix("/api/v1/"))
        if address.startswith("/api/v1/")
        else person.pages.get(address)
    )


@pytest.mark.sqlite
def test_a_hidden_field_looks_like_an_unknown_one_in_every_place(town: Town) -> None:
    masked, differing = town.people["masked"], []
    for key, name in town.hidden.items():
        plural, path = registry()[key].plural, encode(town.records[key])
        places = [
            "?sort=-{}",
            "?fields={}",
            "?{}=1",
            "?{}__gte=1",
            '?filter=["{}","eq","x"]',
            "/aggregate?group={}",
            "/aggregate?measure=sum:{}",
        ]
        asked = [f"/api/v1/{plural}{one}" for one in places]
        asked += [
            f"/{plural}/?view=&sort={{}}",
            f"/{plural}/?view=&columns={{}}",
            f"/{plural}/?view=&f={{}}",
            f"/{plural}/?view=&{{}}=1",
        ]
        asked += [f"/{plural}/{path}/field/{{}}/", f"/{plural}/new/?{{}}=1"]
        for via, kind in registry()[key].references.items():
            if kind.to in town.hidden:  # type: ignore[attr-defined]
                inner = town.hidden[kind.to]  # type: ignore[attr-defined]
                pair = [plain(_get(masked, f"/api/v1/{plural}?fields={via}.{one}"), one) for one in (inner, "zzz")]
                assert pair[0] == pair[1]
        for one in asked:
            pair = [_without_nonce(plain(_get(masked, one.format(field)), field)) for field in (name, "zzz")]
            # A word of the page may be the field's name too; then only what differs beyond it counts.
            if pair[0] != (pair[1][0], pair[1][1].replace(name, "…"), pair[1][2]):
                differing.append((one, name))
        sent = [plain(masked.api("PATCH", f"{plural}/{path}", {field: "1"}), field) for field in (name, "zzz")]
        assert sent[0] == sent[1]
    assert differing == []

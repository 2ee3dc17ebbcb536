"""Exports asked for in the pages: written by a worker, fetched by who asked."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from tests.modules.conftest import Make
from tests.web.imports.conftest import signed_in

from tracte.kernel.actor import Actor

pytestmark = pytest.mark.django_db(transaction=True)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_a_list_is_written_and_fetched(form: str, admin: Actor, make: Make, work: Callable[[], None]) -> None:
    make("account", name="Nova Ibèrica SL")
    make("account", name="Vella SA")
    client = signed_in(admin)
    assert client.post("/exports/", {"entity": "account", "format": form}).status_code == 302
    assert "Being written" in client.get("/exports/").content.decode()
    work()
    page = client.get("/exports/").content.decode()
    url = re.search(r"/exports/[0-9a-z]+/file", page)[0]  # type: ignore[index]
    content = body(client.get(url))
    if form == "xlsx":
        assert content.startswith(b"PK")
    else:
        assert "Nova Ibèrica SL" in content.decode()
    if form == "json":
        assert len(json.loads(content)) == 2


def test_an_export_follows_the_list_it_was_asked_from(admin: Actor, make: Make, work: Callable[[], None]) -> None:
    make("account", name="Nova Ibèrica SL", kind="customer")
    make("account", name="Vella SA", kind="supplier")
    client = signed_in(admin)
    where = '?filter=["kind","eq","customer"]'
    assert client.get("/exports/", {"entity": "account", "where": where}).status_code == 200
    client.post("/exports/", {"entity": "account", "format": "json", "where": where})
    work()
    url = re.search(r"/exports/[0-9a-z]+/file", client.get("/exports/").content.decode())[0]  # type: ignore[index]
    assert [one["name"] for one in json.loads(body(client.get(url)))] == ["Nova Ibèrica SL"]


def test_an_export_is_its_owners_alone(admin: Actor, manager: Actor, make: Make, work: Callable[[], None]) -> None:
    make("account", name="Nova Ibèrica SL")
    client = signed_in(admin)
    client.post("/exports/", {"entity": "account", "format": "csv"})
    work()
    url = re.search(r"/exports/[0-9a-z]+/file", client.get("/exports/").content.decode())[0]  # type: ignore[index]
    other = signed_in(manager)
    assert other.get(url).status_code == 404
    assert other.get(url.replace("/file", "/progress")).status_code == 404
    assert url not in other.get("/exports/").content.decode()


def test_what_cannot_be_exported_is_refused(admin: Actor) -> None:
    client = signed_in(admin)
    assert client.post("/exports/", {"entity": "account", "format": "exe"}).status_code == 400
    assert client.post("/exports/", {"entity": "nope", "format": "csv"}).status_code == 404
    assert client.get("/exports/abc/file").status_code == 404

"""Saved views in the palette, the key beside Enter by its name, groups that fold, shared views told as data."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.modules.conftest import Make
from tests.web.listing.conftest import signed_in

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query
from tracte.records.people import Role, Token, User

pytestmark = pytest.mark.django_db
SECRET = ["turnover.amount", "gte", 777_123]


def save(actor: Actor, name: str, share: str = "me", **values: Any) -> int:
    given = {"name": name, "entity": "account", "share": share, **values}
    return door.create(actor, "saved_view", given, origin="ui", canonical=True).id


def palette(actor: Actor, words: str) -> str:
    return signed_in(actor).get("/search", {"palette": "1", "q": words}).content.decode()


@pytest.fixture
def reader(make: Make, person: Any) -> Actor:
    """Somebody from whom the turnover is hidden."""
    values = {"name": "Reader", "grants": {"*": {"view": "all"}}, "masks": {"account": {"turnover": "hidden"}}}
    role = door.create(OPERATOR, "role", values, origin="system", canonical=True).id
    found: Actor = person("Ona", Role.objects.get(pk=role).key)
    return found


def test_saved_views_are_in_the_palette_of_those_who_see_them(make: Make, manager: Actor, seller: Actor) -> None:
    save(manager, "Zebra firms")
    shared = save(manager, "Zebra board", "everybody", entity="opportunity", look="board")
    assert "Zebra firms" in "".join(palette(manager, "zebra").replace("<mark>", "").replace("</mark>", ""))
    theirs = palette(seller, "zebra").replace("<mark>", "").replace("</mark>", "")
    assert "Zebra firms" not in theirs
    assert f"/opportunities/board?view=saved-{encode(shared)}" in theirs


def test_the_palette_takes_nine_queries_at_most_on_a_record(make: Make, manager: Actor) -> None:
    firm = make("account", name="Zebra")
    for at in range(5):
        save(manager, f"Zebra {at}")
    client = signed_in(manager)
    ask = {"palette": "1", "q": "zebra", "at": f"/accounts/{encode(firm)}/"}
    client.get("/search", ask)
    with CaptureQueriesContext(connection) as queries:
        client.get("/search", ask)
    asked = [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]
    assert len(asked) <= 9, "\n".join(sql[:100] for sql in asked)


@pytest.mark.parametrize(
    ("browser", "key"),
    [
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "⌘ ↵"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)", "⌘ ↵"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Ctrl ↵"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Ctrl ↵"),
    ],
)
def test_the_key_beside_enter_has_the_name_it_has_on_this_computer(manager: Actor, browser: str, key: str) -> None:
    html = signed_in(manager).get("/accounts/new/", headers={"User-Agent": browser}).content.decode()
    assert key in html
    assert ("⌘" in html.replace("with Ctrl or ⌘", "")) is (key[0] == "⌘")


def test_a_shared_view_tells_nobody_of_fields_hidden_from_them(make: Make, manager: Actor, reader: Actor) -> None:
    both = {"all": [SECRET, ["employees", "gte", 5]]}
    pk = save(manager, "Rich", "everybody", condition=both, shown="turnover,employees", order="-turnover,title")
    door.update(manager, "saved_view", pk, {"condition": {"all": [SECRET]}}, origin="ui", canonical=True)
    door.update(manager, "saved_view", pk, {"condition": both}, origin="ui", canonical=True)
    key = Token.issue(User.objects.get(pk=reader.user_id), "test")
    client = signed_in(reader)
    for path in ("", f"/{encode(pk)}", f"/{encode(pk)}/timeline", f"/{encode(pk)}?fields=condition,shown"):
        answer = client.get(f"/api/v1/saved_views{path}", headers={"Authorization": f"Bearer {key}"})
        text = answer.content.decode()
        assert answer.status_code == 200, (path, text)
        assert "777123" not in text, path
        assert "turnover" not in text, path
    one = client.get(f"/api/v1/saved_views/{encode(pk)}", headers={"Authorization": f"Bearer {key}"}).json()
    assert one["condition"] == {"all": [["employees", "gte", 5]]}
    assert (one["shown"], one["order"]) == ("employees", "title")
    assert "777123" not in client.get(f"/saved_views/{encode(pk)}/").content.decode()


def test_its_maker_reads_all_of_it(make: Make, manager: Actor) -> None:
    pk = save(manager, "Rich", condition={"all": [SECRET]})
    key = Token.issue(User.objects.get(pk=manager.user_id), "test")
    address = f"/api/v1/saved_views/{encode(pk)}?fields=condition"
    one = signed_in(manager).get(address, headers={"Authorization": f"Bearer {key}"}).json()
    assert json.dumps(SECRET) in json.dumps(one["condition"])


def test_a_view_of_records_one_may_not_see_keeps_its_condition(make: Make, manager: Actor, person: Any) -> None:
    values = {"name": "Notes only", "grants": {"note": {"view": "all"}}, "masks": {}}
    role = door.create(OPERATOR, "role", values, origin="system", canonical=True).id
    other = person("Marc", Role.objects.get(pk=role).key)
    pk = save(manager, "Rich", "everybody", condition={"all": [SECRET]})
    told = query.rows("saved_view", other).spec.declaration.told(query.rows("saved_view", other).get(pk), other)
    assert told["condition"] is None


def test_groups_of_a_list_fold_by_the_script(make: Make, manager: Actor) -> None:
    make("account", name="One", kind="customer")
    html = signed_in(manager).get("/accounts/?view=all&group=kind").content.decode()
    assert re.search(r'data-island="[^"]*\bgroups"', html)
    assert 'data-fold="' in html
    assert "data-fold" not in signed_in(manager).get("/accounts/?view=all").content.decode()

"""Somebody decides in the preview, field by field, what comes from the file; the import does just that."""

import re
from typing import Any

import pytest
from django.test import Client
from tests.modules.conftest import Make
from tests.web.imports.conftest import signed_in
from tests.web.imports.test_imports import Work, begun, counts, previewed

from tracte.engine.importing import deciding, jobs, staging
from tracte.engine.importing.decisions import ANSWERS, FILE, KEEP, Decided
from tracte.kernel.actor import OPERATOR, Actor
from tracte.records import query
from tracte.records.changes import ChangeSet, StagedRow
from tracte.web.views import import_deciding

pytestmark = pytest.mark.django_db(transaction=True)
FIRMS = "name;city;phone;employees\nNova SL;Reus;+34937412880;50\nVella SA;Vic;+34937412881;60\nTrista SL;;;70\n"
FIELDS = ["name", "phone", "employees", "billing_address"]


@pytest.fixture
def known(make: Make) -> None:
    make("account", name="Nova SL", phone="+34937000001", employees="5")
    make("account", name="Vella SA", phone="+34937000002", employees="6", billing_address={"city": "Olot"})


def asked(admin: Actor, work: Work, text: str = FIRMS) -> tuple[Client, str, str]:
    client = signed_in(admin)
    url = begun(client, text)
    return client, url, previewed(client, url, work, on_match="ask")


def seq_of(number: int) -> int:
    return next(row.seq for row in StagedRow.objects.all() if row.payload["row"] == number)


def decide(client: Client, url: str, **data: Any) -> str:
    answer = client.post(url + "decide", {"back": "?show=upd", **data})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return client.get(answer.url.partition("#")[0]).content.decode()


def applied(client: Client, url: str, work: Work) -> dict[str, dict[str, Any]]:
    client.post(url + "apply")
    work()
    return stored()


def stored() -> dict[str, dict[str, Any]]:
    return {str(one["name"]): one for one in query.rows("account", OPERATOR).stream(FIELDS)}


def test_each_changed_field_of_a_row_is_asked_for(admin: Actor, work: Work, known: None) -> None:
    _client, _url, page = asked(admin, work)
    assert counts(page) == ["1", "2", "0", "0"]
    assert re.findall(r'name="f-(\w+)" value="keep"', page) == ["phone", "employees", "billing_address"] * 2
    assert not re.findall(r'value="keep" checked', page)
    assert "Apply 3 changes" in page
    assert len(re.findall(r'name="field" value="account\.\w+"', page)) == 3


def test_what_is_kept_stays_and_the_rest_comes_from_the_file(admin: Actor, work: Work, known: None) -> None:
    client, url, _page = asked(admin, work)
    page = decide(client, url, row=seq_of(2), **{"f-phone": "keep", "f-employees": "file", "f-billing_address": "keep"})
    assert len(re.findall(r'value="keep" checked', page)) == 2
    assert "1 of 2 kept" in page
    found = applied(client, url, work)
    nova, vella = found["Nova SL"], found["Vella SA"]
    assert (nova["phone"], nova["employees"], nova["billing_address"]) == ("+34937000001", 50, None)
    assert (vella["phone"], vella["employees"], vella["billing_address"].city) == ("+34937412881", 60, "Vic")
    assert "Trista SL" in found


def test_a_row_of_which_nothing_is_left_is_no_change(admin: Actor, work: Work, known: None) -> None:
    client, url, _page = asked(admin, work)
    names = {"f-phone": "file", "f-employees": "file", "f-billing_address": "file"}
    page = decide(client, url, row=seq_of(2), whole_row="keep", **names)
    assert "Apply 2 changes" in page
    assert "Apply 3 changes" in decide(client, url, row=seq_of(2), whole_row="file", **names)
    decide(client, url, row=seq_of(2), whole_row="keep", **names)
    before = stored()["Nova SL"]
    assert applied(client, url, work)["Nova SL"] == before
    changeset = ChangeSet.objects.get(pk=int(re.findall(r"\d+", url)[0]))
    assert (changeset.counts["updated"], changeset.counts["unchanged"]) == (1, 1)


def test_the_same_is_said_for_all_rows_and_a_single_row_may_differ(admin: Actor, work: Work, known: None) -> None:
    client, url, _page = asked(admin, work)
    decide(client, url, row=seq_of(3), **{"f-phone": "file"})
    page = decide(client, url, field="account.phone", take="keep")  # also of the row decided before
    assert "2 of 2 kept" in page
    page = decide(client, url, field="account.billing_address", take="keep")
    assert "1 of 2 kept" in page  # an empty field is filled
    decide(client, url, row=seq_of(2), **{"f-phone": "file"})
    found = applied(client, url, work)
    assert (found["Nova SL"]["phone"], found["Nova SL"]["billing_address"].city) == ("+34937412880", "Reus")
    assert (found["Vella SA"]["phone"], found["Vella SA"]["billing_address"].city) == ("+34937000002", "Olot")


def test_an_undo_takes_back_just_what_was_taken(admin: Actor, work: Work, known: None) -> None:
    client, url, _page = asked(admin, work)
    before = stored()
    decide(client, url, field="account.phone", take="keep")
    assert applied(client, url, work) != before
    client.post(url + "undo")
    work()
    values = [{name: one[name] for name in FIELDS} for one in stored().values()]
    assert values == [{name: one[name] for name in FIELDS} for one in before.values()]


def test_decisions_outlive_another_preview_and_a_mended_row(admin: Actor, work: Work, known: None) -> None:
    client, url, _page = asked(admin, work)
    decide(client, url, row=seq_of(2), **{"f-phone": "keep"})
    client.post(url + "preview", {"on_match": "ask"})
    work()
    page = client.get(url + "preview?show=upd").content.decode()
    assert len(re.findall(r'name="f-phone" value="keep" checked', page)) == 1
    assert applied(client, url, work)["Nova SL"]["phone"] == "+34937000001"


def test_a_row_left_out_is_not_counted_twice(admin: Actor, work: Work, known: None) -> None:
    client, url, _page = asked(admin, work)
    names = {"f-phone": "file", "f-employees": "file", "f-billing_address": "file"}
    decide(client, url, row=seq_of(2), whole_row="keep", **names)
    client.post(url + "leave-out", {"row": seq_of(2), "out": "1", "back": "?show=upd"})
    assert "Apply 2 changes" in client.get(url + "preview?show=upd").content.decode()


def test_a_scenario_made_of_it_takes_the_values_of_the_file(admin: Actor, work: Work, known: None) -> None:
    client, url, _page = asked(admin, work)
    assert 'on_match = "update"' in client.get(url + "scenario.toml").content.decode()


def test_what_was_not_asked_is_refused(admin: Actor, work: Work, known: None) -> None:
    client, url, _page = asked(admin, work)
    assert client.post(url + "decide", {"field": "account.owner", "take": "keep"}).status_code == 400
    assert client.post(url + "decide", {"field": "account.phone", "take": "burn"}).status_code == 400
    assert client.post(url + "decide", {"row": "999999", "f-phone": "keep"}).status_code == 404
    assert client.post(url + "decide", {"row": "x", "f-phone": "keep"}).status_code == 400
    client.post(url + "preview", {"on_match": "update"})
    work()
    assert client.post(url + "decide", {"row": seq_of(2), "f-phone": "keep"}).status_code == 400


def test_rows_beyond_those_that_can_be_asked_go_by_what_is_said_for_all(
    admin: Actor, work: Work, known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (staging, import_deciding):
        monkeypatch.setattr(module, "ASKED_UP_TO", 1)
    client, url, page = asked(admin, work)
    assert "The first 1 rows can be decided one by one." in page
    assert len(re.findall(r'name="f-phone" value="keep"', page)) == 1
    decide(client, url, field="account.phone", take="keep")
    found = applied(client, url, work)
    assert [found[name]["phone"] for name in ("Nova SL", "Vella SA")] == ["+34937000001", "+34937000002"]


def test_a_large_preview_is_paged_and_decided_row_by_row(
    admin: Actor, work: Work, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SAMPLED_FROM", 100)
    monkeypatch.setattr(staging, "SHOWN_OF_EACH", 20)
    for at in range(120):
        make("account", name=f"Firm {at:03}", employees="1")
    text = "name;employees\n" + "".join(f"Firm {at:03};2\n" for at in range(120))
    client, url, page = asked(admin, work, text)
    assert counts(page) == ["0", "120", "0", "0"]
    assert len(re.findall(r'name="f-employees" value="keep"', page)) == 50
    assert StagedRow.objects.count() == 120
    decide(client, url, row=seq_of(120), **{"f-employees": "keep"})
    found = applied(client, url, work)
    assert [name for name, one in found.items() if one["employees"] == 1] == ["Firm 118"]


def test_one_row_is_stronger_than_all() -> None:
    both = Decided({"account.phone": KEEP}, {("account", 0, 2): {"phone": FILE, "city": KEEP}})
    assert not both.keeps(("account", 0, 2), "phone", filled=True)
    assert both.keeps(("account", 0, 2), "city", filled=False)
    assert both.keeps(("account", 0, 3), "phone", filled=True)
    assert not both.keeps(("account", 0, 3), "phone", filled=False)
    assert not both.keeps(("contact", 0, 3), "phone", filled=True)
    assert ANSWERS == (FILE, KEEP)


def test_what_is_reckoned_row_by_row_is_what_all_rows_come_to(admin: Actor, work: Work, known: None) -> None:
    client, url, _page = asked(admin, work)
    decide(client, url, row=seq_of(2), **{"f-phone": "keep", "f-billing_address": "keep", "f-employees": "keep"})
    client.post(url + "leave-out", {"row": seq_of(2), "out": "1"})
    decide(client, url, row=seq_of(3), **{"f-phone": "keep"})
    decide(client, url, row=seq_of(2), **{"f-phone": "file"})
    client.post(url + "leave-out", {"row": seq_of(2), "out": ""})
    decide(client, url, row=seq_of(2), **{"f-phone": "keep"})
    state = ChangeSet.objects.latest("id").data["wizard"]
    rows = StagedRow.objects.filter(verdict__what="updated")
    assert state["deciding"] == deciding.weighed(rows, state)
    assert state["deciding"]["rows"] == 1

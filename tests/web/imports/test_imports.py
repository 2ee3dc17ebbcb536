"""The import pages without script: from a file to its records, and back."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.modules.conftest import Make
from tests.web.imports.conftest import signed_in

from tracte.engine.importing import service
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.records import door, query, snapshot
from tracte.records.changes import ChangeSet, State
from tracte.records.tasks.models import Task

pytestmark = pytest.mark.django_db(transaction=True)

FIRMS = (
    "company_name;sector;turnover;phone;since;remarks\n"
    "Nova Ibèrica SL;retail;1.234,56 €;+34 937 412 880;2001;x\n"
    "Vella SA;Finance;80,00 €;nonsense;1999;y\n"
    "Trista SL;no such sector;3,50 €;;2005;\n"
)
Work = Callable[[], None]


def send(client: Client, text: str | bytes, name: str = "clients.csv", entity: str = "account") -> Any:
    content = text.encode("cp1252") if isinstance(text, str) else text
    return client.post("/imports/", {"file": SimpleUploadedFile(name, content), "entity": entity})


def begun(client: Client, text: str | bytes = FIRMS, **more: Any) -> str:
    answer = send(client, text, **more)
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    return re.match(r"/imports/\d+/", answer.url)[0]  # type: ignore[index]


def form(client: Client, url: str) -> dict[str, Any]:
    """What the page of columns would send: every control as it stands."""
    page = client.get(url + "columns").content.decode()
    found: dict[str, Any] = {}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    found |= dict(re.findall(r'<input[^>]* name="(c\d+-(?:word\d+|currency))" value="([^"]*)"', page))
    found["match"] = re.findall(r'name="match" value="([^"]+)" checked', page)
    return found


def previewed(client: Client, url: str, work: Work, **more: Any) -> str:
    answer = client.post(url + "columns", {**form(client, url), **more})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    work()
    page = client.get(url + "preview")
    assert page.status_code == 200
    return str(page.content.decode())


@pytest.mark.parametrize(("limit", "told"), [(20_000, False), (2, True)])
def test_a_preview_that_only_checked_the_rows_says_so(
    admin: Actor, work: Work, monkeypatch: pytest.MonkeyPatch, limit: int, told: bool
) -> None:
    monkeypatch.setattr(service, "REHEARSED_UP_TO", limit)
    client = signed_in(admin)
    page = previewed(client, begun(client), work)
    assert ("All 3 rows were checked one by one, but not tried" in page) is told


def counts(page: str) -> list[str]:
    return re.findall(r'<span class="what"><span class="strong">[^<]+</span><b>([^<]+)</b>', page)


def accounts() -> int:
    return query.rows("account", OPERATOR).count()[0]


def test_a_file_goes_through_every_step_and_back(admin: Actor, work: Work, make: Make) -> None:
    make("account", name="Vella SA", turnover="70 EUR")
    client = signed_in(admin)
    url = begun(client)

    shown = client.get(url + "file").content.decode()
    assert "CP1252" in shown
    assert "semicolon" in shown
    assert "Nova Ibèrica SL" in shown

    chosen = form(client, url)
    assert [chosen[f"c{at}-to"] for at in range(4)] == ["name", "industry", "turnover", "phone"]
    assert chosen["c2-decimal"] == "1.234,56"
    assert chosen["match"] == ["name"]

    page = previewed(client, url, work)
    assert counts(page) == ["1", "1", "0", "1"]
    assert "Apply 2 changes" in page
    updated = client.get(url + "preview?show=upd").content.decode()
    assert ">€70<" in updated
    assert ">€80<" in updated
    problems = client.get(url + "preview?show=bad").content.decode()
    assert "no such sector" in problems
    assert "Choose one of its entries." in problems
    assert accounts() == 1

    assert client.post(url + "apply").url == url + "report"
    assert "About to begin" in client.get(url + "report").content.decode()
    work()
    report = client.get(url + "report").content.decode()
    assert counts(report) == ["1", "1", "0", "1"]
    assert accounts() == 2
    rows = b"".join(client.get(url + "problems.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Trista SL" in rows

    client.post(url + "undo")
    work()
    assert "taken back" in client.get(url + "report").content.decode()
    assert accounts() == 1
    kept = query.rows("account", OPERATOR).page(["turnover"]).rows[0]
    assert str(kept["turnover"].amount).startswith("70")


def test_what_was_chosen_can_be_saved_as_a_scenario_and_sent_again(admin: Actor, work: Work) -> None:
    client = signed_in(admin)
    url = begun(client)
    previewed(client, url, work, **{"c1-word0": "no such sector", "c1-means0": "retail"})
    text = client.get(url + "scenario.toml").content.decode()
    assert 'entity = "account"' in text
    files = [SimpleUploadedFile("s.toml", text.encode()), SimpleUploadedFile("clients.csv", FIRMS.encode("cp1252"))]
    answer = client.post("/imports/", {"file": files})
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    work()
    page = client.get(answer.url).content.decode()
    assert counts(page) == ["3", "0", "0", "0"]
    assert "Columns</li>" not in page


def test_a_row_left_out_stays_out_and_may_come_in_again(admin: Actor, work: Work) -> None:
    client = signed_in(admin)
    url = begun(client)
    page = previewed(client, url, work)
    assert "Apply 2 changes" in page
    first = re.search(r'name="row" value="(\d+)"', page)[1]  # type: ignore[index]
    client.post(url + "leave-out", {"row": first, "out": "1", "back": "?show=new"})
    page = client.get(url + "preview").content.decode()
    assert "Apply 1 change<" in page
    assert "Take in" in page
    client.post(url + "leave-out", {"row": first, "out": ""})
    assert "Apply 2 changes" in client.get(url + "preview").content.decode()
    client.post(url + "leave-out", {"row": first, "out": "1"})
    client.post(url + "apply")
    work()
    assert accounts() == 1


def test_records_that_are_here_may_be_kept_or_only_filled(admin: Actor, work: Work, make: Make) -> None:
    make("account", name="Vella SA", turnover="70 EUR")
    client = signed_in(admin)
    url = begun(client)
    previewed(client, url, work)
    client.post(url + "preview", {"on_match": "fill_empty"})
    work()
    page = client.get(url + "preview?show=upd").content.decode()
    assert ">€70<" not in page
    client.post(url + "preview", {"on_match": "skip"})
    work()
    assert counts(client.get(url + "preview").content.decode()) == ["1", "0", "1", "1"]


def test_an_import_can_be_stopped_before_it_begins(admin: Actor, work: Work) -> None:
    client = signed_in(admin)
    url = begun(client)
    previewed(client, url, work)
    client.post(url + "apply")
    client.post(url + "cancel")
    work()
    assert accounts() == 0
    assert client.get(url, follow=True).redirect_chain[-1][0] == url + "preview"


def test_an_import_of_somebody_else_is_not_there_even_for_an_administrator(
    admin: Actor, manager: Actor, work: Work
) -> None:
    url = begun(signed_in(manager))
    other = signed_in(admin)
    for step in ("", "file", "columns", "preview", "report", "progress", "problems.csv", "scenario.toml"):
        assert other.get(url + step).status_code == 404, step
    for step in ("apply", "cancel", "undo", "discard", "leave-out"):
        assert other.post(url + step).status_code == 404, step
    assert ChangeSet.objects.filter(state=State.DRAFT).count() == 1


def test_without_the_right_there_is_no_import(make: Make) -> None:
    grants = {"account": {"view": "all"}}
    nobody = door.create(
        OPERATOR, "role", {"name": "Reader", "grants": grants, "masks": {}}, origin="system", canonical=True
    ).id
    reader = make("user", name="Rut", email="rut@firm.example", roles=[encode(nobody)])
    client = signed_in(snapshot.current().actor(reader))
    assert client.get("/imports/").status_code in (403, 404)
    assert send(client, FIRMS).status_code in (403, 404)
    assert not ChangeSet.objects.filter(origin="import").exists()


def _bomb() -> bytes:
    """A spreadsheet that claims to be far larger than it is."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
    return file.getvalue()


HOSTILE = {
    "empty.csv": b"",
    "nul.csv": b"name\n\0\0\0\nok\n",
    "quote.csv": b'name,phone\n"open,1\nok,2\n',
    "wide.csv": ",".join(f"c{at}" for at in range(1000)).encode() + b"\n" + b",".join([b"1"] * 1000),
    "twice.csv": b"name,name,NAME\na,b,c\n",
    "long.csv": b"name\n" + b"x" * 11_000_000 + b"\nok\n",
    "picture.xlsx": b"\x89PNG not a spreadsheet",
    "broken.json": b'[{"name": "a"}, {',
    "../../etc/passwd": b"name\nok\n",
    "header only.csv": b"name,phone\n",
    "noise.csv": bytes(range(256)) * 40,
    "noise.vcf": bytes(range(256)) * 40,
    "half.vcf": b"BEGIN:VCARD\nFN:Half a card\nEMAIL:",
    "nul.vcf": b"BEGIN:VCARD\nFN:N\0ul\nEND:VCARD\nBEGIN:VCARD\nFN:Good One\nEND:VCARD\n",
    "long.vcf": b"BEGIN:VCARD\nNOTE:" + b"x" * 11_000_000 + b"\nEND:VCARD\n",
    "nested.vcf": b"BEGIN:VCARD\n" * 5_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gives_a_reason_and_never_a_traceback(name: str, admin: Actor, work: Work, home: Any) -> None:
    client = signed_in(admin)
    answer = send(client, HOSTILE[name], name=name)
    if answer.status_code == 422:
        assert 'role="alert"' in answer.content.decode()
        assert not ChangeSet.objects.filter(state=State.DRAFT).exists()
        return
    url = re.match(r"/imports/\d+/", answer.url)[0]  # type: ignore[index]
    assert client.get(url + "file").status_code == 200
    assert client.get(url + "columns").status_code == 200
    assert client.post(url + "columns", form(client, url)).status_code in (302, 422)
    work()
    assert client.get(url, follow=True).status_code == 200
    assert not Task.objects.filter(state="dead").exists()
    assert not [path for path in home.rglob("passwd") if "imports" not in path.parts]


def test_a_spreadsheet_that_would_unpack_to_gigabytes_is_refused(admin: Actor) -> None:
    answer = send(signed_in(admin), _bomb(), name="bomb.xlsx")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("format = 1\nnam = 'x'\n", "unknown key"),
        ("not toml at all", "is not valid TOML"),
        ('format = 1\nname = "x"\n[[file]]\npath = "../secret.csv"\nentity = "account"\n', "must stay inside"),
        ('format = 1\nname = "x"\n[[file]]\npath = "other.csv"\nentity = "account"\n[file.columns]\na = "name"\n', "is not in what was sent"),
    ],
)  # fmt: skip
def test_a_scenario_that_cannot_be_used_is_named_with_its_line(text: str, reason: str, admin: Actor) -> None:
    files = [SimpleUploadedFile("s.toml", text.encode()), SimpleUploadedFile("a.csv", b"a\n1\n")]
    answer = signed_in(admin).post("/imports/", {"file": files})
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert not ChangeSet.objects.filter(origin="import").exists()


def test_odd_addresses_and_forms_do_no_harm(admin: Actor, work: Work) -> None:
    client = signed_in(admin)
    url = begun(client)
    previewed(client, url, work)
    for query_text in ("?show=nope", "?after=-1", "?after=99999999999999", "?before=x", "?show=new&after=5000"):
        assert client.get(f"{url}preview{query_text}").status_code == 200, query_text
    assert client.post(url + "leave-out", {"row": "x"}).status_code == 400
    assert client.post(url + "leave-out", {"row": "77"}).status_code == 404
    odd = {"c0-to": "version", "c1-to": "created_at", "c2-to": "name; drop", "match": "id", "on_match": "destroy"}
    assert client.post(url + "columns", {**form(client, url), **odd}).status_code in (302, 422)
    work()
    assert client.get("/imports/999999/").status_code == 404
    assert client.get("/imports/abc/").status_code == 404


def test_no_column_chosen_says_so(admin: Actor) -> None:
    client = signed_in(admin)
    url = begun(client)
    answer = client.post(url + "columns", {f"c{at}-to": "" for at in range(6)})
    assert answer.status_code == 422
    assert "Say first what each column becomes." in answer.content.decode()


def test_dates_with_a_time_go_into_a_day(admin: Actor, work: Work) -> None:
    text = 'Potential Name,Closing Date,Amount\n"Lewis, James","16 Apr, 2021 00:03:00","$22,247.63"\n'
    client = signed_in(admin)
    url = begun(client, text, entity="opportunity")
    chosen = form(client, url)
    assert chosen["c1-to"] == "closes_on"
    assert chosen["c1-format"] == "%d %b, %Y %H:%M:%S"
    assert counts(previewed(client, url, work)) == ["1", "0", "0", "0"]
    client.post(url + "apply")
    work()
    deal = query.rows("opportunity", OPERATOR).page(["closes_on", "amount"]).rows[0]
    assert (deal["closes_on"].isoformat(), str(deal["amount"].amount)[:8]) == ("2021-04-16", "22247.63")
    assert deal["amount"].currency == "USD"


def test_the_menu_of_a_list_leads_to_import_and_export(admin: Actor) -> None:
    page = signed_in(admin).get("/accounts/").content.decode()
    assert "/imports/?entity=account" in page
    assert "/exports/?entity=account" in page

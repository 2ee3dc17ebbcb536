"""Rows that cannot be cut into cells are seen as they stand and mended in the preview."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from tests.web.imports.conftest import signed_in
from tests.web.imports.test_imports import Work, begun, counts, form, previewed

from tracte.engine.importing.reading import CsvTable
from tracte.engine.importing.rereading import read_again, written
from tracte.kernel.actor import OPERATOR, Actor
from tracte.records import query
from tracte.records.changes import StagedRow

pytestmark = pytest.mark.django_db(transaction=True)
FIRMS = (
    'name;vat;city\n'
    'Nova SL;;Reus\n'
    'Puig; Fills SA;;Vic\n'
    '"Roca SA;;Olot\n'
    'Serra\0 SL;;Berga\n'
    'Tot "bé" SA;;Manresa;x\n'
)  # fmt: skip


def begun_and_previewed(admin: Actor, work: Work) -> tuple[Client, str, dict[int, int]]:
    client = signed_in(admin)
    url = begun(client, FIRMS)
    assert counts(previewed(client, url, work)) == ["1", "0", "0", "4"]
    found = StagedRow.objects.filter(verdict__what="problem")
    return client, url, {row.payload["row"]: row.seq for row in found}


def mend_form(client: Client, url: str, seq: int) -> str:
    return client.get(f"{url}preview?show=bad&fix={seq}").content.decode()


def line_in(page: str) -> str:
    found = re.search(r'name="line"[^>]*>(.*?)</textarea>', page, re.S)
    assert found is not None
    return html.unescape(found[1])


def sent(client: Client, url: str, seq: int, **data: str) -> str:
    answer = client.post(url + "mend", {"row": seq, **data})
    assert answer.status_code == 302
    return client.get(answer.url).content.decode()


def test_a_line_is_shown_as_it_stands(admin: Actor, work: Work) -> None:
    client, url, rows = begun_and_previewed(admin, work)
    assert line_in(mend_form(client, url, rows[3])) == "Puig; Fills SA;;Vic"
    assert line_in(mend_form(client, url, rows[4])) == '"Roca SA;;Olot'
    assert line_in(mend_form(client, url, rows[5])) == "Serra\u2400 SL;;Berga"


def test_a_mended_line_is_read_again_and_comes_in(admin: Actor, work: Work) -> None:
    client, url, rows = begun_and_previewed(admin, work)
    page = sent(client, url, rows[3], line='"Puig; Fills SA";;Vic')
    assert "Mended: the row makes a new record now." in page
    assert counts(page) == ["2", "0", "0", "3"]
    sent(client, url, rows[4], line="Roca SA;;Olot")
    assert counts(sent(client, url, rows[5], line="Serra SL;;Berga")) == ["4", "0", "0", "1"]
    client.post(url + "columns", form(client, url))  # going back keeps it
    work()
    assert counts(client.get(url + "preview").content.decode()) == ["4", "0", "0", "1"]
    client.post(url + "apply")
    work()
    names = {one["name"] for one in query.rows("account", OPERATOR).stream(["name"])}
    assert names == {"Nova SL", "Puig; Fills SA", "Roca SA", "Serra SL"}


def test_a_line_that_is_still_wrong_stays_open_with_what_was_typed(admin: Actor, work: Work) -> None:
    client, url, rows = begun_and_previewed(admin, work)
    page = sent(client, url, rows[4], line='"Roca & Fills SA;;Olot')
    assert counts(page) == ["1", "0", "0", "4"]
    assert line_in(page) == '"Roca & Fills SA;;Olot'
    assert "still something wrong" in page
    left = sent(client, url, rows[5], line="Serra\u2400 SL;;Berga")
    assert counts(left) == ["1", "0", "0", "4"]


def test_an_empty_line_is_not_taken(admin: Actor, work: Work) -> None:
    client, url, rows = begun_and_previewed(admin, work)
    page = sent(client, url, rows[4], line="  ")
    assert "Nothing is left of this line." in page
    assert line_in(page) == '"Roca SA;;Olot'


def test_a_row_with_too_many_cells_is_mended_cell_by_cell(admin: Actor, work: Work) -> None:
    client, url, rows = begun_and_previewed(admin, work)
    page = mend_form(client, url, rows[3])
    assert "Beyond the last column" in page
    texts = dict(re.findall(r'name="(piece\d)" value="([^"]*)"', page))
    assert [text.strip() for text in texts.values()] == ["Puig", "Fills SA", "", "Vic"]
    page = sent(client, url, rows[3], piece0="Puig i Fills", piece1="", piece2="Vic", piece3="")
    assert counts(page) == ["2", "0", "0", "3"]


def test_a_mended_line_may_hold_a_wrong_value_which_is_mended_next(admin: Actor, work: Work) -> None:
    client, url, rows = begun_and_previewed(admin, work)
    page = sent(client, url, rows[4], line=";;Olot")
    assert counts(page) == ["1", "0", "0", "4"]
    assert 'name="line"' not in page and 'name="header0"' in page


def test_a_card_file_shows_what_it_holds_instead_of_a_line(admin: Actor, work: Work) -> None:
    client = signed_in(admin)
    answer = client.post(
        "/imports/",
        {"entity": "account", "file": _upload("firms.jsonl", b'{"name": "Nova"}\n{"name": oops}\n')},
    )
    url = answer.url.removesuffix("file")
    previewed(client, url, work)
    bad = StagedRow.objects.get(verdict__what="problem")
    page = mend_form(client, url, bad.seq)
    assert "oops" in page and 'name="line"' not in page
    assert counts(sent(client, url, bad.seq, piece0="Vella")) == ["2", "0", "0", "0"]


def _upload(name: str, content: bytes) -> object:
    return SimpleUploadedFile(name, content)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffd\u2400'"), max_size=9),
                min_size=3, max_size=3))  # fmt: skip
def test_cells_written_as_a_line_are_read_back(cells: list[str]) -> None:
    table = CsvTable.__new__(CsvTable)
    table.headers, table.delimiter = ["a", "b", "c"], ";"
    row = read_again(table, 2, written(cells, ";"))
    assert row.fault is None
    assert row.cells == cells

"""vCards of every version come as a table."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tracte.engine.importing.cards import read_property
from tracte.engine.importing.opening import open_table
from tracte.engine.importing.reading import UnreadableFile

OLD = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C8=9Atef=C4=83nescu;Ioana;;;
TEL;CELL;VOICE:+40 722 111 222
EMAIL;INTERNET:ioana@firma.example
NOTE;ENCODING=QUOTED-PRINTABLE:first line=0D=0Asecond =
line
END:VCARD
"""
THREE = """BEGIN:VCARD
VERSION:3.0
N:Soler;Laia;Maria;;
FN:Laia Soler
item1.EMAIL;TYPE=INTERNET,HOME:laia@casa.example
EMAIL;TYPE=WORK;TYPE=pref:laia@firma.example
EMAIL;TYPE=WORK:soler@firma.example
ORG:Forns\\, Vallès;Vendes
ADR;TYPE=WORK:;;Carrer Major 1;Sabadell;Barcelona;08201;Spain
BDAY:1980-02-03
PHOTO;ENCODING=b;TYPE=JPEG:AAAA
 BBBB
NOTE:A note that is folded in
  the middle\\nand has a line
END:VCARD
"""
FOUR = """BEGIN:VCARD
VERSION:4.0
FN:Ludwig van Beethoven
TEL;VALUE=uri;TYPE="voice,home":tel:+49-228-123456
BDAY:--0203
END:VCARD
"""


def table(tmp_path: Path, text: str) -> list[dict[str, str]]:
    path = tmp_path / "people.vcf"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    found = open_table(path)
    return [dict(zip(found.headers, row.cells, strict=True)) for row in found.rows() if row.fault is None]


def test_a_card_of_version_2_1_with_quoted_printable_is_read(tmp_path: Path) -> None:
    (card,) = table(tmp_path, OLD)
    assert (card["First name"], card["Last name"]) == ("Ioana", "Țtefănescu")
    assert (card["Mobile"], card["E-mail"]) == ("+40 722 111 222", "ioana@firma.example")
    assert card["Notes"].split() == ["first", "line", "second", "line"]


def test_a_card_of_version_3_brings_every_e_mail_its_firm_and_its_address(tmp_path: Path) -> None:
    (card,) = table(tmp_path, THREE)
    assert (card["First name"], card["Company"], card["Department"]) == ("Laia Maria", "Forns, Vallès", "Vendes")
    assert card["Work e-mail"] == "laia@firma.example"
    assert card["Work e-mail 2"] == "soler@firma.example"
    assert card["Private e-mail"] == "laia@casa.example"
    assert (card["Street"], card["City"], card["Country"]) == ("Carrer Major 1", "Sabadell", "Spain")
    assert card["Birthday"] == "1980-02-03"
    assert card["Notes"] == "A note that is folded in the middle\nand has a line"
    assert "AAAA" not in str(card)


def test_a_card_of_version_4_is_called_by_the_name_it_is_shown_by(tmp_path: Path) -> None:
    (card,) = table(tmp_path, FOUR)
    assert (card["First name"], card["Last name"]) == ("Ludwig", "van Beethoven")
    assert card["Private phone"] == "+49-228-123456"
    assert "Birthday" not in card


def test_a_card_that_never_ends_is_named_and_the_others_come(tmp_path: Path) -> None:
    path = tmp_path / "people.vcf"
    path.write_text(THREE + "BEGIN:VCARD\nFN:Half a card\n")
    rows = list(open_table(path).rows())
    assert [row.fault.code if row.fault else "" for row in rows] == ["", "unclosed_card"]


@pytest.mark.parametrize("text", ["hello", "BEGIN:VCARD\nEND:VCARD\n", "BEGIN:VCARD\n" * 50])
def test_a_file_without_a_card_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "people.vcf"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match="holds no vCard"):
        open_table(path)


@given(some.text(max_size=200))
def test_no_line_breaks_the_reader(text: str) -> None:
    found = read_property(text)
    assert found is None or (found.text is not None and found.parts())

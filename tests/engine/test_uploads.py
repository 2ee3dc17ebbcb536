"""What a file is taken for, what it is called and where it lies, whatever its name and its sender say (SEC-34, 46, 47)."""

import io
import os
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tracte.engine import uploads
from tracte.engine.attachments import attachment
from tracte.engine.importing.opening import open_table
from tracte.engine.importing.reading import UnreadableFile
from tracte.engine.uploads import Content, Unfit, content_of, keep, new_place, safe_name, take
from tracte.kernel.problems import Rejected

MEMBERS = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}


def zipped(members: dict[str, Any], compress: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compress) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


SHEET = zipped(MEMBERS)
CONTENTS = {
    Content.TEXT: (
        b"name,phone\nNova,1\n", "name\nAnaïs\n".encode("utf-16"), b"\xef\xbb\xbfname\n", b"BEGIN:VCARD\n", b'[{"a": 1}]',
        b"MZ;weight\n1;2\n", b"BZh;x\n", b"a<b,c\n", b"PK,name\n1,2\n", bytes(range(256)), b"name\n<script>alert(1)</script>\n",
    ),
    Content.SHEET: (SHEET, zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"})),
    Content.ARCHIVE: (zipped({"a.csv": "a"}), b"\x1f\x8b\x08rest", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"),
    Content.OLD_SHEET: (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,),
    Content.PDF: (b"%PDF-1.7\n", b"%PDF-1.4\n<html><script>alert(1)</script>", b"%PDF-1.4\n/JavaScript" + SHEET),
    Content.PICTURE: (
        b"\x89PNG\r\n\x1a\n", b"GIF89a/*" + b"\0" * 8 + b"*/=1;alert(1)", b"\xff\xd8\xff\xe0JFIF", b"RIFF\0\0\0\0WEBPVP8 ",
        b"GIF87a" + SHEET,
    ),
    Content.MARKUP: (
        b"<!DOCTYPE html><p>", b" \n<html>", b"<svg onload=alert(1)>", b"<?xml version='1.0'?><x/>", b"<?php system(1);",
        "<script>alert(1)</script>".encode("utf-16"), b"\xef\xbb\xbf<SVG xmlns=x>", b"MIME-Version: 1.0\nContent-Type: multipart",
        b"<table><tr><td>1", b"<!-- x --><svg/>",
    ),
    Content.PROGRAM: (b"\x7fELF\x02", b"MZ\x90\0\x03", b"#!/bin/sh\nid\n", b"\xca\xfe\xba\xbe", b"\0asm\x01"),
}  # fmt: skip
NAMES = ("people.csv", "people.xlsx", "people.csv.exe", "x.pHaR", "a.svg", "people.csv. ", "p\0.csv", "noending")


# -- what it is ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("content", Content)
def test_a_file_is_what_its_bytes_say_under_any_name(content: Content, tmp_path: Path) -> None:
    for raw in CONTENTS[content]:
        for name in NAMES:
            path = tmp_path / safe_name(name)
            path.write_bytes(raw)
            assert content_of(path) is content, (raw[:20], name)


@pytest.mark.parametrize("content", set(Content) - {Content.TEXT, Content.SHEET})
def test_an_import_reads_texts_and_spreadsheets_and_says_what_else_it_was_given(
    content: Content, tmp_path: Path
) -> None:
    for raw in CONTENTS[content]:
        for name in ("people.csv", "people.xlsx", "people.json"):
            path = tmp_path / name
            path.write_bytes(raw)
            with pytest.raises(UnreadableFile) as caught:
                open_table(path)
            assert str(caught.value) == f"{name} is {content.value}."


def test_a_text_that_calls_itself_a_spreadsheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    path.write_bytes(b"name\nNova\n")
    with pytest.raises(UnreadableFile, match="damaged"):
        open_table(path)


# -- archives are measured by their directory -------------------------------------------------------------------------
def declared(content: bytes, size: int) -> bytes:
    """An archive whose directory claims another size for its last member."""
    at = content.rindex(b"PK\x01\x02")
    return content[: at + 24] + struct.pack("<I", size) + content[at + 28 :]


BOMBS = {
    "zeros": zipped(MEMBERS | {"xl/worksheets/sheet1.xml": b"0" * 120_000_000}),
    "a picture of zeros": zipped(MEMBERS | {"xl/media/image.png": b"0" * 120_000_000}),
    "a claim": declared(zipped(MEMBERS | {"xl/worksheets/sheet1.xml": "<a/>"}), 0x7FFF_FFFF),
    "a claim in bulk": declared(zipped({"content.xml": os.urandom(2_000_000)}), 150_000_000),
    "many members": zipped(MEMBERS | {f"xl/{n}.xml": "" for n in range(1_100)}),
    "no compression that many": zipped({f"{n}": "" for n in range(1_100)}, zipfile.ZIP_STORED),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_archive_that_would_unpack_to_too_much_is_not_opened(
    bomb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(BOMBS[bomb])

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("a member was opened")

    monkeypatch.setattr(zipfile.ZipFile, "open", never)
    with pytest.raises(Unfit, match=r"unpacks to|parts"):
        content_of(path)
    with pytest.raises(UnreadableFile, match=r"unpacks to|parts"):
        open_table(path)


def test_members_laid_over_one_another_are_found_out(tmp_path: Path) -> None:
    """Many entries of the directory that all lead to the same packed bytes."""
    one = zipped({"content.xml": os.urandom(100_000)})
    at, end = one.index(b"PK\x01\x02"), one.index(b"PK\x05\x06")
    entry = one[at:end]
    path = tmp_path / "bomb.ods"
    closing = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, len(entry) * 9, at, 0)
    path.write_bytes(one[:at] + entry * 9 + closing)
    with pytest.raises(Unfit, match=r"larger than the file|damaged"):
        content_of(path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\boot.ini", "xl/../../x", "\\\\host\\x"])
def test_a_member_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(zipped(MEMBERS | {name: "x"}))
    with pytest.raises(Unfit, match="outside"):
        content_of(path)


@pytest.mark.parametrize("raw", [b"PK\x03\x04broken", SHEET[:-30], b"PK\x05\x06" + b"\xff" * 18])
def test_a_broken_archive_is_called_damaged(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(raw)
    with pytest.raises(Unfit, match="damaged"):
        content_of(path)


# -- what it is called ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\people.csv", "people.csv"),
        ("/", "file.csv"),
        ("..", "file.csv"),
        ("people.csv. . ", "people.csv"),
        ("people\0.csv", "people_.csv"),
        ("a\r\nX-Evil: 1.csv", "a_X-Evil_ 1.csv"),
        ('"><svg onload=x>.csv', "_svg onload_x_.csv"),
        ("\u202egnp.csv", "_gnp.csv"),
        ("／etc／passwd", "_etc_passwd"),
        ("Català 2026 (final).csv", "Català 2026 (final).csv"),
    ],
)
def test_a_name_is_only_something_to_show(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(st.text(max_size=300))
def test_no_name_leads_anywhere(given_name: str) -> None:
    name = safe_name(given_name)
    assert 0 < len(name) <= 100
    assert name == Path(name).name and name not in (".", "..") and name.isprintable()
    assert not name.startswith(".") and not name.endswith((".", " "))
    assert safe_name(name) == name


# -- where it lies ----------------------------------------------------------------------------------------------------
def test_what_was_taken_lies_where_nobody_guesses_it_for_its_owner_to_read_and_nobody_to_run(tmp_path: Path) -> None:
    places = {new_place(tmp_path) for _ in range(20)}
    assert len(places) == 20
    place = places.pop()
    assert len(place.name.removeprefix("upload-")) == 32
    keep([b"#!/bin/sh\n"], place / "a.sh")
    incoming = tmp_path / "incoming"
    incoming.write_bytes(b"x")
    incoming.chmod(0o777)
    take(incoming, place / "b" / "c.sh")
    take(b"x", place / "d.sh")
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE((place / name).stat().st_mode) for name in ("a.sh", "b/c.sh", "d.sh")} == {0o600}


def test_too_large_or_empty_a_file_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 10)
    for pieces, code in (([b"12345", b"678901"], "too_large"), ([], "empty_file"), ([b""], "empty_file")):
        with pytest.raises(Rejected) as caught:
            keep(pieces, tmp_path / "a.csv")
        assert caught.value.problems[0].code == code
        assert list(tmp_path.iterdir()) == []


def test_a_second_file_of_a_name_does_not_replace_the_first(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Rejected):
        keep([b"x"], tmp_path / "a.csv")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("says_so", [True, False])
def test_a_request_with_too_much_in_it_is_broken_off_at_any_page(
    says_so: bool, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRACTE_HOME = tmp_path
    monkeypatch.setattr(uploads, "MAX_UPLOAD", 100_000)
    size = 2_000_000 if says_so else 500_000
    answer = Client().post("/auth/login/", {"file": SimpleUploadedFile("a.csv", b"x" * size)})
    assert answer.status_code == 400
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


# -- how it is handed out ---------------------------------------------------------------------------------------------
@pytest.mark.django_db  # closing an answer is the end of a request
@pytest.mark.parametrize("name", ["a.csv", "a.html", "a.svg", "a.csv\r\nX: y.html", "../a.pHp", "año.json", ""])
def test_a_file_is_handed_out_to_be_saved_and_nothing_else(name: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"<script>alert(1)</script>")
    for content in (path, b"<script>", iter([b"<script>"])):
        answer = attachment(content, name)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Type"].split(";")[0] in (
            "text/csv",
            "application/json",
            "application/octet-stream",
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        answer.close()

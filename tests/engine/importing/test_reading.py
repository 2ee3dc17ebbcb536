"""Tables of any make are read row by row; what is wrong with one row does not stop the rest."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracte.engine.importing.lines import MAX_LINE, detect_encoding
from tracte.engine.importing.opening import open_table
from tracte.engine.importing.reading import CHUNK_SIZE, Row, UnreadableFile, chunks


def read(path: Path, **options: object) -> list[Row]:
    return list(open_table(path, **options).rows())  # type: ignore[arg-type]


def written(folder: Path, content: str | bytes, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "name;city\nConstrucció;München\nPeña;Köln\n".encode(encoding))
    assert [row.cells for row in read(path)] == [["Construcció", "München"], ["Peña", "Köln"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    lines = [["name", "said", "n"], ["A", "yes, and; no", "1"], ["B", "x", "2"]]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    table = open_table(written(tmp_path, text.getvalue()))
    assert table.headers == lines[0]
    assert [row.cells for row in table.rows()] == lines[1:]


def test_an_unclosed_quote_costs_its_own_row_and_no_other(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b\n1,x\n2,"open\n3,y\n4,"two\nlines"\n5,"open again\n6,z\n')
    rows = read(path)
    assert [(row.number, row.fault.code) for row in rows if row.fault] == [(3, "unclosed_quote"), (7, "unclosed_quote")]
    assert [row.cells for row in rows if not row.fault] == [["1", "x"], ["3", "y"], ["4", "two\nlines"], ["6", "z"]]


def test_a_quote_inside_a_text_is_read_as_it_stands(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b\n6" pipe,1\n"the ""best""",2\n"bad" quoting,3\n')
    assert [row.cells for row in read(path)] == [['6" pipe', "1"], ['the "best"', "2"], ["bad quoting", "3"]]


def test_hostile_rows_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    content = (
        b"a,b\n1,x\n2,\0\n3," + b"y" * (10 * 1024 * 1024) + b"\n4,\xff\xfe\n5,\xc3\xa9\n6,\xc3\xa8\n7,1,2,3\n8\n\n9,z"
    )
    rows = {row.number: row for row in read(written(tmp_path, content))}
    faults = {number: row.fault.code for number, row in rows.items() if row.fault}
    assert faults == {3: "nul_character", 4: "line_too_long", 5: "bad_encoding", 8: "too_many_cells"}
    assert len(rows[4].cells[0]) < 1000
    assert rows[6].cells == ["5", "é"]
    assert rows[9].warning is not None
    assert rows[11].cells == ["9", "z"]


def test_headers_are_made_unique_and_the_odd_ones_noted(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "name,,name, city \n1,2,3,4\n"))
    assert table.headers == ["name", "column 2", "name (2)", "city"]
    assert [note.fault.code for note in table.notes] == ["duplicate_header"]


def test_a_thousand_columns_are_read_and_a_hundred_thousand_refused(tmp_path: Path) -> None:
    wide = ",".join(f"c{n}" for n in range(1000))
    assert len(read(written(tmp_path, f"{wide}\n{wide}\n"))[0].cells) == 1000
    with pytest.raises(UnreadableFile, match="columns"):
        open_table(written(tmp_path, "," * 100_000 + "\n"))


def test_old_macintosh_line_ends_are_read(tmp_path: Path) -> None:
    assert [row.cells for row in read(written(tmp_path, "a,b\r1,2\r3,4\r"))] == [["1", "2"], ["3", "4"]]


def test_a_file_is_read_on_from_any_row(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n" + "".join(f'{n},"x\ny"\n' for n in range(50)))
    table = open_table(path)
    rows = list(table.rows())
    assert [row.cells for row in table.rows(after=rows[19].number)] == [row.cells for row in rows[20:]]


def test_large_rows_make_small_chunks(tmp_path: Path) -> None:
    rows = (Row(n, ["x"], size=CHUNK_SIZE // 9) for n in range(100))
    assert max(map(len, chunks(rows))) <= 10


@pytest.mark.parametrize(
    "content",
    [
        b'"' * 5_000_000,
        b'a,b\n"' + b'x","\n' * 40_000,
        b"a,b\n" + b'"1\n' * 30_000,
        b"a\n" + b"x" * 20_000_000,
        b"," * 20_000_000,
        b"\n" * 400_000,
        bytes(5_000_000),
    ],
    ids=["quotes", "broken quotes", "open quotes", "one line", "commas", "empty lines", "zeros"],
)
def test_hostile_files_are_read_in_little_memory(tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, content)
    del content
    tracemalloc.start()
    try:
        for _ in open_table(path).rows():
            pass
    except UnreadableFile:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 48 * 1024 * 1024


cells = st.text(st.characters(exclude_characters="\0\r\x1a", exclude_categories=["Cs"]), max_size=12)
tables = st.integers(2, 5).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1))


@settings(max_examples=150, deadline=None)
@given(table=tables, delimiter=st.sampled_from(",;\t|"))
def test_what_a_correct_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], delimiter: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(
        [["h"] * len(table[0]), *table]
    )
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(text.getvalue().encode())
    rows = read(path, encoding="utf-8", delimiter=delimiter)
    assert [row.cells for row in rows if row.fault is None and any(row.cells)] == [row for row in table if any(row)]


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=400), header_row=st.integers(0, 3))
@example(content=b'a\r"b\rc,d\n', header_row=1)
@example(content=b"a;b\r\rc\n1;2\n", header_row=1)
def test_no_bytes_break_the_reader(tmp_path_factory: pytest.TempPathFactory, content: bytes, header_row: int) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(content)
    try:
        rows = read(path, header_row=header_row)
    except UnreadableFile:
        return
    assert all(isinstance(row.cells, list) for row in rows)


def test_a_mostly_utf8_file_with_one_spoilt_line_stays_utf8(tmp_path: Path) -> None:
    assert detect_encoding(written(tmp_path, "é\n".encode() * 5 + b"\xe9\n")) == "utf-8"


def test_json_is_read_by_line_as_a_list_and_written_over_many_lines(tmp_path: Path) -> None:
    for content in (
        '{"a": 1, "b": "x"}\n{"a": 2, "b": null}\n',
        '[\n{"a": 1, "b": "x"},\n{"a": 2, "b": null}\n]\n',
        '[\n  {\n    "a": 1,\n    "b": "x"\n  },\n  {\n    "a": 2,\n    "b": null\n  }\n]',
        '[{"a": 1, "b": "x"}, {"a": 2, "b": null}]',
    ):
        path = written(tmp_path, content, "t.json")
        assert [row.cells for row in read(path)] == [[1, "x"], [2, ""]], content


def test_a_bad_json_line_is_named(tmp_path: Path) -> None:
    rows = read(written(tmp_path, '{"a": 1}\n{"a": }\n[1]\n{"a": 3}\n', "t.jsonl"))
    assert [(row.number, row.fault and row.fault.code) for row in rows] == [
        (1, None),
        (2, "bad_json"),
        (3, "not_an_object"),
        (4, None),
    ]


def test_a_line_just_within_the_limit_is_read(tmp_path: Path) -> None:
    assert read(written(tmp_path, "a\n" + "x" * MAX_LINE + "\n"))[0].fault is None

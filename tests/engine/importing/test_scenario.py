"""A scenario is read whole, and every mistake in it is named with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.engine.importing.scenario import parse
from tracte.engine.importing.spec import ScenarioError
from tracte.engine.importing.toml_lines import lines_of

GOOD = """\
format = 1
name = "Maven CRM sales"
[defaults]
currency = "USD"
timezone = "UTC"
on_bad_value = "report"            # report | blank | skip
[[file]]
path = "accounts.csv"              # sheet = "…"
entity = "account"
skip_if = ["account", "empty"]
[file.match]
keys = ["name"]
on_match = "update"
[file.columns]
account = { to = "name" }
sector = { to = "industry", map = { technolgy = "technology" } }
subsidiary_of = { to = "parent", lookup = "account.name", pass = 2 }
close_date = [{ to = "closed_on", format = "%Y-%m-%d" }, { to = "closes_on" }]
id = { external = "maven" }
[file.set]
origin = "maven"
team = { from = "manager", lookup = "team.name", where = ["name", "eq", "x"] }
[[file]]
entity = "stage"
rows = [
  { name = "Won" },
  { name = "Lost" },
]
columns.name = "name"
"""


def test_everything_a_scenario_can_say_is_read() -> None:
    scenario = parse(GOOD)
    first, second = scenario.files
    assert (scenario.name, scenario.currency, first.path, first.entity) == (
        "Maven CRM sales",
        "USD",
        "accounts.csv",
        "account",
    )
    by_field = {column.to: column for column in first.columns}
    assert by_field["industry"].map == {"technolgy": "technology"}
    assert by_field["parent"].step == 2
    assert by_field["parent"].lookup is not None
    assert by_field["parent"].lookup.entity == "account"
    assert by_field["closed_on"].formats == ("%Y-%m-%d",)
    assert by_field["closes_on"].source == "close_date"
    assert by_field[None].external == "maven"
    assert by_field["origin"].constant == "maven"
    assert by_field["team"].sources == ("manager",)
    assert second.rows == ({"name": "Won"}, {"name": "Lost"})


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("on_match", "on_mtach", 13, "did you mean 'on_match'"),
        ("map = {", "mapp = {", 16, "unknown key 'mapp' in the column 'sector'; did you mean 'map'"),
        ('timezone = "UTC"', 'tz = "UTC"', 5, "unknown key 'tz' in [defaults]"),
        ('on_bad_value = "report"', 'on_bad_value = "ignore"', 6, "one of report, blank, skip"),
        ("format = 1\n", "format = 2\n", 1, "format = 1"),
        ('keys = ["name"]', 'keys = ["email"]', 12, "filled by no column"),
        ('path = "accounts.csv"', 'path = "../accounts.csv"', 8, "inside the folder"),
        ('lookup = "account.name"', 'lookup = "account"', 17, '"entity.field"'),
        ("pass = 2", "pass = 3", 17, "from 1 to 2"),
        ('{ to = "closes_on" }', '{ to = "closed_on" }', 18, "filled twice"),
        ('from = "manager"', 'from = "manager", constant = 1', 22, "exactly one of"),
        ('entity = "stage"', 'entity = "stage"\npath = "x.csv"', 23, "either path"),
        ("[defaults]", "[defaults", 3, "not valid TOML"),
        ('id = { external = "maven" }', "id = {}", 19, "say where it goes"),
        ('columns.name = "name"', 'columns.name = { to = "name", decimal = "1.2.3" }', 29, "by example"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: int, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioError) as caught:
        parse(GOOD.replace(old, new, 1), "maven.toml")
    assert caught.value.line == line, str(caught.value)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"maven.toml, line {line}: ")


def test_lines_are_found_around_strings_of_every_sort() -> None:
    text = 'a = """\n[not.a.table]\nb = 1\n"""\n"odd key" = \'x = 1\'\n'
    text += '[t."x.y"]\n# c = 3\nd = [\n  1, # one\n  { e = 5 },\n]\n'
    lines = lines_of(text)
    assert lines["a",] == 1
    assert lines["odd key",] == 5
    assert lines["t", "x.y", "d"] == 8
    assert lines["t", "x.y", "d", 1, "e"] == 10
    assert ("b",) not in lines


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader_otherwise(text: str) -> None:
    with pytest.raises(ScenarioError):
        parse(text)

"""One file that tells about several records, further ways to reach somebody, headings that stand lower down."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracte.engine.importing.choices import Choices, Use
from tracte.engine.importing.heading import heading_row
from tracte.engine.importing.opening import open_table
from tracte.engine.importing.readings import scenario_of

Import = Callable[..., Any]
pytestmark = pytest.mark.django_db
PEOPLE = (
    "Company,Phone of the firm,Person,Mail,Mail 2,Street,Street 2\n"
    "Nova SL,+34937412880,Ana Pons,ana@nova.example,pons@nova.example,Carrer Major 1,baixos\n"
    "Nova SL,+34937412880,Pere Roca,pere@nova.example,,,\n"
    ",,Joan Sol,joan@example.com,not an address,,\n"
)
USES = [
    Use("Company", "account", lookup="name", on_missing="create"),
    Use("Phone of the firm", "account/phone"),
    Use("Person", "full_name"),
    Use("Mail", "email"),
    Use("Mail 2", "contact_point:email_private"),
    Use("Street", "address.street", by=", "),
    Use("Street 2", "address.street"),
]


def choices(**more: Any) -> Choices:
    return Choices("contact", "a.csv", "People", uses=USES, match=["email"], **more)


def test_one_file_makes_accounts_contacts_and_their_further_e_mails(bring_in: Import, stored: Import) -> None:
    done = bring_in(scenario_of(choices()), PEOPLE)
    assert done.counts["by_entity"]["contact"]["created"] == 3
    assert stored("account", "name", "phone") == [{"name": "Nova SL", "phone": "+34937412880"}]
    people = stored("contact", "first_name", "last_name", "address")
    assert [(one["first_name"], one["last_name"]) for one in people] == [
        ("Ana", "Pons"),
        ("Pere", "Roca"),
        ("Joan", "Sol"),
    ]
    assert people[0]["address"].street == "Carrer Major 1, baixos"
    assert stored("contact_point", "kind", "value") == [{"kind": "email_private", "value": "pons@nova.example"}]
    assert "not an address" in done.report.read_text()


def test_importing_it_again_doubles_nothing(bring_in: Import, stored: Import) -> None:
    bring_in(scenario_of(choices()), PEOPLE)
    again = bring_in(scenario_of(choices(on_match="fill_empty")), PEOPLE)
    assert (again.counts["created"], again.counts["updated"]) == (0, 0)
    assert len(stored("contact_point", "value")) == 1


def test_a_dry_run_that_only_checks_counts_the_same(
    bring_in: Import, monkeypatch: pytest.MonkeyPatch, stored: Import
) -> None:
    monkeypatch.setattr("tracte.engine.importing.service.REHEARSED_UP_TO", 1)
    tried = bring_in(scenario_of(choices()), PEOPLE, dry_run=True)
    assert tried.checked_only
    assert stored("contact", "last_name") == []
    done = bring_in(scenario_of(choices()), PEOPLE)
    for entity in ("contact", "account", "contact_point"):
        assert tried.counts["by_entity"][entity]["created"] == done.counts["by_entity"][entity]["created"], entity


def test_a_word_of_the_file_becomes_a_new_entry_of_its_list(bring_in: Import, stored: Import) -> None:
    uses = [Use("Name", "name"), Use("Sector", "industry", map={"Țesături": "+", "Shops": "retail"})]
    text = scenario_of(Choices("account", "a.csv", "Firms", uses=uses, match=["name"]))
    bring_in(text, "Name,Sector\nNova SL,Țesături\nVella SA,Shops\n")
    assert [one["industry"] for one in stored("account", "industry")] == ["tesaturi", "retail"]
    assert stored("value_item", "list", "label") == [{"list": "industry", "label": "Țesături"}]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("name,city,phone\nNova,Reus,1\nVella,Vic,2\n", 1),
        ("Customers of 2026\n\nname;city;phone\nNova;Reus;1\nVella;Vic;2\n", 3),
        ("Export;;\nname;city;phone\nNova;Reus;1\nVella;Vic;2\nNou;Vic;3\n", 2),
        ("one\n", 1),
        ("a\nb\nc\n", 1),
    ],
)
def test_the_row_of_the_headings_is_found(text: str, row: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    assert heading_row(open_table(path, header_row=0)) == row

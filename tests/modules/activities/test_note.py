"""Notes: their first words are their title, private ones are their owner's alone."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.modules.activities.note import SUMMARY_LENGTH, summary_of
from tracte.records import door, query

Make = Callable[..., int]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="<>&\x00"), max_size=400))
def test_a_summary_is_one_short_line_from_the_start(text: str) -> None:
    summary = summary_of(f"<p>{text}</p>")
    if summary is not None:
        assert len(summary) <= SUMMARY_LENGTH + 1
        assert summary == " ".join(summary.split())
        assert " ".join(text.split()).startswith(summary.removesuffix("…"))


def test_a_long_line_is_cut_at_a_word() -> None:
    assert summary_of("<p>" + "word " * 60 + "</p>") == "word " * 19 + "word…"
    assert summary_of("<h2>Call</h2><p>They agree.</p>") == "Call"
    assert summary_of("<p></p>") is None


@pytest.mark.django_db
def test_the_title_follows_the_text(make: Make) -> None:
    note = make("note", body="<p>Beltway quoted 9 % lower.</p><p>Without software.</p>")
    assert query.system_rows("note").get(note)["summary"] == "Beltway quoted 9 % lower."
    door.update(OPERATOR, "note", note, {"body": "They agree."}, origin="ui")
    assert query.system_rows("note").get(note)["summary"] == "They agree."


@pytest.mark.django_db
def test_a_note_is_about_several_records(make: Make) -> None:
    account, contact = make("account", name="Acme"), make("contact", first_name="Ana")
    note = make("note", body="Met both.", about=[encode(account), encode(contact)])
    for record in (account, contact):
        assert query.rows("note", OPERATOR).linked("about", record).ids() == [note]


@pytest.mark.django_db
def test_a_private_note_is_its_owners_alone(make: Make, person: Callable[..., Actor]) -> None:
    team = make("team", name="Iberia")
    nuria = person("Nuria", "seller", team)
    others = [person("Jordi", "seller", team), person("Laia", "manager"), person("Ada", "administrator", is_admin=True)]
    note = make("note", body="Looking for another job.", private=True, actor=nuria)
    shared = make("note", body="Call at five.", actor=nuria)
    assert set(query.rows("note", nuria).ids()) == {note, shared}
    for actor in others:
        assert query.rows("note", actor).ids() == [shared]
        assert query.rows("note", actor).count() == (1, False)
        with pytest.raises(NotFound):
            door.update(actor, "note", note, {"private": False}, origin="ui")


@pytest.mark.django_db
def test_an_administrator_without_roles_does_not_read_private_notes(make: Make, person: Callable[..., Any]) -> None:
    nuria = person("Nuria", "seller")
    make("note", body="Mine.", private=True, actor=nuria)
    boss = Actor(
        make("user", name="Boss", email="boss@firm.example", is_admin=True), "Boss", everything=True, admin=True
    )
    assert query.rows("note", boss).ids() == []

"""Texts with fields in them: only what the sender may read comes in, and nothing in them is ever run (SEC-48)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tracte.engine.merging import Form, Merged, Template, merge, places, problems
from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.records import snapshot

Make = Callable[..., int]

ATTACKS = (
    "{{7*7}}", "{% debug %}", "{%debug%}", "${7*7}", "#{7*7}", "<%= 7*7 %>", '#eval("1+1")', "#read(\"/etc/passwd\")",
    "{0.__class__}", "{0.__class__.__init__.__globals__}", "{contact.__class__}", "{contact.first_name.__class__}",
    "{contact.first_name()}", "{contact['first_name']}", "{contact.first_name!r}", "{contact.first_name:>9999999}",
    "{{contact.first_name}}", "${contact.first_name}", "#{contact.first_name}", "{%contact.first_name}",
    "{{ contact.owner.password }}", "{contact .first_name}", "{contact.account.parent.name}", "{Contact.first_name}",
    "{contact.first_name|a{b}", "{contact.first_name|a\nb}", "{}", "{.}", "{contact}", "{contact.}", "{*contact}", "\\{x\\}",
    "{contact.first_name", "contact.first_name}", "{{{contact.first_name}}}", "__import__('os')", "{ｃontact.first_name}",
)  # fmt: skip


def one(text: str, sender: Actor = OPERATOR, form: Form = Form.TEXT, language: str = "en", **records: int) -> Merged:
    return merge({"it": Template(text, form)}, [records], sender, [language])[0]["it"]


def seller(**masks: str) -> Actor:
    """Sees all contacts, accounts and opportunities but the masked fields, given as ``contact_email="hidden"``."""
    levels = {(entity, "view"): Level.ALL for entity in ("contact", "account", "opportunity")}
    return Actor(5, "Núria", levels=levels, masks={tuple(k.split("_", 1)): v for k, v in masks.items()})  # type: ignore[misc]


@pytest.fixture
def anna(make: Make) -> int:
    account = make("account", name="Nova & Co")
    return make("contact", first_name="Anna", last_name="<b>Vidal</b>", email="anna@nova.example", account=account)


# -- nothing is run --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("form", Form)
def test_what_other_template_languages_would_run_comes_out_as_it_was_written(anna: int, form: Form) -> None:
    for attack in ATTACKS:
        merged = one(f"a {attack} b", form=form, contact=anna)
        assert merged == Merged(f"a {attack} b".replace("\n", " " if form is Form.LINE else "\n"))


@pytest.mark.django_db
@given(st.text(alphabet=st.sampled_from("{}|.$#%ab_<>\"'\\ \n1") | st.characters(), max_size=60))
def test_a_text_without_fields_stays_as_it_is(text: str) -> None:
    if not places(text):
        assert merge({"it": Template(text)}, [{}], OPERATOR, ["en"])[0]["it"] == Merged(text)


@given(st.text(alphabet="{}|.ab$#", max_size=40))
def test_what_counts_as_a_field_is_a_name_in_single_braces(text: str) -> None:
    for place in places(text):
        assert text.startswith("{" + place.name, place.start)
        assert text[place.start - 1 : place.start] not in ("{", "$", "#", "%")
        assert place.name.count(".") in (1, 2)


@pytest.mark.django_db
def test_a_value_that_looks_like_a_field_is_not_filled_in_again(make: Make) -> None:
    contact = make("contact", first_name="{contact.email}", last_name="{user.email}", email="a@firm.example")
    assert one("{contact.first_name} {contact.last_name}", contact=contact).text == "{contact.email} {user.email}"


# -- what comes in ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_values_stand_in_the_text_also_those_a_step_away(anna: int) -> None:
    merged = one("Dear {contact.first_name} of {contact.account.name}, {contact.account}", contact=anna)
    assert merged == Merged("Dear Anna of Nova & Co, Nova & Co")


@pytest.mark.django_db
def test_an_empty_field_gives_its_fallback_or_nothing(make: Make) -> None:
    contact = make("contact", last_name="Vidal")
    merged = one("Dear {contact.first_name|there},{contact.phone} {contact.account.name|your firm}", contact=contact)
    assert merged == Merged("Dear there, your firm", ("contact.first_name", "contact.phone", "contact.account.name"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "amount"), [("en", "€1,250.50"), ("es", "1.250,50\xa0€"), ("ca", "1.250,50\xa0€")]
)
def test_values_are_shown_in_the_language_of_the_recipient(make: Make, language: str, amount: str) -> None:
    deal = make("opportunity", name="D", account=make("account", name="A"), amount="1250.50 EUR")
    assert amount in one("{opportunity.amount}", language=language, opportunity=deal).text


@pytest.mark.django_db
def test_in_html_values_are_escaped_and_the_text_around_them_is_not(anna: int) -> None:
    merged = one("<p>{contact.last_name} {contact.phone|<i>none</i>}</p>", form=Form.HTML, contact=anna)
    assert merged.text == "<p>&lt;b&gt;Vidal&lt;/b&gt; <i>none</i></p>"


@pytest.mark.django_db
@pytest.mark.parametrize("tag", ['<a href="{}">x</a>', "<a href={}>x</a>", "<img src='{}'>", "<p {}>x</p>"])
def test_in_html_no_value_gets_into_a_tag(make: Make, tag: str) -> None:
    contact = make("contact", first_name="javascript:alert(1)", last_name="V")
    text = tag.replace("{}", "{contact.first_name}")
    assert "javascript" not in one(text, form=Form.HTML, contact=contact).text
    assert [p.code for p in problems(Template(text, Form.HTML), ["contact"], OPERATOR)] == ["merge_field_in_tag"]


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u0085", "\0", "\x0b"])
def test_a_subject_has_one_line_whatever_is_put_in(make: Make, end: str) -> None:
    contact = make("contact", last_name="V", description="Hello\nBcc: all@firm.example")
    merged = one(f"Re: {{contact.description}}{end}To: x", form=Form.LINE, contact=contact)
    assert merged.text == "Re: Hello Bcc: all@firm.example To: x"


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_recipients(make: Make) -> None:
    accounts = [make("account", name=f"Account {n}") for n in range(6)]
    people = [{"contact": make("contact", last_name=f"P{n}", account=accounts[n])} for n in range(6)]
    text = {"it": Template("{contact.last_name} {contact.account.name} {contact.account}")}
    counts = []
    for several in (people[:2], people):
        snapshot.current()
        with (
            CaptureQueriesContext(
                connection,
            ) as asked,
            snapshot.held(),
        ):
            merged = merge(text, several, seller())
        counts.append(len(asked))
        assert [one["it"].text for one in merged] == [f"P{n} Account {n} Account {n}" for n in range(len(several))]
    assert counts[0] == counts[1] <= 4


# -- the sender's rights ---------------------------------------------------------------------------------------------
def unseen(anna: int, sender: Actor, name: str) -> None:
    """A field gives what an unknown one gives: the fallback in the text, and its name among the missing."""
    for form in Form:
        real = one(f"x {{{name}|none}} {{{name}}}", sender, form, contact=anna)
        unknown = one("x {contact.zzz|none} {contact.zzz}", sender, form, contact=anna)
        assert real.text == unknown.text == ("x none" if form is Form.LINE else "x none ")
        assert real.missing == (name,)
        assert unknown.missing == ("contact.zzz",)


@pytest.mark.django_db
def test_a_field_hidden_from_the_sender_is_like_an_unknown_one(anna: int) -> None:
    sender = seller(contact_email="hidden", account_name="hidden")
    assert one("{contact.email}", seller(), contact=anna).text == "anna@nova.example"
    unseen(anna, sender, "contact.email")
    unseen(anna, sender, "contact.account.name")
    unseen(anna, seller(contact_account="hidden"), "contact.account.name")


@pytest.mark.django_db
def test_a_record_out_of_the_senders_reach_gives_nothing(anna: int) -> None:
    stranger = Actor(77, "Stranger", levels={("contact", "view"): Level.OWN, ("account", "view"): Level.OWN})
    nobody = Actor(78, "Nobody")
    for sender in (stranger, nobody):
        for name in ("contact.first_name", "contact.account", "contact.account.name"):
            unseen(anna, sender, name)


@pytest.mark.django_db
def test_a_record_a_step_away_is_read_with_the_senders_rights_too(anna: int) -> None:
    levels = {("contact", "view"): Level.ALL, ("account", "view"): Level.OWN}
    sender = Actor(77, "Stranger", levels=levels)
    assert one("{contact.first_name}", sender, contact=anna).text == "Anna"
    unseen(anna, sender, "contact.account.name")
    unseen(anna, sender, "contact.account")


@pytest.mark.django_db
def test_no_secret_of_a_user_can_be_put_in(anna: int, make: Make) -> None:
    user = make("user", name="Pau", email="pau@firm.example")
    for name in ("password", "session_salt", "grants", "id"):
        assert one(f"x{{user.{name}}}", contact=anna, user=user) == Merged("x", (f"user.{name}",))


# -- when it is written ----------------------------------------------------------------------------------------------
def said(text: str, actor: Actor = OPERATOR, *entities: str) -> list[tuple[str, dict[str, Any]]]:
    return [(p.code, p.params) for p in problems(Template(text), entities or ("contact",), actor, "body")]


@pytest.mark.django_db
def test_an_unknown_field_is_refused_by_name_and_position() -> None:
    assert said("Dear {contact.first_name},\nyour {contact.nonsense|x} and {lead.name}") == [
        ("no_merge_field", {"name": "contact.nonsense", "line": 2, "at": 6}),
        ("no_merge_field", {"name": "lead.name", "line": 2, "at": 31}),
    ]
    assert "contact.nonsense" in problems(Template("{contact.nonsense}"), ["contact"], OPERATOR)[0].message


@pytest.mark.django_db
def test_a_hidden_field_is_refused_like_an_unknown_one() -> None:
    sender = seller(contact_email="hidden")
    assert said("{contact.email}", sender) == [("no_merge_field", {"name": "contact.email", "line": 1, "at": 1})]
    assert said("{contact.email}", seller()) == []


@pytest.mark.django_db
def test_steps_are_checked_as_well() -> None:
    assert said("{contact.account.name} {contact.owner.name}") == []
    for wrong in ("contact.account.zzz", "contact.first_name.name", "contact.tags.name"):
        assert [params["name"] for _, params in said(f"{{{wrong}}}")] == [wrong]
    assert said("{note.about}", OPERATOR, "note")[0][0] == "no_merge_field"

"""Small parts made in Python: what they escape, and that what a template names exists."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tracte.web import rows, ui
from tracte.web.templatetags.tracte import undo_url

WEB = Path(ui.__file__).resolve().parent
TEMPLATES = sorted(WEB.glob("templates/**/*.html"))


@given(st.text())
def test_no_part_lets_markup_through(text: str) -> None:
    evil = f'<img src=x onerror=alert(1)>"{text}'
    made = [
        ui.avatar(evil), ui.org(evil), ui.pill(evil), ui.stage(evil), ui.diff(evil, evil), ui.amount(evil),
        ui.cell(evil, end=evil), ui.link_cell(evil, evil), ui.person_cell(evil), ui.org_cell(evil, evil),
        rows.row(evil, evil, [], [], bulk="b"), rows.group_row(evil, evil, [""], ["k-text"]),
        rows.deal_card(rows.Card(evil, 1, evil, evil, evil, evil, evil, 3, 4, evil, rows.NextStep(evil, evil))),
    ]  # fmt: skip
    assert not any("<img" in part or 'alert(1)>"' in part for part in made)


@given(st.text(min_size=1))
def test_a_name_always_has_one_or_two_initials(name: str) -> None:
    assert 1 <= len(ui.initials(name)) <= 6  # one letter may become several in capitals: ß is SS


def test_a_name_keeps_its_colour() -> None:
    assert ui.hue_of("Núria Ferrer") == ui.hue_of(" núria ferrer ") in ui.HUES


@pytest.mark.parametrize(("days", "tone"), [(14, "age "), (15, "age warn"), (28, "age warn"), (29, "age bad")])
def test_age_warns_above_the_usual_time_and_alarms_above_twice(days: int, tone: str) -> None:
    assert f'class="{tone}"' in ui.age(days, 14)


def test_age_is_said_in_the_readers_language_even_when_cached() -> None:
    with translation.override("en"):
        first = ui.age(41, 14)
    with translation.override("ca"):
        ui.age(41, 14)
    with translation.override("en"):
        assert ui.age(41, 14) == first


def test_a_bar_never_leaves_its_frame() -> None:
    assert 'width="100.0"' in ui.bar(9, 3)
    assert 'width="0.0"' in ui.bar(-1, 3)
    assert 'width="0.0"' in ui.bar(1, 0)


def test_only_a_path_of_our_own_is_an_undo() -> None:
    assert undo_url("undo:/changes/7/undo") == "/changes/7/undo"
    assert undo_url("undo:https://elsewhere.example/") == ""
    assert undo_url("undo://elsewhere.example/") == ""
    assert undo_url(None) == ""


def test_every_icon_a_template_names_is_in_the_sprite() -> None:
    named = {
        name for path in TEMPLATES for name in re.findall(r'{% icon "([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= ui.ICONS


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_compiles_and_keeps_the_content_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    engines["django"].from_string(text)
    assert not re.search(r"<[^>]*\s(style|on[a-z]+|hx-on[^=]*)=", text)
    assert not re.search(r"<script(?![^>]*nonce)", text)
    for tag in re.findall(r"<[a-z]+[^>]*\shx-(?:get|post)=(?:[^>{]|{{.*?}}|{%.*?%})*>", text):
        assert "{% hx %}" in tag


@pytest.mark.django_db
def test_every_answer_carries_the_policy_with_its_own_nonce(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.web.specimen_urls"
    answers = [Client().get("/nothing/of/the/kind/") for _ in range(2)]
    policies = [answer.headers["Content-Security-Policy"] for answer in answers]
    assert all(answer.status_code == 404 for answer in answers)
    assert policies[0] != policies[1]
    assert "require-trusted-types-for 'script'" in policies[0]
    assert "unsafe" not in policies[0]
    nonce = re.search(r"'nonce-([^']+)'", policies[0])
    assert nonce
    assert f'nonce="{nonce[1]}"' in answers[0].content.decode()
    assert b"Nothing here" in answers[0].content

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.kernel.fold import FOLD_FROM, FOLD_MULTI, FOLD_TO, fold, like_escape, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Àngel Puigdellívol", "angel puigdellivol"),
        ("Œuvre", "oeuvre"),
        ("ŁÓDŹ", "lodz"),
        ("Straße", "strasse"),
        ("Intel·ligència", "intelligencia"),
        ("Þórr Ægir", "thorr aegir"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Ёлка Йод", "елка иод"),
        ("İstanbul", "istanbul"),
        ("L’Hospitalet – Nord", "l'hospitalet - nord"),
        ("e\u0301", "e"),
        ("ﬁn", "fin"),
    ],
)
def test_folding_forgets_case_and_accents(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_folding_is_the_two_steps_a_database_can_repeat(text: str) -> None:
    for one, several in FOLD_MULTI:
        text = text.replace(one, several)
    table = str.maketrans(FOLD_FROM[: len(FOLD_TO)], FOLD_TO, FOLD_FROM[len(FOLD_TO) :])
    assert fold(text) == text.translate(table)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x24F)))
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


def test_the_map_names_each_character_once() -> None:
    assert len(set(FOLD_FROM)) == len(FOLD_FROM) > len(FOLD_TO)


def test_words_are_runs_of_letters_and_digits() -> None:
    assert words("Tèxtils Llobregat, S.A. (2026)_x") == ["textils", "llobregat", "s", "a", "2026", "x"]


def test_wildcards_become_literal() -> None:
    assert like_escape(r"50%_a\b") == r"50\%\_a\\b"

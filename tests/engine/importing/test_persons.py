"""Whole names of persons fall into first and last name."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tracte.engine.importing.persons import split_name


@pytest.mark.parametrize(
    ("whole", "first", "last"),
    [
        ("Maria Anders", "Maria", "Anders"),
        ("Anders, Maria", "Maria", "Anders"),
        ("Prof. Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("José Pedro Freyre", "José Pedro", "Freyre"),
        ("Juan de la Cruz", "Juan", "de la Cruz"),
        ("Ștefan", "", "Ștefan"),
        ("Martin King Jr.", "Martin", "King"),
        ("Ho Chi", "Ho", "Chi"),
        ("  ", "", ""),
    ],
)
def test_a_whole_name_is_split(whole: str, first: str, last: str) -> None:
    assert split_name(whole) == (first, last)


@given(some.text(some.characters(whitelist_categories=["L"], max_codepoint=0x24F), min_size=3, max_size=12))
def test_one_word_is_always_a_last_name(word: str) -> None:
    assert split_name(word) == ("", word)

"""Keys are made of names and are always good keys."""

from hypothesis import given
from hypothesis import strategies as st

from tracte.modules.base.slugs import MAX_SLUG, is_slug, slug


@given(st.text(max_size=200))
def test_any_name_makes_a_good_key(name: str) -> None:
    assert is_slug(slug(name))


@given(st.from_regex(r"[a-z][a-z0-9]{0,9}(_[a-z0-9]{1,9}){0,3}", fullmatch=True))
def test_a_key_is_its_own_key(key: str) -> None:
    assert slug(key) == key


def test_accents_and_signs_go() -> None:
    assert slug("Sí verbal!") == "si_verbal"
    assert slug("2. Ștefan") == "n_2_stefan"


def test_a_key_has_one_spelling() -> None:
    assert not any(map(is_slug, ("", "A", "a__b", "_a", "a_", "2a", "é", "a-b", "a\n", "a" * (MAX_SLUG + 1))))

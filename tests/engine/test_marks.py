"""Marks: what is typed into a plain box becomes sanitised HTML, and comes back as it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracte.engine import marks
from tracte.meta.kinds.rich_text import sanitise


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("One\n\nTwo", "<p>One</p><p>Two</p>"),
        ("a\nb", "<p>a<br>b</p>"),
        ("Do **this** now", "<p>Do <b>this</b> now</p>"),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("Then:\n1. one\n2. two", "<p>Then:</p><ol><li>one</li><li>two</li></ol>"),
        (
            "see https://a.example/x?y=1&z=2.",
            '<p>see <a href="https://a.example/x?y=1&amp;z=2">https://a.example/x?y=1&amp;z=2</a>.</p>',
        ),
        ("[terms](https://a.example)", '<p><a href="https://a.example">terms</a></p>'),
        ("ask ana@firm.example", '<p>ask <a href="mailto:ana@firm.example">ana@firm.example</a></p>'),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
    ],
)
def test_marks_become_html_and_tags_stay_text(typed: str, html: str) -> None:
    assert marks.to_html(typed) == html


@given(st.text(max_size=300))
def test_whatever_is_typed_the_sanitiser_finds_nothing_to_remove(typed: str) -> None:
    html = marks.to_html(typed.replace("\0", ""))
    cleaned = sanitise(html) if html else None
    assert cleaned is None or "<script" not in cleaned
    assert "<script" not in html.lower()
    assert html.count("<a ") == (cleaned or "").count("<a ") or cleaned is None


@pytest.mark.parametrize(
    "typed", ["One\n\nTwo", "Do **this** now", "- one\n- two", "[terms](https://a.example) and https://b.example"]
)
def test_what_was_typed_comes_back(typed: str) -> None:
    stored = sanitise(marks.to_html(typed))
    assert stored is not None
    assert marks.to_text(stored) == typed


def test_what_marks_cannot_say_is_left_as_html() -> None:
    assert marks.to_text("<table><tr><td>1</td></tr></table>") is None

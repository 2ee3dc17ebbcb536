"""Value lists as trees: order, ways and what stands under what, whatever the parents are."""

from hypothesis import given
from hypothesis import strategies as st

from tracte.meta import trees
from tracte.meta.kinds import Choice, Option
from tracte.meta.kinds.base import Context

KEYS = "abcdefg"
LISTS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([*KEYS, "", "gone"]), max_size=7).map(
    lambda parents: {key: Option(key, key.upper(), parent=parent) for key, parent in parents.items()}
)
REASONS = {
    one.key: one
    for one in (
        Option("price", "Price"),
        Option("dear", "Too expensive", parent="price"),
        Option("much", "Much too expensive", parent="dear"),
        Option("other", "Other"),
    )
}


@given(LISTS)
def test_every_entry_stands_in_the_order_once_and_under_its_parent(options: dict[str, Option]) -> None:
    order = trees.in_order(options)
    assert sorted(key for key, _ in order) == sorted(options)
    places = {key: at for at, (key, _) in enumerate(order)}
    depths = dict(order)
    for key in options:
        parent = trees.parent_of(options, key)
        assert depths[key] == (depths[parent] + 1 if parent else 0)
        assert not parent or places[parent] < places[key]


@given(LISTS, st.sets(st.sampled_from(KEYS)))
def test_what_is_meant_is_closed_under_standing_below(options: dict[str, Option], asked: set[str]) -> None:
    meant = set(trees.with_below(options, asked))
    assert asked <= meant
    assert set(trees.with_below(options, meant)) == meant
    for key in options:
        assert (key in meant) == bool(asked.intersection(trees.way_to(options, key)))


def test_a_choice_is_shown_with_all_it_stands_under_and_read_back_by_it() -> None:
    kind = Choice("Reason", options=REASONS.values()).bound("reason")
    context = Context()
    assert kind.text("much", context) == "Price › Too expensive › Much too expensive"
    assert kind.text("other", context) == "Other"
    assert kind.parse("price › too expensive", context) == "dear"
    assert kind.parse("Much too expensive", context) == "much"
    assert "Price › Too expensive" in kind.html("dear", context)


def test_a_select_indents_what_stands_under_something() -> None:
    kind = Choice("Reason", options=REASONS.values()).bound("reason")
    shown = kind.control("dear", Context(), id="f")
    assert '<option value="price">Price</option><option value="dear" selected>\u2003Too expensive</option>' in shown
    assert "\u2003\u2003Much too expensive" in shown

"""Filters being built: how conditions read, and that taking them apart and putting them together loses nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.modules.conftest import Make, firm, make, person

from tracte.engine.filtering import draft as drafts
from tracte.engine.filtering import fields
from tracte.engine.filtering.comparisons import Given
from tracte.engine.filtering.draft import Group, Kept, Line, Maker
from tracte.engine.sentences import sentences
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.problems import Rejected
from tracte.meta.registry import registry
from tracte.records import door, query
from tracte.records.people import Role
from tracte.records.query import Rows

__all__ = ["firm", "make", "person"]
pytestmark = pytest.mark.django_db


def maker(rows: Rows, language: str = "en") -> Maker:
    reader = rows.reader()
    context = replace(reader.context, language=language)
    return Maker(replace(reader, context=context), context)


def said(entity: str, *parts: Any) -> list[str]:
    rows = query.rows(entity, OPERATOR)
    rows.where({"all": list(parts)})
    return [one.text for one in sentences(rows, parts)]


class TestSentences:
    def test_a_field_of_a_related_record_comes_after_the_record(self, firm: None) -> None:
        assert said(
            "opportunity",
            ["account.billing_address.country", "eq", "ES"],
            ["account.parent.name", "contains", "gas"],
            ["account.vat_number", "empty"],
        ) == [
            "Account › Billing address: country is Spain",
            "Account › Belongs to: name contains gas",
            "Account: VAT number is empty",
        ]

    def test_groups_say_of_which_conditions_how_many_must_hold(self, firm: None) -> None:
        stage, amount = ["stage", "in", ["proposal"]], ["amount", "gt", "10000 EUR"]
        assert said(
            "opportunity",
            {"any": [stage, amount]},
            {"not": {"any": [stage, amount]}},
            {"not": stage},
            {"not": {"all": [stage, amount]}},
            {"any": [{"all": [stage, amount]}, ["next_step", "empty"]]},
            {"any": [["stage", "in", ["new", "won"]], amount]},
            {"any": [stage]},
            {"any": []},
        ) == [
            "Any of: stage is Proposal or amount is above €10,000",
            "None of: stage is Proposal or amount is above €10,000",
            "Not: stage is Proposal",
            "Not all of: stage is Proposal and amount is above €10,000",
            "Any of: (stage is Proposal and amount is above €10,000), or next step is empty",
            "Any of: stage is New or Won, or amount is above €10,000",
            "Stage is Proposal",
            "nothing",
        ]

    def test_collections_say_what_there_is_and_what_there_is_not(self, firm: None) -> None:
        open_ones = ["stage", "not_in", ["won", "lost"]]
        assert said(
            "account",
            ["notes", "none", {"all": [["created_at", "within", "last_14_days"]]}],
            ["notes", "any"],
            ["opportunities", "any", {"all": [open_ones, ["closes_on", "within", "next_30_days"]]}],
            ["opportunities", "none", {"not": ["stage", "eq", "won"]}],
            ["parent.contacts", "none"],
            {"any": [["notes", "none"], ["kind", "eq", "customer"]]},
        ) == [
            "Has no notes in the last 14 days",
            "Has notes",
            "Has opportunities where stage is not Won or Lost, and expected close is in the next 30 days",
            "Has only opportunities where stage is Won",
            "Belongs to: has no contacts",
            "Any of: has no notes or relation is Customer",
        ]

    def test_days_read_as_people_say_them(self, firm: None) -> None:
        assert said(
            "opportunity",
            ["closes_on", "lt", "-2w"],
            ["closes_on", "gt", "+1m"],
            ["closes_on", "lt", "today"],
            ["closes_on", "within", "tomorrow"],
            ["closes_on", "between", ["2026-01-01", "2026-03-31"]],
        )[:4] == [
            "Expected close is more than 2 weeks ago",
            "Expected close is more than 1 month ahead",
            "Expected close is before today",
            "Expected close is tomorrow",
        ]

    def test_many_values_are_counted_instead_of_named(self, firm: None) -> None:
        keys = list(registry()["account"].fields["industry"].options(query.rows("account", OPERATOR).context))[:8]  # type: ignore[attr-defined]
        (text,) = said("account", ["industry", "in", keys])
        assert text.endswith("or 4 others")


PATHS: dict[str, list[tuple[str, str, Given]]] = {
    "account": [
        ("name", "contains", Given(("gas",))),
        ("name", "empty", Given()),
        ("kind", "in", Given(("customer", "prospect"))),
        ("employees", "between", Given(("900",), "12")),
        ("turnover", "gte", Given(("1.000,50",), unit="EUR")),
        ("turnover", "between", Given(("10",), "2,5", "USD")),
        ("parent.name", "starts", Given(("Ga",))),
        ("parent.billing_address.country", "in", Given(("ES", "RO"))),
        ("owner", "in", Given(("me",))),
        ("team", "not_in", Given(("my_teams",))),
        ("created_at", "last", Given(("14",), unit="days")),
        ("created_at", "ago", Given(("2",), unit="weeks")),
        ("created_at", "gte", Given(("2026-01-31",))),
        ("tags", "has_any", Given(("vip, nord",))),
    ],
    "opportunity": [
        ("closes_on", "within", Given(("this_month",))),
        ("closes_on", "next", Given(("30",), unit="days")),
        ("closes_on", "past", Given()),
        ("closes_on", "lte", Given(("2026-12-24",))),
        ("probability", "gt", Given(("12,5",))),
        ("account.tags", "has_none", Given(("x",))),
        ("stage.kind", "in", Given(("open",))),
    ],
    "note": [("pinned", "eq", Given(("yes",))), ("created_at", "coming", Given())],
}
COLLECTIONS = {"account": ["opportunities", "notes", "parent.opportunities"], "opportunity": ["notes"], "note": []}
OF = {"opportunities": "opportunity", "notes": "note", "parent.opportunities": "opportunity"}


WORDS = st.sampled_from(["all", "any", "none"])


def lines(entity: str) -> "st.SearchStrategy[drafts.Part]":
    return st.sampled_from(PATHS[entity]).map(lambda one: Line(*one))


def parts(entity: str, depth: int) -> "st.SearchStrategy[drafts.Part]":
    further: list[st.SearchStrategy[drafts.Part]] = [lines(entity)]
    if depth:
        further.append(groups(entity, depth - 1))
    for name in COLLECTIONS[entity]:
        # The innermost group may still ask what is in a related list, but no further.
        inner = groups(OF[name], depth - 1) if depth else st.builds(Group, WORDS, st.tuples(lines(OF[name])))
        made = st.builds(
            lambda op, inner, name=name: Line(name, op, inner=inner), st.sampled_from(["any", "none", "every"]), inner
        )
        further.append(made)
    return st.one_of(further)


def groups(entity: str, depth: int, least: int = 1) -> "st.SearchStrategy[Group]":
    several = st.lists(parts(entity, depth), min_size=least, max_size=3).map(tuple)
    return st.builds(Group, WORDS, several)


def kept(group: Group) -> list[drafts.Part]:
    """What the builder could not show."""
    inside = [inner for part in group.parts if (inner := drafts.inner_of(part)) is not None]
    return [part for part in group.parts if isinstance(part, Kept)] + [one for inner in inside for one in kept(inner)]


class TestTakingApart:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
    @given(groups("account", 2, 0), st.sampled_from(["es", "en"]))
    def test_what_was_built_comes_back_as_it_was(self, firm: None, built: Group, language: str) -> None:
        rows = query.rows("account", OPERATOR)
        spec, one = rows.spec, maker(rows, "es")
        made, marked = one.write(spec, built)
        assert drafts.problems(marked) == []
        try:
            rows.where({"all": made})
        except Rejected as refused:  # deeper than any filter may be: said as a whole, not beside a line
            assert [problem.code for problem in refused.problems] == ["too_deep"]
            return
        other = maker(rows, language)  # somebody with another language opens it
        opened = other.read(spec, made)
        assert not kept(opened)
        assert other.write(spec, opened)[0] == made
        assert one.write(spec, one.read(spec, made))[0] == made
        assert all(one.text for one in sentences(rows, made))

    def test_what_the_builder_cannot_show_stays_untouched_while_the_rest_changes(self, firm: None) -> None:
        rows = query.rows("account", OPERATOR)
        deep = {"all": [{"any": [{"all": [{"any": [["name", "eq", "x"]]}]}]}]}
        strange = [["employees", "in", [3, 4]], ["created_at", "lt", "+3d"], ["id", "in", []], deep]
        one = maker(rows)
        found = one.read(rows.spec, [*strange, ["kind", "eq", "customer"]])
        assert [type(part) for part in found.parts[:3]] == [Kept, Kept, Kept]
        changed = drafts.put(found, (4,), Line("name", "contains", Given(("a",))))
        assert one.write(rows.spec, changed)[0] == [*strange, ["name", "contains", "a"]]

    def test_every_wrong_line_says_what_is_wrong_at_once(self, firm: None) -> None:
        rows = query.rows("account", OPERATOR)
        wrong = Group(
            "any",
            (
                Line("employees", "gte", Given(("many",))),
                Line("turnover", "gte", Given(("12",), unit="XXZ")),
                Line("created_at", "last", Given(("soon",), unit="days")),
                Line("kind", "in", Given(("nonsense",))),
                Line("kind", "in", Given()),
                Line("parent", "in", Given(("not an id",))),
                Line("kind", "lt", Given(("x",))),
                Line("nonsense", "eq", Given(("x",))),
                Line("opportunities", "every", inner=Group()),
                Line("opportunities", "any", inner=Group("all", (Line("closes_on", "lte", Given(("32/13/2026",))),))),
                Line("name", "contains", Given(("fine",))),
                Line(),
            ),
        )
        made, marked = maker(rows).write(rows.spec, wrong)
        assert len(drafts.problems(marked)) == 10
        assert made == [{"any": [["name", "contains", "fine"]]}]
        assert [part.given for part in marked.parts if isinstance(part, Line)] == [
            part.given for part in wrong.parts if isinstance(part, Line)
        ]

    def test_the_ends_of_a_span_are_put_in_their_order(self, firm: None) -> None:
        rows = query.rows("account", OPERATOR)
        made, _marked = maker(rows).write(rows.spec, Group("all", (Line("employees", "between", Given(("9",), "2")),)))
        assert made == [["employees", "between", [2, 9]]]


class TestWhatIsOffered:
    def paths(self, actor: Actor, entity: str, words: str = "") -> set[str]:
        rows = query.rows(entity, actor)
        found = fields.offered(rows.spec, rows.reader(), rows.context, words)
        return {place.path for section in found for place in section.places}

    def test_own_fields_come_first_then_collections_then_related_records(self, firm: None) -> None:
        rows = query.rows("opportunity", OPERATOR)
        found = fields.offered(rows.spec, rows.reader(), rows.context)
        assert [section.title for section in found][:3] == ["", "Related lists", "Account"]
        assert {"notes", "account.industry", "account.opportunities"} <= self.paths(OPERATOR, "opportunity")

    def test_the_search_goes_further(self, firm: None) -> None:
        assert "account.parent.name" not in self.paths(OPERATOR, "opportunity")
        assert "account.parent.name" in self.paths(OPERATOR, "opportunity", "belongs name")

    @pytest.mark.parametrize("entity", ["account", "contact", "opportunity", "lead", "note", "product"])
    def test_everything_offered_can_be_asked(self, firm: None, entity: str) -> None:
        rows = query.rows(entity, OPERATOR)
        for path in self.paths(OPERATOR, entity) | self.paths(OPERATOR, entity, "a"):
            place = fields.place_of(rows.spec, path, rows.context, rows.reader())
            assert place is not None
            rows.where(
                [path, "any"]
                if place.kind is None
                else [path, "empty"]
                if place.kind.key != "yes_no"
                else [path, "eq", True]
            )

    def test_what_is_hidden_looks_as_if_it_were_not_there(self, make: Make, person: Callable[..., Actor]) -> None:
        role = Role.objects.get(key="seller")
        masks = {"account": {"industry": "hidden"}, "opportunity": {"account": "hidden"}}
        door.update(OPERATOR, "role", role.pk, {"masks": masks}, origin="system", canonical=True)
        actor = person("Núria", "seller", make("team", name="Iberia"))
        offered = self.paths(actor, "opportunity") | self.paths(actor, "account") | self.paths(actor, "contact")
        offered |= self.paths(actor, "contact", "industry") | self.paths(actor, "account", "opportunities")
        assert not {path for path in offered if path.endswith("account.industry") or path == "industry"}
        assert "opportunities" not in self.paths(actor, "account")
        rows = query.rows("contact", actor)
        messages = []
        for path in ("account.industry", "account.nonsense", "account.opportunities"):
            _made, marked = maker(rows).write(rows.spec, Group("all", (Line(path, "in", Given(("x",))),)))
            messages += [one.replace(path, "…") for one in drafts.problems(marked)]
            with pytest.raises(Rejected):
                rows.where([path, "any"])
        assert len(set(messages)) == 1

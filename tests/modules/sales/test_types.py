"""Opportunity types: records that deals begin with, and that show how their deals stand (SP-07, SP-08, SP-21)."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.test import Client

from tracte.config.registration import installed_modules
from tracte.engine import recordpage, timeline
from tracte.engine.listing import read_state
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.meta import registry as registries
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Extend
from tracte.modules.sales import type_state
from tracte.modules.sales.default_pipeline import seed
from tracte.modules.sales.opportunity_type import OpportunityType
from tracte.records import door, past, query, undo
from tracte.records.changes import Change, ChangeSet
from tracte.records.door import Op
from tracte.records.people import User

Make = Callable[..., int]
Codes = Callable[..., set[tuple[str | None, str]]]
Values = Callable[[str, int], dict[str, Any]]
Person = Callable[..., Actor]
pytestmark = pytest.mark.django_db


def named(key: str) -> int:
    return OpportunityType.objects.live().get(key=key).pk


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def test_a_fresh_home_has_the_first_types_once(firm: None) -> None:
    keys = set(OpportunityType.objects.values_list("key", flat=True))
    assert {"new_business", "renewal", "service"} <= keys
    door.delete(OPERATOR, "opportunity_type", named("pilot"), origin="ui")
    seed()
    assert OpportunityType.objects.count() == len(keys)


@pytest.mark.parametrize("written", ["renewal", "Renewal", "RENEWAL"])
def test_forms_and_imports_name_a_type_by_key_or_name(written: str, firm: None, values_of: Values) -> None:
    (made,) = door.create(OPERATOR, "opportunity", {"name": "Line", "type": written}, origin="ui").ids
    assert values_of("opportunity", made)["type"] == named("renewal")
    writer = door.begin(OPERATOR, "import", "Deals", lenient=True)
    (row,) = writer.write("opportunity", "create", [Op({"name": "Line", "type": written})])
    assert values_of("opportunity", row.id or 0)["type"] == named("renewal")


def test_filters_written_before_types_were_records_still_find_them(make: Make) -> None:
    deal = make("opportunity", name="Line", type="renewal")
    make("opportunity", name="Other", type="pilot")
    rows = query.rows("opportunity", OPERATOR)
    assert rows.where(["type", "in", ["renewal"]]).ids() == [deal]
    state = read_state(rows, {"type": ["renewal"]})
    assert rows.where({"all": list(state.parts)}).ids() == [deal]


def test_a_deal_takes_from_its_type_what_nobody_gave(make: Make, values_of: Values, codes: Codes) -> None:
    product, pipeline = make("product", name="Press", sku="P1"), make("pipeline", name="Long talks")
    first = make("stage", name="Talk", pipeline=pipeline)
    kind = make("opportunity_type", name="Line", pipeline=pipeline, product=product, objective="Twice as fast")
    deal = values_of("opportunity", make("opportunity", name="A", type=encode(kind)))
    assert [deal[name] for name in ("pipeline", "stage", "product", "objective")] == [
        pipeline, first, product, "Twice as fast",
    ]  # fmt: skip
    other = values_of("opportunity", make("opportunity", name="B", type=encode(kind), objective="Less noise"))
    assert other["objective"] == "Less noise"


def test_a_type_out_of_use_stays_and_does_not_come(make: Make, codes: Codes) -> None:
    kind = named("pilot")
    deal = make("opportunity", name="A", type="pilot")
    door.update(OPERATOR, "opportunity_type", kind, {"active": False}, origin="ui")
    door.update(OPERATOR, "opportunity", deal, {"name": "A again"}, origin="ui")
    assert codes(make, "opportunity", name="B", type="pilot") == {("type", "retired_choice")}
    assert codes(door.delete, OPERATOR, "opportunity_type", kind, origin="ui") == {(None, "in_use")}


def test_a_pipeline_of_leads_is_none_for_a_type(make: Make, codes: Codes) -> None:
    leads = make("pipeline", name="Calls", entity="lead")
    assert codes(make, "opportunity_type", name="X", pipeline=leads) == {("pipeline", "pipeline_not_for")}


def test_whoever_answers_for_a_type_changes_it_and_nobody_else_of_the_sellers(make: Make, person: Person) -> None:
    team = make("team", name="Iberia")
    nuria, jordi = person("Nuria", "seller", team), person("Jordi", "seller", team)
    kind = make("opportunity_type", name="Line", owner=nuria.user_id)
    door.update(nuria, "opportunity_type", kind, {"objective": "Faster"}, origin="ui")
    assert browser(nuria).get(f"/opportunity_types/{encode(kind)}/edit/").status_code == 200
    with pytest.raises(Exception, match="edit opportunity_type"):
        door.update(jordi, "opportunity_type", kind, {"objective": "Slower"}, origin="ui")


def test_people_write_notes_about_a_type(make: Make, person: Person) -> None:
    nuria = person("Nuria", "seller", make("team", name="Iberia"))
    kind, pages = make("opportunity_type", name="Line"), browser(nuria)
    address = f"/opportunity_types/{encode(kind)}/"
    assert pages.post(f"{address}talk/", {"text": "The fair is in March"}).status_code == 302
    assert "The fair is in March" in pages.get(address).content.decode()


# -- its state -------------------------------------------------------------------------------------------------------
@pytest.fixture
def told(make: Make, person: Person, stage: dict[str, int]) -> tuple[int, Actor, Actor]:
    """A type with deals of Nuria's in two currencies; Charlie of another team sees none of them."""
    nuria = person("Nuria", "seller", make("team", name="Iberia"))
    charlie = person("Charlie", "seller", make("team", name="Danubia"))
    kind = make("opportunity_type", name="Line")
    for name, where, amount, day in (
        ("First", "new", "100 EUR", "2026-12-02"),
        ("Second", "new", "50 GBP", "2026-12-01"),
        ("Third", "proposal", "10 EUR", "2026-12-24"),
        ("Done", "won", "7 EUR", "2026-01-01"),
    ):
        make("opportunity", nuria, name=name, type=encode(kind), stage=stage[where], amount=amount, closes_on=day)
    make("opportunity", nuria, name="Gone", type=encode(kind), stage=stage["lost"], lost_reason="price")
    return kind, nuria, charlie


def test_a_type_shows_how_its_deals_stand_each_currency_apart(told: tuple[int, Actor, Actor]) -> None:
    kind, nuria, _charlie = told
    state = type_state.state_of(kind, nuria)
    assert state is not None
    assert {name: (part.count, dict(part.sums)) for name, part in state.kinds.items()} == {
        "open": (3, {"EUR": 110, "GBP": 50}),
        "won": (1, {"EUR": 7}),
        "lost": (1, {}),
    }
    assert [(part.stage.title, part.count, dict(part.sums)) for part in state.stages if part.stage] == [
        ("New", 2, {"EUR": 100, "GBP": 50}),
        ("Proposal", 1, {"EUR": 10}),
    ]
    assert [deal["name"] for deal in state.closing] == ["Second", "First", "Third"]
    for part in (*state.kinds.values(), *state.stages):
        assert query.rows("opportunity", nuria).where({"all": list(part.where)}).count()[0] == part.count


def test_its_page_shows_the_state_and_a_stranger_nothing_of_deals_out_of_reach(
    told: tuple[int, Actor, Actor], django_assert_max_num_queries: Any
) -> None:
    kind, nuria, charlie = told
    mine, his = browser(nuria), browser(charlie)
    mine.get(f"/opportunity_types/{encode(kind)}/")
    with django_assert_max_num_queries(12):
        page = mine.get(f"/opportunity_types/{encode(kind)}/").content.decode()
    assert "How it stands" in page
    assert "€110.00" in page or "€110" in page
    assert "Second" in page
    other = his.get(f"/opportunity_types/{encode(kind)}/").content.decode()
    assert "How it stands" in other
    assert not re.search("Second|€110|£50", other)


# -- what other modules add ------------------------------------------------------------------------------------------
@pytest.fixture
def plans() -> Iterator[None]:
    """A module that writes a first note for every new deal of a type."""

    def plan(drafts: Sequence[Draft], env: WriteEnv) -> None:
        for draft in drafts:
            kind = draft.values.get("type")
            if kind and (draft.created or draft.changed("type")):
                name = env.rows("opportunity_type", [kind])[kind]["name"]
                env.create("note", {"body": f"<p>Plan for {name}</p>", "about": (draft.id,)})

    before = registries._current
    modules = installed_modules()
    entities = [entity() for module in modules for entity in module.entities]
    extends = [extend for module in modules for extend in module.extends]
    registries.install(entities, [*extends, Extend("opportunity", "plans", after=plan)])
    yield
    registries._current = before


def test_a_module_makes_records_from_the_type_in_the_same_change_set(make: Make, plans: None) -> None:
    account = make("account", name="Acme")
    made = door.create(OPERATOR, "opportunity", {"name": "A", "account": encode(account), "type": "pilot"}, origin="ui")
    notes = query.rows("note", OPERATOR).linked("about", made.id)
    assert [note["body"] for note in notes.read(notes.ids(), ["body"]).values()] == ["<p>Plan for Pilot</p>"]
    door.update(OPERATOR, "opportunity", made.id, {"type": "renewal"}, origin="ui")
    assert len(notes.ids()) == 2
    undo.run(made.set_id or 0, OPERATOR, with_dependants=True)
    assert not query.rows("opportunity", OPERATOR).only([made.id]).ids()


# -- what was written while types were entries of a list -------------------------------------------------------------
def test_history_and_undo_understand_the_keys_types_had(make: Make, values_of: Values) -> None:
    deal = make("opportunity", name="A", type="pilot")
    pilot, renewal = named("pilot"), named("renewal")
    kind = query.registry()["opportunity"].fields["type"]
    assert past.value_of(kind, "renewal") == renewal
    assert past.value_of(kind, encode(pilot)) == pilot
    assert past.value_of(kind, None) is None
    with pytest.raises(ValueError):  # noqa: PT011  # whatever it says, it is not taken for a type
        past.value_of(kind, "never_was")
    sets = ChangeSet.objects.create(origin="ui", created_at=clock.now())
    data = {"type": ["renewal", "pilot"]}
    Change.objects.create(set=sets, entity="opportunity", record_id=deal, verb="update", at=clock.now(), data=data)
    page = recordpage.read("opportunity", OPERATOR, deal)
    told = [change for event in timeline.read(page).events for change in getattr(event, "fields", ())]
    assert [(one.before, one.after) for one in told if one.name == "type"] == [(renewal, pilot)]
    undo.run(sets.pk, OPERATOR)
    assert values_of("opportunity", deal)["type"] == renewal

"""Search: everything in reach that holds the words, nothing else, best first."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.modules.conftest import Make

from tracte.engine import reindexing, searching
from tracte.engine.searching import asked_of, search
from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.kernel.ids import encode
from tracte.meta.registry import registry
from tracte.records import door, query
from tracte.records.query import reach
from tracte.records.tables import SearchRow

pytestmark = pytest.mark.django_db
ENTITIES = ("account", "contact", "opportunity", "note")
WORDS = ("Cellers", "Montgrí", "Ștefan", "cel", "o'neil", "100%", "a_b", "Æro", "line 3", '"quoted"', "zz")
LEVELS = (Level.NONE, Level.OWN, Level.TEAM, Level.ALL)
queries = st.one_of(
    st.sampled_from(
        ["c", "ce", "cel", "montgri", "MONTGRÍ", "ine", "937 412", "+34 937 412 880", "0034937412880", "%", "_b"]
    ),
    st.sampled_from(
        ["cellers montgri", "zz line", "st cel", "o'n", "100%", '"quo', "aero", "private", "é", "3 li", "OR zz"]
    ),
    st.text(alphabet="celrsmontgríș '\"%_*-3", max_size=8),
)
levels = st.fixed_dictionaries({entity: st.sampled_from(LEVELS) for entity in ENTITIES})


def actor_with(user: int | None, reached: dict[str, Level], *teams: int, **more: Any) -> Actor:
    return Actor(
        user, "Somebody", levels={(e, "view"): level for e, level in reached.items()}, teams=frozenset(teams), **more
    )


def by_brute_force(actor: Actor, text: str) -> set[int]:
    """Every visible record whose text is accepted in memory, one by one."""
    asked = asked_of(text)
    found: set[int] = set()
    for spec in registry():
        if not asked.words or not spec.declaration.searchable or reach(spec, actor, "view") is Level.NONE:
            continue
        visible = set(query.rows(spec.key, actor).ids())
        texts = SearchRow.objects.filter(entity=spec.key).values_list("record_id", "txt", "name_key")
        found |= {pk for pk, txt, name in texts if pk in visible and asked.accepts(txt, name)}
    return found


@pytest.fixture
def crowd(make: Make) -> dict[str, int]:
    """Records of four entities, of two people in two teams and of nobody."""
    teams = [make("team", name=name) for name in ("North", "South")]
    people = [
        make("user", name=name, email=f"{name}@firm.example", teams=[encode(teams[at])]) for at, name in enumerate("ab")
    ]
    owners: list[dict[str, Any]] = [
        {"owner": people[0], "team": teams[0]},
        {"owner": people[1], "team": teams[0]},
        {"owner": people[1], "team": teams[1]},
        {},
    ]
    accounts = []
    for at, word in enumerate(WORDS):
        common = owners[at % 4]
        accounts.append(
            make(
                "account",
                name=f"{word} {WORDS[at * 3 % len(WORDS)]}",
                phone="+34937412880" if at % 3 else None,
                **common,
            )
        )
        make(
            "contact",
            first_name=word,
            last_name=WORDS[at * 5 % len(WORDS)],
            email=f"p{at}@montgri.example",
            **owners[(at + 1) % 4],
        )
        make(
            "note",
            body=f"<p>{word} private talk</p>",
            about=[encode(accounts[-1])],
            private=at % 2 == 0,
            **owners[(at + 2) % 4],
        )
    return {"me": people[0], "other": people[1], "north": teams[0], "south": teams[1], "account": accounts[0]}


@pytest.mark.parametrize("narrow", [-1, 5_000], ids=["candidates first", "own scope first"])
def test_search_finds_exactly_what_a_scan_of_everything_visible_finds(
    crowd: dict[str, int], narrow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "NARROW", narrow)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(queries, levels, st.sampled_from([(), ("north",), ("south",), ("north", "south")]))
    def same(text: str, reached: dict[str, Level], teams: tuple[str, ...]) -> None:
        searching._narrow.clear()
        actor = actor_with(crowd["me"], reached, *(crowd[team] for team in teams))
        assert {hit.id for hit in search(actor, text, 1000)} == by_brute_force(actor, text)

    same()


def test_short_of_hits_it_looks_at_more_candidates(
    crowd: dict[str, int], make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "NARROW", -1)
    monkeypatch.setattr(searching, "CAPS", (2, 1_000))
    mine = make("account", name="Old Frequent", owner=crowd["me"])
    for at in range(5):
        make("account", name=f"The Frequent {at}", owner=crowd["other"], team=crowd["south"])
    hits = search(actor_with(crowd["me"], {"account": Level.OWN}), "frequent")
    assert [hit.id for hit in hits] == [mine]


def test_the_exact_title_comes_first_then_beginnings_then_words_then_the_rest(make: Make) -> None:
    names = ["Unharboured", "North Harbour", "Harbourline", "Harbour"]
    made = {name: make("account", name=name) for name in names}
    hits = [hit.id for hit in search(OPERATOR, "harbour")]
    assert hits == [made[name] for name in reversed(names)]


def test_the_newest_comes_first_among_equals(make: Make) -> None:
    first, second = make("contact", first_name="Twin", last_name="A"), make("contact", first_name="Twin", last_name="B")
    assert [hit.id for hit in search(OPERATOR, "twin")] == [second, first]


@pytest.mark.parametrize("typed", ["+34 937 41 28 80", "937 412 880", "0034 937-412-880", "(937) 412.880", "412880"])
def test_a_phone_number_is_found_however_it_is_written(make: Make, typed: str) -> None:
    made = make("account", name="Forns", phone="+34937412880")
    assert [hit.id for hit in search(OPERATOR, typed)] == [made]


def test_a_hidden_field_does_not_find_its_record(make: Make, crowd: dict[str, int]) -> None:
    made = make("contact", first_name="Ion", last_name="Pop", email="secret@hidden.example", owner=crowd["me"])
    sees = actor_with(crowd["me"], {"contact": Level.ALL})
    masked = actor_with(crowd["me"], {"contact": Level.ALL}, masks={("contact", "email"): "hidden"})
    assert [hit.id for hit in search(sees, "secret@hidden")] == [made]
    assert search(masked, "secret@hidden") == []
    (hit,) = search(masked, "ion pop")
    assert (hit.id, hit.subtitle) == (made, "")


def test_a_private_note_is_found_by_its_owner_alone(make: Make, crowd: dict[str, int]) -> None:
    made = make("note", body="<p>surprise party</p>", private=True, owner=crowd["me"], about=[encode(crowd["account"])])
    every = {"note": Level.ALL, "account": Level.ALL}
    assert [hit.id for hit in search(actor_with(crowd["me"], every), "surprise")] == [made]
    assert search(actor_with(crowd["other"], every), "surprise") == []


def test_a_binned_record_is_not_found_and_a_restored_one_is(make: Make) -> None:
    made = make("account", name="Ephemeral")
    door.delete(OPERATOR, "account", made, origin="ui")
    assert search(OPERATOR, "ephemeral") == []
    door.restore(OPERATOR, "account", made, origin="ui")
    assert [hit.id for hit in search(OPERATOR, "ephemeral")] == [made]


def test_text_that_an_import_deferred_is_written_later_and_reindexing_changes_nothing(
    firm: None, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    writer = door.begin(OPERATOR, "import", "Accounts", defer_search=True)
    writer.write("account", "create", [door.Op({"name": "Deferred Ltd"})])
    writer.finish()
    assert search(OPERATOR, "deferred") == []
    assert (reindexing.waiting(), reindexing.write_next(), reindexing.write_next()) == (1, 1, 0)
    with django_assert_max_num_queries(3):
        assert len(search(OPERATOR, "deferred")) == 1
    before = sorted(SearchRow.objects.values_list("record_id", "txt", "owner_id", "team_id"))
    assert reindexing.reindex() == len(before)
    assert sorted(SearchRow.objects.values_list("record_id", "txt", "owner_id", "team_id")) == before


def test_new_words_of_many_records_follow_while_a_new_owner_counts_at_once(make: Make, crowd: dict[str, int]) -> None:
    own = {"account": Level.OWN}
    told, given = (make("account", name=f"Before {at}", owner=crowd["me"]) for at in range(2))
    writer = door.begin(OPERATOR, "ui", "Many", defer_search=True)
    ops = [door.Op({"name": "After"}, id=told), door.Op({"name": "After", "owner": encode(crowd["other"])}, id=given)]
    writer.write("account", "update", ops)
    writer.finish()
    mine, theirs = actor_with(crowd["me"], own), actor_with(crowd["other"], own)
    assert ([hit.id for hit in search(mine, "before")], search(mine, "after")) == ([told], [])
    assert [hit.id for hit in search(theirs, "after")] == [given]
    assert (reindexing.write_next(), reindexing.write_next()) == (1, 0)
    assert ([hit.id for hit in search(mine, "after")], search(mine, "before")) == ([told], [])

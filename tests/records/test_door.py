"""The door: all problems at once, nothing half written, history, and undo that restores."""

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.example.visit import Visit

from tracte.kernel.actor import OPERATOR, Actor, Level
from tracte.kernel.problems import Conflict, Forbidden, NotFound, Rejected
from tracte.records import door, query, undo
from tracte.records.changes import Change, ChangeSet
from tracte.records.guard import OutsideTheDoor
from tracte.records.tables import SearchRow

pytestmark = pytest.mark.django_db

RAW = {"name": "First talk", "cost": "1.234,56 €", "day": "2026-11-30", "tags": "Vip, nord", "people": "4"}


def stored(record_id: int) -> dict[str, object]:
    return query.rows("visit", OPERATOR).get(record_id)


def somebody(user_id: int, level: Level, *teams: int, **more: object) -> Actor:
    levels = {("visit", verb): level for verb in ("view", "create", "edit", "delete", "undo")}
    return Actor(user_id, f"Person {user_id}", levels=levels, teams=frozenset(teams), **more)  # type: ignore[arg-type]


def people(*names: str) -> list[int]:
    return [door.create(OPERATOR, "user", {"name": n, "email": f"{n}@example.org"}, origin="system").id for n in names]


class TestCreate:
    def test_what_a_person_typed_is_stored_canonically(self) -> None:
        outcome = door.create(OPERATOR, "visit", RAW, origin="ui")
        values = stored(outcome.id)
        assert str(values["cost"].amount) == "1234.5600"
        assert values["tags"] == ("vip", "nord")
        assert (values["people"], values["status"], values["version"]) == (4, "planned", 1)

    def test_every_problem_is_told_at_once_and_nothing_is_written(self) -> None:
        with pytest.raises(Rejected) as refused:
            door.create(
                OPERATOR, "visit", {"cost": "much", "day": "never", "nope": 1, "created_at": "2026-01-01"}, origin="ui"
            )
        assert {p.field for p in refused.value.problems} == {"name", "cost", "day", "nope", "created_at"}
        assert not Visit.objects.exists()
        assert not ChangeSet.objects.exists()

    def test_two_live_records_cannot_share_a_unique_value_but_the_bin_does_not_count(self) -> None:
        first = door.create(OPERATOR, "visit", RAW | {"code": "A1"}, origin="ui").id
        with pytest.raises(Rejected, match="not_unique"):
            door.create(OPERATOR, "visit", RAW | {"code": "A1"}, origin="ui")
        door.delete(OPERATOR, "visit", first, origin="ui")
        door.create(OPERATOR, "visit", RAW | {"code": "A1"}, origin="ui")
        with pytest.raises(Rejected, match="not_unique"):
            door.restore(OPERATOR, "visit", first, origin="ui")

    def test_a_reference_to_nothing_and_to_something_out_of_reach_look_the_same(self) -> None:
        anna, ben = people("anna", "ben")
        hidden = door.create(OPERATOR, "visit", RAW | {"owner": ben}, origin="ui", canonical=False).id
        actor, answers = somebody(anna, Level.OWN), []
        for target in (hidden, hidden + 1):
            with pytest.raises(Rejected) as refused:
                door.create(actor, "visit", RAW | {"host": target}, origin="ui")
            answers.append([p.as_json() for p in refused.value.problems])
        assert answers[0] == answers[1]

    def test_the_team_follows_the_owner(self) -> None:
        team = door.create(OPERATOR, "team", {"name": "North"}, origin="system").id
        anna = door.create(
            OPERATOR, "user", {"name": "Anna", "email": "anna@example.org", "teams": [team]}, origin="system"
        ).id
        assert stored(door.create(OPERATOR, "visit", RAW | {"owner": anna}, origin="ui").id)["team"] == team


class TestUpdate:
    def test_only_what_changed_is_written_and_remembered(self) -> None:
        one = door.create(OPERATOR, "visit", RAW, origin="ui").id
        outcome = door.update(OPERATOR, "visit", one, {"people": "5", "name": "First talk"}, origin="ui")
        change = Change.objects.get(set_id=outcome.set_id)
        assert change.data == {"people": [4, 5]}
        assert stored(one)["version"] == 2

    def test_a_save_without_change_leaves_no_trace(self) -> None:
        one = door.create(OPERATOR, "visit", RAW, origin="ui").id
        before = ChangeSet.objects.count()
        outcome = door.update(OPERATOR, "visit", one, {"people": "4"}, origin="ui")
        assert outcome.unchanged and outcome.set_id is None
        assert ChangeSet.objects.count() == before
        assert stored(one)["version"] == 1

    def test_a_stale_version_is_a_conflict_and_writes_nothing(self) -> None:
        one = door.create(OPERATOR, "visit", RAW, origin="ui").id
        door.update(OPERATOR, "visit", one, {"people": 5}, origin="ui")
        with pytest.raises(Conflict):
            door.update(OPERATOR, "visit", one, {"people": 6}, version=1, origin="ui")
        assert stored(one)["people"] == 5

    def test_a_record_may_not_leave_the_writer_s_reach(self) -> None:
        anna, ben = people("anna", "ben")
        mine = door.create(somebody(anna, Level.OWN), "visit", RAW, origin="ui").id
        with pytest.raises(Rejected, match="left_scope"):
            door.update(somebody(anna, Level.OWN), "visit", mine, {"owner": ben}, origin="ui")

    def test_a_stranger_gets_the_answer_for_a_missing_record(self) -> None:
        anna, charlie = people("anna", "charlie")
        one = door.create(somebody(anna, Level.OWN), "visit", RAW, origin="ui").id
        for target in (one, one + 1):
            with pytest.raises(NotFound):
                door.update(somebody(charlie, Level.OWN), "visit", target, {"people": 1}, origin="ui")

    def test_who_sees_but_may_not_edit_is_told_so(self) -> None:
        (anna,) = people("anna")
        one = door.create(OPERATOR, "visit", RAW, origin="ui").id
        reader = Actor(anna, "Reader", levels={("visit", "view"): Level.ALL, ("visit", "edit"): Level.OWN})
        with pytest.raises(Forbidden):
            door.update(reader, "visit", one, {"people": 1}, origin="ui")

    def test_a_masked_field_cannot_be_written_and_survives_an_edit(self) -> None:
        (anna,) = people("anna")
        one = door.create(OPERATOR, "visit", RAW | {"secret": "gold", "owner": anna}, origin="ui").id
        masked = somebody(anna, Level.OWN, masks={("visit", "secret"): "hidden"})
        with pytest.raises(Rejected, match="unknown_field"):
            door.update(masked, "visit", one, {"secret": "x"}, origin="ui")
        door.update(masked, "visit", one, {"people": 9}, origin="ui")
        assert stored(one)["secret"] == "gold"
        assert "secret" not in query.rows("visit", masked).get(one)


class TestGuard:
    def test_no_record_is_saved_outside_the_door(self) -> None:
        one = Visit.objects.get(pk=door.create(OPERATOR, "visit", RAW, origin="ui").id)
        for attempt in (one.save, one.delete, Visit.objects.all().delete, lambda: Visit.objects.update(people=1)):
            with pytest.raises(OutsideTheDoor):
                attempt()

    def test_history_cannot_be_rewritten_even_by_the_program(self) -> None:
        one = door.create(OPERATOR, "visit", RAW, origin="ui").id
        door.update(OPERATOR, "visit", one, {"people": 5}, origin="ui")
        for rewrite in (Change.objects.all().delete, lambda: Change.objects.update(data={})):
            with pytest.raises(DatabaseError, match="history is never rewritten"), transaction.atomic():
                rewrite()
        assert Change.objects.count() == 1


class TestUndo:
    def test_an_undone_create_is_in_the_bin_and_undoing_that_brings_it_back(self) -> None:
        outcome = door.create(OPERATOR, "visit", RAW, origin="ui")
        result = undo.run(outcome.set_id or 0, OPERATOR)
        assert (result.undone, result.conflict_count) == (1, 0)
        with pytest.raises(NotFound):
            stored(outcome.id)
        undo.run(result.set_id or 0, OPERATOR)
        assert stored(outcome.id)["name"] == "First talk"
        assert ChangeSet.objects.get(pk=outcome.set_id).state == "applied"

    def test_a_field_changed_since_is_kept_unless_forced(self) -> None:
        one = door.create(OPERATOR, "visit", RAW, origin="ui").id
        first = door.update(OPERATOR, "visit", one, {"people": 5, "name": "Second"}, origin="ui")
        door.update(OPERATOR, "visit", one, {"people": 6}, origin="ui")
        result = undo.run(first.set_id or 0, OPERATOR)
        assert [(c.field, c.code) for c in result.conflicts] == [("people", "changed_since")]
        assert (stored(one)["people"], stored(one)["name"]) == (6, "First talk")
        undo.run(first.set_id or 0, OPERATOR, force=True)
        assert stored(one)["people"] == 4

    def test_a_created_record_others_use_is_kept_or_goes_with_them(self) -> None:
        host = door.create(OPERATOR, "visit", RAW, origin="ui")
        guest = door.create(OPERATOR, "visit", RAW | {"host": host.id}, origin="ui").id
        result = undo.run(host.set_id or 0, OPERATOR)
        assert [c.code for c in result.conflicts] == ["has_later_records"]
        assert stored(host.id)["id"] == host.id
        undo.run(host.set_id or 0, OPERATOR, with_dependants=True)
        for gone in (host.id, guest):
            with pytest.raises(NotFound):
                stored(gone)

    def test_a_dry_run_tells_and_changes_nothing(self) -> None:
        outcome = door.create(OPERATOR, "visit", RAW, origin="ui")
        assert undo.run(outcome.set_id or 0, OPERATOR, dry_run=True).undone == 1
        assert stored(outcome.id)["version"] == 1

    def test_a_set_cannot_be_undone_twice(self) -> None:
        outcome = door.create(OPERATOR, "visit", RAW, origin="ui")
        undo.run(outcome.set_id or 0, OPERATOR)
        with pytest.raises(Rejected, match="cannot_undo"):
            undo.run(outcome.set_id or 0, OPERATOR)

    def test_a_stranger_does_not_see_the_set(self) -> None:
        outcome = door.create(OPERATOR, "visit", RAW, origin="ui")
        with pytest.raises(NotFound):
            undo.run(outcome.set_id or 0, somebody(7, Level.ALL))

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        edits=st.lists(
            st.fixed_dictionaries({}, optional={
                "name": st.sampled_from(["A", "B"]), "people": st.integers(0, 3).map(str), "cost": st.sampled_from(["1 EUR", "2 USD", ""]),
                "tags": st.sampled_from(["a,b", "b", ""]), "status": st.sampled_from(["planned", "done"]), "day": st.sampled_from(["2026-01-01", ""]),
            }), min_size=1, max_size=4,
        )
    )  # fmt: skip
    def test_undoing_every_set_backwards_restores_what_was(self, edits: list[dict[str, str]]) -> None:
        one = door.create(OPERATOR, "visit", RAW, origin="ui").id
        before = stored(one)
        sets = [door.update(OPERATOR, "visit", one, edit, origin="ui").set_id for edit in edits]
        for set_id in reversed([s for s in sets if s]):
            assert undo.run(set_id, OPERATOR).conflict_count == 0
        after = stored(one)
        for stamp in ("version", "modified_at"):
            before.pop(stamp), after.pop(stamp)
        assert after == before


class TestBulk:
    def test_a_bulk_leaves_bad_rows_out_and_counts_them(self) -> None:
        writer = door.begin(OPERATOR, "import", "Rows")
        results = writer.write(
            "visit", "create", [door.Op({"name": n, "people": p}) for n, p in [("a", "1"), ("", "2"), ("c", "x")]]
        )
        writer.finish()
        assert [r.verdict for r in results] == ["created", "problem", "problem"]
        assert [[p.field for p in r.problems] for r in results] == [[], ["name"], ["people"]]
        assert ChangeSet.objects.get(pk=writer.set_id).state == "partly_applied"
        assert undo.run(writer.set_id, OPERATOR).undone == 1

    def test_many_rows_take_the_fast_way_in_and_read_back_the_same(self) -> None:
        writer = door.begin(OPERATOR, "import", "Rows")
        ops = [
            door.Op(RAW | {"name": f"Row {n}", "chance": "33,3333", "starts_at": "2026-11-21 10:00"})
            for n in range(120)
        ]
        ids = [r.id or 0 for r in writer.write("visit", "create", ops)]
        single = stored(door.create(OPERATOR, "visit", dict(ops[5].values), origin="ui").id)
        bulk = stored(ids[5])
        for stamp in ("id", "created_at", "modified_at"):
            single.pop(stamp), bulk.pop(stamp)
        assert single == bulk
        assert SearchRow.objects.filter(record_id__in=ids).count() == 120

    def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
        self, django_assert_max_num_queries: object
    ) -> None:
        door.begin(OPERATOR, "import").write("visit", "create", [door.Op(RAW)])
        for count in (2, 200):
            with django_assert_max_num_queries(40):  # type: ignore[operator]
                door.begin(OPERATOR, "import").write("visit", "create", [door.Op(RAW) for _ in range(count)])

"""The audit trail: added to, never rewritten; what decides rights is told with before and after."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tracte.engine.jobs import shorten_trail
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Rejected
from tracte.meta.registry import registry
from tracte.records import audit, door, undo
from tracte.records.audit import AppendOnly, AuditEntry, Place, What
from tracte.records.people import Token, User
from tracte.records.principals import DECIDING
from tracte.testing.actors import hire, plant

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh_hour() -> Iterator[None]:
    audit.forget_counts()
    yield
    audit.forget_counts()


def entries(kind: What) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(kind=kind).order_by("id"))


def told(kind: What) -> AuditEntry:
    """The one entry of a kind."""
    (found,) = entries(kind)
    return found


# -- never rewritten -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sql", ["UPDATE audit_entry SET actor_name = 'nobody'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_to_rewrite_the_trail(sql: str) -> None:
    audit.note(What.SIGNED_IN, actor_name="Pau")
    with pytest.raises(DatabaseError, match="never rewritten"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert told(What.SIGNED_IN).actor_name == "Pau"


def test_the_program_refuses_it_before_the_database_is_asked() -> None:
    audit.note(What.SIGNED_IN, actor_name="Pau")
    entry = told(What.SIGNED_IN)
    entry.actor_name = "nobody"
    for change in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(kind="x"),
        lambda: AuditEntry.objects.bulk_update([entry], ["kind"]),
    ):
        with pytest.raises(AppendOnly):
            change()


def test_only_what_is_older_than_it_is_kept_goes_and_the_trail_says_so() -> None:
    now = clock.now()
    for age in (800, 731, 729, 0):
        with clock.frozen(now - timedelta(days=age)):
            audit.note(What.SIGNED_IN, actor_name=f"{age} days ago")
    assert audit.forget(730) == 2
    assert [one.actor_name for one in entries(What.SIGNED_IN)] == ["729 days ago", "0 days ago"]
    assert told(What.FORGOTTEN).data["entries"] == 2
    assert audit.forget(730) == 0  # and says nothing
    assert len(entries(What.FORGOTTEN)) == 1


def test_after_the_trail_was_shortened_the_database_refuses_as_before() -> None:
    with clock.frozen(LONG_AGO):
        audit.note(What.SIGNED_IN, actor_name="long ago")
    audit.forget(None)
    with clock.frozen(LONG_AGO):
        audit.note(What.SIGNED_IN, actor_name="long ago, too")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry")


@pytest.mark.parametrize("days", [0, -5, 1, 89])
def test_nobody_can_set_the_trail_to_be_forgotten_within_three_months(days: int) -> None:
    with clock.frozen(clock.now() - timedelta(days=89)):
        audit.note(What.SIGNED_IN, actor_name="a season ago")
    assert audit.forget(days) == 0
    with pytest.raises(Rejected):
        door.create(OPERATOR, "company", {"name": "Roofs", "audit_days": str(days)}, origin="ui")


def test_the_nightly_task_keeps_entries_as_long_as_the_company_says() -> None:
    door.create(OPERATOR, "company", {"name": "Roofs", "audit_days": "100"}, origin="ui")
    with clock.frozen(clock.now() - timedelta(days=101)):
        audit.note(What.SIGNED_IN, actor_name="101 days ago")
    assert shorten_trail(None) == {"entries": 1}  # type: ignore[arg-type]


# -- small and harmless ----------------------------------------------------------------------------------------------
HOSTILE = "Pau\r\n2026-01-01 INFO all is well\x1b[2J\u202egnp.exe\x00\ud800"


def test_an_entry_holds_no_line_break_control_letter_or_half_letter() -> None:
    audit.note(
        What.TOKEN_MADE, actor_name=HOSTILE, where=Place("ui", HOSTILE), title=HOSTILE, more={HOSTILE: [HOSTILE]}
    )
    entry = told(What.TOKEN_MADE)
    for text in (entry.actor_name, entry.address, entry.data["title"], *entry.data["more"]):
        assert not set("\r\n\x1b\u202e\x00\ud800") & set(text)
        assert "Pau 2026" in text


@given(st.dictionaries(st.text(), st.recursive(st.text() | st.integers() | st.booleans(), st.lists, max_leaves=400)))
def test_what_goes_along_is_bounded_whatever_it_was(data: dict[str, object]) -> None:
    assert len(json.dumps(audit.bounded(data))) <= audit.MOST_DATA


def test_whoever_tries_a_thousand_times_leaves_a_bounded_trail_that_says_so() -> None:
    for _ in range(audit.MOST_STRANGERS * 3):
        audit.note_sparingly("sign-in 10.0.0.9", audit.MOST_STRANGERS, What.SIGN_IN_FAILED, actor_name="x@y.example")
    found = entries(What.SIGN_IN_FAILED)
    assert len(found) == audit.MOST_STRANGERS
    assert [bool(one.data.get("last")) for one in found].count(True) == 1


def test_a_thousand_addresses_together_leave_a_bounded_trail_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST_SPARED", 30)
    for number in range(100):
        audit.note_sparingly(f"sign-in 10.0.0.{number}", audit.MOST_STRANGERS, What.SIGN_IN_FAILED)
    assert len(entries(What.SIGN_IN_FAILED)) == 30


# -- mass reads ------------------------------------------------------------------------------------------------------
def test_many_different_records_within_an_hour_are_told_once() -> None:
    pau = Actor(7, "Pau")
    for start in range(0, audit.MANY * 3, 50):
        audit.read(pau, "contact", range(start, start + 50))
    entry = told(What.MASS_READ)
    assert (entry.actor_id, entry.entity, entry.data["records"]) == (7, "contact", audit.MANY)


def test_the_same_records_again_and_again_are_no_mass_read() -> None:
    for _ in range(audit.MANY):
        audit.read(Actor(7, "Pau"), "contact", range(50))
    assert not entries(What.MASS_READ)


def test_the_next_hour_begins_anew() -> None:
    half = audit.MANY // 2 + 1
    for hour in range(2):
        with clock.frozen(datetime(2026, 5, 4, 9 + hour, tzinfo=UTC)):
            audit.read(Actor(7, "Pau"), "contact", range(hour * half, (hour + 1) * half))
    assert not entries(What.MASS_READ)


# -- rights ----------------------------------------------------------------------------------------------------------
def test_a_change_of_a_role_is_told_with_what_was_and_is_and_its_change_set() -> None:
    role = door.create(OPERATOR, "role", {"name": "Sellers", "grants": {"contact": {"view": "team"}}}, origin="ui").id
    done = door.update(
        OPERATOR, "role", role, {"grants": {"contact": {"view": "all"}, "account": {"view": "own"}}}, origin="api"
    )
    made, changed = entries(What.RIGHTS)
    assert (made.data["verb"], made.data["title"], made.door) == ("create", "Sellers", "ui")
    assert (changed.entity, changed.record_id, changed.set_id, changed.door) == ("role", role, done.set_id, "api")
    assert changed.data["changes"] == [
        ["grants", "account", {"view": None}, {"view": "own"}],
        ["grants", "contact", {"view": "team"}, {"view": "all"}],
    ]


def test_what_decides_no_right_is_not_told() -> None:
    people = hire()
    before = AuditEntry.objects.count()
    door.update(OPERATOR, "user", people["own"].id, {"name": "Somebody else"}, origin="ui")
    assert AuditEntry.objects.count() == before


def test_roles_and_administration_of_a_person_are_told_in_words() -> None:
    plant()
    people = hire()
    audit_before = AuditEntry.objects.count()
    admin = people["admin"].actor
    door.update(admin, "user", people["own"].id, {"is_admin": "true", "can_sign_in": "true"}, origin="ui")
    entry = entries(What.RIGHTS)[-1]
    assert AuditEntry.objects.count() == audit_before + 1
    assert (entry.actor_id, entry.actor_name, entry.data["title"]) == (admin.user_id, "Admin", "Own")
    assert entry.data["changes"] == [["is_admin", "", False, True]]
    door.update(admin, "user", people["own"].id, {"roles": []}, origin="ui", strict=True)
    assert entries(What.RIGHTS)[-1].data["changes"] == [["roles", "", ["Role own"], None]]


def test_all_that_rights_are_made_of_declares_what_is_told() -> None:
    for key in (*DECIDING, "role", "team", "unit", "delegation"):
        spec = registry()[key]
        assert spec.link_fields.keys() <= set(spec.declaration.rights_fields), key
        assert set(spec.declaration.rights_fields) <= spec.fields.keys(), key


def test_a_sharing_rule_is_told_without_the_values_of_its_condition() -> None:
    people = hire()
    rule = {"name": "French", "kind": "account", "how": "view", "active": True, "people": [encode(people["own"].id)]}
    condition = ["name", "eq", "Canary Bird"]
    made = door.create(OPERATOR, "sharing_rule", {**rule, "condition": {"all": [condition]}}, origin="ui", strict=True)
    door.update(OPERATOR, "sharing_rule", made.id, {"condition": {"any": [condition]}}, origin="ui", strict=True)
    first, second = entries(What.RIGHTS)[-2:]
    assert ["people", "", None, ["Own"]] in first.data["changes"]
    assert second.data["changes"] == [["condition", "", None, None]]
    assert "Canary" not in json.dumps([first.data, second.data])


def test_a_group_a_stand_in_and_private_fields_are_told() -> None:
    people = hire()
    own, team = encode(people["own"].id), encode(people["team"].id)
    door.create(OPERATOR, "group", {"name": "Desk", "people": [own]}, origin="ui", strict=True)
    private = {"name": "Pay", "kind": "contact", "hidden": {"fields": ["job_title"]}, "people": [own]}
    door.create(OPERATOR, "field_group", private, origin="ui", strict=True)
    away = {"giver": own, "taker": team, "until": "2030-01-01"}
    door.create(OPERATOR, "delegation", away, origin="ui", strict=True)
    group, fields, delegation = (entry.data["changes"] for entry in entries(What.RIGHTS)[-3:])
    assert group == [["people", "", None, ["Own"]]]
    assert ["hidden", "fields", None, ["job_title"]] in fields
    assert ["taker", "", None, ["Team"]] in delegation
    assert ["until", "", None, "2030-01-01"] in delegation


def test_deleting_restoring_and_undoing_are_told_each_once() -> None:
    team = door.create(OPERATOR, "team", {"name": "North"}, origin="ui")
    door.delete(OPERATOR, "team", team.id, origin="ui")
    door.restore(OPERATOR, "team", team.id, origin="ui")
    undo.run(int(team.set_id or 0), OPERATOR)
    assert [one.data["verb"] for one in entries(What.RIGHTS)] == ["create", "delete", "restore", "delete"]


def test_a_write_that_is_refused_or_only_tried_tells_of_no_rights() -> None:
    with pytest.raises(Rejected):
        door.create(OPERATOR, "role", {"name": "Bad", "grants": {"contact": {"fly": "all"}}}, origin="ui")
    door.create(OPERATOR, "team", {"name": "North"}, origin="ui", dry_run=True)
    assert not entries(What.RIGHTS)


# -- tokens ----------------------------------------------------------------------------------------------------------
def test_tokens_made_and_taken_back_are_told_without_the_key() -> None:
    user = User.objects.get(pk=hire()["own"].id)
    key = Token.issue(user, "Newsletter")
    assert Token.revoke(user, "Newsletter") == 1
    assert Token.revoke(user, "Newsletter") == 0
    made, gone = entries(What.TOKEN_MADE)[-1], told(What.TOKEN_REVOKED)
    for entry in (made, gone):
        assert (entry.record_id, entry.data) == (user.pk, {"title": "Own", "name": "Newsletter"})
    stored = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert key not in stored
    assert Token.digest_of(key) not in stored

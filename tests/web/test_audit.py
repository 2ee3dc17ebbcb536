"""What requests leave in the audit trail, and the screen administrators read it on."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tracte.config.management.commands import changepassword
from tracte.engine import exporting
from tracte.engine.cells import plain_cell
from tracte.kernel import clock
from tracte.kernel.actor import OPERATOR
from tracte.kernel.ids import encode, new_id
from tracte.records import audit, door
from tracte.records.audit import AuditEntry, What
from tracte.records.people import Token, User
from tracte.records.tasks.registry import load_jobs
from tracte.records.tasks.worker import Worker
from tracte.testing.actors import Person, hire, plain, plant

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough passphrase"
HOSTILE = "Eve <script>alert(1)</script>\r\n=cmd|'/c calc'!A1 \u202egnp"


@pytest.fixture(autouse=True)
def _fresh_hour() -> Iterator[None]:
    audit.forget_counts()
    cache.clear()
    yield
    audit.forget_counts()


@pytest.fixture
def people(db: None) -> dict[str, Person]:
    plant()
    found = hire({"contact": {"job_title": "hidden"}})
    for person in found.values():
        user = User.objects.get(pk=person.id)
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        del person.__dict__["pages"]  # its session went with the password before
    return found


@pytest.fixture
def contact(people: dict[str, Person]) -> int:
    """One of the north's."""
    values = {"first_name": "Canary", "last_name": "Bird"}
    return door.create(people["own"].actor, "contact", values, origin="ui").id


class Since:
    """Entries written since this was made."""

    def __init__(self) -> None:
        self.known = set(AuditEntry.objects.values_list("pk", flat=True))

    @property
    def entries(self) -> list[AuditEntry]:
        return list(AuditEntry.objects.exclude(pk__in=self.known).order_by("id"))

    @property
    def one(self) -> AuditEntry:
        (found,) = self.entries
        return found


def sign_in(email: str, password: str, client: Client | None = None, **extra: Any) -> Any:
    return (client or Client()).post("/auth/login/", {"login": email, "password": password}, **extra)


# -- coming and going ------------------------------------------------------------------------------------------------
def test_a_sign_in_and_a_sign_out_are_told_each_once_with_the_address(people: dict[str, Person]) -> None:
    since, client = Since(), Client(REMOTE_ADDR="192.0.2.7")
    assert sign_in("own@people.example", PASSWORD, client).status_code == 302
    entry = since.one
    assert (entry.kind, entry.actor_id, entry.actor_name) == (What.SIGNED_IN, people["own"].id, "Own")
    assert (entry.address, entry.door) == ("192.0.2.7", "ui")
    since = Since()
    client.post("/auth/logout/")
    assert (since.one.kind, since.one.actor_id) == (What.SIGNED_OUT, people["own"].id)


@pytest.mark.parametrize("email", ["own@people.example", "nobody.at.all@people.example"])
def test_a_failed_sign_in_is_told_once_without_the_password(people: dict[str, Person], email: str) -> None:
    since = Since()
    assert sign_in(email, "not the password at all").status_code == 200
    entry = since.one
    assert (entry.kind, entry.actor_id, entry.actor_name) == (What.SIGN_IN_FAILED, None, email)
    assert entry.record_id == (people["own"].id if email.startswith("own") else None)
    assert "not the password" not in json.dumps(list(AuditEntry.objects.values()), default=str)


def test_a_known_and_an_unknown_address_cost_a_failed_sign_in_the_same(people: dict[str, Person]) -> None:
    counts = []
    sign_in("team@people.example", "what is read once is read")
    for email in ("own@people.example", "nobody@elsewhere.example"):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            sign_in(email, "not the password at all")
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_closed_account_and_too_many_attempts_are_told_as_such(people: dict[str, Person]) -> None:
    door.update(OPERATOR, "user", people["own"].id, {"can_sign_in": "false"}, origin="ui")
    since = Since()
    sign_in("own@people.example", PASSWORD)
    assert [one.data["why"] for one in since.entries] == ["closed"]
    since = Since()
    for _ in range(12):
        sign_in("team@people.example", "wrong and wrong again")
    reasons = [one.data["why"] for one in since.entries]
    assert reasons[0] == "wrong"
    assert reasons[-1] == "too_often"
    assert len(reasons) == 12


def test_a_wrong_second_code_is_told_and_the_code_is_not(people: dict[str, Person]) -> None:
    TOTP.activate(User.objects.get(pk=people["own"].id), generate_totp_secret())
    since, client = Since(), Client()
    answer = sign_in("own@people.example", PASSWORD, client)
    assert not since.entries  # not in yet
    client.post(answer.url, {"code": "000000"})
    assert (since.one.kind, since.one.data) == (What.SIGN_IN_FAILED, {"why": "code"})


def test_setting_up_a_second_step_and_taking_it_away_are_told(
    people: dict[str, Person], django_capture_on_commit_callbacks: Any
) -> None:
    client, since = Client(), Since()
    sign_in("own@people.example", PASSWORD, client)
    client.post("/auth/reauthenticate/", {"password": PASSWORD})
    answer = client.get("/auth/2fa/totp/activate/")
    assert answer.status_code == 200, answer.url  # type: ignore[attr-defined]
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/auth/2fa/totp/activate/", {"code": code})
    client.post("/auth/2fa/totp/deactivate/")
    changes = [one.data["change"] for one in since.entries if one.kind == What.SECOND_STEP]
    assert changes == ["totp_activated", "totp_deactivated"]
    stored = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert secret not in stored


def test_a_password_somebody_chooses_is_kept_and_told(people: dict[str, Person]) -> None:
    client = Client()
    sign_in("own@people.example", PASSWORD, client)
    since, new = Since(), "quite another passphrase"
    client.post("/auth/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert User.objects.get(pk=people["own"].id).check_password(new)
    assert What.PASSWORD_SET in [one.kind for one in since.entries]
    assert new not in json.dumps(list(AuditEntry.objects.values()), default=str)


def test_the_address_of_a_proxy_is_believed_only_where_there_is_one(people: dict[str, Person], settings: Any) -> None:
    forged = {"REMOTE_ADDR": "192.0.2.7", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    since = Since()
    sign_in("own@people.example", "wrong, of course", **forged)
    assert since.one.address == "192.0.2.7"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    forged["HTTP_X_FORWARDED_FOR"] = "198.51.100.1, 203.0.113.9"
    since = Since()
    sign_in("own@people.example", "wrong, of course", **forged)
    assert since.one.address == "203.0.113.9"


# -- tokens ----------------------------------------------------------------------------------------------------------
def test_tokens_that_are_not_good_are_told_with_why_and_without_the_token(people: dict[str, Person]) -> None:
    since, client = Since(), Client()
    expired = Token.issue(User.objects.get(pk=people["own"].id), "old")
    Token.objects.filter(digest=Token.digest_of(expired)).update(expires_at=clock.now() - timedelta(days=1))
    closed = people["team"].key
    door.update(OPERATOR, "user", people["team"].id, {"can_sign_in": "false"}, origin="ui")
    since = Since()
    for header in ("Bearer tracte_guessed", f"Bearer {expired}", f"Bearer {closed}", "Basic dXNlcjpwYXNz"):
        assert client.get("/api/v1/meta", headers={"Authorization": header}).status_code == 401
    told = since.entries
    assert [one.data["why"] for one in told] == ["unknown", "expired", "closed", "unreadable"]
    assert {one.kind for one in told} == {What.TOKEN_REFUSED}
    assert {one.door for one in told} == {"api"}
    stored = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert not any(key in stored for key in ("tracte_guessed", expired, closed, "dXNlcjpwYXNz"))


# -- refused ---------------------------------------------------------------------------------------------------------
def test_a_record_that_is_not_theirs_is_told_apart_from_one_that_is_not_there(
    people: dict[str, Person], contact: int
) -> None:
    stranger, nothing = people["stranger"], new_id()
    for ask in (
        lambda one: stranger.pages.get(f"/contacts/{encode(one)}/"),
        lambda one: stranger.pages.post(f"/contacts/{encode(one)}/edit/", {"first_name": "Mine"}),
        lambda one: stranger.api("GET", f"contacts/{encode(one)}"),
        lambda one: stranger.api("PATCH", f"contacts/{encode(one)}", {"first_name": "Mine"}),
    ):
        since = Since()
        assert ask(contact).status_code == 404
        entry = since.one
        assert (entry.kind, entry.entity, entry.record_id) == (What.REFUSED, "contact", contact)
        assert entry.actor_id == stranger.id
        since = Since()
        assert ask(nothing).status_code == 404
        assert (since.one.kind, since.one.record_id) == (What.NOT_THERE, nothing)


@pytest.mark.parametrize("door_", ["pages", "api"])
def test_what_is_forbidden_and_what_is_not_there_cost_the_same_and_are_told_after_the_answer(
    people: dict[str, Person], contact: int, door_: str
) -> None:
    stranger, asked, bodies = people["stranger"], [], []

    def ask(one: int) -> Any:
        if door_ == "api":
            return stranger.api("GET", f"contacts/{encode(one)}")
        return stranger.pages.get(f"/contacts/{encode(one)}/")

    ask(new_id())  # what is read once is read
    for one in (contact, new_id()):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(one)
        asked.append([re.sub(r"[0-9]+|'[^']*'", "?", query["sql"])[:80] for query in queries])
        bodies.append(plain(answer, encode(one)))
    assert len(asked[0]) == len(asked[1])
    assert bodies[0] == bodies[1]
    assert [query for query in asked[0] if "audit_entry" in query] == [
        query for query in asked[1] if "audit_entry" in query
    ]


def test_pages_of_administrators_sets_and_verbs_that_are_refused_are_told(
    people: dict[str, Person], contact: int
) -> None:
    viewer = people["viewer"]
    made = door.update(people["own"].actor, "contact", contact, {"first_name": "Changed"}, origin="ui").set_id
    for ask, expected in (
        (lambda: viewer.pages.get("/settings/audit/"), {"page": "/settings/audit/"}),
        (lambda: people["stranger"].pages.get(f"/changes/{made}/"), {"thing": "changes"}),
        (lambda: people["stranger"].api("GET", f"changes/{made}"), {"thing": "changes"}),
        (lambda: viewer.api("DELETE", f"contacts/{encode(contact)}"), {"verb": "delete"}),
        (lambda: viewer.pages.get("/contacts/export.csv"), {"verb": "export"}),
        (lambda: people["masked"].pages.get(f"/contacts/{encode(contact)}/field/job_title/"), {"field": "job_title"}),
        (lambda: people["nobody"].pages.get("/contacts/"), {}),
    ):
        since = Since()
        assert ask().status_code in (403, 404), expected  # type: ignore[no-untyped-call]
        assert (since.one.kind, since.one.data) == (What.REFUSED, expected)


def test_what_was_deleted_under_somebody_s_hands_is_no_refusal(people: dict[str, Person], contact: int) -> None:
    door.delete(people["own"].actor, "contact", contact, origin="ui")
    since = Since()
    people["own"].api("GET", f"contacts/{encode(contact)}")
    assert not since.entries


def test_an_ordinary_page_costs_nothing_and_leaves_nothing(people: dict[str, Person], contact: int) -> None:
    own, since = people["own"], Since()
    with CaptureQueriesContext(connection) as queries:
        for path in ("/contacts/?view=", f"/contacts/{encode(contact)}/", "/"):
            assert own.pages.get(path).status_code == 200
        assert own.api("GET", "contacts").status_code == 200
    assert not [query for query in queries if "audit" in query["sql"]]
    assert not since.entries


def test_looking_at_very_many_records_is_told(
    people: dict[str, Person], contact: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "MANY", 3)
    own = people["own"]
    for number in range(3):
        door.create(own.actor, "contact", {"first_name": "A", "last_name": f"B{number}"}, origin="ui")
    since = Since()
    for _ in range(2):
        own.pages.get("/contacts/?view=")
        own.api("GET", "contacts")
    assert (since.one.kind, since.one.actor_id) == (What.MASS_READ, own.id)


# -- exports ---------------------------------------------------------------------------------------------------------
def test_an_export_from_a_list_is_told_with_rows_columns_and_what_it_was_narrowed_by(
    people: dict[str, Person], contact: int
) -> None:
    since = Since()
    answer: Any = people["own"].pages.get("/contacts/export.csv?first_name__eq=Canary&q=Bird")
    text = b"".join(answer.streaming_content).decode()
    assert text.count("\n") == 2
    entry = since.one
    assert (entry.kind, entry.entity, entry.door, entry.data["rows"]) == (What.EXPORTED, "contact", "ui", 1)
    assert {"first_name", "last_name"} <= set(entry.data["columns"])
    assert entry.data["asked"] == ["first_name eq", "search"]
    assert not re.search("canary|bird", json.dumps(entry.data).casefold())


def test_who_goes_away_in_the_middle_has_taken_what_was_sent(people: dict[str, Person], contact: int) -> None:
    since = Since()
    pieces = exporting.export("contact", people["own"].actor).told_csv()
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert (since.one.kind, since.one.data["broken_off"]) == (What.EXPORTED, True)


def test_an_export_in_the_background_and_each_fetching_of_its_file_are_told(
    people: dict[str, Person], contact: int
) -> None:
    own, since = people["own"], Since()
    own.pages.post("/exports/", {"entity": "contact", "format": "csv"}, REMOTE_ADDR="192.0.2.7")
    task = json.loads(own.api("POST", "exports", {"entity": "contacts", "format": "json"}).content)["task"]
    load_jobs()
    Worker().drain()
    assert [(one.kind, one.door, one.data["rows"]) for one in since.entries] == [
        (What.EXPORTED, "ui", 1),
        (What.EXPORTED, "api", 1),
    ]
    assert since.entries[0].address == "192.0.2.7"
    page = own.pages.get("/exports/").content.decode()
    (url,) = re.findall(r"/exports/[0-9a-z]+/file", page)
    since = Since()
    for answer in (own.pages.get(url), own.api("GET", f"tasks/{task}/file")):
        assert b"Canary" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert [one.kind for one in since.entries] == [What.FETCHED, What.FETCHED]
    since = Since()
    assert people["all"].pages.get(url).status_code == 404
    assert people["all"].api("GET", f"tasks/{task}/file").status_code == 404
    assert [(one.kind, one.data["thing"]) for one in since.entries] == [(What.REFUSED, "file"), (What.REFUSED, "task")]


# -- the screen ------------------------------------------------------------------------------------------------------
def shown(person: Person, query: str = "") -> str:
    answer = person.pages.get(f"/settings/audit/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("who", ["all", "team", "own", "viewer", "nobody"])
@pytest.mark.parametrize("path", ["/settings/audit/", "/settings/audit/export.csv"])
def test_the_trail_is_not_there_for_anybody_but_administrators(people: dict[str, Person], who: str, path: str) -> None:
    assert people[who].pages.get(path).status_code == 404


def test_each_entry_reads_as_a_sentence_and_leads_to_what_it_is_about(people: dict[str, Person], contact: int) -> None:
    admin = people["admin"]
    done = door.update(admin.actor, "user", people["own"].id, {"is_admin": "true"}, origin="ui")
    people["stranger"].pages.get(f"/contacts/{encode(contact)}/")
    b"".join(people["all"].pages.get("/contacts/export.csv").streaming_content)  # type: ignore[arg-type]
    page = shown(admin)
    assert "Admin changed the rights of “Own” (User)" in page
    assert "Administrator: No → Yes" in page
    assert f'href="/changes/{done.set_id}/"' in page
    assert "Stranger asked for Contact “Canary Bird”, which is not theirs to see" in page
    assert f'href="/contacts/{encode(contact)}/"' in page
    assert re.search(r"All exported 1 row of Contacts \([^)]+ and \d+ more\)", page)


def test_every_kind_of_entry_has_words(people: dict[str, Person]) -> None:
    for kind in What:
        for data in ({}, {"why": "expired"}, {"verb": "view"}, {"field": "name"}, {"thing": "file"}, {"page": "/x/"}):
            audit.note(kind, actor_name="Pau", entity="gone_entity", **data)  # type: ignore[arg-type]
    for kind in What:
        page = shown(people["admin"], f"?kind={kind}")
        assert page.count("<p><bdi>") >= 6, kind
        assert f"{kind.label}</" not in re.sub(r"<option.*?</option>", "", page), kind


def test_a_hostile_name_and_address_are_shown_as_harmless_text(people: dict[str, Person]) -> None:
    audit.note(What.SIGN_IN_FAILED, actor_name=HOSTILE, why="wrong", where=audit.Place("ui", HOSTILE))
    page = shown(people["admin"])
    assert "<script>alert" not in page
    assert "Eve &lt;script&gt;alert(1)&lt;/script&gt;" in page
    answer: Any = people["admin"].pages.get("/settings/audit/export.csv?kind=sign_in_failed")
    text = b"".join(answer.streaming_content).decode()
    assert "\u202e" not in text
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 2
    assert "Eve" in plain_cell(rows[1][2])


def test_filters_narrow_by_kind_person_entity_and_day(people: dict[str, Person]) -> None:
    with clock.frozen(clock.now() - timedelta(days=30)):
        audit.note(What.SIGNED_IN, people["own"].actor)
    audit.note(What.SIGN_IN_FAILED, actor_name="own@people.example", entity="user", record_id=people["own"].id)
    audit.note(What.SIGNED_OUT, people["team"].actor)
    admin, today = people["admin"], clock.now().date()
    one = lambda query: re.findall(r"<p><bdi>([^<]*)</bdi></p>", shown(admin, query))  # noqa: E731
    assert one("?kind=signed_out") == ["Team signed out"]
    mine = one(f"?person={encode(people['own'].id)}")
    assert [text for text in mine if "sign" in text.casefold()] == [
        "Sign-in as own@people.example failed: wrong password",
        "Own signed in",
    ]
    assert one(f"?kind=signed_in&until={today - timedelta(days=2)}") == ["Own signed in"]
    assert one(f"?kind=signed_in&since={today - timedelta(days=2)}") == []
    assert one("?entity=user&kind=sign_in_failed") == ["Sign-in as own@people.example failed: wrong password"]
    assert all("Role" in text for text in one("?entity=role"))


@pytest.mark.parametrize("query", ["kind=x", "person=x", "entity=x", "since=x", "until=0001-01-01", "before=x"])
def test_what_means_nothing_is_a_bad_request(people: dict[str, Person], query: str) -> None:
    assert people["admin"].pages.get(f"/settings/audit/?{query}").status_code == 400
    if not query.startswith("before"):
        assert people["admin"].pages.get(f"/settings/audit/export.csv?{query}").status_code == 400


def test_pages_follow_one_another_and_show_each_entry_once(people: dict[str, Person]) -> None:
    for number in range(120):
        audit.note(What.SIGNED_OUT, actor_name=f"Number {number:03}")
    seen: list[str] = []
    query: str | None = "?kind=signed_out"
    while query:
        page = shown(people["admin"], query)
        seen += re.findall(r"Number (\d+) signed out", page)
        onward = re.search(r'href="(\?[^"]*before=[^"]*)"', page)
        query = onward[1].replace("&amp;", "&") if onward else None
    assert seen == [f"{number:03}" for number in reversed(range(120))]


def test_a_long_page_costs_no_more_queries_than_a_short_one(people: dict[str, Person], contact: int) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            shown(people["admin"])
        return len(queries)

    people["stranger"].pages.get(f"/contacts/{encode(contact)}/")
    cost()
    short = cost()
    for number in range(30):
        one = door.create(OPERATOR, "contact", {"first_name": "A", "last_name": f"B{number}"}, origin="ui").id
        people["stranger"].pages.get(f"/contacts/{encode(one)}/")
    assert cost() <= short


def test_the_file_of_the_trail_holds_all_of_it_and_is_told_itself(people: dict[str, Person]) -> None:
    before, since = AuditEntry.objects.count(), Since()
    answer: Any = people["admin"].pages.get("/settings/audit/export.csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert len(rows) == before + 1
    assert (since.one.kind, since.one.entity, since.one.data["rows"]) == (What.EXPORTED, "audit_entry", before)
    assert "of the audit trail" in shown(people["admin"], "?kind=exported")


# -- the command -----------------------------------------------------------------------------------------------------
def test_the_command_prints_the_trail_newest_first(people: dict[str, Person]) -> None:
    def run(*words: str) -> list[str]:
        out = io.StringIO()
        call_command("audit", *words, stdout=out)
        return out.getvalue().splitlines()

    with clock.frozen(clock.now() - timedelta(days=9)):
        audit.note(What.SIGNED_IN, people["own"].actor)
    audit.note(What.SIGNED_OUT, people["own"].actor)
    lines = run("--person", "own@people.example", "--limit", "1")
    assert len(lines) == 1
    assert "Own signed" in lines[0]
    assert len(run("--kind", "signed_in")) == 1
    assert run("--kind", "signed_in", "--since", "3d") == []
    found = json.loads(run("--kind", "signed_out", "--json")[0])
    assert (found["kind"], found["person"], found["data"]) == ("signed_out", "Own", {})
    for wrong in (("--kind", "x"), ("--since", "soon"), ("--person", "x@y.example")):
        with pytest.raises(CommandError):
            run(*wrong)


def test_a_password_set_on_the_machine_is_kept_and_told(
    people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changepassword, "getpass", lambda _prompt: "quite another passphrase")
    since = Since()
    call_command("changepassword", "own@people.example", stdout=io.StringIO())
    assert User.objects.get(pk=people["own"].id).check_password("quite another passphrase")
    assert (since.one.kind, since.one.actor_name, since.one.record_id) == (
        What.PASSWORD_SET,
        "operator",
        people["own"].id,
    )
    assert "operator set a new password for Own" in shown(people["admin"])
    assert "another passphrase" not in json.dumps(list(AuditEntry.objects.values()), default=str)


def test_people_added_and_tokens_made_on_the_machine_are_told(people: dict[str, Person]) -> None:
    since = Since()
    call_command("user", "create", "new@people.example", "--admin", stdout=io.StringIO(), stderr=io.StringIO())
    call_command("token", "create", "--user", "new@people.example", stdout=io.StringIO())
    call_command("token", "revoke", "--user", "new@people.example", stdout=io.StringIO())
    told = [(one.kind, one.actor_name, one.door) for one in since.entries]
    assert told == [
        (What.RIGHTS, "operator", "cli"),
        (What.TOKEN_MADE, "operator", "cli"),
        (What.TOKEN_REVOKED, "operator", "cli"),
    ]
    with pytest.raises(CommandError):
        call_command("token", "revoke", "--user", "new@people.example", stdout=io.StringIO())

"""What holds for every answer of every address: its headers, what asking alone changes, and where it may send one."""

import logging
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.core.cache import cache
from django.test import Client
from tests.security.conftest import Town
from tests.security.test_denied_writes import state_of_everything
from tests.security.test_leaks import addresses

from tracte import web
from tracte.config.logs import OneLine
from tracte.kernel.ids import encode
from tracte.meta.registry import registry
from tracte.records.people import User
from tracte.testing.actors import Person, plain

pytestmark = pytest.mark.django_db

OURS = "crm.firm.example"
ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
    "http:///evil.example", "/\t/evil.example", "/\n/evil.example", "\t//evil.example", " //evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example@testserver/", "https://testserver@evil.example/",
    "https://testserver.evil.example/", "//[::1]/", "/%09/evil.example", "\x00//evil.example",
)  # fmt: skip
PASSWORD = "a long enough one"


@pytest.fixture(autouse=True)
def _no_attempts_before() -> None:
    """Attempts are counted in the cache, across tests."""
    cache.clear()


def known(town: Town) -> str:
    """The address of somebody who signs in with :data:`PASSWORD`."""
    found = User.objects.get(pk=town.people["own"].id)
    found.set_password(PASSWORD)
    found.save(update_fields=["password"])
    return found.email


def ask(person: Person, method: str, address: str) -> Any:
    if address.startswith("/api/v1/"):
        return person.api(method, address.removeprefix("/api/v1/"))
    return person.pages.generic(method, address)


# -- headers ---------------------------------------------------------------------------------------------------------
def lacking(answer: Any) -> list[str]:
    """What an answer does not say about itself."""
    said = {name: value.casefold() for name, value in answer.headers.items()}
    policy = said.get("Content-Security-Policy", "")
    needs = {
        "a policy": "default-src 'none'" in policy or "default-src 'self'" in policy,
        "no unsafe source": "unsafe" not in policy and "*" not in policy,
        "no framing": "frame-ancestors 'none'" in policy or said.get("X-Frame-Options") == "deny",
        "nosniff": said.get("X-Content-Type-Options") == "nosniff",
        "a referrer policy": said.get("Referrer-Policy") == "same-origin",
        "its own window": said.get("Cross-Origin-Opener-Policy") == "same-origin",
        "no permissions": "camera=()" in said.get("Permissions-Policy", ""),
        "no word about the server": not {"Server", "X-Powered-By"} & said.keys(),
        "nothing for other sites": "Access-Control-Allow-Origin" not in said or said["Content-Type"].startswith(STATIC),
    }
    if "attachment" in said.get("Content-Disposition", ""):
        needs["a sandbox"] = "sandbox" in policy
        needs["no copy on the way"] = said.get("Cache-Control") == "no-store"
    else:
        needs["a file is saved, not shown"] = "Content-Disposition" not in said
    if said.get("Content-Type", "").startswith(("application/json", "application/problem+json")):
        needs["no copy of data"] = said.get("Cache-Control") == "no-store"
    return [name for name, met in needs.items() if not met]


STATIC = ("text/css", "text/javascript", "image/", "font/", "application/javascript")


def test_every_answer_says_what_the_browser_may_do_with_it(town: Town) -> None:
    found = {}
    for person in (town.people["admin"], town.people["nobody"]):
        for address in addresses(town):
            answer = ask(person, "GET", address)
            assert answer.status_code < 500, address
            if missing := lacking(answer):
                found[address] = missing
    assert found == {}


def test_files_among_them_are_to_be_saved(town: Town) -> None:
    admin = town.people["admin"]
    for key in town.records:
        answer = ask(admin, "GET", f"/{registry()[key].plural}/export.csv")
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert lacking(answer) == []


def test_errors_and_static_files_say_so_too(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, client = town.people["admin"], Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=admin.id))
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken on purpose")

    answers = {
        404: client.get("/nowhere/at/all/"),
        405: client.delete("/imports/"),
        403: strict.post("/auth/login/", {}),
        400: client.get("/", headers={"Host": "evil.example"}),
        302: Client().get("/accounts/"),
        401: Client().get("/api/v1/accounts"),
    }
    style = next(_web().rglob("*.css"))
    answers[200] = client.get("/static/" + style.relative_to(_web()).as_posix())
    monkeypatch.setattr("tracte.web.views.list.spec_of", broken)
    answers[500] = client.get("/accounts/?view=")
    assert {status: answer.status_code for status, answer in answers.items()} == {status: status for status in answers}
    assert {status: lacking(answer) for status, answer in answers.items() if lacking(answer)} == {}
    assert b"broken on purpose" not in answers[500].content
    for close in answers[200]._resource_closers:
        close()


def _web() -> Path:
    return Path(web.__file__).parent / "static"


def test_behind_https_cookies_are_bound_to_the_host_and_the_way_back_is_https(tmp_path: Path) -> None:
    names = [
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY",
        "CSRF_COOKIE_HTTPONLY",
        "SESSION_COOKIE_SAMESITE",
        "SECURE_HSTS_SECONDS",
        "DEBUG",
        "ALLOWED_HOSTS",
    ]
    program = f"from tracte.config import settings as s; print(*(getattr(s, name) for name in {names}))"
    environment = {
        "TRACTE_HOME": str(tmp_path),
        "TRACTE_BASE_URL": f"https://{OURS}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.split(maxsplit=9) == [
        "__Host-tracte_session", "__Host-tracte_csrf", "True", "True", "True", "True", "Lax", "31536000", "False",
        f"['{OURS}', 'localhost', '127.0.0.1', '[::1]']\n",
    ]  # fmt: skip


# -- asking changes nothing ------------------------------------------------------------------------------------------
@pytest.mark.sqlite
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_asking_changes_nothing(town: Town, method: str) -> None:
    person = town.people["own"]
    before = state_of_everything()
    for address in addresses(town):
        assert ask(person, method, address).status_code < 500, address
    after = state_of_everything()
    assert {table for table in after if after[table] != before[table]} == set()


def test_a_method_is_what_it_is_and_not_what_a_header_or_field_says(town: Town) -> None:
    own, before = town.people["own"], state_of_everything()
    for key, pk in town.records.items():
        plural, one = registry()[key].plural, encode(pk)
        for name in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
            for method in ("DELETE", "PATCH", "PUT"):
                own.api("GET", f"{plural}/{one}", **{name: method})
                assert own.api("POST", f"{plural}/{one}", {}, **{name: method}).status_code == 405
        for field in ("_method", "_HttpMethod", "method"):
            own.pages.get(f"/{plural}/{one}/?{field}=DELETE")
            own.pages.post(f"/{plural}/{one}/", {field: "DELETE"})
            own.api("POST", f"{plural}/{one}?{field}=DELETE", {})
    assert {table for table, state in state_of_everything().items() if state != before[table]} == set()


# -- nobody is sent elsewhere -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_address_of_ours_leads_to_another_site(town: Town, target: str) -> None:
    signing = {"login": known(town), "password": PASSWORD, "next": target}
    one = encode(town.records["account"])
    pages = town.people["own"].pages
    answers = [
        Client().post("/auth/login/", signing),
        Client().post("/auth/language/", {"language": "ca", "next": target}),
        Client().post("/auth/language/", {"language": "ca"}, headers={"Referer": target.strip("\t\n\0 ") or "x"}),
        pages.post(f"/accounts/{one}/edit/", {"name": "Same", "version": "999", "next": target}),
        pages.post("/accounts/new/", {"name": "Another one", "nonce": f"n{abs(hash(target))}", "next": target}),
        pages.post(f"/accounts/{one}/delete/", {"next": target}),
        pages.post("/auth/logout/", {"next": target}),
    ]
    assert answers[0].status_code == 302
    for answer in answers:
        assert answer.status_code < 500
        location = answer.headers.get("Location", "")
        parts = urlsplit(location)
        assert not parts.scheme and not parts.netloc, location
        assert not re.match(r"[\s\\]|/[/\\\s]", location), location
        assert f'href="{target}"' not in answer.content.decode(errors="replace")


# -- sessions and mails ----------------------------------------------------------------------------------------------
def test_signing_in_gives_another_session_and_a_new_password_ends_the_others(town: Town) -> None:
    person = User.objects.get(pk=town.people["own"].id)
    person.set_password("a long enough one")
    person.save(update_fields=["password"])
    client, elsewhere = Client(), Client()
    client.get("/auth/login/")
    client.session.save()
    planted = client.session
    planted["planted"] = "by somebody else"
    planted.save()
    client.cookies["tracte_session"] = planted.session_key
    signing = {"login": person.email, "password": "a long enough one"}
    for one in (client, elsewhere):
        assert one.post("/auth/login/", signing).status_code == 302
    assert client.cookies["tracte_session"].value not in ("", planted.session_key)
    first = client.cookies["tracte_session"].value
    stolen = Client()
    stolen.cookies["tracte_session"] = planted.session_key
    assert stolen.get("/accounts/").status_code == 302
    new = {"oldpassword": PASSWORD, "password1": "another good word", "password2": "another good word"}
    assert client.post("/auth/password/change/", new).status_code == 302
    assert elsewhere.get("/accounts/").status_code == 302
    assert client.get("/accounts/?view=").status_code == 200
    assert client.cookies["tracte_session"].value != first


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "other.example"},
        {"Host": "localhost"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Forwarded-Server": "evil.example", "X-Original-Host": "evil.example"},
    ],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_a_mail_leads_to_the_base_url_whatever_the_request_called_us(
    town: Town, settings: Any, headers: dict[str, str], is_known: bool
) -> None:
    settings.TRACTE_BASE_URL = f"https://{OURS}"
    settings.ALLOWED_HOSTS = [OURS, "other.example", "localhost", "testserver"]
    address = known(town) if is_known else "nobody@elsewhere.example"
    asked = {"email": address, "url": "https://evil.example", "next": "https://evil.example"}
    assert Client().post("/auth/password/reset/", asked, headers=headers).status_code == 302
    assert len(mail.outbox) == 1
    text = f"{mail.outbox[0].subject} {mail.outbox[0].body}"
    hosts = {urlsplit(one).netloc for one in re.findall(r"https?://\S+", text)}
    assert hosts == {OURS}
    assert not re.search(r"evil|other\.example|localhost|testserver", text)


def test_guessing_a_password_is_stopped_even_for_the_right_one(town: Town) -> None:
    address, client = known(town), Client()
    for attempt in range(6):
        client.post("/auth/login/", {"login": address, "password": f"wrong guess {attempt}"})
    answer = client.post("/auth/login/", {"login": address, "password": PASSWORD})
    assert answer.status_code != 302
    assert client.get("/accounts/").status_code == 302


def test_nobody_learns_whether_an_address_has_an_account(town: Town) -> None:
    answers = []
    for address in (known(town), "nobody@elsewhere.example"):
        refused = Client().post("/auth/login/", {"login": address, "password": "wrong guess"})
        asked = Client().post("/auth/password/reset/", {"email": address}, follow=True)
        answers.append([plain(one, address, str(one.context["csrf_token"])) for one in (refused, asked)])
    assert answers[0] == answers[1]


def test_a_link_to_reset_a_password_works_once_and_dies_with_the_password(town: Town, settings: Any) -> None:
    address, signed_in = known(town), Client()
    assert signed_in.post("/auth/login/", {"login": address, "password": PASSWORD}).status_code == 302
    for _ in range(2):
        Client().post("/auth/password/reset/", {"email": address})
    first, second = (re.findall(r"https?://[^/]+(/auth/password/reset/key/\S+)", one.body)[0] for one in mail.outbox)
    new = {"password1": "another good word", "password2": "another good word"}
    client = Client()
    form = client.get(first, follow=True).redirect_chain[-1][0]
    assert client.get(form).headers["Referrer-Policy"] == "same-origin"
    assert client.post(form, new).status_code == 302
    found = User.objects.get(email=address)
    assert found.check_password("another good word")
    assert signed_in.get("/accounts/").status_code == 302
    for used in (first, second):  # the first was used, the second is of the password before
        late = Client()
        page = late.get(used, follow=True)
        late.post(page.request["PATH_INFO"], {"password1": "a third good word", "password2": "a third good word"})
        assert User.objects.get(email=address).check_password("another good word")


def test_a_reset_is_good_for_an_hour(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    address = known(town)
    Client().post("/auth/password/reset/", {"email": address})
    link = re.findall(r"https?://[^/]+(/auth/password/reset/key/\S+)", mail.outbox[0].body)[0]
    now = datetime.now()
    for later, taken in ((timedelta(minutes=61), False), (timedelta(minutes=58), True)):
        monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda _, moment=now + later: moment)
        client = Client()
        form = client.get(link, follow=True).request["PATH_INFO"]
        client.post(form, {"password1": "another good word", "password2": "another good word"})
        assert User.objects.get(email=address).check_password("another good word") is taken


def test_a_host_that_is_not_ours_gets_no_mail_sent(town: Town) -> None:
    answer = Client().post("/auth/password/reset/", {"email": known(town)}, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert mail.outbox == []


# -- the log ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("odd", ["\r\n", "\n", "\x1b[2J", "\x9b31m", "\0", "\x08", "\u2028", "\u202e", "\x85", "\x07"])
def test_nobody_writes_a_line_of_his_own_into_the_log(odd: str) -> None:
    record = logging.LogRecord("tracte", logging.WARNING, "", 1, "asked for %s", (f"/a{odd}2026 WARNING forged",), None)
    line = OneLine().format(record)
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    assert "\\" in line

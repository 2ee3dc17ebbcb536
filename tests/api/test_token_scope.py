"""A token has the rights of its person, within what it is for (GA-22, SEC-31)."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from tests.modules.conftest import firm, make, person

from tracte.kernel.actor import OPERATOR, Level, TokenScope
from tracte.kernel.ids import encode
from tracte.records import door
from tracte.records.people import Token, User

__all__ = ["firm", "make", "person"]
pytestmark = pytest.mark.django_db
CONTACTS = TokenScope(entities=frozenset({"contact"}))
READ = TokenScope(writes=False)


@pytest.fixture(params=["administrator", "manager", None])
def user(request: pytest.FixtureRequest, firm: None, person: Any) -> User:
    """Somebody with all rights by a role, with many, and an administrator without a role."""
    if request.param:
        return User.objects.get(pk=person("Mar", request.param, is_admin=request.param == "administrator").user_id)
    values = {"name": "Root", "email": "root@firm.example", "is_admin": True}
    return User.objects.get(pk=door.create(OPERATOR, "user", values, origin="system", strict=True).id)


def ask(user: User, scope: TokenScope, method: str, path: str, body: Any = None) -> int:
    key = Token.issue(user, "test", scope=scope)
    headers = {"Authorization": f"Bearer {key}"}
    sent: dict[str, Any] = {} if body is None else {"data": body, "content_type": "application/json"}
    return int(getattr(Client(), method)(f"/api/v1/{path}", headers=headers, **sent).status_code)


def test_a_token_for_reading_changes_nothing(user: User, make: Any) -> None:
    account = encode(make("account", name="Acme"))
    assert ask(user, READ, "get", f"accounts/{account}") == 200
    assert ask(user, READ, "post", "accounts", {"name": "New"}) == 403
    assert ask(user, READ, "patch", f"accounts/{account}", {"name": "New"}) == 403
    assert ask(user, READ, "delete", f"accounts/{account}") == 403
    assert ask(user, READ, "post", "accounts/bulk", {"ids": [account], "set": {"name": "New"}}) == 403
    assert ask(user, READ, "post", "imports", {}) == 403
    assert ask(user, TokenScope(), "patch", f"accounts/{account}", {"name": "New"}) == 200


def test_a_token_for_contacts_knows_no_account(user: User, make: Any) -> None:
    account, contact = encode(make("account", name="Acme")), encode(make("contact", last_name="Vila"))
    assert ask(user, CONTACTS, "get", f"contacts/{contact}") == 200
    assert ask(user, CONTACTS, "patch", f"contacts/{contact}", {"last_name": "Roca"}) == 200
    for method in ("get", "patch", "delete"):
        assert ask(user, CONTACTS, method, f"accounts/{account}", None if method == "get" else {"name": "X"}) == 404
    assert ask(user, CONTACTS, "get", "accounts") == 404
    assert ask(user, CONTACTS, "get", "opportunities/aggregate?group=stage&measure=count") == 404


def test_a_cut_token_neither_undoes_nor_writes_settings(user: User, make: Any) -> None:
    actor_set = door.create(OPERATOR, "contact", {"last_name": "Vila"}, origin="ui").set_id
    assert ask(user, CONTACTS, "post", f"changes/{actor_set}/undo", {}) == 403
    assert ask(user, CONTACTS, "post", "teams", {"name": "New"}) == 403
    assert ask(user, READ, "post", "teams", {"name": "New"}) == 403


def test_what_a_token_is_for_never_adds_a_right(firm: None, person: Any) -> None:
    seller = person("Pau", "seller")
    for scope in (READ, CONTACTS, TokenScope(writes=False, entities=frozenset({"contact"}))):
        cut = scope.applied(seller)
        assert all(cut.level(*key) <= seller.level(*key) for key in seller.levels)
        assert not cut.admin
    assert READ.applied(seller).level("contact", "edit") is Level.NONE
    assert READ.applied(seller).level("contact", "view") is Level.TEAM


def test_the_command_makes_cut_tokens_and_knows_the_kinds_of_record(user: User, capsys: Any) -> None:
    call_command("token", "create", "--user", user.email, "--read-only", "--entity", "contact")
    assert Token.objects.get(digest=Token.digest_of(capsys.readouterr().out.strip())).scope == {
        "writes": False,
        "entities": ["contact"],
    }
    with pytest.raises(CommandError, match="no kind of record"):
        call_command("token", "create", "--user", user.email, "--entity", "nothing")

"""The commands an operator adds people, tokens and the company's data with."""

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tracte.config.registration import installed_modules
from tracte.records.firm import Company
from tracte.records.people import Token, User

PASSWORD = "a long enough passphrase"


@pytest.fixture
def run(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command in a fresh home and give what it wrote to stdout."""
    for module in installed_modules():
        if module.seed is not None:
            module.seed()

    def called(*words: str, stdin: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        out = io.StringIO()
        call_command(*words, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    return called


def test_the_first_administrator_is_made_with_a_password(run: Callable[..., str]) -> None:
    run("user", "create", "Ann@Firm.example", "--name", "Ann", "--admin", "--password-stdin", stdin=f"{PASSWORD}\n")
    user = User.objects.get(email="ann@firm.example")
    assert user.is_admin
    assert user.name == "Ann"
    assert user.check_password(PASSWORD)


def test_a_weak_password_or_a_taken_address_makes_nobody(run: Callable[..., str]) -> None:
    with pytest.raises(CommandError):
        run("user", "create", "ann@firm.example", "--password-stdin", stdin="short\n")
    assert not User.objects.filter(email="ann@firm.example").exists()
    run("user", "create", "ann@firm.example")
    with pytest.raises(CommandError, match="email"):
        run("user", "create", "ann@firm.example")


def test_a_user_gets_roles_by_key(run: Callable[..., str]) -> None:
    run("user", "create", "sel@firm.example", "--role", "seller")
    with pytest.raises(CommandError, match="no role"):
        run("user", "create", "two@firm.example", "--role", "nope")


def test_a_token_stands_alone_on_stdout_and_only_its_hash_is_kept(run: Callable[..., str]) -> None:
    run("user", "create", "ann@firm.example", "--admin")
    printed = run("token", "create", "--user", "ANN@firm.example")
    (key,) = printed.splitlines()
    assert Token.objects.get().digest == Token.digest_of(key)
    with pytest.raises(CommandError, match="no user") as error:
        run("token", "create", "--user", "nobody@firm.example")
    assert error.value.returncode == 2


def test_the_company_is_set_by_options_or_pairs(run: Callable[..., str]) -> None:
    run("company", "set", "--name", "Roofs SL", "--currency", "USD")
    run("company", "set", "country=de")
    company: Any = Company.objects.live().get()
    assert (company.name, company.country, company.currency) == ("Roofs SL", "DE", "USD")
    for words in ((), ("nope=1",), ("--currency", "XXQ")):
        with pytest.raises(CommandError):
            run("company", "set", *words)


def test_explain_shows_fields_rules_and_why_somebody_may(run: Callable[..., str]) -> None:
    run("user", "create", "ann@firm.example", "--admin")
    text = run("explain", "opportunity", "--user", "ann@firm.example")
    assert "account              reference → account" in text
    assert "tracte.modules.sales" in text
    assert "win" in text
    assert "view       all" in text
    assert "is not there" in run("explain", "accounts", "--record", "0000000000zz", "--user", "ann@firm.example")
    with pytest.raises(CommandError, match="no entity"):
        run("explain", "nope")

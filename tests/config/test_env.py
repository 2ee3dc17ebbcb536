"""What the operator sets is read once and fails with one clear line."""

import stat
from pathlib import Path

import pytest

from tracte.config import env
from tracte.kernel.addresses import Allowed


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "SECRET_KEY",
        "DATABASE_URL",
        "BASE_URL",
        "MAIL_URL",
        "MAIL_FROM",
        "SOURCE_URL",
        "ALLOWED_HOSTS",
        "LANGUAGE",
        "OUTGOING_ALLOW",
    ):
        monkeypatch.delenv(f"TRACTE_{name}", raising=False)
        monkeypatch.delenv(f"TRACTE_{name}_FILE", raising=False)


def test_a_value_is_read_from_the_file_named_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("k" * 40 + "\n")
    monkeypatch.setenv("TRACTE_SECRET_KEY_FILE", str(tmp_path / "key"))
    assert env.secret_key(tmp_path) == "k" * 40


def test_a_value_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_BASE_URL", "https://crm.example.com")
    monkeypatch.setenv("TRACTE_BASE_URL_FILE", "/nowhere")
    with pytest.raises(env.ConfigurationError, match="both set"):
        env.base_url()


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_MAIL_URL_FILE", "/nowhere/mail")
    with pytest.raises(env.ConfigurationError, match="TRACTE_MAIL_URL_FILE: cannot read /nowhere/mail"):
        env.read("TRACTE_MAIL_URL")


def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = env.secret_key(tmp_path)
    assert len(first) >= 50
    assert env.secret_key(tmp_path) == first
    assert stat.S_IMODE((tmp_path / env.SECRET_KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [env.SECRET_KEY_FILE]


def test_a_short_secret_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_SECRET_KEY", "changeme")
    with pytest.raises(env.ConfigurationError, match="32 characters"):
        env.secret_key(tmp_path)


@pytest.mark.parametrize(
    "url", ["crm.example.com", "ftp://x", "https://x/path", "https://", "http://h:99999", "https://u:p@h"]
)
def test_a_base_url_that_is_not_scheme_and_host_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_BASE_URL", url)
    with pytest.raises(env.ConfigurationError, match=r"^TRACTE_BASE_URL: [^\n]+$"):
        env.base_url()


def test_only_named_hosts_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_ALLOWED_HOSTS", "10.0.0.5, crm")
    assert env.allowed_hosts("https://crm.example.com") == [
        "crm.example.com",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "10.0.0.5",
        "crm",
    ]
    monkeypatch.setenv("TRACTE_ALLOWED_HOSTS", "*")
    with pytest.raises(env.ConfigurationError):
        env.allowed_hosts("")


def test_the_database_is_sqlite_in_the_home_unless_told(tmp_path: Path) -> None:
    settings = env.database(tmp_path)
    assert settings["NAME"] == str(tmp_path / "tracte.sqlite3")
    assert "synchronous=FULL" in str(settings["OPTIONS"])


def test_a_postgresql_address_is_taken_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_DATABASE_URL", "postgresql://a%40b:p%2Fw@db.example.com:5433/crm?sslmode=verify-full")
    settings = env.database(tmp_path)
    assert settings["USER"] == "a@b"
    assert settings["PASSWORD"] == "p/w"
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example.com", "5433", "crm")
    assert settings["OPTIONS"] == {"application_name": "tracte", "sslmode": "verify-full", "prepare_threshold": 2}


def test_behind_a_pool_no_statement_is_kept_on_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_DATABASE_URL", "postgresql://pool.example.com/crm?prepared=no")
    assert env.database(tmp_path)["OPTIONS"] == {"application_name": "tracte", "prepare_threshold": None}


def test_a_postgresql_socket_folder_may_be_given_as_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_DATABASE_URL", "postgresql:///crm?host=/run/postgresql")
    assert env.database(tmp_path)["HOST"] == "/run/postgresql"


@pytest.mark.parametrize("url", ["mysql://h/db", "postgresql://h", "nonsense", "sqlite://", "postgresql://h:port/db"])
def test_another_database_address_is_refused(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_DATABASE_URL", url)
    with pytest.raises(env.ConfigurationError, match=r"^TRACTE_DATABASE_URL: [^\n]+$"):
        env.database(tmp_path)


def test_without_a_mail_address_mail_stays_in_the_home(tmp_path: Path) -> None:
    assert env.mail(tmp_path)["EMAIL_FILE_PATH"] == str(tmp_path / "mail")


def test_mail_is_encrypted_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_MAIL_URL", "smtp://crm:p%40ss@mail.example.com")
    plain = env.mail(tmp_path)
    assert (plain["EMAIL_PORT"], plain["EMAIL_USE_TLS"], plain["EMAIL_HOST_PASSWORD"]) == (587, True, "p@ss")
    monkeypatch.setenv("TRACTE_MAIL_URL", "smtps://mail.example.com")
    assert (env.mail(tmp_path)["EMAIL_PORT"], env.mail(tmp_path)["EMAIL_USE_SSL"]) == (465, True)


@pytest.mark.parametrize("value", ["nobody", "a\nb@c.example", "<>", "x@"])
def test_a_sender_that_is_not_an_address_is_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACTE_MAIL_FROM", value)
    with pytest.raises(env.ConfigurationError):
        env.mail_from()


def test_the_language_of_a_fresh_home_is_one_of_those_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.language({"en", "ro"}) == "en"
    monkeypatch.setenv("TRACTE_LANGUAGE", "RO")
    assert env.language({"en", "ro"}) == "ro"
    monkeypatch.setenv("TRACTE_LANGUAGE", "tlh")
    with pytest.raises(env.ConfigurationError, match="one of en, ro"):
        env.language({"en", "ro"})


def test_servers_inside_are_called_only_where_the_operator_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.outgoing_allow() == Allowed()
    monkeypatch.setenv("TRACTE_OUTGOING_ALLOW", "Files.lan:8443, mail.lan, 10.1.0.0/16,")
    assert env.outgoing_allow() == Allowed.read(["files.lan:8443", "mail.lan", "10.1.0.0/16"])
    monkeypatch.setenv("TRACTE_OUTGOING_ALLOW", "0.0.0.0/0")
    with pytest.raises(env.ConfigurationError, match=r"TRACTE_OUTGOING_ALLOW: '0\.0\.0\.0/0' is too wide"):
        env.outgoing_allow()

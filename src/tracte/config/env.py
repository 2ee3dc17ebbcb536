"""What the operator may set, read from the environment with one clear line when it is wrong.

Every variable is also read from the file named by the same variable ending in `_FILE`, the way container secrets
are handed over. Nothing here touches Django, so the command line can report a bad value before Django starts.
"""

import os
import re
import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from platformdirs import user_data_path

from tracte.kernel.addresses import Allowed

SECRET_KEY_FILE = "secret_key"  # noqa: S105  # a file name, not a secret
DEMO_MARKER = "demo"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
KEPT_FROM = 2  # from the time after this on, PostgreSQL keeps a statement that comes with other values


class ConfigurationError(Exception):
    """The environment holds a value Tracte cannot work with; the message is one line for the operator."""


def read(name: str, default: str = "", environ: Mapping[str, str] | None = None) -> str:
    """The value of `name`, or the content of the file `name_FILE` points at, or `default`.

    Raises ConfigurationError when both are given or the file cannot be read.
    """
    source = os.environ if environ is None else environ
    value, path = source.get(name, ""), source.get(f"{name}_FILE", "")
    if value and path:
        raise ConfigurationError(f"{name} and {name}_FILE are both set: keep one.")
    if not path:
        return value.strip() or default
    try:
        return Path(path).read_text(encoding="utf-8").strip() or default
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name}_FILE: cannot read {path}: {_reason(error)}.") from error


def flag(name: str, environ: Mapping[str, str] | None = None) -> bool:
    """A yes/no switch: 1, true, yes, on, or 0, false, no, off, or empty for no."""
    value = read(name, environ=environ).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise ConfigurationError(f"{name}: expected 1 or 0, not {value!r}.")


def home() -> Path:
    """The data folder (TRACTE_HOME, else the platform's user data folder), made when absent, readable by its owner."""
    given = read("TRACTE_HOME")
    path = Path(given).expanduser().absolute() if given else user_data_path("tracte", appauthor=False)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"TRACTE_HOME: cannot use the folder {path}: {_reason(error)}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigurationError(f"TRACTE_HOME: the folder {path} is not writable.")
    return path


def secret_key(folder: Path) -> str:
    """TRACTE_SECRET_KEY, else the key kept in the home, made once when absent (mode 0600, safe against a race)."""
    given = read("TRACTE_SECRET_KEY")
    if given:
        if len(given) < 32:
            raise ConfigurationError(
                "TRACTE_SECRET_KEY: at least 32 characters are needed; leave it empty to have one made."
            )
        return given
    path = folder / SECRET_KEY_FILE
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"TRACTE_SECRET_KEY: cannot keep a key in {path}: {_reason(error)}.") from error


def _write_once(path: Path, text: str) -> None:
    """Write a private file whole or not at all; when another process was first, keep its file."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def base_url() -> str:
    """TRACTE_BASE_URL without a trailing slash: scheme and host people type, empty when not given."""
    value = read("TRACTE_BASE_URL").rstrip("/")
    if not value:
        return ""
    parts = _split("TRACTE_BASE_URL", value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.username:
        raise ConfigurationError("TRACTE_BASE_URL: expected something like https://crm.example.com.")
    return value


def language(offered: Collection[str]) -> str:
    """TRACTE_LANGUAGE: what a fresh home is set up in, and what is spoken to a browser that asks for none we have."""
    value = read("TRACTE_LANGUAGE", "en").lower()
    if value not in offered:
        raise ConfigurationError(f"TRACTE_LANGUAGE: expected one of {', '.join(sorted(offered))}, not {value!r}.")
    return value


def source_url() -> str:
    """TRACTE_SOURCE_URL: where the source of the running version is offered (AGPL section 13)."""
    value = read("TRACTE_SOURCE_URL")
    if value and _split("TRACTE_SOURCE_URL", value).scheme not in {"http", "https"}:
        raise ConfigurationError("TRACTE_SOURCE_URL: expected an http or https address.")
    return value


def allowed_hosts(base: str) -> list[str]:
    """The Host headers answered: the base URL's host, loopback names, and TRACTE_ALLOWED_HOSTS (comma separated)."""
    extra = [host.strip() for host in read("TRACTE_ALLOWED_HOSTS").split(",") if host.strip()]
    if "*" in extra:
        raise ConfigurationError("TRACTE_ALLOWED_HOSTS: name the hosts; * would let anyone forge links in mail.")
    named = [urlsplit(base).hostname or ""] if base else []
    return list(dict.fromkeys([*named, *LOOPBACK_NAMES, *extra]))


def outgoing_allow() -> Allowed:
    """TRACTE_OUTGOING_ALLOW: hosts and networks inside that may be called although they are not public."""
    entries = [entry.strip() for entry in read("TRACTE_OUTGOING_ALLOW").split(",")]
    try:
        return Allowed.read(filter(None, entries))
    except ValueError as error:
        raise ConfigurationError(f"TRACTE_OUTGOING_ALLOW: {error}.") from error


def database(folder: Path) -> dict[str, Any]:
    """Django's database settings: TRACTE_DATABASE_URL (postgresql:// or sqlite://), else SQLite in the home."""
    url = read("TRACTE_DATABASE_URL")
    if not url:
        return _sqlite(folder / "tracte.sqlite3")
    parts = _split("TRACTE_DATABASE_URL", url)
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(url)
    if parts.scheme == "sqlite" and parts.path not in {"", "/"}:
        return _sqlite(Path(unquote(parts.path)))
    raise ConfigurationError(
        "TRACTE_DATABASE_URL: expected postgresql://user:password@host:5432/name or sqlite:///path/to/file."
    )


def _sqlite(path: Path) -> dict[str, Any]:
    # FULL keeps every acknowledged commit through a power cut. IMMEDIATE takes the write lock at BEGIN, so two
    # writers wait for one another instead of failing half-way. No map of the file: its pages count as the worker's
    # memory, and reading them costs no more without it.
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "mmap_size=0", "cache_size=-8192", "temp_store=MEMORY")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": ";".join(f"PRAGMA {pragma}" for pragma in pragmas),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = _split("TRACTE_DATABASE_URL", url)
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ConfigurationError("TRACTE_DATABASE_URL: the address names no database.")
    options: dict[str, object] = dict(parse_qsl(parts.query, keep_blank_values=True))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    # Statements kept on the server: a pool that hands one connection to several processes cannot do that.
    kept = options.pop("prepared", "yes") != "no"
    return {
        "ENGINE": "tracte.records.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "tracte", "prepare_threshold": KEPT_FROM if kept else None, **options},
    }


def mail(folder: Path, *, send: bool = True) -> dict[str, Any]:
    """Django's mail settings from TRACTE_MAIL_URL: smtp:// (STARTTLS unless ?tls=none), smtps://, or empty.

    With no address given, mail is written as files into the home: nothing leaves the machine unasked, and nothing is
    lost silently. A demo home (``send`` is false) never sends.
    """
    url = read("TRACTE_MAIL_URL") if send else ""
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(folder / "mail"),
        }
    parts = _split("TRACTE_MAIL_URL", url)
    options = dict(parse_qsl(parts.query))
    tls = options.pop("tls", "starttls")
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or options or tls not in {"starttls", "none"}:
        raise ConfigurationError(
            "TRACTE_MAIL_URL: expected smtp://user:password@host:587 or smtps://user:password@host."
        )
    secure = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if secure else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": secure,
        "EMAIL_USE_TLS": not secure and tls == "starttls",
        "EMAIL_TIMEOUT": 20,
    }


def mail_from() -> str:
    """TRACTE_MAIL_FROM: the sender of what Tracte itself writes, such as a password reset."""
    value = read("TRACTE_MAIL_FROM", "Tracte <tracte@localhost>")
    if not re.fullmatch(r"(?:[^<>\r\n]*<)?[^\s<>@]+@[^\s<>@]+>?", value):
        raise ConfigurationError(f"TRACTE_MAIL_FROM: {value!r} is not a sender such as Sales <crm@example.com>.")
    return value


def _split(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ConfigurationError(f"{name}: not an address: {error}.") from error
    return parts


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not text"

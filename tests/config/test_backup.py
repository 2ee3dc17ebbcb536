"""Backup and restore: whole and consistent while people write, and never from an archive that is not good."""

import gzip
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tracte.config import backup
from tracte.config.backup import BackupError
from tracte.records.audit import AuditEntry, What


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A small home: a database in WAL mode with two tables that must agree, and some files."""
    home = tmp_path / "home"
    (home / "files" / "a").mkdir(parents=True)
    (home / "secret_key").write_text("k" * 40)
    (home / "demo").write_text("demo")
    (home / "files" / "a" / "Țesătoria ✓.pdf").write_bytes(os.urandom(300_000))
    with closing(sqlite3.connect(home / "tracte.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.executescript("CREATE TABLE one (n); CREATE TABLE two (n);")
    return home


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A home nobody has used: Tracte has only made its key."""
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "secret_key").write_text("fresh")
    return folder


def tree(folder: Path) -> dict[str, str]:
    """Contents by name, the database by its rows."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "sqlite3" not in path.name:
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def rows(database: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(database)) as opened:
        return tuple(opened.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("one", "two"))  # type: ignore[return-value]


def saved(home: Path) -> Path:
    target = home.parent / "backup.tar.gz"
    backup.backup(home, home / "tracte.sqlite3", target)
    return target


def test_what_was_saved_comes_back_as_it_was(home: Path, empty: Path) -> None:
    with closing(sqlite3.connect(home / "tracte.sqlite3")) as database, database:
        database.execute("INSERT INTO one VALUES (1)")
    archive = saved(home)
    assert archive.stat().st_mode & 0o077 == 0
    restored = backup.restore(archive, empty, empty / "tracte.sqlite3")
    assert restored.files == 4
    assert tree(empty) == tree(home)
    assert rows(empty / "tracte.sqlite3") == (1, 0)
    assert [path.name for path in home.parent.iterdir() if path.name.startswith(".")] == []


def test_a_backup_while_people_write_holds_whole_transactions(home: Path, empty: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(home / "tracte.sqlite3", timeout=20, isolation_level=None)) as database:
            while not stop.is_set():
                database.execute("BEGIN IMMEDIATE")
                database.execute("INSERT INTO one SELECT randomblob(2000)")
                database.execute("INSERT INTO two SELECT randomblob(2000)")
                database.execute("COMMIT")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while rows(home / "tracte.sqlite3")[0] < 50:
            pass
        archive = saved(home)
    finally:
        stop.set()
        writer.join()
    backup.restore(archive, empty, empty / "tracte.sqlite3")
    one, two = rows(empty / "tracte.sqlite3")
    assert one == two >= 50


def test_a_backup_overwrites_nothing(home: Path) -> None:
    archive = saved(home)
    before = archive.read_bytes()
    with pytest.raises(BackupError, match="never overwrites"):
        backup.backup(home, home / "tracte.sqlite3", archive)
    assert archive.read_bytes() == before


def test_an_archive_inside_the_home_does_not_hold_itself(home: Path) -> None:
    target = home / "backup.tar.gz"
    backup.backup(home, home / "tracte.sqlite3", target)
    with tarfile.open(target) as archive:
        assert not [name for name in archive.getnames() if "backup" in name]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_an_archive_cut_short_is_refused_and_nothing_is_touched(home: Path, empty: Path, share: float) -> None:
    archive = saved(home)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(len(whole) * share)])
    before = tree(empty)
    with pytest.raises(BackupError):
        backup.restore(archive, empty, empty / "tracte.sqlite3")
    assert tree(empty) == before
    assert sorted(path.name for path in empty.iterdir()) == ["secret_key"]


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.95])
def test_an_archive_with_one_wrong_byte_is_refused(home: Path, empty: Path, share: float) -> None:
    archive = saved(home)
    raw = bytearray(gzip.decompress(archive.read_bytes()))
    with tarfile.open(fileobj=io.BytesIO(bytes(raw))) as opened:
        member = next(one for one in opened.getmembers() if one.size > 200_000)
    raw[member.offset_data + int(member.size * share)] ^= 1  # inside a file, and gzip's own sum made right again
    archive.write_bytes(gzip.compress(bytes(raw)))
    with pytest.raises(BackupError, match="check sum"):
        backup.restore(archive, empty, empty / "tracte.sqlite3")
    assert sorted(path.name for path in empty.iterdir()) == ["secret_key"]


Change = Callable[[tarfile.TarInfo], None]


def _named(name: str) -> Change:
    return lambda info: setattr(info, "name", name)


def _kind(kind: bytes, link: str = "") -> Change:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname, info.size = kind, link, 0

    return change


@pytest.mark.parametrize(
    "change",
    [
        _named("../outside"),
        _named("/etc/outside"),
        _named("files/../../outside"),
        _named("files\\..\\outside"),
        _named("C:/outside"),
        _named("./demo"),
        _kind(tarfile.SYMTYPE, "/etc/passwd"),
        _kind(tarfile.LNKTYPE, "secret_key"),
        _kind(tarfile.DIRTYPE),
        _kind(tarfile.FIFOTYPE),
        _kind(tarfile.CHRTYPE),
    ],
)
def test_an_archive_that_leads_outside_the_home_is_refused(tmp_path: Path, empty: Path, change: Change) -> None:
    archive = tmp_path / "bad.tar.gz"
    body = b"planted"
    info = tarfile.TarInfo("files/x")
    info.size = len(body)
    change(info)
    with tarfile.open(archive, "w:gz") as opened:
        opened.addfile(info, io.BytesIO(body[: info.size]))
        files = {info.name: {"size": info.size, "sha256": hashlib.sha256(body[: info.size]).hexdigest()}}
        text = json.dumps({"format": 1, "program": "tracte", "files": files}).encode()
        end = tarfile.TarInfo("manifest.json")
        end.size = len(text)
        opened.addfile(end, io.BytesIO(text))
    with pytest.raises(BackupError, match="not a backup"):
        backup.restore(archive, empty, empty / "tracte.sqlite3")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.tar.gz", "empty"]


def test_something_else_is_not_restored(tmp_path: Path, empty: Path) -> None:
    for text in (b"", b"hello", gzip.compress(b"hello" * 1000)):
        (tmp_path / "odd").write_bytes(text)
        with pytest.raises(BackupError):
            backup.check(tmp_path / "odd")


def test_a_home_in_use_is_left_alone_unless_forced_and_then_put_aside(home: Path, empty: Path) -> None:
    archive = saved(home)
    backup.restore(archive, empty, empty / "tracte.sqlite3")
    (empty / "files" / "new.txt").write_text("later")
    with pytest.raises(BackupError, match="in use"):
        backup.restore(archive, empty, empty / "tracte.sqlite3")
    assert (empty / "files" / "new.txt").exists()
    backup.restore(archive, empty, empty / "tracte.sqlite3", force=True)
    assert not (empty / "files" / "new.txt").exists()
    (aside,) = empty.glob("before-restore-*")
    assert (aside / "files" / "new.txt").read_text() == "later"
    assert (aside / "tracte.sqlite3").exists()


@pytest.mark.parametrize("what", ["format", "program"])
def test_an_archive_of_another_program_or_format_is_refused(home: Path, what: str) -> None:
    archive = saved(home)
    out = archive.with_name("other.tar.gz")
    with tarfile.open(archive) as opened, tarfile.open(out, "w:gz") as made:
        for member in opened.getmembers():
            body = opened.extractfile(member).read()  # type: ignore[union-attr]
            if member.name == "manifest.json":
                body = json.dumps(json.loads(body) | {what: 99}).encode()
                member.size = len(body)
            made.addfile(member, io.BytesIO(body))
    with pytest.raises(BackupError):
        backup.check(out)


@pytest.fixture
def commands(home: Path, settings: Any) -> Iterator[Path]:
    settings.TRACTE_HOME = home
    before = settings.DATABASES["default"]
    settings.DATABASES["default"] = {
        **before,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(home / "tracte.sqlite3"),
    }
    yield home
    settings.DATABASES["default"] = before


@pytest.mark.django_db
def test_the_commands_say_what_they_did(commands: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import CommandError, call_command

    target = commands.parent / "b.tar.gz"
    call_command("backup", str(target))
    call_command("restore", str(target), "--check")
    assert "The archive is good: 4 files" in capsys.readouterr().out
    with pytest.raises(CommandError, match="in use"):
        call_command("restore", str(target))
    with pytest.raises(CommandError, match="no archive"):
        call_command("restore", str(target) + "x")
    call_command("restore", str(target), "--force")
    assert "Restored 4 files" in capsys.readouterr().out
    assert [one.data["name"] for one in AuditEntry.objects.filter(kind=What.RESTORED)] == ["b.tar.gz"]

"""Backup and restore of a home on SQLite: one archive with the database as of one moment, every file, and check sums.

The archive is a gzipped tar of plain files; the last member is ``manifest.json`` with the size and SHA-256 of each. An
archive cut short therefore has no manifest, and a damaged one does not match it: neither is restored.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from tracte import __version__
from tracte.config.env import SECRET_KEY_FILE

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "tracte.sqlite3"
ASIDE = "before-restore-"
STAGING = ".restoring-"
SIDE_FILES = ("-wal", "-shm", "-journal")
PASSING = (".lock", "-lock", ".loading")  # files that mean something only while a process runs
BLOCK = 1 << 20
MOST_MANIFEST = 64 << 20


class BackupError(Exception):
    """The archive or the home is not fit; the message is one line for the operator, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an archive holds. :param size: bytes of its files before compression."""

    files: int
    size: int
    made_at: str
    version: str


# -- backup ----------------------------------------------------------------------------------------------------------
def backup(home: Path, database: Path, target: Path) -> Summary:
    """Write an archive of ``home`` to ``target``, while others go on working.

    :raises BackupError: when the target exists or the database cannot be read.
    """
    if target.exists():
        raise BackupError(f"{target} exists; a backup never overwrites a file.")
    if not database.exists():
        raise BackupError(f"there is no database at {database}.")
    part = target.with_name(f".{target.name}.{os.getpid()}")
    copy = target.with_name(f".{target.name}.{os.getpid()}.sqlite3")
    left_out = {part.resolve(), copy.resolve(), target.resolve()}
    try:
        _copy_database(database, copy)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as raw:
            summary = _write(raw, home, database, copy, left_out)
            raw.flush()
            os.fsync(raw.fileno())
        os.link(part, target)  # fails, rather than overwrites, when somebody was faster
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"the backup could not be written: {error}.") from error
    finally:
        part.unlink(missing_ok=True)
        for name in ("", *SIDE_FILES):
            copy.with_name(copy.name + name).unlink(missing_ok=True)
    return summary


def _copy_database(database: Path, copy: Path) -> None:
    """The database as of one moment, by SQLite's backup API: writers are not held up and not half seen."""
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    address = f"{database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=20)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")


def _write(raw: IO[bytes], home: Path, database: Path, copy: Path, left_out: set[Path]) -> Summary:
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "program": "tracte",
        "version": __version__,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": {},
    }
    with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6, format=tarfile.PAX_FORMAT) as archive:
        manifest["files"][DATABASE] = _add(archive, copy, DATABASE)
        for path in _files(home, database, left_out):
            name = path.relative_to(home).as_posix()
            manifest["files"][name] = _add(archive, path, name)
        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(text), 0o600
        archive.addfile(info, io.BytesIO(text))
    return _summary(manifest)


def _files(home: Path, database: Path, left_out: set[Path]) -> Iterator[Path]:
    """Plain files of the home but the live database, locks and what is left of other work."""
    live = {database.resolve(), *(database.with_name(database.name + end).resolve() for end in SIDE_FILES)}
    for folder, names, files in os.walk(home):
        names[:] = sorted(name for name in names if not (Path(folder) == home and name.startswith((ASIDE, STAGING))))
        for name in sorted(files):
            path = Path(folder, name)
            plain = path.is_file() and not path.is_symlink() and not name.endswith(PASSING)
            if plain and path.resolve() not in live | left_out and not (Path(folder) == home and name == DATABASE):
                yield path


def _add(archive: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        status = os.fstat(file.fileno())
        info.size, info.mtime, info.mode = status.st_size, int(status.st_mtime), 0o600
        archive.addfile(info, _Hashing(file, digest))
    return {"size": info.size, "sha256": digest.hexdigest()}


@dataclass(slots=True)
class _Hashing:
    """A file that is summed up while it is read."""

    file: IO[bytes]
    digest: Any

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.digest.update(block)
        return block


# -- restore ---------------------------------------------------------------------------------------------------------
def check(source: Path) -> Summary:
    """Read a whole archive and compare it with its manifest.

    :raises BackupError: when it is damaged, cut short, or holds anything but plain files below the home.
    """
    return _summary(_read(source, None))


def restore(source: Path, home: Path, database: Path, *, force: bool = False) -> Summary:
    """Put an archive into ``home``. Everything is checked before anything is moved.

    :param force: a home in use: what it holds is put aside in a folder ``before-restore-…``.
    :raises BackupError: for a bad archive, or a home in use without ``force``.
    """
    held = [path for path in home.iterdir() if not _may_stay(path)]
    if database.exists() and database.parent != home:
        held.append(database)
    if held and not force:
        raise BackupError(f"{home} is in use ({held[0].name}); --force puts what is there aside and restores.")
    check(source)
    staging = home / f"{STAGING}{os.getpid()}"
    try:
        staging.mkdir(mode=0o700)
        manifest = _read(source, staging)
        _check_database(staging / DATABASE)
        _swap(staging, home, database, held)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"the archive could not be restored: {error}.") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return _summary(manifest)


def _may_stay(path: Path) -> bool:
    """What a home has before anybody used it, and what earlier restores put aside."""
    return path.name == SECRET_KEY_FILE or path.name.startswith((ASIDE, STAGING)) or path.name.endswith(PASSING)


def _swap(staging: Path, home: Path, database: Path, held: list[Path]) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    aside = home / f"{ASIDE}{stamp}-{os.getpid()}"
    before = [*held, *(path for path in (home / SECRET_KEY_FILE,) if path.exists() and (staging / path.name).exists())]
    for end in SIDE_FILES:
        side = database.with_name(database.name + end)
        if side.exists() and side not in before:
            before.append(side)
    if before:
        aside.mkdir(mode=0o700)
    for path in before:
        shutil.move(path, aside / path.name)
    for path in sorted(staging.iterdir()):
        shutil.move(path, database if path.name == DATABASE else home / path.name)
    if before and not held:  # only a key nobody has used yet
        shutil.rmtree(aside)


def _check_database(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupError(f"the database in the archive is damaged: {found}.")


def _read(source: Path, into: Path | None) -> dict[str, Any]:
    """Go through an archive once, writing its files below ``into``; gives the manifest they agree with."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(source, mode="r|gz") as archive:
            for member in archive:
                name = safe_name(member)
                if manifest is not None or name in found:
                    raise BackupError(f"the archive is damaged: {name!r} is where it should not be.")
                file = archive.extractfile(member)
                if file is None:
                    raise BackupError(f"the archive is damaged: {name!r} cannot be read.")
                if name == MANIFEST:
                    manifest = _manifest(file.read(MOST_MANIFEST))
                else:
                    found[name] = _take(file, into / name if into else None)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise BackupError(f"the archive is damaged or cut short: {error}.") from error
    if manifest is None:
        raise BackupError("the archive is cut short: its manifest is missing.")
    if found != manifest["files"]:
        wrong = next(name for name in {*found, *manifest["files"]} if found.get(name) != manifest["files"].get(name))
        raise BackupError(f"the archive is damaged: {wrong!r} does not match its check sum.")
    if DATABASE not in found:
        raise BackupError("the archive holds no database.")
    return manifest


def safe_name(member: tarfile.TarInfo) -> str:
    """The name of a plain file that stays below the home.

    :raises BackupError: for a link, a device, a folder, or a name that leads elsewhere.
    """
    path, name = PurePosixPath(member.name), member.name
    odd = "\\" in name or "\0" in name or ":" in name.split("/")[0] or str(path) != name
    if not member.isreg() or path.is_absolute() or ".." in path.parts or odd or not path.parts:
        raise BackupError(
            f"the archive is not a backup of Tracte: it holds {name!r}, which is no plain file of a home."
        )
    return name


def _take(file: IO[bytes], target: Path | None) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    out = None
    if target is not None:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        out = os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    try:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            if out is not None:
                out.write(block)
        if out is not None:
            out.flush()
            os.fsync(out.fileno())
    finally:
        if out is not None:
            out.close()
    return {"size": size, "sha256": digest.hexdigest()}


def _manifest(text: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(text)
        known = manifest["program"] == "tracte" and isinstance(manifest["files"], dict)
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise BackupError("the archive is not a backup of Tracte.")
    if manifest.get("format") != FORMAT:
        raise BackupError(f"the archive is of format {manifest.get('format')!r}; this Tracte reads {FORMAT}.")
    return dict(manifest)


def _summary(manifest: dict[str, Any]) -> Summary:
    files = manifest["files"].values()
    size = sum(int(file["size"]) for file in files)
    return Summary(len(manifest["files"]), size, str(manifest.get("made_at", "")), str(manifest.get("version", "")))

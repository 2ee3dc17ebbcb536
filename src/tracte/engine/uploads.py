"""Files people send: what one may be, what it is called, where it lies. Everything that takes a file asks here.

A file is what its bytes say it is. Its name is somebody's claim: it is shown, cleaned, and decides nothing but how a
text is laid out. What was taken lies in the home in a folder of its own with a random name, readable by nobody else and
never to be run; nothing of the home is served by its path.
"""

import re
import secrets
import zipfile
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from tracte.kernel.problems import Problem, Rejected

MAX_UPLOAD = 200 * 1024 * 1024
MAX_NAME = 100
MAX_UNPACKED = 100 * 1024 * 1024  # bytes of XML
MAX_RATIO = 100  # unpacked : packed, for archives beyond a megabyte
MAX_MEMBERS = 1_000
HEAD = 4096


class Unfit(Exception):
    """A file that is not taken. ``str()`` says why and what to do."""


class Content(Enum):
    """What a file is. The value completes “NAME is …”."""

    TEXT = "a text"
    SHEET = "a spreadsheet"
    ARCHIVE = "an archive; unpack it and send the files in it"
    OLD_SHEET = "an old Office file; save it as .xlsx or CSV"
    PDF = "a PDF; export the table itself as CSV or .xlsx"
    PICTURE = "a picture"
    MARKUP = "a web page or XML; save the table as CSV or .xlsx"
    PROGRAM = "a program"


_SIGNATURES = (
    (re.compile(rb"%PDF-"), Content.PDF),
    (
        re.compile(rb"\x89PNG|GIF8[79]a|\xff\xd8\xff|RIFF.{4}WEBP|II\*\0|MM\0\*|\0\0\x01\0|8BPS", re.DOTALL),
        Content.PICTURE,
    ),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), Content.OLD_SHEET),
    (
        re.compile(rb"\x7fELF|MZ.{0,62}\0|#!\s*/|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|\0asm", re.DOTALL),
        Content.PROGRAM,
    ),
    (
        re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)|\x1f\x8b|BZh\d1AY|7z\xbc\xaf\x27\x1c|Rar!\x1a|\xfd7zXZ"),
        Content.ARCHIVE,
    ),
)
_MARKUP = re.compile(
    r"\s*<(?:!doctype|!--|\?xml|\?php|\?=|/?(?:html|head|body|svg|script|style|meta|iframe|table)\b)|\s*mime-version:",
    re.IGNORECASE,
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ODD = re.compile(r"[^\w. ()-]+")


# -- what it is called -----------------------------------------------------------------------------------------------
def safe_name(given: str, otherwise: str = "file.csv") -> str:
    """A file name to show and to keep a file under: its last part, without odd characters; it leads nowhere."""
    name = _ODD.sub("_", re.split(r"[\\/]", given)[-1]).strip(". ")[-MAX_NAME:].strip(". ")
    return name or otherwise


# -- where it lies ---------------------------------------------------------------------------------------------------
def new_place(folder: Path, prefix: str = "upload-") -> Path:
    """A new folder nobody can guess, for what belongs to one upload."""
    path = folder / f"{prefix}{secrets.token_hex(16)}"
    path.mkdir(mode=0o700)
    return path


def keep(pieces: Iterable[bytes], path: Path) -> None:
    """Store what was sent, for its owner to read and nobody to run.

    :raises Rejected: empty or too large, then nothing is left; or there is one of this name already.
    """
    size = 0
    try:
        file = path.open("xb")
    except FileExistsError:
        raise Rejected([Problem("file", "repeated_key", {"name": path.name})]) from None
    try:
        with file:
            path.chmod(0o600)
            for piece in pieces:
                size += len(piece)
                if size > MAX_UPLOAD:
                    raise Rejected([Problem("file", "too_large", {"max": shown_limit()})])
                file.write(piece)
        if not size:
            raise Rejected([Problem("file", "empty_file")])
    except Rejected:
        path.unlink()
        raise


def take(content: bytes | Path, path: Path) -> None:
    """Put bytes, or a file that may be moved away, where it shall lie, below folders made for it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if isinstance(content, Path):
        content.replace(path)
    else:
        path.write_bytes(content)
    path.chmod(0o600)


def shown_limit() -> str:
    """The size limit as people read it."""
    return f"{MAX_UPLOAD // 1024**2} MB"


# -- what it is ------------------------------------------------------------------------------------------------------
def content_of(path: Path) -> Content:
    """What a file is, by its bytes. One that is two things at once counts as what it begins with.

    :raises Unfit: an archive that cannot be looked into safely. :raises OSError: when it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    found = next((content for signature, content in _SIGNATURES if signature.match(head)), None)
    if found is Content.ARCHIVE and head.startswith(b"PK"):
        return Content.SHEET if _is_sheet(path) else Content.ARCHIVE
    if found is not None:
        return found
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "latin-1")
    return Content.MARKUP if _MARKUP.match(head.decode(encoding, "replace")) else Content.TEXT


def _is_sheet(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            measure(path, archive)
            names = set(archive.namelist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise Unfit(f"{path.name} is damaged and cannot be read.") from None
    return "xl/workbook.xml" in names or "content.xml" in names


def measure(path: Path, archive: zipfile.ZipFile) -> None:
    """Look at the directory of an archive before anything in it is opened: a few kilobytes can claim gigabytes.

    :raises Unfit: too many members, too much in them, members laid over one another, or names that lead out.
    """
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise Unfit(f"{path.name} holds {len(members):,} parts; no spreadsheet has that many.")
    packed = max(path.stat().st_size, 1)
    everything = sum(member.file_size for member in members)
    markup = sum(member.file_size for member in members if member.filename.endswith((".xml", ".rels")))
    if markup > MAX_UNPACKED or (everything > 1024 * 1024 and everything > MAX_RATIO * packed):
        raise Unfit(
            f"{path.name} unpacks to {everything // 1024 // 1024:,} MB, too much for a spreadsheet. "
            "Save the sheet as CSV and import that: CSV has no such limit."
        )
    if sum(member.compress_size for member in members) > packed:
        raise Unfit(f"{path.name} is damaged: its parts are larger than the file.")
    for member in members:
        if member.flag_bits & 1:
            raise Unfit(f"{path.name} is protected by a password. Save it without one.")
        if ".." in re.split(r"[\\/]", member.filename) or member.filename.startswith(("/", "\\")):
            raise Unfit(f"{path.name} is damaged: a part of it has the name of a place outside.")

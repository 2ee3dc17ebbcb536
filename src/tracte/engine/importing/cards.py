"""vCards (RFC 2426, RFC 6350 and the older 2.1) as a table: one row for each card, one column for each sort of value.

What is read: names, organisation, titles, e-mails, phones, addresses, web pages, birthday, notes, categories.
Pictures, sounds and keys are passed over. A card may have many e-mails: the second of a sort gets a column of its own.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tracte.engine.importing.lines import Line, detect_encoding, read_lines
from tracte.engine.importing.persons import split_name
from tracte.engine.importing.reading import Note, Row, UnreadableFile
from tracte.kernel.problems import Fault

PASSED_OVER = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "AGENT"})
MAX_VALUE = 100_000  # characters of one value
MAX_OF_A_SORT = 10  # e-mails of one sort in one card; further ones are passed over
ORDER = (
    "First name", "Last name", "Nickname", "Company", "Department", "Job title", "E-mail", "Work e-mail",
    "Private e-mail", "Phone", "Work phone", "Private phone", "Mobile", "Fax", "Pager", "Website", "Messenger",
    "Street", "City", "Region", "Postcode", "Country", "Home street", "Home city", "Home region", "Home postcode",
    "Home country", "Birthday", "Categories", "Notes", "UID",
)  # fmt: skip
_PLAIN = {"NICKNAME": "Nickname", "TITLE": "Job title", "NOTE": "Notes", "UID": "UID", "X-DEPARTMENT": "Department"}
_ADDRESS = ("Street", "City", "Region", "Postcode", "Country")


@dataclass(frozen=True, slots=True)
class Property:
    """One line of a card: ``TEL;TYPE=work,pref:+34 937 412 880``."""

    name: str
    types: frozenset[str]
    value: str

    def parts(self) -> list[str]:
        """The pieces between semicolons, unescaped."""
        return [_unescaped(part) for part in re.split(r"(?<!\\);", self.value)]

    @property
    def text(self) -> str:
        return _unescaped(self.value)


@dataclass(slots=True)
class _Card:
    line: int
    properties: list[Property] = field(default_factory=list)
    fault: Fault | None = None


class CardTable:
    """The cards of a file. Row numbers are the lines the cards begin in."""

    def __init__(self, path: Path, *, encoding: str = "auto") -> None:
        self.path = path
        self.encoding = detect_encoding(path) if encoding == "auto" else encoding
        self.notes: list[Note] = []
        found: dict[str, None] = {}
        self._count, versions = 0, set[str]()
        try:
            for card in self._cards():
                self._count += 1
                found |= dict.fromkeys(_cells(card))
                versions.update(one.value.strip() for one in card.properties if one.name == "VERSION")
        except LookupError:
            raise UnreadableFile(f"There is no encoding {encoding!r}; write utf-8, cp1252 or utf-16.") from None
        if not found:
            raise UnreadableFile(f"{path.name} holds no vCard: there is no BEGIN:VCARD with something in it.")
        self.headers = sorted(found, key=_place)
        self.facts = {"encoding": self.encoding, "cards": ", ".join(sorted(versions))[:20]}

    def rows(self, after: int = 0) -> Iterator[Row]:
        for card in self._cards():
            if card.line > after:
                cells = _cells(card)
                row = Row(card.line, [cells.get(name, "") for name in self.headers], card.fault)
                row.size = sum(map(len, cells.values())) + 8 * len(self.headers)
                yield row

    def count(self) -> int:
        return self._count

    def _cards(self) -> Iterator[_Card]:
        card: _Card | None = None
        depth = 0
        for number, text, fault in _unfolded(read_lines(self.path, self.encoding)):
            word = text.strip().upper() if len(text) < 40 else ""
            if word == "BEGIN:VCARD":
                depth += 1
                if card is None or depth == 1:
                    card, depth = _Card(number), 1
            elif card is not None and word == "END:VCARD":
                depth -= 1
                if not depth:
                    yield card
                    card = None
            elif card is not None and depth == 1:
                if fault is not None:
                    card.fault = card.fault or fault
                elif (found := read_property(text)) is not None:
                    card.properties.append(found)
        if card is not None:
            card.fault = Fault("unclosed_card")
            yield card


def _unfolded(lines: Iterator[Line]) -> Iterator[tuple[int, str, Fault | None]]:
    """Lines with the continuations of folded and quoted-printable ones, and the number of the first."""
    held: tuple[int, str, Fault | None] | None = None
    for number, (raw, fault) in enumerate(lines, 1):
        text = raw.removesuffix("\r")
        if held is not None and held[1].endswith("=") and "QUOTED-PRINTABLE" in held[1][:200].upper():
            held = (held[0], (held[1][:-1] + text)[:MAX_VALUE], held[2] or fault)
        elif held is not None and text[:1] in (" ", "\t") and text.strip():
            held = (held[0], (held[1] + text[1:])[:MAX_VALUE], held[2] or fault)
        else:
            if held is not None:
                yield held
            held = (number, text, fault)
    if held is not None:
        yield held


def read_property(text: str) -> Property | None:
    """One line of a card; nothing for what is empty, no property, or passed over."""
    head, colon, value = _cut(text)
    if not colon or not value.strip(" ;"):
        return None
    name, *parameters = head.split(";")
    name = name.rpartition(".")[2].strip().upper()  # item1.TEL
    if name in PASSED_OVER:
        return None
    types: set[str] = set()
    encoding, charset = "", "utf-8"
    for parameter in parameters:
        key, equals, given = parameter.partition("=")
        given = given.strip().strip('"')
        if not equals:  # 2.1: TEL;WORK;VOICE
            types.add(key.strip().lower())
            encoding = key.strip().upper() if key.strip().upper() in ("QUOTED-PRINTABLE", "BASE64") else encoding
        elif key.strip().upper() == "TYPE":
            types.update(one.strip().strip('"').lower() for one in given.split(","))
        elif key.strip().upper() == "ENCODING":
            encoding = given.upper()
        elif key.strip().upper() == "CHARSET":
            charset = given
        elif key.strip().upper() == "PREF":
            types.add("pref")
    return Property(name, frozenset(types), _decoded(value, encoding, charset))


def _cut(text: str) -> tuple[str, str, str]:
    """Before and behind the first colon that stands in no quotes."""
    quoted = False
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return text[:at], ":", text[at + 1 :]
    return text, "", ""


def _decoded(value: str, encoding: str, charset: str) -> str:
    try:
        if encoding == "QUOTED-PRINTABLE":
            return quopri.decodestring(value.encode("utf-8", "replace")).decode(charset, "replace")
        if encoding in ("B", "BASE64"):
            return base64.b64decode(value, validate=False).decode(charset, "replace")
    except (LookupError, binascii.Error, ValueError):
        return value
    return value


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text).strip().replace("\x00", "")


# -- columns ---------------------------------------------------------------------------------------------------------
def _place(header: str) -> tuple[int, int]:
    name, _space, number = header.rpartition(" ")
    if number.isdigit():
        return ORDER.index(name), int(number)
    return ORDER.index(header), 1


def _cells(card: _Card) -> dict[str, str]:
    """The values of a card by header."""
    cells = _names(card)
    for one in sorted(card.properties, key=lambda one: "pref" not in one.types):
        if one.name in _PLAIN:
            cells.setdefault(_PLAIN[one.name], one.text)
        elif one.name == "ORG":
            company, *units = one.parts()
            _fill(cells, {"Company": company, "Department": ", ".join(unit for unit in units if unit)})
        elif one.name == "BDAY":
            _fill(cells, {"Birthday": _day(one.text)})
        elif one.name == "CATEGORIES":
            cells.setdefault("Categories", ", ".join(part.strip() for part in re.split(r"(?<!\\),", one.value)))
        elif (header := _reach(one)) and one.text:
            _further(cells, header, one.text)
    _addresses(cells, card.properties)
    return {name: text for name, text in cells.items() if text}


def _names(card: _Card) -> dict[str, str]:
    """First and last name: as the card says, else from the name it is shown by."""
    parts = next((one.parts() for one in card.properties if one.name == "N"), [])
    last, first, middle = ([*parts, "", "", ""])[:3]
    if not (first or last):
        shown = next((one.text for one in card.properties if one.name == "FN"), "")
        first, last = split_name(shown) if "@" not in shown else ("", shown)
    return {"First name": " ".join(part for part in (first, middle) if part), "Last name": last}


def _reach(one: Property) -> str:
    """The column of an e-mail, number, web page or messenger name."""
    home = "home" in one.types
    if one.name == "EMAIL":
        return "Private e-mail" if home else "Work e-mail" if "work" in one.types else "E-mail"
    if one.name == "TEL":
        if any("fax" in sort for sort in one.types):
            return "Fax"
        if one.types & {"cell", "mobile"}:
            return "Mobile"
        if "pager" in one.types:
            return "Pager"
        return "Private phone" if home else "Work phone" if "work" in one.types else "Phone"
    if one.name == "URL":
        return "Website"
    return "Messenger" if one.name in ("IMPP", "X-SKYPE-USERNAME", "X-JABBER", "X-SOCIALPROFILE") else ""


def _further(cells: dict[str, str], header: str, text: str) -> None:
    text = re.sub(r"^(tel|mailto):", "", text, flags=re.I)
    for number in range(1, MAX_OF_A_SORT + 1):
        name = header if number == 1 else f"{header} {number}"
        if cells.setdefault(name, text) == text:
            return


def _addresses(cells: dict[str, str], properties: Sequence[Property]) -> None:
    """The address of work, else the preferred one, else the first; the private one beside it when there are both."""
    found = [one for one in properties if one.name == "ADR"]
    found.sort(key=lambda one: ("home" in one.types, "pref" not in one.types))
    for lead, one in zip(("", "Home "), found[:2], strict=False):
        box, more, *rest = [*one.parts(), *[""] * 7][:7]
        street = ", ".join(part for part in (rest[0], more, box) if part)
        for name, text in zip(_ADDRESS, (street, *rest[1:]), strict=False):
            _fill(cells, {f"{lead}{name}" if not lead else f"{lead}{name.lower()}": text})


def _fill(cells: dict[str, str], values: dict[str, str]) -> None:
    for name, text in values.items():
        if text:
            cells.setdefault(name, text)


def _day(text: str) -> str:
    """A birthday as ``1991-01-20``; one without its year says nothing a date could hold."""
    found = re.match(r"(\d{4})-?(\d{2})-?(\d{2})", text)
    return "-".join(found.groups()) if found else ""

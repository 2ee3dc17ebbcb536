"""What somebody decided about fields of records that are found: the file's value, or the one Tracte has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

FILE, KEEP = ANSWERS = ("file", "keep")
ASKED_UP_TO = 10_000  # rows that can be decided one by one; the rest goes by what is said for all

Place = tuple[str, int, int]  # entity, reading, row of the file


@dataclass(frozen=True)
class Decided:
    """What somebody decided.

    :param for_all: ``file`` or ``keep`` by ``entity.field``. :param rows: the same by field, for single rows.
    """

    for_all: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[Place, Mapping[str, str]] = field(default_factory=dict)

    def keeps(self, place: Place, name: str, *, filled: bool) -> bool:
        """Whether a record keeps what it has in a field.

        :param filled: whether there is anything. What is said for all rows is about fields that hold a value; for a
            single row one may also say that an empty field stays empty.
        """
        said = self.rows.get(place, {}).get(name)
        if said is not None:
            return said == KEEP
        return filled and self.for_all.get(f"{place[0]}.{name}") == KEEP

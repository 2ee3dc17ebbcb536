"""Values the program makes: numbers by a pattern, and values computed from others."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import models
from django.utils.safestring import SafeString

from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, Label
from tracte.meta.kinds.text import TEXT_OPERATORS, clean_line

MAX_NUMBER = 40
_SLOT = re.compile(r"\{(year|month|n)(?::0([1-9]))?\}")


class AutoNumber(Kind):
    """A number given by the program when the record is made: ``OP-2026-0042``.

    :param pattern: text with ``{n:04}`` and, when counting starts anew each year or month, ``{year}`` and ``{month}``.
    """

    key = "auto_number"
    operators = TEXT_OPERATORS

    def __init__(
        self, label: Label, *, pattern: str, search: str | None = "A", unique: bool = True, **common: Any
    ) -> None:
        super().__init__(label, search=search, unique=unique, read_only=True, **common)
        slots = [name for name, _ in _SLOT.findall(pattern)]
        rest = _SLOT.sub("", pattern)
        if slots.count("n") != 1 or "{" in rest or "}" in rest or ("month" in slots and "year" not in slots):
            raise ValueError(f"{pattern!r}: give {{n}} once, and {{year}} beside {{month}}")
        self.pattern = pattern

    def db_fields(self) -> Columns:
        return {"": models.CharField(max_length=MAX_NUMBER, null=True)}

    def counter(self, day: date) -> str:
        """Which counter is used on ``day``: the pattern without the number (``OP-2026-``)."""
        return _SLOT.sub(lambda slot: "" if slot[1] == "n" else self._day_part(slot[1], day), self.pattern)

    def made(self, number: int, day: date) -> str:
        """The text for the ``number``-th record of its counter."""
        return _SLOT.sub(
            lambda slot: f"{number:0{slot[2] or 0}}" if slot[1] == "n" else self._day_part(slot[1], day), self.pattern
        )

    @staticmethod
    def _day_part(name: str, day: date) -> str:
        return f"{day.year:04}" if name == "year" else f"{day.month:02}"

    def parse(self, raw: Any, ctx: Context) -> str | None:
        return clean_line(raw, MAX_NUMBER, ctx)

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString(f'<bdi class="tnum">{super().html(value, ctx)}</bdi>' if value else "")

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": MAX_NUMBER, "readOnly": True}


class Computed(Kind):
    """A value worked out from other fields of the record each time it is shown; never stored.

    :param kind: how the result is shown and described.
    :param of: names of the fields it needs.
    :param value: makes the canonical value from those fields' canonical values.
    """

    key = "computed"
    operators = ()
    stored = False
    sortable = False

    def __init__(
        self, label: Label, *, kind: Kind, of: Sequence[str], value: Callable[[Mapping[str, Any]], Any], **common: Any
    ) -> None:
        super().__init__(label, read_only=True, made_of=of, **common)
        self.kind, self.of, self.value = kind, tuple(of), value
        self.numeric = kind.numeric  # type: ignore[misc]  # of the instance: the kind decides

    def db_fields(self) -> Columns:
        return {}

    def to_columns(self, value: Any) -> tuple[Any, ...]:
        return ()

    def from_columns(self, values: Sequence[Any]) -> Any:
        return None

    def computed(self, values: Mapping[str, Any]) -> Any:
        """The value for one record; ``values`` hold at least the fields in ``of``."""
        return self.value(values)

    def parse(self, raw: Any, ctx: Context) -> Any:
        raise Fault("read_only")

    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        raise Fault("unknown_operator", {"op": op})

    def to_json(self, value: Any) -> Any:
        return self.kind.to_json(value)

    def from_json(self, value: Any) -> Any:
        return self.kind.from_json(value)

    def text(self, value: Any, ctx: Context) -> str:
        return self.kind.text(value, ctx)

    def html(self, value: Any, ctx: Context) -> SafeString:
        return self.kind.html(value, ctx)

    def export(self, value: Any, ctx: Context) -> Any:
        return self.kind.export(value, ctx)

    def edit_text(self, value: Any, ctx: Context) -> str:
        return self.kind.edit_text(value, ctx)

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        return SafeString(f'<output class="tnum" id="{id}">{self.html(raw, ctx)}</output>')

    def json_schema(self) -> dict[str, Any]:
        return self.kind.json_schema() | {"readOnly": True}

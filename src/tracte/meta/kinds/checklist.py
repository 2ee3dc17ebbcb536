"""Checklists: an administrator writes the items, records keep which of them are ticked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tracte.kernel.fold import fold
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, Label, escape, say
from tracte.meta.kinds.choice import SENT, MultiChoice
from tracte.meta.kinds.text import clean_line, clean_lines, text_area

MAX_ITEMS, MAX_TEXT, MAX_KEY = 40, 200, 60
_LINE = re.compile(r"(\?)?\s*(.*?)(?:\s+#([a-z][a-z0-9]*(?:_[a-z0-9]+)*))?\s*\Z")


@dataclass(frozen=True, slots=True)
class Item:
    """One item. The key stays when the text is written anew; what is not needed may be left unticked."""

    key: str
    text: str
    needed: bool = True

    @property
    def line(self) -> str:
        return f"{'' if self.needed else '? '}{self.text} #{self.key}"


class Checklist(Kind):
    """Items, one on each line: ``Budget confirmed #budget``. The word after ``#`` is the key, made of the text when
    nobody gives one; a line that begins with ``?`` may be left unticked.

    :param list: name of the value list that all such items together make, for the :class:`Ticks` that refer to them.
    """

    key = "checklist"
    operators = ("empty", "not_empty")
    sortable = False

    def __init__(self, label: Label, *, list: str, **common: Any) -> None:  # noqa: A002
        super().__init__(label, **common)
        self.list = list

    def db_fields(self) -> Columns:
        return {"": models.TextField(null=True)}

    def to_columns(self, value: Any) -> tuple[Any, ...]:
        return (self.edit_text(value, Context()) or None,)

    def from_columns(self, values: Sequence[Any]) -> Any:
        return tuple(_read(line) for line in values[0].split("\n")) if values[0] else None

    def to_json(self, value: Any) -> Any:
        return [{"key": one.key, "text": one.text, "needed": one.needed} for one in value] if value else None

    def from_json(self, value: Any) -> Any:
        return tuple(Item(one["key"], one["text"], bool(one.get("needed", True))) for one in value) if value else None

    def parse(self, raw: Any, ctx: Context) -> tuple[Item, ...] | None:
        if raw is None:
            return None
        if isinstance(raw, str) and not ctx.strict:
            lines = (clean_lines(raw, MAX_ITEMS * (MAX_TEXT + MAX_KEY + 4), ctx) or "").split("\n")
            found = [_read(line) for line in lines if line.strip(" ?")]
        elif isinstance(raw, list | tuple):
            found = [one if isinstance(one, Item) else _given(one, ctx) for one in raw]
        else:
            raise Fault("list_expected")
        if len(found) > MAX_ITEMS:
            raise Fault("too_many", {"max": MAX_ITEMS})
        return self._keyed(found, ctx) or None

    def _keyed(self, found: Sequence[Item], ctx: Context) -> tuple[Item, ...]:
        """Items with their keys: a new text gets one nobody else has, the same text the same one."""
        texts = {key: str(option.label) for key, option in ctx.lists.get(self.list, {}).items()}
        made: dict[str, Item] = {}
        for item in found:
            if len(item.text) > MAX_TEXT:
                raise Fault("too_long", {"max": MAX_TEXT})
            key = item.key or _free(item.text, texts)
            if key in made:
                raise Fault("repeated_key", {"name": key})
            texts[key] = item.text
            made[key] = Item(key, item.text, item.needed)
        return tuple(made.values())

    def text(self, value: Any, ctx: Context) -> str:
        return ", ".join(item.text for item in value or ())

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString("<br>".join(escape(item.text) for item in value or ()))

    def export(self, value: Any, ctx: Context) -> Any:
        return self.edit_text(value, ctx)

    def edit_text(self, value: Any, ctx: Context) -> str:
        return "\n".join(item.line for item in value or ())

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        shown = raw if isinstance(raw, str) else self.edit_text(raw, ctx)
        return text_area(self, shown, id=id, invalid=invalid, describedby=describedby)

    def json_schema(self) -> dict[str, Any]:
        text = {"type": "string", "maxLength": MAX_TEXT}
        item = {"key": {"type": "string", "maxLength": MAX_KEY}, "text": text, "needed": {"type": "boolean"}}
        return {
            "type": "array",
            "maxItems": MAX_ITEMS,
            "items": {"type": "object", "properties": item, "required": ["text"]},
        }


def _read(line: str) -> Item:
    """The item in one line."""
    found = _LINE.match(line.strip())
    assert found is not None  # noqa: S101  any line matches
    return Item(found[3] or "", found[2].strip(), found[1] is None)


def _given(raw: Any, ctx: Context) -> Item:
    """An item of a JSON list: an object, or its text alone."""
    if isinstance(raw, str):
        raw = {"text": raw}
    if not isinstance(raw, Mapping):
        raise Fault("not_an_object")
    text, key = clean_line(raw.get("text"), MAX_TEXT, ctx), raw.get("key") or ""
    if text is None:
        raise Fault("required")
    line = _read(f"x #{key}") if isinstance(key, str) and key else Item("", "x")
    if key and (line.key != key or len(key) > MAX_KEY):
        raise Fault("bad_slug")
    return Item(key, text, raw.get("needed", True) is not False)


def _free(text: str, taken: Mapping[str, str]) -> str:
    """A key made of the text that stands for no other text."""
    words = "_".join(re.findall(r"[a-z0-9]+", fold(text)))[: MAX_KEY - 4].strip("_")
    base = words if words and words[0].isalpha() else f"item_{words}".rstrip("_")
    key, number = base, 2
    while key in taken and taken[key] != text:
        key, number = f"{base}_{number}", number + 1
    return key


class Ticks(MultiChoice):
    """Which items of checklists are ticked, by key. Offered are those of the record it stands in (its stage).

    :param of: the record's reference whose target has the checklist. :param items: the checklist's field there.
    """

    def __init__(self, label: Label, *, of: str, items: str, list: str, **common: Any) -> None:  # noqa: A002
        super().__init__(label, list=list, **common)
        self.of, self.items_of = of, items

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        """A box for each item offered; what is ticked elsewhere goes along unseen."""
        chosen, offered = tuple(raw) if isinstance(raw, list | tuple) else (), ctx.offered.get(self.name, ())
        boxes = format_html_join(
            "",
            '<label class="tick"><input class="checkbox" type="checkbox" name="{}" value="{}"{}>'
            "<span>{}</span></label>",
            ((self.name, key, SafeString(" checked" if key in chosen else ""), self.label_of(key, ctx))
             for key in offered),
        )  # fmt: skip
        kept = format_html_join(
            "", '<input type="hidden" name="{}" value="{}">', ((self.name, key) for key in chosen if key not in offered)
        )
        state = format_html(' aria-describedby="{}"', describedby) if describedby else ""
        return format_html(
            '<div class="ticks" role="group" id="{}" aria-label="{}"{}>'
            '<input type="hidden" name="{}" value="1">{}{}</div>',
            id, say(self.label, ctx), state, self.name + SENT, kept, boxes,
        )  # fmt: skip

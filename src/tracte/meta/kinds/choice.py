"""Choice from a value list, one or several, and free tags."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from django.conf import settings
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import override

from tracte.kernel.fold import fold
from tracte.kernel.problems import Fault
from tracte.meta import trees
from tracte.meta.kinds.base import Columns, Context, Kind, Label, Option, control_state, escape, input_box, say

MAX_KEY = 64
MAX_VALUES = 100
_SEPARATORS = re.compile(r"[,;|\n]")
SET_OPERATORS = ("has_any", "has_all", "has_none", "empty", "not_empty")
SENT = "__sent"
_EMPTY: Mapping[str, Option] = {}
WAY = " › "
INDENT = "\u2003"


def path_label(options: Mapping[str, Option], key: str, ctx: Context) -> str:
    """An entry's label after the labels of all it stands under."""
    if key not in options:
        return key
    return WAY.join(say(options[one].label, ctx) for one in trees.way_to(options, key))


class _Listed(Kind):
    """What the kinds that read a value list share.

    :param list: key of an editable value list; else ``options`` are fixed in the declaration.
    """

    def __init__(self, label: Label, *, list: str | None = None, options: Sequence[Option] = (), **common: Any) -> None:  # noqa: A002
        super().__init__(label, **common)
        self.list = list
        self.own = {option.key: option for option in options}
        self._labels: tuple[Mapping[str, Option], dict[str, str]] = (_EMPTY, {})

    def options(self, ctx: Context) -> Mapping[str, Option]:
        """The entries by key, in their order, retired ones included."""
        return self.own if self.list is None else ctx.lists.get(self.list, _EMPTY)

    def key_of(self, raw: Any, ctx: Context) -> str:
        """The key of one entry, given by key or, when lenient, by its label in any language.

        :raises Fault: ``not_a_choice``.
        """
        options = self.options(ctx)
        if type(raw) is str:
            if raw in options:
                return raw
            if not ctx.strict and len(raw) <= 300:
                found = self._by_label(options).get(fold(unicodedata.normalize("NFC", raw)).strip())
                if found is not None:
                    return found
        raise Fault("not_a_choice", {"value": str(raw)[:60]})

    def _by_label(self, options: Mapping[str, Option]) -> dict[str, str]:
        known, index = self._labels
        if known is not options:
            index = {}
            for language in [code for code, _ in settings.LANGUAGES]:
                with override(language):
                    for option in options.values():
                        index.setdefault(fold(str(option.label)).strip(), option.key)
                        if option.parent:
                            way = WAY.join(str(options[one].label) for one in trees.way_to(options, option.key))
                            index[fold(way)] = option.key
            index |= {fold(key): key for key in options}
            self._labels = (options, index)
        return index

    def refuse_retired(self, key: str, ctx: Context) -> None:
        option = self.options(ctx).get(key)
        if option is not None and option.retired:
            raise Fault("retired_choice", {"value": say(option.label, ctx)})

    def label_of(self, key: str, ctx: Context) -> str:
        """What people call the entry, with what it stands under: “Price › Too expensive”."""
        return path_label(self.options(ctx), key, ctx)

    def pill(self, key: str, ctx: Context) -> str:
        option = self.options(ctx).get(key)
        if option is None:
            return f'<span class="pill line">{escape(key)}</span>'
        return f'<span class="pill hue-{option.hue}">{escape(self.label_of(key, ctx))}</span>'


class Choice(_Listed):
    """One entry of a value list; the value is its key."""

    key = "choice"
    operators = (*Kind.operators, "exactly")

    def meant(self, keys: Sequence[str], ctx: Context) -> Sequence[str]:
        """What a filter means that names entries of a tree: those and all that stand under them."""
        options = self.options(ctx)
        return trees.with_below(options, keys) if trees.is_tree(options) else keys

    def db_fields(self) -> Columns:
        return {"": models.CharField(max_length=MAX_KEY, null=True)}

    def parse(self, raw: Any, ctx: Context) -> str | None:
        if raw is None or raw == "" or (type(raw) is str and raw.isspace()):
            return None
        return self.key_of(raw, ctx)

    def check_new(self, value: Any, ctx: Context) -> None:
        if value is not None:
            self.refuse_retired(value, ctx)

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else self.label_of(value, ctx)

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString("" if value is None else self.pill(value, ctx))

    def edit_text(self, value: Any, ctx: Context) -> str:
        return value or ""

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        chosen = raw if isinstance(raw, str) else ""
        known = self.options(ctx)
        offered = [("", "")] + [
            (key, INDENT * depth + say(known[key].label, ctx))
            for key, depth in trees.in_order(known)
            if not known[key].retired or key == chosen
        ]
        if chosen and chosen not in self.options(ctx):
            offered.append((chosen, chosen))
        options = "".join(
            f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(label)}</option>'
            for key, label in offered
        )
        return format_html(
            '<select class="input-box" name="{}" id="{}"{}>{}</select>',
            self.name, id, select_state(self, invalid, describedby), SafeString(options),
        )  # fmt: skip

    def json_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": MAX_KEY}
        if self.own:
            schema["enum"] = [*self.own]
        return schema


class _Several(Kind):
    """Several short texts in one column, ``|a|b|``."""

    operators = SET_OPERATORS
    sortable = False

    def db_fields(self) -> Columns:
        return {"": models.TextField(null=True)}

    def to_columns(self, value: Any) -> tuple[Any, ...]:
        return (f"|{'|'.join(value)}|" if value else None,)

    def from_columns(self, values: Sequence[Any]) -> tuple[str, ...] | None:
        return tuple(values[0][1:-1].split("|")) if values[0] else None

    def to_json(self, value: Any) -> Any:
        return list(value) if value else None

    def from_json(self, value: Any) -> Any:
        return tuple(value) if value else None

    def items(self, raw: Any, ctx: Context) -> Sequence[Any]:
        """The single raw values of a list, or of text with commas."""
        if raw is None:
            return ()
        if isinstance(raw, list | tuple):
            if len(raw) > MAX_VALUES:
                raise Fault("too_many", {"max": MAX_VALUES})
            return raw
        if isinstance(raw, str) and not ctx.strict:
            if len(raw) > 20_000:
                raise Fault("too_long", {"max": 20_000})
            pieces = [piece for piece in _SEPARATORS.split(raw) if piece.strip()]
            if len(pieces) > MAX_VALUES:
                raise Fault("too_many", {"max": MAX_VALUES})
            return pieces
        raise Fault("list_expected")

    def operand(self, op: str, raw: Any, ctx: Context) -> Any:
        """The values asked for, as a tuple."""
        return self.parse(raw if not isinstance(raw, str) else [raw], ctx) or ()


class MultiChoice(_Listed, _Several):
    """Several entries of a value list, in key order."""

    key = "multi_choice"

    def parse(self, raw: Any, ctx: Context) -> tuple[str, ...] | None:
        keys = {self.key_of(item, ctx) for item in self.items(raw, ctx) if item not in ("", None)}
        return tuple(sorted(keys)) or None

    def check_new(self, value: Any, ctx: Context) -> None:
        for key in value or ():
            self.refuse_retired(key, ctx)

    def from_form(self, data: Mapping[str, Any]) -> Any:
        return form_list(data, self.name)

    def in_form(self, data: Mapping[str, Any]) -> bool:
        return self.name in data or self.name + SENT in data

    def text(self, value: Any, ctx: Context) -> str:
        return ", ".join(self.label_of(key, ctx) for key in value or ())

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString(" ".join(self.pill(key, ctx) for key in value or ()))

    def export(self, value: Any, ctx: Context) -> Any:
        return self.edit_text(value, ctx)

    def edit_text(self, value: Any, ctx: Context) -> str:
        return ", ".join(value or ())

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        chosen = set(raw) if isinstance(raw, list | tuple) else set()
        boxes = "".join(
            f'<label class="row"><input class="checkbox" type="checkbox" name="{escape(self.name)}"'
            f' value="{escape(key)}"{" checked" if key in chosen else ""}>'
            f"<span>{escape(self.label_of(key, ctx))}</span></label>"
            for key, option in self.options(ctx).items()
            if not option.retired or key in chosen
        )
        return format_html(
            '<div class="check-list" role="group" id="{}" aria-label="{}"{}>'
            '<input type="hidden" name="{}" value="1">{}</div>',
            id, self.label, select_state(self, invalid, describedby, required=False),
            self.name + SENT, SafeString(boxes),
        )  # fmt: skip

    def json_schema(self) -> dict[str, Any]:
        items: dict[str, Any] = {"type": "string", "maxLength": MAX_KEY}
        if self.own:
            items["enum"] = [*self.own]
        return {"type": "array", "items": items, "uniqueItems": True, "maxItems": MAX_VALUES}


MAX_TAG = 60
HUES = ("clay", "ochre", "olive", "green", "teal", "sea", "blue", "violet", "plum", "rose")


def canonical_tag(raw: Any) -> str | None:
    """A tag trimmed, single-spaced, in lower case.

    :raises Fault: when it holds a separator or is too long.
    """
    if not isinstance(raw, str):
        raise Fault("not_text")
    if len(raw) > 4 * MAX_TAG:
        raise Fault("too_long", {"max": MAX_TAG})
    if "\0" in raw:
        raise Fault("nul_character")
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise Fault("nul_character") from None
    tag = " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", raw).casefold()).split())
    if _SEPARATORS.search(tag):
        raise Fault("bad_tag")
    if len(tag) > MAX_TAG:
        raise Fault("too_long", {"max": MAX_TAG})
    return tag or None


class Tags(_Several):
    """Free words in the order they were typed; ``Fira  2026`` and ``fira 2026`` are one tag."""

    key = "tags"

    def parse(self, raw: Any, ctx: Context) -> tuple[str, ...] | None:
        tags = dict.fromkeys(filter(None, (canonical_tag(item) for item in self.items(raw, ctx))))
        return tuple(tags) or None

    def text(self, value: Any, ctx: Context) -> str:
        return ", ".join(value or ())

    def html(self, value: Any, ctx: Context) -> SafeString:
        return SafeString(" ".join(f'<span class="pill hue-{hue_of(tag)}">{escape(tag)}</span>' for tag in value or ()))

    def export(self, value: Any, ctx: Context) -> Any:
        return self.text(value, ctx)

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        shown = ", ".join(map(str, raw)) if isinstance(raw, list | tuple) else raw or ""
        return input_box(self, shown, id=id, invalid=invalid, describedby=describedby, autocomplete="off")

    def json_schema(self) -> dict[str, Any]:
        items = {"type": "string", "maxLength": MAX_TAG, "pattern": "^[^,;|]+$"}
        return {"type": "array", "items": items, "uniqueItems": True, "maxItems": MAX_VALUES}


def hue_of(tag: str) -> str:
    """Always the same hue for the same tag."""
    return HUES[crc32(tag.encode()) % len(HUES)]


def form_list(data: Mapping[str, Any], name: str) -> Any:
    """Every value of ``name`` in form data."""
    getlist = getattr(data, "getlist", None)
    if getlist is not None:
        return getlist(name)
    value = data.get(name, [])
    return value if isinstance(value, list | tuple) else [value]


def select_state(kind: Kind, invalid: bool, describedby: str, *, required: bool = True) -> SafeString:
    """As :func:`control_state` for elements that know no ``readonly``."""
    state = str(control_state(kind, invalid, describedby)).replace(" readonly", "" if not required else " disabled")
    return SafeString(state if required else state.replace(" required", ""))

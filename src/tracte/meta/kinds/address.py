"""Postal address."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tracte.kernel.fold import fold
from tracte.kernel.locales import locale_of
from tracte.kernel.problems import Fault
from tracte.meta.kinds.base import Columns, Context, Kind, Label, escape, input_box
from tracte.meta.kinds.choice import select_state
from tracte.meta.kinds.text import TEXT_OPERATORS, Text, clean_line, clean_lines

LENGTHS = {"street": 200, "postcode": 20, "city": 100, "region": 100, "country": 2}
LABELS: dict[str, Label] = {
    "street": _("Street"),
    "postcode": _("Postcode"),
    "city": _("City"),
    "region": _("Region"),
    "country": _("Country"),
}
_NO_COUNTRY = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
_AUTOCOMPLETE = {
    "street": "street-address",
    "postcode": "postal-code",
    "city": "address-level2",
    "region": "address-level1",
}


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Where post arrives. ``country`` is ISO 3166 alpha-2; a part that is not known is ``None``."""

    street: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None


PARTS = tuple(part.name for part in fields(PostalAddress))
_PARTS = frozenset(PARTS)


@lru_cache(maxsize=64)
def countries(language: str) -> dict[str, str]:
    """Names of the countries by ISO code, in the order of their names."""
    territories = locale_of(language).territories
    named = {
        code: str(name)
        for code, name in territories.items()
        if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRY
    }
    return dict(sorted(named.items(), key=lambda item: fold(item[1])))


@lru_cache(maxsize=64)
def _country_codes(language: str) -> dict[str, str]:
    codes = {fold(name): code for code, name in (countries("en") | countries(language)).items()}
    codes |= {fold(name): code for code, name in countries("en").items()}
    return codes | {"uk": "GB", "usa": "US", "united states of america": "US", "great britain": "GB", "england": "GB"}


def read_country(raw: Any, ctx: Context) -> str | None:
    """The ISO code of a country given by code or, when lenient, by name.

    :raises Fault: ``bad_country``.
    """
    text = clean_line(raw, 100, ctx)
    if text is None or text in countries("en"):
        return text
    if not ctx.strict:
        if text.upper() in countries("en"):
            return text.upper()
        if found := _country_codes(ctx.language).get(fold(text)):
            return found
    raise Fault("bad_country")


def _country(raw: Any, _limit: int, ctx: Context) -> str | None:
    return read_country(raw, ctx)


_READERS = {**dict.fromkeys(PARTS, clean_line), "street": clean_lines, "country": _country}


class Country(Kind):
    """A country, by its ISO 3166 alpha-2 code."""

    key = "country"
    operators = TEXT_OPERATORS

    def db_fields(self) -> Columns:
        return {"": models.CharField(max_length=2, null=True)}

    def parse(self, raw: Any, ctx: Context) -> str | None:
        return read_country(raw, ctx)

    def text(self, value: Any, ctx: Context) -> str:
        return countries(ctx.language).get(value, value) if value else ""

    def edit_text(self, value: Any, ctx: Context) -> str:
        return value or ""

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        chosen = raw if isinstance(raw, str) else ""
        names = {"": ""} | countries(ctx.language)
        if chosen not in names:
            names[chosen] = chosen
        options = "".join(
            f'<option value="{escape(code)}"{" selected" if code == chosen else ""}>{escape(name)}</option>'
            for code, name in names.items()
        )
        return format_html(
            '<select class="input-box" name="{}" id="{}" autocomplete="country" aria-label="{}"{}>{}</select>',
            self.name, id, self.label, select_state(self, invalid, describedby), SafeString(options),
        )  # fmt: skip

    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z]{2}$"}


class Address(Kind):
    """A postal address in five columns."""

    key = "address"
    operators = ("empty", "not_empty")
    sortable = False

    def db_fields(self) -> Columns:
        return {"_" + part: models.CharField(max_length=LENGTHS[part], null=True) for part in PARTS}

    def to_columns(self, value: Any) -> tuple[Any, ...]:
        if value is None:
            return (None,) * 5
        return (value.street, value.postcode, value.city, value.region, value.country)

    def from_columns(self, values: Sequence[Any]) -> PostalAddress | None:
        return PostalAddress(*values) if any(values) else None

    def to_json(self, value: Any) -> Any:
        return None if value is None else dict(zip(PARTS, self.to_columns(value), strict=True))

    def from_json(self, value: Any) -> PostalAddress | None:
        return None if value is None else PostalAddress(**value)

    def parts(self) -> dict[str, Kind]:
        made: dict[str, Kind] = {part: Text(LABELS[part], max_length=LENGTHS[part]) for part in PARTS[:-1]}
        made["country"] = Country(LABELS["country"])
        return {part: kind.bound(f"{self.name}_{part}") for part, kind in made.items()}

    def parse(self, raw: Any, ctx: Context) -> PostalAddress | None:
        if raw is None or isinstance(raw, PostalAddress):
            return raw
        if isinstance(raw, str) and not ctx.strict:
            raw = _from_text(raw, ctx)
        if not isinstance(raw, Mapping) or not raw.keys() <= _PARTS:
            raise Fault("bad_address")
        given = {part: _READERS[part](raw[part], LENGTHS[part], ctx) for part in PARTS if raw.get(part) is not None}
        return PostalAddress(**given) if any(given.values()) else None

    def from_form(self, data: Mapping[str, Any]) -> Any:
        return {part: data.get(f"{self.name}_{part}") for part in PARTS}

    def in_form(self, data: Mapping[str, Any]) -> bool:
        return any(f"{self.name}_{part}" in data for part in PARTS)

    def lines(self, value: PostalAddress, ctx: Context) -> list[str]:
        """The address as written on an envelope, line by line."""
        town = " ".join(filter(None, (value.postcode, value.city)))
        country = countries(ctx.language).get(value.country, value.country) if value.country else None
        return [line for line in (*(value.street or "").split("\n"), town, value.region, country) if line]

    def text(self, value: Any, ctx: Context) -> str:
        return "" if value is None else ", ".join(self.lines(value, ctx))

    def html(self, value: Any, ctx: Context) -> SafeString:
        if value is None:
            return SafeString("")
        lines = "<br>".join(f"<bdi>{escape(line)}</bdi>" for line in self.lines(value, ctx))
        return SafeString(f'<address class="postal">{lines}</address>')

    def export(self, value: Any, ctx: Context) -> Any:
        return (
            "" if value is None else json.dumps({k: v for k, v in self.to_json(value).items() if v}, ensure_ascii=False)
        )

    def edit_text(self, value: Any, ctx: Context) -> str:
        text: str = self.export(value, ctx)
        return text

    def control(self, raw: Any, ctx: Context, *, id: str, invalid: bool = False, describedby: str = "") -> SafeString:  # noqa: A002
        if isinstance(raw, PostalAddress):
            raw = self.to_json(raw)
        given: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {"street": raw or ""}
        boxes = [
            input_box(
                self, str(given.get(part) or ""), id=id, suffix="_" + part, invalid=invalid, describedby=describedby,
                label=LABELS[part], placeholder=str(LABELS[part]), maxlength=LENGTHS[part],
                autocomplete=_AUTOCOMPLETE[part],
            )
            for part in PARTS[:-1]
        ]  # fmt: skip
        country = self.parts()["country"].control(given.get("country") or "", ctx, id=f"{id}_country", invalid=invalid)
        return format_html(
            '<fieldset class="address-box" id="{}"><legend class="visually-hidden">{}</legend>{}{}</fieldset>',
            id, self.label, SafeString("".join(boxes)), country,
        )  # fmt: skip

    def json_schema(self) -> dict[str, Any]:
        parts: dict[str, Any] = {part: {"type": ["string", "null"], "maxLength": LENGTHS[part]} for part in PARTS}
        return {"type": "object", "properties": parts, "additionalProperties": False}


def _from_text(text: str, ctx: Context) -> Mapping[str, Any]:
    """The parts of an address in one cell: our own export, or lines whose last may be a country."""
    if text.lstrip()[:1] == "{":
        if len(text) > 4_000:
            raise Fault("too_long", {"max": 4_000})
        try:
            read = json.loads(text)
        except ValueError:
            raise Fault("bad_address") from None
        return read if isinstance(read, Mapping) else {"": None}
    head, mark, last = text.rstrip(" ,.\n").rpartition("," if "\n" not in text.strip() else "\n")
    if mark:
        try:
            return {"street": head, "country": read_country(last, ctx)}
        except Fault:
            pass
    return {"street": text}

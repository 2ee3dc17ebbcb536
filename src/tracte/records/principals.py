"""Who somebody is when rights are given: themselves, their teams, their units, their groups; and what follows for them.

Pure functions of the directory as the snapshot holds it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from tracte.kernel.actor import SharingRule
from tracte.meta.registry import registry

DECIDING = ("user", "group", "sharing_rule", "field_group")
"""Directory entities whose many-reference fields rights are made of."""
NAMING = ("people", "teams", "units", "groups")
"""The fields by which a group, a sharing rule or a field group names people."""


class Person(Protocol):
    """Somebody of the directory."""

    @property
    def id(self) -> int: ...
    @property
    def teams(self) -> Sequence[int]: ...


class Directory(Protocol):
    """The part of the snapshot rights are made of."""

    def live(self, entity: str) -> Iterator[Mapping[str, Any]]: ...
    def linked(self, field: str, record_id: int) -> Sequence[int]: ...
    @property
    def rows(self) -> Mapping[str, Mapping[int, Mapping[str, Any]]]: ...


def deciding_links() -> tuple[str, ...]:
    """The many-reference fields rights are made of, as they are stored: ``user.roles``."""
    known = (registry()[key] for key in DECIDING if key in registry())
    return tuple(f"{spec.key}.{name}" for spec in known for name in spec.link_fields)


def units_above(directory: Directory, unit: int | None) -> list[int]:
    """A unit and those it stands under, the nearest first."""
    live = {row["id"]: row["parent"] for row in directory.live("unit")}
    found: list[int] = []
    while unit is not None and unit in live and unit not in found:
        found.append(unit)
        unit = live[unit]
    return found


def principals(directory: Directory, member: Person) -> frozenset[int]:
    """Ids of all that stands for a person where rights are given: the person, their teams, the units these stand in,
    the units above, and the groups that hold any of them."""
    places = {row["id"]: row["unit"] for row in directory.live("team")}
    teams = [team for team in member.teams if team in places]
    mine = {member.id, *teams, *(unit for team in teams for unit in units_above(directory, places[team]))}
    groups = {row["id"] for row in directory.live("group") if _names(directory, "group", row["id"], mine)}
    return frozenset(mine | groups)


def _names(directory: Directory, entity: str, record_id: int, wanted: "set[int] | frozenset[int]") -> bool:
    """Whether a group, a sharing rule or a field group names one of ``wanted``."""
    return any(not wanted.isdisjoint(directory.linked(f"{entity}.{name}", record_id)) for name in NAMING)


def sharing_rules(directory: Directory, who: frozenset[int]) -> Iterator[SharingRule]:
    """The rules in use that open records to somebody."""
    for row in directory.live("sharing_rule"):
        named = row["everybody"] or _names(directory, "sharing_rule", row["id"], who)
        if row["active"] and row["kind"] in registry() and named:
            yield SharingRule(row["id"], row["kind"], row["how"] or "view", json.dumps(row["condition"] or None))


def private_fields(directory: Directory, who: frozenset[int]) -> dict[tuple[str, str], str]:
    """Fields that are private to others, and what is made of them, as masks."""
    found: dict[tuple[str, str], str] = {}
    for row in directory.live("field_group"):
        if row["kind"] in registry() and not _names(directory, "field_group", row["id"], who):
            made = registry()[row["kind"]].made_from
            for name in (row["hidden"] or {}).get("fields", ()):
                found |= {(row["kind"], one): "hidden" for one in (name, *made.get(name, ()))}
    return found


def away(directory: Directory, taker: int, today: date) -> list[int]:
    """Those somebody stands in for on a day."""
    return [
        row["giver"]
        for row in directory.live("delegation")
        if row["taker"] == taker
        and row["giver"] in directory.rows["user"]
        and (row["since"] is None or row["since"] <= today)
        and row["until"] is not None
        and today <= row["until"]
    ]

"""From the rows of a chunk to values the door can write, a column at a time, with every problem on its row."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracte.engine.importing.children import Wanted
from tracte.engine.importing.finding import Finder, Key
from tracte.engine.importing.plan import FilePlan, Target
from tracte.engine.importing.reading import Row
from tracte.engine.importing.spec import Lookup, Scenario
from tracte.engine.importing.transforms import Raw, cells_of, plain, transform
from tracte.kernel.phone import normalise
from tracte.kernel.problems import Fault, Problem
from tracte.meta.kinds.base import Context, Kind
from tracte.records.snapshot import Snapshot

MAX_EXTERNAL = 200
MakeMissing = Callable[[Lookup, Sequence[str]], None]


@dataclass(slots=True)
class Item:
    """One row on its way: its values by field, its match key, what is wrong with it.

    :param wanted: records that belong to this one, made of single cells.
    :param skipped: left out because the scenario says so for a bad value.
    """

    row: Row
    values: dict[str, Any] = field(default_factory=dict)
    key: Key | None = None
    external: tuple[str, str] | None = None
    problems: list[Problem] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    skipped: bool = False

    @property
    def refused(self) -> bool:
        return bool(self.problems) and any(not problem.warning for problem in self.problems)

    def problem(self, name: str | None, fault: Fault, *, warning: bool = False) -> None:
        self.problems.append(Problem(name, fault.code, fault.params, warning=warning, row=self.row.number))


def import_context(snapshot: Snapshot, actor: Any, scenario: Scenario) -> Context:
    """How this scenario's cells are read."""
    own = snapshot.context(actor)
    return replace(
        own,
        language=scenario.language,
        timezone=scenario.timezone or own.timezone,
        currency=scenario.currency or own.currency,
    )


@dataclass
class Preparer:
    """Prepares the chunks of one file for one pass.

    :param make_missing: makes the records a column names and nobody has, when the scenario says ``create``.
    """

    plan: FilePlan
    step: int
    finder: Finder
    snapshot: Snapshot
    context: Context
    make_missing: MakeMissing
    _regions: list[str] = field(default_factory=list)

    def prepare(self, rows: Sequence[Row]) -> list[Item]:
        items = [Item(row) for row in rows]
        for item in items:
            if item.row.warning is not None and self.step == 1:
                item.problem(None, item.row.warning, warning=True)
        table = {name: self.plan.places.column(rows, name) for name in self.plan.sources}
        self._regions = self._countries(table, len(rows))
        parts: dict[str, list[tuple[Target, list[Raw]]]] = {}
        for target in self.plan.of_step(self.step):
            raws, faults = transform(target.column, cells_of(target.column, table, len(rows)))
            if target.child is not None:
                self._wanted(target, items, raws)
            elif target.kind is None:
                self._external(target, items, raws)
            elif target.part:
                self._settle(target, items, raws, faults)
                parts.setdefault(target.field, []).append((target, raws))
            else:
                self._fill(target, items, raws, faults)
        for name, pieces in parts.items():
            self._compose(name, pieces, items)
        self._keys(items)
        return items

    def _wanted(self, target: Target, items: Sequence[Item], raws: Sequence[Raw]) -> None:
        assert target.child is not None  # noqa: S101  the caller looked
        regions = self._regions or [""] * len(items)
        for item, raw, region in zip(items, raws, regions, strict=True):
            for text in raw if isinstance(raw, list) else (plain(raw),):
                if text:
                    told = _with_prefix(str(text), region or self.context.region)
                    item.wanted.append(Wanted(target.child, told, target.column.child or {}))

    def _external(self, target: Target, items: Sequence[Item], raws: Sequence[Raw]) -> None:
        for item, raw in zip(items, raws, strict=True):
            text = plain(raw)
            if text is None:
                continue
            if len(text) > MAX_EXTERNAL:
                item.problem(None, Fault("too_long", {"max": MAX_EXTERNAL}))
            else:
                item.external = (str(target.column.external), text)

    def _fill(self, target: Target, items: Sequence[Item], raws: list[Raw], faults: dict[int, Fault]) -> None:
        """Parse a column and put it on the items."""
        kind, column = target.kind, target.column
        assert kind is not None  # noqa: S101  the caller looked
        originals = list(raws)
        if column.lookup is not None:
            values = self._resolve(target, items, raws, faults)
        else:
            if getattr(kind, "to", None) is not None:
                raws = [self._by_slug(str(kind.to), raw) for raw in raws]  # type: ignore[attr-defined]
            if kind.key == "date" and column.formats:
                raws = [day_of(raw) for raw in raws]
            context = replace(self.context, currency=column.currency) if column.currency else self.context
            values, more = self._parsed(kind, raws, context)
            faults |= {at: fault for at, fault in more.items() if at not in faults}
        self._settle(target, items, originals, faults)
        name = target.field
        for at, (item, value, original) in enumerate(zip(items, values, originals, strict=True)):
            if value is not None and original is not None:  # an empty cell says nothing, not "no"
                if at not in faults:
                    item.values[name] = value
            elif column.expected and at not in faults:
                item.problem(name, Fault("expected_value"), warning=True)

    def _parsed(self, kind: Kind, raws: list[Raw], context: Context) -> tuple[list[Any], dict[int, Fault]]:
        """Values of a column; a telephone number without prefix is read as in the country of its own row."""
        if kind.key != "phone" or not self._regions:
            return kind.parse_many(raws, context)
        values: list[Any] = [None] * len(raws)
        faults: dict[int, Fault] = {}
        for region in set(self._regions):
            at = [place for place, one in enumerate(self._regions) if one == region]
            found, wrong = kind.parse_many(
                [raws[place] for place in at], replace(context, region=region) if region else context
            )
            for place, value in zip(at, found, strict=True):
                values[place] = value
            faults |= {at[place]: fault for place, fault in wrong.items()}
        return values, faults

    def _countries(self, table: Mapping[str, Sequence[Any]], count: int) -> list[str]:
        """The country each row names in an address, as its code; nothing when no column does."""
        for target in self.plan.targets:
            if target.part != "country" or target.kind is None:
                continue
            country = target.kind.parts()["country"]
            raws, _faults = transform(target.column, cells_of(target.column, table, count))
            values, faults = country.parse_many(raws, self.context)
            return [str(value or "") if at not in faults else "" for at, value in enumerate(values)]
        return []

    def _settle(self, target: Target, items: Sequence[Item], raws: Sequence[Raw], faults: Mapping[int, Fault]) -> None:
        """What becomes of a row with a bad value: reported, kept without the value, or left out."""
        for at, fault in faults.items():
            missing = fault.code in ("missing_reference", "ambiguous_reference")
            policy = target.column.on_missing_reference if missing else target.column.on_bad_value
            if policy == "blank":
                shown = fault.params.get("value") or raws[at]
                items[at].problem(target.field, Fault("left_blank", {"value": str(shown)[:60]}), warning=True)
            elif policy == "skip":
                items[at].skipped = True
                items[at].problem(target.field, fault, warning=True)
            else:
                items[at].problem(target.column.to, fault)

    def _by_slug(self, entity: str, raw: Raw) -> Raw:
        """A reference without a lookup is an id, or the slug or the name of a directory record."""
        if isinstance(raw, list):
            return [self._by_slug(entity, one) for one in raw]
        found = self.snapshot.named(entity, raw) if isinstance(raw, str) else ()
        return found[0] if len(found) == 1 else raw

    def _resolve(
        self, target: Target, items: Sequence[Item], raws: Sequence[Raw], faults: dict[int, Fault]
    ) -> list[Any]:
        """Ids for the names in a column."""
        lookup, many = target.column.lookup, target.kind is not None and target.kind.key == "many_references"
        assert lookup is not None  # noqa: S101  the caller looked
        names = {name for at, raw in enumerate(raws) if at not in faults for name in _names(raw)}
        known = self.finder.named(lookup, names, self.context)
        missing = sorted(name for name in names if not known.get(name))
        if missing and target.column.on_missing_reference == "create":
            self.make_missing(lookup, missing)
            known = self.finder.named(lookup, names, self.context)
        values: list[Any] = []
        for at, raw in enumerate(raws):
            ids: list[int] = []
            for name in _names(raw) if at not in faults else ():
                found = known.get(name, [])
                if len(found) == 1:
                    ids.append(found[0])
                else:
                    faults[at] = _not_one(lookup, name, len(found))
            values.append((tuple(ids) if many else ids[0]) if ids and at not in faults else None)
        return values

    def _compose(self, name: str, pieces: Sequence[tuple[Target, list[Raw]]], items: Sequence[Item]) -> None:
        """Put the parts of an address together and parse them as one."""
        kind = self.plan.spec.fields[name]
        raws = [{target.part: raws[at] for target, raws in pieces if raws[at] is not None} for at in range(len(items))]
        values, faults = kind.parse_many([raw or None for raw in raws], self.context)
        shown = [", ".join(str(part) for part in raw.values()) for raw in raws]
        self._settle(pieces[0][0], items, shown, faults)
        for at, (item, value) in enumerate(zip(items, values, strict=True)):
            if at not in faults and value is not None:
                item.values[name] = value

    def _keys(self, items: Sequence[Item]) -> None:
        match = self.plan.match
        for item in items:
            if match.external:
                item.key = (item.external[1],) if item.external and item.external[0] == match.external else None
            elif match.keys:
                key = tuple(item.values.get(name) for name in match.keys)
                item.key = None if all(part is None for part in key) else key
            if item.key is None and (match.external or match.keys) and not item.refused and self.step == 1:
                item.problem(None, Fault("no_match_key"), warning=True)


def _with_prefix(text: str, region: str) -> str:
    """A telephone number of a country with its prefix; any other text as it is."""
    if re.search(r"[^0-9()+./ \u00a0-]", text):
        return text
    try:
        return normalise(text, region)
    except ValueError:
        return text


def day_of(raw: Raw) -> Raw:
    """The day of a moment that a date format read; anything else as it is."""
    return raw[:10] if isinstance(raw, str) and raw[10:11] == "T" else raw


def _names(raw: Raw) -> Sequence[str]:
    if raw is None:
        return ()
    return raw if isinstance(raw, list) else (raw,)


def _not_one(lookup: Lookup, name: str, count: int) -> Fault:
    if count:
        return Fault("ambiguous_reference", {"value": name[:60], "count": count})
    return Fault("missing_reference", {"entity": lookup.entity, "value": name[:60]})

"""Finding records for the rows of a file: those they are about, and those they name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracte.engine.importing.spec import Lookup, Matching
from tracte.kernel.actor import Actor
from tracte.kernel.fold import fold
from tracte.meta.kinds.base import Context
from tracte.meta.registry import EntitySpec, registry
from tracte.meta.values import shown_title
from tracte.records import query
from tracte.records.snapshot import Snapshot
from tracte.records.tables import ExternalRef

Key = tuple[Any, ...]
CACHED = 20_000
BY_TITLE = "title"


@dataclass(frozen=True, slots=True)
class Supposed:
    """The directory in memory, for conditions on records that a dry run tried."""

    snapshot: Snapshot

    def record(self, entity: str, record_id: int) -> Mapping[str, Any] | None:
        return self.snapshot.rows.get(entity, {}).get(record_id)

    def collection(self, entity: str, field: str, record_id: int) -> Iterable[Mapping[str, Any]]:
        return [row for row in self.snapshot.rows.get(entity, {}).values() if row.get(field) == record_id]


@dataclass
class Finder:
    """Finds records within the actor's reach, many at a time.

    In a dry run nothing is stored, so records the import *would* make are kept here by what they could be found by.
    """

    actor: Actor
    dry_run: bool
    would_be: dict[str, set[int]] = field(default_factory=dict)
    _made: dict[tuple[str, Any], dict[Any, list[int]]] = field(default_factory=dict)
    _wanted: dict[str, set[Any]] = field(default_factory=dict)
    _cache: dict[str, dict[Any, list[int]]] = field(default_factory=dict)

    # -- what rows name ----------------------------------------------------------------------------------------------
    def expect(self, entity: str, by: Any) -> None:
        """Say by what records will be looked for, before the first is remembered."""
        self._wanted.setdefault(entity, set()).add(by)

    def named(self, lookup: Lookup, texts: Iterable[str], context: Context) -> dict[str, list[int]]:
        """Ids of the records each text names: none, one, or several when it is ambiguous."""
        known = self._cache.setdefault(repr(lookup), {})
        if len(known) > CACHED:
            known.clear()
        missing = {text for text in texts if text not in known}
        if missing:
            known |= {text: ids for text, ids in self._look(lookup, missing, context).items() if ids}
        return known

    def _look(self, lookup: Lookup, texts: set[str], context: Context) -> dict[str, list[int]]:
        spec = registry()[lookup.entity]
        if lookup.external is not None:
            found = self.by_external(spec, lookup.external, texts)
            return {text: [found[text]] for text in texts if text in found}
        rows = query.rows(lookup.entity, self.actor)
        if lookup.where is not None:
            rows = rows.where(lookup.where)
        by, values = self._comparable(spec, lookup, texts, context)
        stored = rows.find(by, values.values())
        made = self._fitting(rows, self._made.get((lookup.entity, by), {}))
        result = {text: [*stored.get(value, ()), *made.get(value, ())] for text, value in values.items()}
        if by == BY_TITLE and lookup.field != BY_TITLE:
            self._prefer_exact(rows, str(lookup.field), result)
        return result

    @staticmethod
    def _fitting(rows: query.Rows, made: Mapping[Any, list[int]]) -> Mapping[Any, list[int]]:
        """Of the records a dry run would have made, those that meet the lookup's condition, as far as one can know."""
        if rows.node is None or not made:
            return made
        tried, node = rows.snapshot.rows.get(rows.spec.key, {}), rows.node
        world = Supposed(rows.snapshot)
        return {
            value: [one for one in ids if one not in tried or node.accepts(tried[one], world)]
            for value, ids in made.items()
        }

    def _comparable(
        self, spec: EntitySpec, lookup: Lookup, texts: set[str], context: Context
    ) -> tuple[str, dict[str, Any]]:
        """By what to look, and each text as it is stored. Names are found whatever their case and accents."""
        by = lookup_by(spec, lookup)
        if by == BY_TITLE:
            return by, {text: fold(" ".join(text.split()))[:120] for text in texts}
        listed = sorted(texts)
        values, faults = spec.fields[by].parse_many(listed, context)
        return by, {text: values[at] for at, text in enumerate(listed) if at not in faults and values[at] is not None}

    @staticmethod
    def _prefer_exact(rows: query.Rows, name: str, result: dict[str, list[int]]) -> None:
        """Of several records whose names differ in case or accents, the one written exactly so."""
        doubtful = [one for ids in result.values() if len(ids) > 1 for one in ids]
        if not doubtful:
            return
        stored = rows.read(doubtful, [name])
        for text, ids in result.items():
            exact = [one for one in ids if stored.get(one, {}).get(name) == text]
            if len(ids) > 1 and len(exact) == 1:
                result[text] = exact

    # -- what rows are about -----------------------------------------------------------------------------------------
    def by_external(self, spec: EntitySpec, system: str, external_ids: Iterable[str]) -> dict[str, int]:
        """Live records in reach by their id in another system."""
        wanted = list(external_ids)
        refs = ExternalRef.objects.filter(system=system, entity=spec.key, external_id__in=wanted)
        stored = dict(refs.values_list("external_id", "record_id"))
        live = set(query.rows(spec.key, self.actor).only(stored.values()).ids()) if stored else set()
        found = {external: one for external, one in stored.items() if one in live}
        made = self._made.get((spec.key, ("external", system)), {})
        return found | {external: made[external][0] for external in wanted if external in made}

    def matched(self, spec: EntitySpec, matching: Matching, keys: Sequence[Key | None]) -> dict[Key, list[int]]:
        """Records by match key: the values of the key fields, or the external id alone."""
        wanted = {key for key in keys if key is not None}
        if not wanted:
            return {}
        if matching.external:
            found = self.by_external(spec, matching.external, (str(key[0]) for key in wanted))
            return {(external,): [one] for external, one in found.items()}
        rows = query.rows(spec.key, self.actor)
        names = matching.keys
        lead = min(range(len(names)), key=lambda at: spec.fields[names[at]].key != "text")
        stored = rows.find(names[lead], {key[lead] for key in wanted})
        result: dict[Key, list[int]] = {}
        if len(names) == 1 and len(spec.fields[names[0]].columns()) == 1:
            result = {(value,): ids for value, ids in stored.items()}
        elif stored:
            candidates = rows.read((one for ids in stored.values() for one in ids), names)
            for pk, values in candidates.items():
                result.setdefault(tuple(values.get(name) for name in names), []).append(pk)
        for key, ids in self._made.get((spec.key, names), {}).items():
            if key in wanted:
                result.setdefault(key, []).extend(ids)
        return result

    # -- what a dry run would make -----------------------------------------------------------------------------------
    def remember(
        self, spec: EntitySpec, pk: int, values: Mapping[str, Any], context: Context, external: tuple[str, str] | None
    ) -> None:
        """A record that a dry run would have made."""
        if not self.dry_run:
            return
        self.would_be.setdefault(spec.key, set()).add(pk)
        for by in self._wanted.get(spec.key, ()):
            value: Any
            if by == BY_TITLE:
                value = fold(shown_title(spec, values, context))[:120]
            elif isinstance(by, tuple) and by[:1] == ("external",):
                value = external[1] if external and external[0] == by[1] else None
            else:
                value = tuple(values.get(name) for name in by) if isinstance(by, tuple) else values.get(by)
            if value is not None:
                self._made.setdefault((spec.key, by), {}).setdefault(value, []).append(pk)


def lookup_by(spec: EntitySpec, lookup: Lookup) -> str:
    """The field a lookup compares; the folded title when the field alone is the title."""
    name = str(lookup.field)
    if name == BY_TITLE or (spec.title_fields == (name,) and spec.fields[name].key == "text"):
        return BY_TITLE
    return name

"""The preview of an import in words: written down while the rehearsal is under way, because afterwards the records it
made are gone again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tracte.engine.importing.decisions import ASKED_UP_TO
from tracte.engine.importing.plan import FilePlan, Plan
from tracte.engine.importing.reading import Row
from tracte.engine.importing.rereading import NUL_SHOWN
from tracte.engine.importing.running import Verdict
from tracte.engine.importing.transforms import plain
from tracte.engine.titles import titles_for
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.kernel.messages import message_for, sentences_for
from tracte.kernel.problems import Problem
from tracte.meta.kinds.base import Context, say
from tracte.meta.registry import EntitySpec
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.changes import StagedRow

SHOWN_OF_EACH = 1_000  # previewed rows kept for each verdict
SHOWN_DIFFS = frozenset({"created", "updated"})
UNTOLD = frozenset({"title_key", "theme", "density"})
REASONS = 6  # commonest reasons told
MAX_CELL = 200


@dataclass
class Staged:
    """The previewed rows, so many of each verdict, and what they come to.

    :param ask: a person is asked about each field, so more rows that change a record are kept.
    :param seen: all rows by verdict, whether kept or not.
    :param overwritten, filled: values of records that would change, and empty ones that would be filled.
    :param reasons: why rows would be left out: what is wrong, how to mend it, in which field, how often.
    """

    plan: Plan
    actor: Actor
    ask: bool = False
    rows: list[StagedRow] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    by_reading: Counter[str] = field(default_factory=Counter)
    overwritten: int = 0
    filled: int = 0
    reasons: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def facts(self) -> dict[str, Any]:
        """What the preview comes to, beside the counts."""
        notes = [message_for(note.fault.code, note.fault.params) for one in self.plan.files for note in one.notes]
        return {
            "overwritten": self.overwritten,
            "filled": self.filled,
            "reasons": [[*reason, count] for reason, count in self.reasons.most_common(REASONS)],
            "kept": dict(self.kept),
            "rows": dict(self.seen),
            "most": {what: self._most(what) for what in self.kept},
            "lines": max(self.by_reading.values(), default=0),
            "notes": notes[:20],
        }

    def add(self, plan: FilePlan, verdicts: Sequence[Verdict]) -> None:
        """Called with each chunk of the first pass."""
        context = snapshots.current().context(self.actor)
        wanted = []
        for verdict in verdicts:
            self.seen[verdict.what] += 1
            self.by_reading[f"{plan.label} {plan.spec.key}"] += 1
            self._count(plan.spec, verdict, context)
            if self.kept.get(verdict.what, 0) < self._most(verdict.what):
                self.kept[verdict.what] = self.kept.get(verdict.what, 0) + 1
                wanted.append(verdict)
        if not wanted:
            return
        reading, spec = self.plan.files.index(plan), plan.spec
        diffs = [verdict.diff for verdict in wanted if verdict.what in SHOWN_DIFFS]
        sides = [{name: pair[side] for name, pair in diff.items()} for diff in diffs for side in (0, 1)]
        context = replace(context, titles=titles_for(spec, sides, self.actor))
        known = [one.record_id for one in wanted if one.record_id]
        named = {pk: title.title for pk, title in query.titles(spec.key, known, self.actor).items()}
        for verdict in wanted:
            cells = [_kept(plain(cell) or "") for cell in verdict.row.cells[:50]]
            payload = {"file": plan.label, "reading": reading, "row": verdict.row.number, "cells": cells}
            told = self._verdict(plan, verdict, named.get(verdict.record_id or 0, ""), context)
            self.rows.append(StagedRow(seq=len(self.rows), entity=spec.key, payload=payload, verdict=told))

    def _most(self, what: str) -> int:
        return ASKED_UP_TO if self.ask and what == "updated" else SHOWN_OF_EACH

    def _asks(self, plan: FilePlan, verdict: Verdict) -> dict[str, Any]:
        """The fields of a changed record that a person is asked about: those the file itself fills."""
        if not self.ask or verdict.what != "updated":
            return {}
        filled = {target.field for target in plan.of_step(1) if target.field and target.child is None}
        return {"asks": [name for name in verdict.diff if name in filled and name not in UNTOLD]}

    def _verdict(self, plan: FilePlan, verdict: Verdict, title: str, context: Context) -> dict[str, Any]:
        spec = plan.spec
        shown = verdict.diff if verdict.what in SHOWN_DIFFS else {}
        there = bool(title) and verdict.what in ("updated", "unchanged")
        return {
            "what": verdict.what,
            "title": _kept(title or title_from(plan, verdict.row)),
            "url": f"/{spec.plural}/{encode(verdict.record_id or 0)}/" if there else "",
            "problems": [_told(plan, verdict.row, problem, context) for problem in verdict.problems],
            "more": list(verdict.more)[:10],
            "reason": list(_reason_of(spec, verdict, context)),
            **self._asks(plan, verdict),
            "diff": {
                name: [spec.fields[name].text(side, context)[:MAX_CELL] for side in pair]
                for name, pair in shown.items()
                if name not in UNTOLD
            },
        }

    def _count(self, spec: EntitySpec, verdict: Verdict, context: Context) -> None:
        if verdict.what == "updated":
            empty = sum(1 for before, _after in verdict.diff.values() if before in (None, ()))
            self.filled += empty
            self.overwritten += len(verdict.diff) - empty
        elif verdict.what == "problem":
            reason = _reason_of(spec, verdict, context)
            if reason:
                self.reasons[reason] += 1


def _kept(text: str) -> str:
    """A text of the file as the preview keeps it: not all of a long one, and no NUL, which no database takes."""
    return text[:MAX_CELL].replace("\0", NUL_SHOWN)


def label_of(spec: EntitySpec, to: str, context: Context) -> str:
    """What people call a field or a part of one: ``Billing address, city``."""
    name, _dot, part = to.partition(".")
    kind = spec.fields.get(name)
    if kind is None:
        return to
    label = say(kind.label, context)
    inner = kind.parts().get(part) if part else None
    return f"{label}, {say(inner.label, context).lower()}" if inner is not None else label


def _told(plan: FilePlan, row: Row, problem: Problem, context: Context) -> Mapping[str, Any]:
    """One problem with what it says in two sentences, the field's name, and what the file holds there."""
    what, how = sentences_for(problem.code, problem.params)
    label = label_of(plan.spec, problem.field, context) if problem.field else ""
    value = cell_for(plan, row, problem.field) if problem.field else ""
    return {
        **problem.as_json(),
        "warning": problem.warning,
        "what": what,
        "how": how,
        "label": label,
        "value": "" if problem.params.get("value") else value,
    }


def _reason_of(spec: EntitySpec, verdict: Verdict, context: Context) -> tuple[str, str, str] | tuple[()]:
    """Why a row would be left out; nothing when it would not."""
    wrong = next((problem for problem in verdict.problems if not problem.warning), None)
    return _reason(spec, wrong, context) if verdict.what == "problem" and wrong is not None else ()


def _reason(spec: EntitySpec, problem: Problem, context: Context) -> tuple[str, str, str]:
    """A problem without the value it is about, to count alike ones."""
    params = {**problem.params, "value": "…"} if problem.params.get("value") else problem.params
    what, how = sentences_for(problem.code, params)
    told = f"{label_of(spec, problem.field, context)}: {what}" if problem.field else what
    return told, how, problem.field or ""


def cell_for(plan: FilePlan, row: Row, to: str) -> str:
    """What the file holds for a field."""
    for target in plan.targets:
        if to in (target.column.to, target.field):
            texts = [text for name in target.column.sources if (text := _cell(plan, row, name))]
            if texts:
                return " ".join(texts)[:60]
    return ""


def _cell(plan: FilePlan, row: Row, name: str) -> str:
    place = plan.places.at.get(name)
    if place is None or row.fault is not None or place >= len(row.cells):
        return ""
    return (plain(row.cells[place]) or "").strip()


def title_from(plan: FilePlan, row: Row) -> str:
    """What a row's record would be called, from the file; its first filled cell when it does not say."""
    fields = (part for name in plan.spec.title_fields for part in plan.spec.fields[name].made_of or (name,))
    texts = dict.fromkeys(text for name in fields if (text := cell_for(plan, row, name)))
    named = " ".join(texts)
    return named or next((text for cell in row.cells if (text := (plain(cell) or "").strip())), "")

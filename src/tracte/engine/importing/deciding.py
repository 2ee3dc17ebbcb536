"""Asking for each field: the file's value or the one Tracte has, row by row and the same for all rows.

What was said about a row is kept with the row of the preview; what was said about all rows, with the import. A preview
shows what the file would change; what is kept is taken out when the import is applied.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracte.engine.importing.decisions import ANSWERS, Decided, Place
from tracte.engine.importing.drafts import draft, update
from tracte.engine.importing.spec import ASK
from tracte.kernel.actor import Actor
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.records.changes import ChangeSet, StagedRow


@dataclass
class Weighed:
    """What the decisions come to.

    :param fields: rows that change each ``entity.field``. :param kept: how many of them keep what Tracte has.
    :param rows: rows of which nothing is left. :param over: values that are not overwritten. :param unfilled: empty
        fields that stay empty.
    """

    fields: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    over: int = 0
    unfilled: int = 0

    @classmethod
    def from_json(cls, raw: Mapping[str, Any] | None) -> "Weighed":
        """What :meth:`as_json` gave, or nothing."""
        raw = raw or {"fields": [], "rows": 0, "over": 0, "unfilled": 0}
        return cls(
            Counter({key: rows for key, rows, _ in raw["fields"]}),
            Counter({key: kept for key, _, kept in raw["fields"]}),
            raw["rows"],
            raw["over"],
            raw["unfilled"],
        )

    def add(self, row: StagedRow, for_all: Mapping[str, str], *, out: bool = False, by: int = 1) -> None:
        """Count one previewed row. :param out: it is left out as a whole. :param by: -1 takes it out again."""
        asks, diff = row.verdict.get("asks", ()), row.verdict["diff"]
        place = place_of(row)
        decided = Decided(for_all, {place: row.payload.get("chosen", {})})
        kept = 0
        for name in asks:
            key, filled = f"{row.entity}.{name}", bool(diff[name][0])
            self.fields[key] += by
            if decided.keeps(place, name, filled=filled):
                kept += 1
                self.kept[key] += by
                if filled:
                    self.over += by
                else:
                    self.unfilled += by
        if kept and kept == len(diff) and not row.verdict.get("more") and not out:
            self.rows += by

    def as_json(self) -> dict[str, Any]:
        return {
            "fields": [[key, count, self.kept[key]] for key, count in self.fields.most_common()],
            "rows": self.rows,
            "over": self.over,
            "unfilled": self.unfilled,
        }


def is_asked(state: Mapping[str, Any]) -> bool:
    """Whether the wizard asks for each field. :param state: of the wizard."""
    return (state.get("choices") or {}).get("on_match") == ASK


def place_of(row: StagedRow) -> Place:
    return row.entity, int(row.payload["reading"]), int(row.payload["row"])


def chosen(changeset: ChangeSet) -> dict[Place, dict[str, str]]:
    """What was said about single rows."""
    rows = StagedRow.objects.filter(set=changeset, payload__has_key="chosen")
    return {place_of(row): dict(row.payload["chosen"]) for row in rows.iterator()}


def decided(changeset: ChangeSet) -> Decided | None:
    """Everything that was decided; ``None`` when nothing is asked."""
    state = changeset.data["wizard"]
    return Decided(state.get("for_all") or {}, chosen(changeset)) if is_asked(state) else None


def put_on(rows: Iterable[StagedRow], said: Mapping[Place, Mapping[str, str]]) -> None:
    """Put what was said before on the rows of a fresh preview, as far as it still asks for these fields."""
    for row in rows:
        mine = {name: one for name, one in said.get(place_of(row), {}).items() if name in row.verdict.get("asks", ())}
        row.payload = {name: value for name, value in row.payload.items() if name != "chosen"}
        if mine:
            row.payload["chosen"] = mine


def weighed(rows: Iterable[StagedRow], state: Mapping[str, Any]) -> dict[str, Any]:
    """What the decisions about rows of a preview come to. :param state: of the wizard."""
    found, for_all = Weighed(), state.get("for_all") or {}
    left_out = {tuple(one) for one in state.get("left_out", ())}
    for row in rows:
        found.add(row, for_all, out=place_of(row)[1:] in left_out)
    return found.as_json()


def weigh(changeset: ChangeSet) -> None:
    """Reckon anew what the decisions come to, after something changed."""
    state = changeset.data["wizard"]
    if is_asked(state):
        rows = StagedRow.objects.filter(set=changeset, verdict__what="updated")
        update(changeset, deciding=weighed(rows.iterator(), state))


def weigh_one(changeset: ChangeSet, row: StagedRow, change: Callable[[], None]) -> None:
    """Make a change to one row, and reckon what the decisions come to without looking at the others."""
    if not is_asked(changeset.data["wizard"]) or row.verdict["what"] != "updated":
        change()
        return
    found = Weighed.from_json(changeset.data["wizard"].get("deciding"))
    for by in (-1, 1):
        state = changeset.data["wizard"]
        out = list(place_of(row)[1:]) in state.get("left_out", ())
        found.add(row, state.get("for_all") or {}, out=out, by=by)
        if by < 0:
            change()
    update(changeset, deciding=found.as_json())


def decide(set_id: int, actor: Actor, seq: int, said: Mapping[str, str]) -> None:
    """Say about one row of the preview which fields it takes from the file.

    :param said: ``file`` or ``keep`` by field. :raises NotFound: no such row; :raises Rejected: nothing is asked.
    """
    changeset = _asked(set_id, actor)
    row = StagedRow.objects.filter(set=changeset, seq=seq, verdict__what="updated").first()
    if row is None:
        raise NotFound("row")
    asks: Sequence[str] = row.verdict.get("asks", ())
    mine = {name: one for name, one in said.items() if name in asks and one in ANSWERS}

    def say() -> None:
        row.payload = {**row.payload, "chosen": {**row.payload.get("chosen", {}), **mine}}
        row.save(update_fields=["payload"])

    weigh_one(changeset, row, say)


def decide_for_all(set_id: int, actor: Actor, field_key: str, answer: str) -> None:
    """Say the same about a field of all rows, also of those decided before.

    :param field_key: ``entity.field``. :raises Rejected: nothing is asked about it.
    """
    changeset = _asked(set_id, actor)
    state = changeset.data["wizard"]
    if answer not in ANSWERS or field_key not in Weighed.from_json(state.get("deciding")).fields:
        raise Rejected([Problem("field", "bad_parameter", {"name": "field"})], status=400)
    entity, _, name = field_key.partition(".")
    changed = []
    for row in StagedRow.objects.filter(set=changeset, entity=entity, payload__chosen__has_key=name).iterator():
        row.payload["chosen"].pop(name)
        changed.append(row)
    StagedRow.objects.bulk_update(changed, ["payload"], batch_size=500)
    update(changeset, for_all={**(state.get("for_all") or {}), field_key: answer})
    weigh(changeset)


def _asked(set_id: int, actor: Actor) -> ChangeSet:
    changeset = draft(set_id, actor)
    if not is_asked(changeset.data["wizard"]):
        raise Rejected([Problem(None, "already_applied")], status=409)
    return changeset

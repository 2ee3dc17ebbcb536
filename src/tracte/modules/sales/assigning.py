"""Giving new leads to people: by rule when nobody is named, else into the queue of the team."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from tracte.kernel.ids import encode
from tracte.meta.draft import Draft, WriteEnv
from tracte.modules.sales.lead_rules import OPEN
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.snapshot import Snapshot

Rule = Mapping[str, Any]


def assign(drafts: Sequence[Draft], env: WriteEnv) -> None:
    """Apply the first rule that fits to each new lead nobody was named for. The rule is kept on the lead: why is known.

    Without a fitting rule the lead is its maker's, as every record; when the maker left the owner out on purpose, it
    waits in the queue of the maker's team.
    """
    waiting = [d for d in drafts if d.created and ("owner" not in d.given or d.values.get("owner") is None)]
    waiting = [draft for draft in waiting if draft.values.get("status") in OPEN]
    if not waiting:
        return
    snapshot = snapshots.current()
    dealer = _Dealer(snapshot, env)
    for draft in waiting:
        rule = next((rule for rule in dealer.rules if dealer.fits(rule, draft)), None)
        if rule is not None:
            dealer.deal(rule, draft)
        elif draft.values.get("owner") is None and draft.values.get("team") is None:
            member = snapshot.members.get(env.actor.user_id or 0)
            draft.values["team"] = member.teams[0] if member is not None and member.teams else None


@dataclass
class _Dealer:
    """Deals the leads of one write. What it dealt out counts for the next lead."""

    snapshot: Snapshot
    env: WriteEnv
    last: dict[int, int | None] = field(default_factory=dict)
    busy: Counter[int] | None = None

    def __post_init__(self) -> None:
        rows = self.snapshot.rows.get("assignment_rule", {}).values()
        live = [row for row in rows if row["deleted_at"] is None and row["active"]]
        self.rules: list[Rule] = sorted(live, key=lambda row: (row["position"] or 0, row["id"]))
        reader = query.system_rows("lead").reader(strict=False)
        spec = query.system_rows("lead").spec
        self.conditions = {r["id"]: reader.read(spec, r["condition"]) for r in self.rules if r["condition"]}

    def fits(self, rule: Rule, draft: Draft) -> bool:
        """Whether every condition of the rule holds for the lead."""
        values = draft.values
        if rule["origins"] and values.get("origin") not in rule["origins"]:
            return False
        if rule["country"] and getattr(values.get("address"), "country", None) != rule["country"]:
            return False
        if rule["for_pipeline"] and values.get("pipeline") != rule["for_pipeline"]:
            return False
        least, amount = rule["at_least"], values.get("amount")
        if least is not None and (amount is None or amount.currency != least.currency or amount.amount < least.amount):
            return False
        condition = self.conditions.get(rule["id"])
        return condition is None or condition.accepts({"id": draft.id, **values}, _World(self.env))

    def deal(self, rule: Rule, draft: Draft) -> None:
        """Hand the lead over, or put it into the queue when nobody of the team works here any more."""
        chosen = self._choose(rule)
        member = self.snapshot.members.get(chosen or 0)
        team = rule["to_team"] or (member.teams[0] if member is not None and member.teams else None)
        draft.values |= {"owner": chosen, "team": team, "assigned_rule": rule["id"], "assigned_to": chosen}
        draft.handed_over = True

    def _choose(self, rule: Rule) -> int | None:
        if rule["mode"] == "queue":
            return None
        if rule["mode"] == "fixed":
            member = self.snapshot.members.get(rule["to_user"] or 0)
            return member.id if member is not None and member.active else None
        members = sorted(
            one.id for one in self.snapshot.members.values() if one.active and rule["to_team"] in one.teams
        )
        if not members:
            return None
        chosen = self._next(rule, members) if rule["mode"] == "round_robin" else self._idlest(members)
        self.last[rule["id"]] = chosen
        if self.busy is not None:
            self.busy[chosen] += 1
        return chosen

    def _next(self, rule: Rule, members: Sequence[int]) -> int:
        """The one after whoever got the rule's last lead, even if that one was handed on or binned since."""
        if rule["id"] not in self.last:
            self.last[rule["id"]] = self._last(rule)
        last = self.last[rule["id"]]
        return next((one for one in members if last is not None and one > last), members[0])

    def _last(self, rule: Rule) -> int | None:
        model = query.system_rows("lead").spec.model
        if connection.vendor == "postgresql" and connection.in_atomic_block:  # two at once take turns
            table = query.system_rows("assignment_rule").spec.model
            list(table._default_manager.filter(pk=rule["id"]).select_for_update().values_list("pk"))
        dealt = model._default_manager.filter(assigned_rule_id=rule["id"], assigned_to_id__isnull=False)
        return dealt.order_by("-id").values_list("assigned_to_id", flat=True).first()

    def _idlest(self, members: Sequence[int]) -> int:
        """Whoever has the fewest open leads, of all teams and origins."""
        if self.busy is None:
            where = {"all": [["status", "in", [*OPEN]], ["owner", "not_empty"]]}
            cells = query.system_rows("lead").where(where).aggregate(["owner"], ["count"])
            self.busy = Counter({int(cell["owner"]): int(cell["count"]) for cell in cells})
        held = self.busy
        return min(members, key=lambda one: (held[one], one))


@dataclass(frozen=True, slots=True)
class _World:
    """What a rule's condition may look at besides the lead itself."""

    env: WriteEnv

    def record(self, entity: str, record_id: int) -> Mapping[str, Any] | None:
        return self.env.rows(entity, [record_id]).get(record_id)

    def collection(self, entity: str, field: str, record_id: int) -> Iterable[Mapping[str, Any]]:
        spec = query.system_rows(entity).spec
        if field in spec.link_fields:
            rows = query.system_rows(entity).where([field, "has_any", [encode(record_id)]])
            return rows.read(rows.ids(1000)).values()
        return self.env.find(entity, **{field: record_id})

"""Deals of a whole group of accounts, for the record page of the firm at its top."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.modules.crm.tree import branch_ids
from tracte.records import query

MOST_ACCOUNTS = 1000


@dataclass(frozen=True, slots=True)
class GroupTotals:
    """Open deals of an account and all its branches the actor may see.

    :param accounts: how many accounts the group has, the asked one included.
    :param deals: open opportunities.
    :param amount: their sum by currency. :param weighted: the weighted sum by currency.
    """

    accounts: int
    deals: int
    amount: Mapping[str, Decimal]
    weighted: Mapping[str, Decimal]


def group_totals(account_id: int, actor: Actor) -> GroupTotals:
    """Count and sums of the open deals of the group below ``account_id``, as ``actor`` may see them."""
    members = branch_ids(account_id, actor)[:MOST_ACCOUNTS]
    where = {"all": [["account", "in", [encode(one) for one in members]], ["stage.kind", "eq", "open"]]}
    found = query.rows("opportunity", actor).where(where).aggregate([], ["count", "sum:amount", "sum:weighted"])
    if not found:
        return GroupTotals(len(members), 0, {}, {})
    total = found[0]
    return GroupTotals(len(members), total["count"], total["sum:amount"] or {}, total["sum:weighted"] or {})

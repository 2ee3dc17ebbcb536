"""One opportunity for many accounts: a deal of a type for each of them, as one change set (SP-07)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracte.engine.bulk import Making
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import encode
from tracte.kernel.problems import Forbidden
from tracte.meta.registry import registry
from tracte.records import door, query
from tracte.records import snapshot as snapshots
from tracte.records.door import Op, Result, Writer

VERB = "open_deals"
OPEN = ["stage.kind", "eq", "open"]
NEEDED = ("account", "type", "stage")


@dataclass(frozen=True, slots=True)
class Opening:
    """What is opened for each account.

    :param type: id of the opportunity type, written. :param closes_on: the expected close, written, or ``None``.
    :param theirs: each deal is its account's owner's; else all are whoever opens them.
    :param again: also where an open deal of the type is there already.
    """

    type: str
    name: str
    closes_on: str | None = None
    theirs: bool = True
    again: bool = False

    def values(self) -> dict[str, Any]:
        """As the change set keeps it."""
        return {name: getattr(self, name) for name in self.__slots__}


def may(actor: Actor) -> bool:
    """Whether somebody may make many deals of a type at once."""
    spec = registry()["opportunity"]
    sees = not any(actor.hides(spec.key, name) or actor.locks(spec.key, name) for name in NEEDED)
    return sees and all(query.reach(spec, actor, verb) > Level.NONE for verb in ("create", "bulk"))


def require(actor: Actor) -> None:
    """:raises Forbidden, NotFound: without the right to make deals, or many at once."""
    spec = registry()["opportunity"]
    for verb in ("create", "bulk"):
        door.require_right(spec, actor, verb)
    if not may(actor):
        raise Forbidden("create", spec.key)


def with_open_deal(actor: Actor, kind: str, accounts: Sequence[int]) -> set[int]:
    """The accounts that have an open deal of the type, as far as the actor may see."""
    there = ["account", "in", [encode(one) for one in accounts]]
    rows = query.rows("opportunity", actor).where({"all": [["type", "eq", kind], OPEN, there]})
    return {int(group["account"]) for group in rows.aggregate(["account"], ["count"])} if accounts else set()


def make(
    writer: Writer, values: Mapping[str, Any], ids: Sequence[int], progress: Mapping[str, Any] | None
) -> list[Result]:
    """Open the deal for one chunk of accounts; those that have one are left alone.

    :param values: of an :class:`Opening`.
    """
    opening, actor = Opening(**values), writer.actor
    accounts = query.rows("account", actor).read(ids, ("owner",))
    held = set() if opening.again else with_open_deal(actor, opening.type, ids)
    skipped = [Result(at, one, "unchanged", entity="account") for at, one in enumerate(ids) if one in held]
    ops = []
    for at, one in enumerate(ids):
        if one in accounts and one not in held:
            deal = {"name": opening.name, "account": encode(one), "type": opening.type}
            owner = _owner(accounts[one], opening, actor)
            deal |= {"owner": encode(owner)} if owner else {}
            ops.append(Op(deal | ({"closes_on": opening.closes_on} if opening.closes_on else {}), row=at))
    results = writer.write("opportunity", "create", ops, progress=progress)
    writer.tell("account", skipped)
    made = [Result(one.row, ids[one.row], one.verdict, one.problems, entity="account") for one in results]
    return sorted([*made, *skipped], key=lambda one: one.row)


def _owner(account: Mapping[str, Any], opening: Opening, actor: Actor) -> int | None:
    """Whose deal it is: the account's owner's if they still work here and are to have it, else the actor's."""
    owner = account.get("owner") if opening.theirs else None
    member = snapshots.current().members.get(owner or 0)
    return member.id if member is not None and member.active else actor.user_id


MAKING = Making("opportunity", require, make)

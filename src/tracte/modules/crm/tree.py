"""Trees of accounts: a group, its firms and their branches."""

from collections.abc import Sequence

from tracte.kernel.actor import Actor
from tracte.meta.draft import Draft, WriteEnv
from tracte.records import query

MAX_LEVELS = 50


def check_parents(drafts: Sequence[Draft], env: WriteEnv, field: str = "parent") -> None:
    """Refuse parents that would close a ring, also through chains and through other drafts of the same write.

    Reads one level of ancestors of all drafts at a time.
    """
    moved = [draft for draft in drafts if draft.values.get(field) and draft.changed(field)]
    if not moved:
        return
    parents: dict[int, int | None] = {draft.id: draft.values.get(field) for draft in drafts}
    wanted = {draft.values[field] for draft in moved} - parents.keys()
    while wanted:
        found = env.rows("account", wanted)
        parents |= {one: found[one].get(field) if one in found else None for one in wanted}
        wanted = {above for one in wanted if (above := parents[one]) is not None and above not in parents}
    for draft in moved:
        if _returns_to(draft.id, parents):
            draft.problem(field, "parent_loop")


def _returns_to(start: int, parents: dict[int, int | None]) -> bool:
    seen: set[int] = set()
    above = parents.get(start)
    while above is not None and above not in seen:
        if above == start:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def branch_ids(account_id: int, actor: Actor) -> list[int]:
    """The account and everything below it that ``actor`` may see, nearest first. One query a level.

    Branches below one out of reach are not found: the tree is walked with the actor's eyes.
    """
    found = [account_id]
    seen = {account_id}
    level = [account_id]
    for _ in range(MAX_LEVELS):
        below = query.rows("account", actor).find("parent", level)
        level = sorted({one for ids in below.values() for one in ids} - seen)
        if not level:
            break
        seen.update(level)
        found.extend(level)
    return found

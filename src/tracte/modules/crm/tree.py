"""Trees of accounts: a group, its firms and their branches."""

from tracte.kernel.actor import Actor
from tracte.records import query

MAX_LEVELS = 50


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

"""Records that stand under one another: no chain of them may lead back to its beginning."""

from collections.abc import Sequence

from tracte.meta.draft import Draft, WriteEnv


def check_parents(drafts: Sequence[Draft], env: WriteEnv, entity: str, field: str = "parent") -> None:
    """Refuse parents that would close a ring, also through chains and through other drafts of the same write.

    Reads one level of ancestors of all drafts at a time.

    :param entity: what the drafts are. :param field: their reference to the one above.
    """
    moved = [draft for draft in drafts if draft.values.get(field) and draft.changed(field)]
    if not moved:
        return
    parents: dict[int, int | None] = {draft.id: draft.values.get(field) for draft in drafts}
    wanted = {draft.values[field] for draft in moved} - parents.keys()
    while wanted:
        found = env.rows(entity, wanted)
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

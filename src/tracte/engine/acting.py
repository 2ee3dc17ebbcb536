"""Who a command runs as: the system's operator, or a named person with that person's rights."""

from tracte.kernel.actor import OPERATOR, Actor
from tracte.kernel.problems import NotFound
from tracte.records import snapshot as snapshots


def acting(name: str | None) -> Actor:
    """The actor for ``--as USER``: by e-mail address or name; the operator when nobody is named.

    :raises NotFound: when no user, or more than one, is called so.
    """
    if not name:
        return OPERATOR
    snapshot = snapshots.current()
    wanted = name.strip().lower()
    found = [
        pk
        for pk, values in snapshot.rows.get("user", {}).items()
        if values["deleted_at"] is None
        and wanted in (str(values.get("email")).lower(), str(values.get("name")).lower())
    ]
    if len(found) != 1:
        raise NotFound(name)
    return snapshot.actor(found[0])

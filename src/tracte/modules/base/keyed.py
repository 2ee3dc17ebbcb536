"""Records with a key: it is made of the name when nobody gives one, and never changes afterwards."""

from collections.abc import Sequence

from tracte.meta.draft import Draft
from tracte.modules.base.slugs import is_slug, slug


def derive_keys(drafts: Sequence[Draft], source: str = "name") -> None:
    """Give new records without key one made of the field ``source``."""
    for draft in drafts:
        name = draft.values.get(source)
        if draft.created and name and not draft.values.get("key"):
            draft.values["key"] = slug(str(name))


def check_keys(drafts: Sequence[Draft]) -> None:
    """A key is a slug; other systems and saved filters rely on it, so it stays as it was made."""
    for draft in drafts:
        key = draft.values.get("key")
        if not draft.created and draft.changed("key"):
            draft.problem("key", "key_is_stable")
        elif key and not is_slug(str(key)):
            draft.problem("key", "bad_slug")

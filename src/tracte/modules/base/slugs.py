"""Keys: the short stable names by which filters, imports and the API call a record."""

import re

from tracte.kernel.fold import fold

SLUG = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
MAX_SLUG = 60


def slug(text: str) -> str:
    """A key made of ``text``: ``Verbal yes`` becomes ``verbal_yes``. Never empty."""
    words = re.findall(r"[a-z0-9]+", fold(text))
    made = "_".join(words)[:MAX_SLUG].rstrip("_")
    if not made:
        return "item"
    return made if made[0].isalpha() else f"n_{made}"[:MAX_SLUG].rstrip("_")


def is_slug(text: str) -> bool:
    return len(text) <= MAX_SLUG and SLUG.match(text) is not None

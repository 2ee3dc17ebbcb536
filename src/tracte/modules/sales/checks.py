"""The checklist of a stage: what must be ticked to stand in it (GA-46)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tracte.meta.draft import Draft
from tracte.meta.kinds.base import Context

FIELD = "checked"


def check(draft: Draft, stage: Mapping[str, Any], *, entering: bool, lenient: bool) -> None:
    """Whoever enters a stage has ticked its items; whoever stands there takes no tick away. The problem names what is
    open, and carries all that the stage asks for. Items written later ask nothing of those who stand there already.
    """
    items = stage["checklist"] or ()
    held, before = set(draft.values.get(FIELD) or ()), set(draft.before.get(FIELD) or ())
    open_ones = [one for one in items if one.needed and one.key not in held and (entering or one.key in before)]
    if open_ones:
        tell = draft.warn if lenient else draft.problem
        words = ", ".join(one.text for one in open_ones)
        tell(FIELD, "unticked", stage=stage["name"], items=words, asked=[one.key for one in items])


def told(values: Mapping[str, Any], context: Context) -> str:
    """How far the stage's checklist is: “2 of 4 in this stage”."""
    offered = context.offered.get(FIELD, ())
    if not offered:
        return ""
    held = set(values.get(FIELD) or ())
    numbers = {"done": sum(key in held for key in offered), "all": len(offered)}
    return _("%(done)s of %(all)s in this stage") % numbers

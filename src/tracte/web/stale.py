"""What a page says to somebody who read an older version of a record than the one that is stored."""

from dataclasses import replace
from typing import Any

from tracte.engine import forms
from tracte.engine.recordpage import RecordPage
from tracte.engine.titles import together
from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.web import recordparts as parts
from tracte.web import ui
from tracte.web.request import ActorRequest

SHOWN = 8


def sent_version(request: ActorRequest) -> int | None:
    """The version of the record the person had before them; ``None`` when the form carried none.

    :raises Rejected: status 400 when it is no number.
    """
    text = request.POST.get("version", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Rejected([Problem("version", "bad_parameter", {"name": "version"})], status=400)
    return int(text) if text else None


def what_changed(request: ActorRequest, page: RecordPage, raw: forms.Raw, version: int) -> dict[str, Any]:
    """What others saved since ``version``, for ``record/met.html``.

    :param page: the record as it is now. :param raw: what this person sent.
    """
    met = forms.meet(page, raw, version)
    theirs = [side for side in met.sides if side.theirs != side.base]
    told = [{side.name: value} for side in theirs for value in (side.base, side.theirs) if hasattr(side.kind, "to")]
    titles = together([(page.spec, told, tuple(page.spec.fields))], request.actor, page.titles)
    context = replace(page.context, titles=titles)
    return {
        "who": met.who,
        "when": parts.moment(met.when, context, whole=True) if met.when else "",
        "fields": [
            {
                "label": say(side.kind.label, context),
                "diff": ui.diff(
                    parts.value_text(side.kind, side.base, context), parts.value_text(side.kind, side.theirs, context)
                ),
            }
            for side in theirs[:SHOWN]
        ],
        "more": max(0, len(theirs) - SHOWN),
        "record_url": f"/{page.spec.plural}/{encode(page.id)}/",
    }

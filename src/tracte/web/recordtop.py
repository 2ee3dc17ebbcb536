"""The top of a record's page, and of the panel beside a list: its key facts, and the path it goes."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine.recordpage import RecordPage, Step
from tracte.meta.kinds.base import say
from tracte.web import recordparts as parts
from tracte.web import ui


def facts(page: RecordPage) -> list[dict[str, Any]]:
    """The fact strip; the first fact is the big one."""
    return [
        {
            "label": say(kind.label, page.context),
            "html": parts.fact(kind, page.values.get(name), page.context),
            "big": at == 0 and kind.key == "money",
        }
        for at, (name, kind) in enumerate(page.facts)
    ]


def path_of(page: RecordPage, url: str) -> dict[str, Any] | None:
    """The stage path."""
    path = page.path
    if path is None or not path.steps:
        return None
    return {
        "url": f"{url}move" if path.movable else "",
        "version": page.version,
        "compact": path.compact,
        "stages": [
            {
                "id": step.written,
                "name": step.name,
                "state": step.state,
                **spent(step),
            }
            for step in path.steps
        ],
    }


def spent(step: Step) -> dict[str, str]:
    """How long it has stood, or stood, in a step; where it stands now, against the usual time."""
    if step.days is None:
        return {"spent": "", "age": "", "usual": ""}
    found = {"spent": _("%(days)d d") % {"days": step.days}, "age": "", "usual": ""}
    if step.usual:
        days = ngettext("%(days)d day here", "%(days)d days here", step.days) % {"days": step.days}
        usual = _("%(days)s, usually %(usual)d") % {"days": days, "usual": step.usual}
        found |= {"usual": usual, "age": ui.age_tone(step.days, step.usual)}
    return found

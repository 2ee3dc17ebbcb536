"""What new records get besides: the controls in the page of columns."""

from types import MappingProxyType
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tracte.engine.importing import sets
from tracte.engine.importing.answers import Asked
from tracte.engine.importing.choices import Choices
from tracte.engine.importing.sets import LEAD, Wrong
from tracte.meta.kinds.base import say
from tracte.web import controls
from tracte.web.request import ActorRequest
from tracte.web.views.import_pages import options

NONE_WRONG: Wrong = MappingProxyType({})


def read(choices: Choices, data: QueryDict, about: Asked) -> Wrong:
    """Put what the form says on the choices; gives what of it cannot be read.

    :param data: ``set`` names the fields there are, ``unset`` one to take out, ``set_new`` one to add.
    """
    names = [name for name in data.getlist("set") if name not in data.getlist("unset")]
    choices.sets, wrong = sets.read(choices, data, names, data.get("set_new", ""), about)
    return wrong


def sets_of(request: ActorRequest, choices: Choices, about: Asked, wrong: Wrong) -> dict[str, Any]:
    """The fields that are set with their controls, and those that may be added."""
    kinds = sets.offered(choices, about)
    lines = []
    for name, text in choices.sets.items():
        kind = kinds.get(name)
        if kind is None:
            continue
        value = sets.value_of(kind, text, about)
        raw, error = wrong.get(name, (value, ""))
        context = sets.context_of(about.spec, name, value, about)
        key = LEAD + name
        field = {
            "key": key,
            "label": say(kind.label, request.context),
            "tick": kind.key == "yes_no",
            "errors": [error] if error else [],
            "input": controls.control(
                kind,
                raw,
                context,
                request.actor,
                id=f"f-{key}",
                invalid=bool(error),
                describedby=f"f-{key}-error" if error else "",
            ),
        }
        lines.append({"name": name, "field": field})
    more = [(name, say(kind.label, request.context)) for name, kind in kinds.items() if name not in choices.sets]
    return {"sets": lines, "set_choices": options([("", _("Choose a field")), *more], "")}

"""Field rights of a role: which fields its holders do not see, or see and may not change."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import Context, Kind, say
from tracte.meta.registry import EntitySpec, registry
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.roles import SUPPOSE, granted, role_of, save_role, supposed, version_of

HIDDEN, READ_ONLY = "hidden", "readonly"
Masks = Mapping[str, Mapping[str, str]]


@require_http_methods(["GET", "POST"])
@with_actor
def mask_page(request: ActorRequest, record_id: int) -> HttpResponseBase:
    """``/settings/roles/{id}/fields/``: the field rights of one role, saved as one change set."""
    role = role_of(request, record_id)
    masks: Masks = role["masks"] or {}
    problems: list[Problem] = []
    if request.method == "POST":
        masks = read_masks(request, masks)
        if SUPPOSE not in request.POST:
            saved = save_role(request, record_id, {"masks": masks}, _("Field rights saved"))
            if isinstance(saved, HttpResponseBase):
                return saved
            problems = saved
    found = {
        "area": "settings",
        "module": "role",
        "role": role,
        "version": version_of(record_id),
        "rights_url": f"/settings/roles/{encode(record_id)}/",
        "effects": supposed(request, record_id, {"masks": masks}),
        "groups": list(_groups(masks, request.context)),
        "problems": [problem.message for problem in problems],
    }
    return render(request, "settings/masks.html", found, status=409 if problems else 200)


def maskable() -> list[EntitySpec]:
    """The kinds of record whose fields may be masked: what rights are given for, and the parts of it."""
    whole = [spec for spec in granted() if not spec.declaration.own_things]
    parents = {spec.key for spec in whole}
    return whole + [spec for spec in registry() if _parent_of(spec) in parents]


def _parent_of(spec: EntitySpec) -> str | None:
    parent = spec.declaration.parent
    return None if parent is None else str(getattr(spec.fields[parent], "to", ""))


def choices_for(kind: Kind) -> tuple[str, ...]:
    """What may be chosen for a field: one nobody can change anyway can only be hidden."""
    return ("", HIDDEN) if kind.read_only else ("", READ_ONLY, HIDDEN)


def fields_of(spec: EntitySpec) -> dict[str, Kind]:
    """The fields the page shows."""
    return {name: kind for name, kind in spec.fields.items() if kind.key != "data"}


def read_masks(request: HttpRequest, before: Masks) -> dict[str, dict[str, str]]:
    """The masks a form sent. A field the form did not carry keeps its own: what broke off on the way opens nothing.

    :raises Rejected: status 400 for a choice that does not exist.
    """
    masks = {entity: dict(fields) for entity, fields in before.items()}
    for spec in maskable():
        mine = masks.setdefault(spec.key, {})
        for name, kind in fields_of(spec).items():
            chosen = request.POST.get(f"{spec.key}:{name}")
            if chosen is None:
                continue
            if chosen not in choices_for(kind):
                raise Rejected([Problem("masks", "bad_grant", {"value": chosen[:40]})], status=400)
            mine.pop(name, None)
            if chosen:
                mine[name] = chosen
    return {entity: fields for entity, fields in masks.items() if fields}


def _groups(masks: Masks, context: Context) -> Iterator[dict[str, Any]]:
    for spec in maskable():
        mine = masks.get(spec.key, {})
        label = say(spec.declaration.label_plural, context)
        yield {
            "label": label,
            "icon": spec.declaration.icon,
            "open": bool(mine),
            "told": _told(mine),
            "rows": [_row(spec, name, kind, mine, label, context) for name, kind in fields_of(spec).items()],
        }


def _told(mine: Mapping[str, str]) -> str:
    """How many fields are masked: ``2 hidden, 1 read-only``."""
    hidden = sum(how == HIDDEN for how in mine.values())
    locked = len(mine) - hidden
    words = [ngettext("%(n)d hidden", "%(n)d hidden", hidden) % {"n": hidden}] if hidden else []
    words += [ngettext("%(n)d read-only", "%(n)d read-only", locked) % {"n": locked}] if locked else []
    return ", ".join(words)


def _row(
    spec: EntitySpec, name: str, kind: Kind, mine: Mapping[str, str], entity: str, context: Context
) -> dict[str, Any]:
    chosen, label = mine.get(name, ""), say(kind.label, context)
    words = {"": _("As usual"), READ_ONLY: _("Read-only"), HIDDEN: _("Hidden")}
    return {
        "label": label,
        "name": f"{spec.key}:{name}",
        "said": f"{entity}: {label}",
        "hint": _hint(spec, name, kind, mine, context),
        "chosen": chosen,
        "options": [(value, words[value], value == chosen) for value in choices_for(kind)],
    }


def _hint(spec: EntitySpec, name: str, kind: Kind, mine: Mapping[str, str], context: Context) -> str:
    """What else happens, or has happened, to the field."""
    sources = [one for one, made in spec.made_from.items() if name in made and mine.get(one) == HIDDEN]
    if sources:
        return _("Hidden: it is made of %(fields)s.") % {"fields": _names(spec, sources, context)}
    made = sorted(spec.made_from[name], key=list(spec.fields).index)
    if made:
        return _("Hiding it hides %(fields)s, too.") % {"fields": _names(spec, made, context)}
    if kind.required and not kind.read_only:
        return _("Required: who may not set it cannot create a record.")
    return ""


def _names(spec: EntitySpec, names: list[str], context: Context) -> str:
    return ", ".join(say(spec.fields[name].label, context) for name in names)

"""Private fields: those that only some see, whatever roles say; a page with a box for each field."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from tracte.engine import naming
from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem
from tracte.meta.kinds.base import Kind, say
from tracte.meta.registry import EntitySpec, registry
from tracte.records.principals import NAMING
from tracte.web import namedforms
from tracte.web.namedforms import Field, Named
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.masks import fields_of
from tracte.web.views.settings import require_admin

ENTITY, URL = "field_group", "/settings/private-fields/"
FIELDS = ("name", "kind", *NAMING)
BOX = "hidden"


@require_safe
@with_actor
def group_list(request: ActorRequest) -> HttpResponse:
    """``GET /settings/private-fields/``: every group of private fields, and who sees them."""
    require_admin(request)
    groups = sorted(request.snapshot.live(ENTITY), key=lambda row: str(row["name"]).casefold())
    known = naming.standing_for(request.snapshot)
    found = {
        "area": "settings",
        "module": ENTITY,
        "title": _("Private fields"),
        "sub": _("Fields that only those who are named see, whatever their roles say."),
        "new": {"label": _("New private fields"), "url": f"{URL}new/"},
        "icon": "eye-off",
        "rows": [_row(request, group, known) for group in groups],
        "nothing": _("No private fields yet"),
        "will": _("Salaries, margins, health: everybody who is not named does without them, administrators too."),
    }
    return render(request, "settings/named_list.html", found)


def _row(request: ActorRequest, group: Mapping[str, Any], known: Mapping[int, frozenset[int]]) -> dict[str, Any]:
    named = naming.named_by(request.snapshot, ENTITY, group["id"])
    who, count = naming.names(request.snapshot, named, request.context.language)
    line = ngettext("%(who)s sees them", "%(who)s see them", count) % {"who": who} if who else _("Nobody sees them")
    return {
        "name": group["name"],
        "url": f"{URL}{encode(group['id'])}/",
        "line": line[:1].upper() + line[1:],
        "more": _fields_said(request, str(group["kind"]), _stored_names(group)),
        "count": namedforms.counted_people(len(naming.people_of(named, False, known))),
    }


def _fields_said(request: ActorRequest, kind: str, names: Sequence[str]) -> str:
    """ "Opportunities: cost, margin"."""
    if kind not in registry():
        return _("The kind of record “%(kind)s” is not there any more") % {"kind": kind}
    spec = registry()[kind]
    labels = [say(spec.fields[name].label, request.context) for name in names if name in spec.fields]
    said = {"things": str(spec.declaration.label_plural), "fields": ", ".join(labels) or _("no fields")}
    return _("%(things)s: %(fields)s") % said


def _stored_names(group: Mapping[str, Any]) -> list[str]:
    found = (group.get("hidden") or {}).get("fields") or []
    return [str(name) for name in found]


# -- one group -------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@with_actor
def group_new(request: ActorRequest) -> HttpResponseBase:
    """``/settings/private-fields/new/``: a group, from nothing."""
    return _group(request, None)


@require_http_methods(["GET", "POST"])
@with_actor
def group_page(request: ActorRequest, record_id: int) -> HttpResponseBase:
    """``/settings/private-fields/{id}/``: one group, saved as one change set."""
    return _group(request, record_id)


def _group(request: ActorRequest, record_id: int | None) -> HttpResponseBase:
    named = namedforms.begun(request, ENTITY, URL, record_id, FIELDS)
    chosen = _chosen(request, named)
    step = request.POST.get("do", "save") if request.method == "POST" else ""
    if step == "count":
        return HttpResponse(_told(request, named, chosen))
    if step != "save":
        return _shown(request, named, chosen, [])
    saved = _saved(request, named, chosen)
    return saved if isinstance(saved, HttpResponseBase) else _shown(request, named, chosen, saved)


def _saved(request: ActorRequest, named: Named, chosen: Sequence[str]) -> HttpResponseBase | list[Problem]:
    """The answer, or what stands against it: a group without a field would hide nothing."""
    raw = {name: named.values[name] for name in FIELDS if name in named.values}
    if named.kind is not None and not chosen:
        return [Problem("hidden", "no_field_chosen")]
    return namedforms.save(request, named, {**raw, "hidden": {"fields": list(chosen)}})


def _chosen(request: ActorRequest, named: Named) -> list[str]:
    """The fields that are ticked. What the page does not offer of those stored stays, so long as there is such a field
    and it may be private."""
    if named.kind is None:
        return []
    spec, stored = named.kind, _stored_names(named.stored) if named.stored.get("kind") == named.kind.key else []
    if request.method != "POST":
        return [name for name in stored if name in spec.fields]
    offered = fields_of(spec)
    kept = [name for name in stored if name in spec.fields and name not in offered and not spec.fields[name].required]
    sent = set(request.POST.getlist(BOX))
    return [*(name for name in offered if name in sent), *kept]


def _shown(request: ActorRequest, named: Named, chosen: Sequence[str], problems: Sequence[Problem]) -> HttpResponse:
    def sections(drawn: Field) -> list[dict[str, Any]]:
        return [
            {"title": _("Private fields"), "fields": [drawn("name"), namedforms.chosen_again(drawn("kind"))]},
            {
                "title": _("Fields"),
                "text": _(
                    "A private field is nowhere for others: not in lists, filters, sums, search, exports or history."
                ),
                "boxes": _boxes(request, named.kind, chosen, problems),
            },
            {
                "title": _("Who sees them"),
                "text": _("Nobody else does, not even an administrator."),
                "fields": [{**drawn(name), "wide": True} for name in NAMING],
            },
        ]

    return namedforms.shown(request, named, problems, sections, _told(request, named, chosen))


def _boxes(
    request: ActorRequest, spec: EntitySpec | None, chosen: Sequence[str], problems: Sequence[Problem]
) -> dict[str, Any]:
    """A box for each field of the kind of record; one that must be filled in has none, and says why."""
    errors = [problem.message for problem in problems if problem.field == "hidden"]
    if spec is None:
        return {"errors": errors, "text": _("Choose the kind of record first.")}
    return {
        "errors": errors,
        "name": BOX,
        "rows": [_box(request, spec, name, kind, chosen) for name, kind in fields_of(spec).items()],
    }


def _box(request: ActorRequest, spec: EntitySpec, name: str, kind: Kind, chosen: Sequence[str]) -> dict[str, Any]:
    made = sorted(spec.made_from.get(name, ()), key=list(spec.fields).index)
    hint = ""
    if kind.required:
        hint = _("Must be filled in each record, so everybody sees it.")
    elif made:
        labels = ", ".join(say(spec.fields[one].label, request.context) for one in made)
        hint = _("%(fields)s too, made of it.") % {"fields": labels}
    return {
        "name": name,
        "label": say(kind.label, request.context),
        "hint": hint,
        "offered": not kind.required,
        "chosen": name in chosen,
    }


def _told(request: ActorRequest, named: Named, chosen: Sequence[str]) -> str:
    """ "2 fields, seen by 3 people; you are not among them"."""
    if named.kind is None or not chosen:
        return ""
    people = naming.people_of(namedforms.ids_in(request, named.values), False, naming.standing_for(request.snapshot))
    fields = ngettext("%(n)d field", "%(n)d fields", len(chosen)) % {"n": len(chosen)}
    said = {"fields": fields, "people": namedforms.counted_people(len(people))}
    if request.actor.user_id in people:
        return _("%(fields)s, seen by %(people)s") % said
    return _("%(fields)s, seen by %(people)s; you are not among them") % said

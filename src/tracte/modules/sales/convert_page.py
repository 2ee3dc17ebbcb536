"""The page on which a lead is converted: what to make, what to choose of what is there (GA-38)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tracte.engine import forms, recordpage
from tracte.engine.recordpage import RecordPage
from tracte.engine.titles import titles_for
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import encode
from tracte.kernel.problems import Conflict, Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.meta.registry import registry
from tracte.modules.sales import conversion, matching
from tracte.modules.sales.lead_actions import why_not_work
from tracte.modules.sales.lead_rules import is_open
from tracte.records import door, query
from tracte.records.query import reach
from tracte.web import controls
from tracte.web.addresses import done, go, record_url
from tracte.web.request import ActorRequest, with_actor
from tracte.web.stale import sent_version

OTHER = "other"
TOLD = {"account": ("industry", "phone", "owner"), "contact": ("job_title", "account", "email"), "opportunity": ()}


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways to go for an entity. :param value: ``new``, ``none``, ``other`` or an id."""

    value: str
    label: str
    sub: str = ""
    hint: str = ""


@require_http_methods(["GET", "POST"])
@with_actor
def convert_page(request: ActorRequest, record: str) -> HttpResponseBase:
    """``/leads/{id}/convert/``: choose, and convert in one change set."""
    pk = query.record_id(record)
    page = recordpage.read("lead", request.actor, pk, related=False)
    door.require_right(page.spec, request.actor, page.spec.actions["convert"].verb)
    if not is_open(page.values):
        raise Rejected([why_not_work(page.values) or Problem(None, "already_converted")], status=409)
    if request.method != "POST":
        return _show(request, page, _preset(page, request.actor), [], 200)
    params = _sent(request, page)
    try:
        outcome = door.act(request.actor, "lead", pk, "convert", params, origin="ui", version=sent_version(request))
    except Conflict:
        fresh = recordpage.read("lead", request.actor, pk, related=False)
        return _show(request, fresh, params, [Problem(None, "stale")], 409)
    except Rejected as refused:
        return _show(request, page, params, refused.problems, refused.status)
    after = query.rows("lead", request.actor).get(pk)
    found = {one: after[f"converted_{one}"] for one in conversion.MADE if after.get(f"converted_{one}")}
    done(request, _("Lead converted: %(what)s") % {"what": conversion.sentence(found)}, outcome.set_id)
    goal = next((one for one in ("opportunity", "contact", "account") if one in found), None)
    return go(request, record_url(registry()[goal], found[goal]) if goal else record_url(page.spec, pk))


def _sent(request: ActorRequest, page: RecordPage) -> dict[str, Any]:
    """The action's parameters; another record may have been typed by its name."""
    params: dict[str, Any] = {"opportunity_name": request.POST.get("opportunity_name", "")[:200]}
    for entity in conversion.MADE:
        way = request.POST.get(entity, conversion.NONE)[:300]
        if way == OTHER:
            kind = page.spec.fields[f"converted_{entity}"]
            way = forms.by_name(kind, request.POST.get(f"{entity}_other", "")[:300], request.actor).strip() or OTHER
        params[entity] = way
    return params


def _preset(page: RecordPage, actor: Actor) -> dict[str, str]:
    """What is chosen at first: the likeliest known record, else a new one; a deal when there is something to sell."""
    chosen = conversion.usual(page.values)
    for entity, ids in _likely(page, actor).items():
        if ids:
            chosen[entity] = encode(ids[0])
    wanted = page.values.get("interest") or page.values.get("amount")
    chosen["opportunity"] = conversion.NEW if wanted else conversion.NONE
    for entity in conversion.MADE:
        if chosen[entity] == conversion.NEW and reach(registry()[entity], actor, "create") is Level.NONE:
            chosen[entity] = conversion.NONE
    return {**chosen, "opportunity_name": conversion.usual_name(page.values)}


def _likely(page: RecordPage, actor: Actor) -> dict[str, list[int]]:
    return {
        "account": matching.likely("account", matching.account_values(page.values), actor),
        "contact": matching.likely("contact", matching.contact_values(page.values), actor),
    }


def _show(
    request: ActorRequest, page: RecordPage, chosen: Mapping[str, Any], problems: list[Problem], status: int
) -> HttpResponseBase:
    likely = _likely(page, request.actor)
    context = {
        "area": page.spec.declaration.area,
        "module": "lead",
        "title": _("Convert %(lead)s") % {"lead": page.title},
        "lead": page.title,
        "version": page.version,
        "cancel_url": record_url(page.spec, page.id),
        "problems": [_told(problem, page) for problem in problems if not problem.warning],
        "parts": [
            part
            for entity in conversion.MADE
            if (part := _part(request, page, entity, likely.get(entity, []), chosen, problems)) is not None
        ],
    }
    return render(request, "sales/lead_convert.html", context, status=status)


def _told(problem: Problem, page: RecordPage) -> dict[str, str]:
    known = problem.field in conversion.MADE
    label = say(registry()[str(problem.field)].declaration.label, page.context) if known else ""
    return {"key": str(problem.field) if known else "", "label": label, "message": problem.message}


def _part(
    request: ActorRequest,
    page: RecordPage,
    entity: str,
    likely: list[int],
    chosen: Mapping[str, Any],
    problems: list[Problem],
) -> dict[str, Any] | None:
    """The choices for one entity; none when the person sees no such records."""
    spec, actor = registry()[entity], request.actor
    if reach(spec, actor, "view") is Level.NONE:
        return None
    ways = [*_new(entity, page, actor), *_known(entity, likely, request)]
    picked = str(chosen.get(entity) or conversion.NONE)
    other = picked not in {way.value for way in ways} | {conversion.NONE}
    kind = page.spec.fields[f"converted_{entity}"].bound(f"{entity}_other")
    typed = "" if picked == OTHER else picked if other else ""
    return {
        "key": entity,
        "label": say(spec.declaration.label, page.context),
        "ways": ways,
        "chosen": OTHER if other else picked,
        "other": controls.control(kind, typed, page.context, actor, id=f"f-{entity}-other", invalid=other),
        "another": {
            "account": _("Another account"),
            "contact": _("Another contact"),
            "opportunity": _("An opportunity that is there"),
        }[entity],
        "none": {
            "account": _("No account"),
            "contact": _("No contact"),
            "opportunity": _("No opportunity for now"),
        }[entity],
        "name": chosen.get("opportunity_name", "") if entity == "opportunity" else None,
        "errors": [problem.message for problem in problems if problem.field == entity],
    }


def _new(entity: str, page: RecordPage, actor: Actor) -> list[Way]:
    """A new record, where there is a name for it and the right to make it."""
    if reach(registry()[entity], actor, "create") is Level.NONE:
        return []
    values = page.values
    if entity == "account":
        name = matching.account_values(values)["name"]
        return [Way(conversion.NEW, _("New account"), str(name))] if name else []
    if entity == "contact":
        name = " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
        return [Way(conversion.NEW, _("New contact"), name)] if name else []
    return [Way(conversion.NEW, _("New opportunity"))]


def _known(entity: str, likely: list[int], request: ActorRequest) -> list[Way]:
    """Records the lead may be already, with what tells them from others of that name."""
    if not likely:
        return []
    rows = query.rows(entity, request.actor)
    names = [name for name in TOLD[entity] if name in rows.visible]
    held = rows.read(likely, names)
    titles = query.titles(entity, likely, request.actor)
    shown = replace(rows.context, titles=titles_for(rows.spec, list(held.values()), request.actor, names))
    found = []
    for pk in likely:
        if pk in held and pk in titles:
            texts = (rows.visible[name].text(held[pk].get(name), shown) for name in names)
            found.append(Way(encode(pk), titles[pk].title, " · ".join(filter(None, texts)), _("already here")))
    return found

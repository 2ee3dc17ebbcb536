"""Creating from anywhere: a dialog with the few fields a record is begun with, and who is already there."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tracte.engine import forms, recordpage
from tracte.engine.recordpage import RecordPage
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.kinds.base import Context, say
from tracte.meta.registry import EntitySpec
from tracte.records import door, query
from tracte.web import controls, drafts
from tracte.web.addresses import came_from, done, go, record_at, record_url, spec_of, way_back
from tracte.web.cells import url_of
from tracte.web.hits import lower
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.views import panels, record
from tracte.web.views.actions import form_field, summary
from tracte.web.views.form import Asked, created_set, warning_text, with_titles


@require_http_methods(["GET", "POST"])
@with_actor
def quick(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``/{plural}/new/quick``: the dialog. Without script the same address leads to the whole form."""
    spec = spec_of(plural)
    door.require_right(spec, request.actor, "create")
    if not is_fragment(request):
        asked = request.GET.urlencode()
        return HttpResponseRedirect(f"/{plural}/new/" + (f"?{asked}" if asked else ""))
    opened = _opened_from(request, spec)
    locked = [opened[1]] if opened else []
    names = [name for name in forms.quick(spec, request.actor, request.context) if name not in locked]
    if request.method != "POST":
        values = forms.initial(spec, names, request.actor, request.context)
        values |= forms.prefill(spec, names, request.GET, request.context)
        restored = drafts.restored(request, spec, None, quick=True)
        if restored is not None:
            values |= forms.sent(spec, names, restored, request.actor)
        return _dialog(request, spec, names, values, [], 200, opened)
    raw = forms.sent(spec, names, request.POST, request.actor)
    accepted = request.POST.get("accept", "")
    whole = forms.names_of(forms.offered(spec, request.actor, "create", request.context))
    # What the link that opened the dialog said besides travels in hidden inputs; the door fills in the rest.
    besides = [name for name in dict.fromkeys((*whole, *locked)) if name not in names]
    given = forms.sent(spec, besides, request.POST, request.actor)
    try:
        record_id = controls.once(
            request, lambda: forms.create(request.actor, spec.key, given | raw, accepted=accepted).id
        )
    except Rejected as refused:
        return _dialog(request, spec, names, dict(raw), refused.problems, 422, opened)
    if record_id is None:
        raise NotFound(spec.key)
    drafts.forget(request, spec, None, quick=True)
    return _saved(request, spec, record_id, opened)


def _opened_from(request: ActorRequest, spec: EntitySpec) -> tuple[RecordPage, str] | None:
    """The record and the field by which its related list was asked to grow, when the actor may see both."""
    data = request.POST if request.method == "POST" else request.GET
    entity, _dot, via = data.get(panels.FOR, "").partition(".")
    found = record_at(way_back(request, ""))
    if entity != spec.key or found is None:
        return None
    holder, record_id = found
    if all((panel.entity, panel.via) != (entity, via) for panel in holder.panels):
        return None
    page = recordpage.read(holder.key, request.actor, record_id, related=False)
    return (page, via) if via in recordpage.editable_fields(spec, request.actor, "create") else None


def _saved(
    request: ActorRequest, spec: EntitySpec, record_id: int, opened: tuple[RecordPage, str] | None
) -> HttpResponseBase:
    """On to the record, back to the page, or only what changed of it: the related list one stands before, and over a
    form that is being filled in the message.
    """
    title = query.titles(spec.key, [record_id], request.actor)
    label = say(spec.declaration.label, request.context)
    text = f"{label}: {title[record_id].title}" if record_id in title else label
    key = drafts.key_of(request, spec, None, quick=True)
    done(request, _("%(thing)s saved") % {"thing": text}, created_set(spec, record_id), key)
    if request.POST.get("_open"):
        return go(request, record_url(spec, record_id))
    if opened is not None:
        return record.added_to(request, opened[0], f"{spec.key}.{opened[1]}", record_id)
    if request.POST.get("stay"):
        return render(request, "record/said.html")
    return go(request, way_back(request, "") or came_from(request, record_url(spec, record_id)))


def _dialog(
    request: ActorRequest,
    spec: EntitySpec,
    names: list[str],
    values: dict[str, Any],
    problems: list[Problem],
    status: int,
    opened: tuple[RecordPage, str] | None = None,
) -> HttpResponse:
    group = forms.OfferedGroup("", tuple((name,) for name in names))
    context = with_titles(request, Asked(spec, [group], values, request.context))
    shown = SimpleNamespace(context=context)
    errors = [problem for problem in problems if not problem.warning]
    warnings = [problem for problem in problems if problem.warning]
    address, data = f"/{spec.plural}/new/", request.POST if request.method == "POST" else request.GET
    kept = {name: data[name] for name in ("next", "stay", panels.FOR) if data.get(name)}
    about = {opened[1]: encode(opened[0].id)} if opened else {}
    locked = [_locked(spec, opened[1], opened[0].title, context)] if opened else []
    hidden = [{"name": controls.NONCE, "value": controls.nonce_of(request)}]
    hidden += [{"name": name, "value": value} for name, value in kept.items()]
    offered = forms.names_of(forms.offered(spec, request.actor, "create", context))
    for name in dict.fromkeys((*offered, *(field["key"] for field in locked))):
        if name not in names:
            hidden += controls.hidden_inputs(spec.fields[name], data)
    if warnings and not errors:
        hidden.append({"name": "accept", "value": forms.signature(problems)})
    form = {
        "title": _("New %(thing)s") % {"thing": lower(say(spec.declaration.label, context))},
        "action": f"{address}quick",
        "more": address,
        "alike": f"{address}alike" if spec.declaration.duplicates else "",
        "draft": drafts.of_form(request, spec, None, quick=True)
        if status == 200
        else drafts.silent(request, spec, quick=True),
        "draft_link": f"{address}quick?{urlencode({'draft': 1, **kept, **about})}",
        "hidden": hidden,
        "fields": locked + [form_field(request, spec, name, values.get(name), shown, problems) for name in names],
        "problems": summary(spec, errors, shown, names),
        "warnings": [warning_text(request, spec, problem, context) for problem in warnings],
        "save_label": _("Save anyway") if warnings and not errors else _("Save"),
    }
    return render(request, "form/quick.html", {"form": form}, status=status)


def _locked(spec: EntitySpec, name: str, title: str, context: Context) -> dict[str, Any]:
    """The field by which the new record belongs to the one the dialog was opened on: told, not asked."""
    shown = format_html('<output class="input-box locked" id="f-{}"><span class="clip">{}</span></output>', name, title)
    return {"key": name, "label": say(spec.fields[name].label, context), "input": shown}


@require_POST
@with_actor
def alike(request: ActorRequest, plural: str, record_id: int | None = None) -> HttpResponseBase:
    """``POST /{plural}/new/alike``: who is already there with what is being typed. Nobody, or nobody one may see, is
    the same empty answer.
    """
    spec = spec_of(plural)
    verb = "create" if record_id is None else "edit"
    if record_id is not None:
        recordpage.read(spec.key, request.actor, record_id, related=False)
    door.require_right(spec, request.actor, verb)
    rules = spec.declaration.duplicates.rules if spec.declaration.duplicates else ()
    names = {name for rule in rules for name in rule}
    raw = forms.sent(spec, [name for name in spec.fields if name in names], request.POST, request.actor)
    found = forms.alike(spec, raw, request.actor, request.context, record_id)
    titles = query.titles(spec.key, [pk for _name, pk in found], request.actor)
    listed = [
        {
            "title": titles[pk].title,
            "url": url_of(spec.key, pk),
            "field": lower(say(spec.fields[name].label, request.context)),
        }
        for name, pk in found
        if pk in titles
    ]
    return render(request, "form/alike.html", {"found": listed})

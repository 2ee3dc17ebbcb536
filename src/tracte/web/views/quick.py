"""Creating from anywhere: a dialog with the few fields a record is begun with, and who is already there."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tracte.engine import forms, recordpage
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.meta.registry import EntitySpec
from tracte.records import door, query
from tracte.web import controls, drafts
from tracte.web.addresses import came_from, done, go, record_url, spec_of, way_back
from tracte.web.cells import url_of
from tracte.web.hits import lower
from tracte.web.request import ActorRequest, is_fragment, with_actor
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
    names = forms.quick(spec, request.actor, request.context)
    if request.method != "POST":
        values = forms.initial(spec, names, request.actor, request.context)
        values |= forms.prefill(spec, names, request.GET, request.context)
        restored = drafts.restored(request, spec, None, quick=True)
        if restored is not None:
            values |= forms.sent(spec, names, restored, request.actor)
        return _dialog(request, spec, names, values, [], 200)
    raw = forms.sent(spec, names, request.POST, request.actor)
    accepted = request.POST.get("accept", "")
    whole = forms.names_of(forms.offered(spec, request.actor, "create", request.context))
    # What the link that opened the dialog said besides travels in hidden inputs; the door fills in the rest.
    given = forms.sent(spec, [name for name in whole if name not in names], request.POST, request.actor)
    try:
        record_id = controls.once(
            request, lambda: forms.create(request.actor, spec.key, given | raw, accepted=accepted).id
        )
    except Rejected as refused:
        return _dialog(request, spec, names, dict(raw), refused.problems, 422)
    if record_id is None:
        raise NotFound(spec.key)
    drafts.forget(request, spec, None, quick=True)
    return _saved(request, spec, record_id)


def _saved(request: ActorRequest, spec: EntitySpec, record_id: int) -> HttpResponseBase:
    """On to the record, back to the page, or, over a form that is being filled in, only the message."""
    title = query.titles(spec.key, [record_id], request.actor)
    label = say(spec.declaration.label, request.context)
    text = f"{label}: {title[record_id].title}" if record_id in title else label
    key = drafts.key_of(request, spec, None, quick=True)
    done(request, _("%(thing)s saved") % {"thing": text}, created_set(spec, record_id), key)
    if request.POST.get("_open"):
        return go(request, record_url(spec, record_id))
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
) -> HttpResponse:
    group = forms.OfferedGroup("", tuple((name,) for name in names))
    context = with_titles(request, Asked(spec, [group], values, request.context))
    shown = SimpleNamespace(context=context)
    errors = [problem for problem in problems if not problem.warning]
    warnings = [problem for problem in problems if problem.warning]
    address, data = f"/{spec.plural}/new/", request.POST if request.method == "POST" else request.GET
    kept = {name: data[name] for name in ("next", "stay") if data.get(name)}
    hidden = [{"name": controls.NONCE, "value": controls.nonce_of(request)}]
    hidden += [{"name": name, "value": value} for name, value in kept.items()]
    offered = forms.names_of(forms.offered(spec, request.actor, "create", context))
    for name in offered:
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
        "draft_link": f"{address}quick?{urlencode({'draft': 1, **kept})}",
        "hidden": hidden,
        "fields": [form_field(request, spec, name, values.get(name), shown, problems) for name in names],
        "problems": summary(spec, errors, shown, names),
        "warnings": [warning_text(request, spec, problem, context) for problem in warnings],
        "save_label": _("Save anyway") if warnings and not errors else _("Save"),
    }
    return render(request, "form/quick.html", {"form": form}, status=status)


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

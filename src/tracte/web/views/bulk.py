"""Doing something with several rows of a list at once: asked for, tried, then one change set with Undo.

Ticked rows must all be in reach, else nothing is done. "Everything that matches" leaves out what is not, and says so.
"""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tracte.engine import bulk as bulks
from tracte.engine import forms, listing
from tracte.engine.bulk import Change, Selection
from tracte.kernel.problems import Fault, Problem, Rejected
from tracte.meta.registry import EntitySpec
from tracte.records import door, query
from tracte.records.transactions import writing
from tracte.records.writing import Op
from tracte.web import controls, filters
from tracte.web.bulkpages import Asked, finished_words, form_page, preview_page, title_of
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.list import number, spec_of

ACTIONS = {"edit": "update", "assign": "update", "delete": "delete"}


@require_POST
@with_actor
def bulk(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``POST /{plural}/bulk``: ``action`` ``edit``, ``assign`` or ``delete`` on ``ids``, or on ``all`` of ``where``.

    ``step`` is nothing (ask what is missing, or do what needs no question), ``preview`` or ``apply``.
    """
    spec = spec_of(plural)
    door.require_right(spec, request.actor, "bulk")
    action = request.POST.get("action", "")
    if action not in ACTIONS:
        raise Rejected([Problem("action", "bad_parameter", {"name": "action"})], status=400)
    asked = _asked(request, spec, action)
    selection = asked.selection
    if selection.ids == ():
        return HttpResponseRedirect(asked.back)
    bulks.require(spec, request.actor, Change(ACTIONS[action]))
    if selection.ids is not None:
        bulks.require_all(spec, request.actor, selection.ids, ACTIONS[action])
    step = request.POST.get("step", "")
    if action == "delete":
        if step == "apply" or (selection.ids is not None and not step):
            return _delete(request, asked)
        return _preview(request, asked, Change("delete"))
    if action == "assign" and not step and "owner" in request.POST and selection.ids is not None:
        return _assign(request, asked)
    if step not in ("preview", "apply"):
        return _ask(request, asked)
    try:
        change = _change(request, asked)
    except Rejected as rejected:
        return _ask(request, asked, rejected.problems)
    return _preview(request, asked, change) if step == "preview" else _apply(request, asked, change)


def _asked(request: ActorRequest, spec: EntitySpec, action: str) -> Asked:
    """The records meant (those ticked, or everything the list's address matches), and the way back."""
    where = request.POST.get("where", "")
    where = where if where.startswith("?") else ""
    back = f"/{spec.plural}/{where}"
    if request.POST.get("all") == "1":
        rows = query.rows(spec.key, request.actor)
        state = listing.read_state(rows, filters.plain_params(QueryDict(where.removeprefix("?"))))
        return Asked(spec, action, bulks.selection_of(rows, state), where, back)
    ids = tuple(query.record_id(text) for text in dict.fromkeys(request.POST.getlist("ids")))
    if len(ids) > bulks.MOST_TICKED:
        raise Rejected([Problem("ids", "too_many", {"max": bulks.MOST_TICKED})], status=400)
    return Asked(spec, action, Selection(ids), where, back)


def _chosen_fields(request: ActorRequest, asked: Asked) -> list[str]:
    """The fields to be set, in the order of the form."""
    wanted = {"owner"} if asked.action == "assign" else set(request.POST.getlist("set"))
    return [name for name in asked.fields(request.actor) if name in wanted]


def _change(request: ActorRequest, asked: Asked) -> Change:
    """The new values somebody typed.

    :raises Rejected: with every value that cannot be read, and when no field was chosen.
    """
    names, spec = _chosen_fields(request, asked), asked.spec
    if not names:
        raise Rejected([Problem(None, "choose_a_field")])
    raw = forms.sent(spec, names, request.POST, request.actor)
    values, problems = {}, []
    for name in names:
        kind = spec.fields[name]
        try:
            value = kind.parse(raw.get(name), request.context)
        except Fault as fault:
            problems.append(Problem(name, fault.code, fault.params))
            continue
        if kind.required and value in (None, "", ()):
            problems.append(Problem(name, "required"))
        values[name] = kind.to_json(value)
    if problems:
        raise Rejected(problems)
    return Change("update", values)


def _ask(request: ActorRequest, asked: Asked, problems: list[Problem] | None = None) -> HttpResponseBase:
    page = form_page(request, asked, problems or [], _chosen_fields(request, asked))
    return render(request, "list/bulk_form.html", page, status=422 if problems else 200)


def _preview(request: ActorRequest, asked: Asked, change: Change) -> HttpResponseBase:
    tally = bulks.preview(asked.spec, request.actor, asked.selection, change)
    sent = [
        hidden
        for name in _chosen_fields(request, asked)
        if asked.action != "delete"
        for hidden in ({"name": "set", "value": name}, *controls.hidden_inputs(asked.spec.fields[name], request.POST))
    ]
    return render(request, "list/bulk_preview.html", preview_page(request, asked, tally, change, sent))


def _apply(request: ActorRequest, asked: Asked, change: Change) -> HttpResponseBase:
    """Do it: at once when it is about a page, else in the background with a page that shows how far it is."""
    title = title_of(request, asked, asked.count(request.actor), change)
    changeset, tally = bulks.apply(asked.spec, request.actor, asked.selection, change, title)
    if tally is None:
        return HttpResponseRedirect(f"/{asked.spec.plural}/bulk/{changeset.pk}/")
    words, tone = finished_words(request, asked.action, tally.changed, tally.unchanged, tally.refused)
    say_it = messages.warning if tone == "warn" else messages.success
    say_it(request, words, extra_tags=f"undo:/changes/{changeset.pk}/undo" if tally.changed else "")
    return HttpResponseRedirect(asked.back)


def _delete(request: ActorRequest, asked: Asked) -> HttpResponseBase:
    ids = asked.selection.ids
    if ids is None:
        return _apply(request, asked, Change("delete"))
    title = title_of(request, asked, len(ids), Change("delete"))
    gone = door.delete(request.actor, asked.spec.key, ids, origin="ui", title=title)
    text = ngettext("%(n)s record deleted", "%(n)s records deleted", len(ids))
    return _said(request, asked.back, text % {"n": number(len(ids), request.context.language)}, gone.set_id)


def _assign(request: ActorRequest, asked: Asked) -> HttpResponseBase:
    """Give ticked records to somebody without a preview: all of them or none."""
    ids = asked.selection.ids or ()
    owner = request.POST.get("owner", "")
    title = title_of(request, asked, len(ids), Change("update", {"owner": owner}))
    try:
        # One transaction around the set and its rows: a refusal leaves neither.
        with writing():
            writer = door.begin(request.actor, "ui", title, check_duplicates=False)
            writer.write(asked.spec.key, "update", [Op({"owner": owner}, id=pk) for pk in ids], partial=False)
            writer.finish()
    except Rejected as rejected:
        return _ask(request, asked, [replace(problem, field="owner") for problem in rejected.problems[:1]])
    text = ngettext("%(n)s record assigned", "%(n)s records assigned", len(ids))
    return _said(request, asked.back, text % {"n": number(len(ids), request.context.language)}, writer.set_id)


def _said(request: ActorRequest, back: str, text: str, set_id: int | None) -> HttpResponseBase:
    messages.success(request, text, extra_tags=f"undo:/changes/{set_id}/undo" if set_id else "")
    return HttpResponseRedirect(back)

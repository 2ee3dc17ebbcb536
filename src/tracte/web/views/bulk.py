"""Doing something with several rows of a list at once: asked for, tried, then one change set with Undo.

Ticked rows must all be in reach, else nothing is done. "Everything that matches" leaves out what is not, and says so.
"""

from collections.abc import Callable
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
from tracte.records import door, idempotency, query
from tracte.records.changes import ChangeSet, State
from tracte.records.transactions import writing
from tracte.records.writing import Op
from tracte.web import bulkoffers, controls, filters
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
    further = {offer.name: offer for offer in bulkoffers.offered(spec.key, request.actor)}
    if action in further:
        chosen = _asked(request, spec, action)
        if chosen.selection.ids == ():
            return HttpResponseRedirect(chosen.back)
        if chosen.selection.ids is not None:
            bulks.require_seen(spec, request.actor, chosen.selection.ids)
        return further[action].view(request, chosen)
    if action not in ACTIONS:
        raise Rejected([Problem("action", "bad_parameter", {"name": "action"})], status=400)
    asked = _asked(request, spec, action)
    selection = asked.selection
    if selection.ids == ():
        return HttpResponseRedirect(asked.back)
    step = request.POST.get("step", "")
    at_once = selection.ids is not None and not step
    bulks.require(spec, request.actor, Change(ACTIONS[action]))
    if step == "apply" or (at_once and (action == "delete" or (action == "assign" and "owner" in request.POST))):
        return _once(request, asked, lambda: _write(request, asked, step))
    _require_rows(request, asked)
    if action == "delete":
        return _preview(request, asked, Change("delete"))
    if step != "preview":
        return _ask(request, asked)
    try:
        change = _change(request, asked)
    except Rejected as rejected:
        return _ask(request, asked, rejected.problems)
    return _preview(request, asked, change)


def _require_rows(request: ActorRequest, asked: Asked) -> None:
    """Every ticked row must be in reach."""
    if asked.selection.ids is not None:
        bulks.require_all(asked.spec, request.actor, asked.selection.ids, ACTIONS[asked.action])


Written = tuple[HttpResponseBase, int | None]


def _write(request: ActorRequest, asked: Asked, step: str) -> Written:
    """Do it.

    :raises Rejected, NotFound, Forbidden: nothing is done then.
    """
    _require_rows(request, asked)
    if asked.action == "delete":
        return _delete(request, asked)
    if asked.action == "assign" and not step:
        return _assign(request, asked)
    return _apply(request, asked, _change(request, asked))


def _once(request: ActorRequest, asked: Asked, write: Callable[[], Written]) -> HttpResponseBase:
    """Write once however often the form is sent: what is sent again is answered as the first time, unless what the
    first one did was taken back meanwhile.
    """
    answers: list[HttpResponseBase] = []

    def save() -> int | None:
        answer, set_id = write()
        answers.append(answer)
        return set_id

    body = idempotency.digest_of("", "", repr(sorted((k, v) for k, v in request.POST.lists())).encode())[:24]
    try:
        set_id = controls.once(request, save, f":{body}")
        if not answers and not _stands(set_id):
            save()
    except Rejected as rejected:
        if asked.action == "delete" or rejected.status != 422:
            raise
        return _ask(request, asked, rejected.problems)
    return answers[0] if answers else _again(request, asked, set_id or 0)


def _stands(set_id: int | None) -> bool:
    known = ChangeSet.objects.filter(pk=set_id or 0).values_list("state", flat=True).first()
    return known not in (None, State.UNDONE, State.PARTLY_UNDONE)


def _again(request: ActorRequest, asked: Asked, set_id: int) -> HttpResponseBase:
    """The same answer to a form sent twice."""
    changeset = ChangeSet.objects.get(pk=set_id)
    ids = asked.selection.ids
    if changeset.state in (State.APPLYING, State.DRAFT) or (ids is None and asked.count(request.actor) > bulks.AT_ONCE):
        return HttpResponseRedirect(f"/{asked.spec.plural}/bulk/{set_id}/")
    counts = changeset.counts or {}
    done = int(counts.get("deleted" if asked.action == "delete" else "updated") or 0)
    words, _tone = finished_words(request, asked.action, done, int(counts.get("unchanged") or 0), {})
    return _said(request, asked.back, words, set_id if done else None)


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


def _apply(request: ActorRequest, asked: Asked, change: Change) -> Written:
    """Do it: at once when it is about a page, else in the background with a page that shows how far it is."""
    title = title_of(request, asked, asked.count(request.actor), change)
    changeset, tally = bulks.apply(asked.spec, request.actor, asked.selection, change, title)
    if tally is None:
        return HttpResponseRedirect(f"/{asked.spec.plural}/bulk/{changeset.pk}/"), changeset.pk
    words, tone = finished_words(request, asked.action, tally.changed, tally.unchanged, tally.refused)
    say_it = messages.warning if tone == "warn" else messages.success
    say_it(request, words, extra_tags=f"undo:/changes/{changeset.pk}/undo" if tally.changed else "")
    return HttpResponseRedirect(asked.back), changeset.pk


def _delete(request: ActorRequest, asked: Asked) -> Written:
    ids = asked.selection.ids
    if ids is None:
        return _apply(request, asked, Change("delete"))
    title = title_of(request, asked, len(ids), Change("delete"))
    gone = door.delete(request.actor, asked.spec.key, ids, origin="ui", title=title)
    text = ngettext("%(n)s record deleted", "%(n)s records deleted", len(ids))
    words = text % {"n": number(len(ids), request.context.language)}
    return _said(request, asked.back, words, gone.set_id), gone.set_id


def _assign(request: ActorRequest, asked: Asked) -> Written:
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
        raise Rejected([replace(problem, field="owner") for problem in rejected.problems[:1]]) from None
    text = ngettext("%(n)s record assigned", "%(n)s records assigned", len(ids))
    words = text % {"n": number(len(ids), request.context.language)}
    return _said(request, asked.back, words, writer.set_id), writer.set_id


def _said(request: ActorRequest, back: str, text: str, set_id: int | None) -> HttpResponseBase:
    messages.success(request, text, extra_tags=f"undo:/changes/{set_id}/undo" if set_id else "")
    return HttpResponseRedirect(back)

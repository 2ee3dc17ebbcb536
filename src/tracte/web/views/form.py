"""Forms of every entity: new, edit, versions that met, delete, the bin."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tracte.engine import forms, recordpage
from tracte.engine.forms import Raw
from tracte.engine.recordpage import RecordPage, editable_fields
from tracte.engine.titles import together
from tracte.kernel.actor import Actor, Level
from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import Conflict, Fault, NotFound, Problem, Rejected
from tracte.meta.kinds.base import Context, say
from tracte.meta.kinds.reference import read_id
from tracte.meta.registry import EntitySpec
from tracte.meta.values import shown_title
from tracte.records import door, query
from tracte.records.query import reach
from tracte.records.statements import Made, rows_of
from tracte.web import controls, drafts
from tracte.web import recordparts as parts
from tracte.web.addresses import done, go, record_url, spec_of, still_there, way_back
from tracte.web.cells import url_of
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.stale import sent_version, what_changed
from tracte.web.views.actions import form_field, summary

SET_OF = "set:"


@dataclass(frozen=True, slots=True)
class Asked:
    """A form on its way: what it is about and what it holds."""

    spec: EntitySpec
    groups: list[forms.OfferedGroup]
    values: dict[str, Any]
    context: Context
    page: RecordPage | None = None
    version: str = ""  # the version a restored draft began with

    @property
    def address(self) -> str:
        return f"{record_url(self.spec, self.page.id)}edit/" if self.page else f"/{self.spec.plural}/new/"

    @property
    def back(self) -> str:
        return record_url(self.spec, self.page.id) if self.page else f"/{self.spec.plural}/"


@require_http_methods(["GET", "POST"])
@with_actor
def new(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``/{plural}/new/``: a blank form, filled from the address where it says something."""
    spec = spec_of(plural)
    door.require_right(spec, request.actor, "create")
    groups = forms.offered(spec, request.actor, "create", request.context)
    names = named_too(spec, groups, request, "create")
    if request.method != "POST":
        values = forms.initial(spec, names, request.actor, request.context)
        values |= forms.prefill(spec, names, request.GET, request.context)
        restored = drafts.restored(request, spec, None)
        if restored is not None:
            values |= forms.sent(spec, names, restored, request.actor)
        return _show(request, Asked(spec, groups, values, request.context), [], 200)
    raw = forms.sent(spec, names, request.POST, request.actor)
    if request.POST.get("_more"):  # a short form went on to the whole one: nothing is saved yet
        drafts.forget(request, spec, None, quick=True)
        values = forms.initial(spec, names, request.actor, request.context) | raw
        return _show(request, Asked(spec, groups, values, request.context), [], 200)
    made: dict[int | None, door.Outcome] = {}

    def save() -> int | None:
        outcome = forms.create(request.actor, spec.key, raw, accepted=request.POST.get("accept", ""))
        made[outcome.id] = outcome
        return outcome.id

    try:
        record_id = controls.once(request, save)
    except Rejected as refused:
        return _show(request, Asked(spec, groups, dict(raw), request.context), refused.problems, 422)
    if record_id is None:
        raise NotFound(spec.key)
    drafts.forget(request, spec, None)
    label = say(spec.declaration.label, request.context)
    key = drafts.key_of(request, spec, None)
    new_one = made.get(record_id)
    set_id = created_set(spec, record_id) if new_one is None else new_one.set_id
    done(request, _("%(thing)s saved") % {"thing": label}, set_id, key)
    if request.POST.get("_again"):
        return go(request, f"/{spec.plural}/new/")
    return go(request, still_there(request, way_back(request, record_url(spec, record_id)), new_one))


@require_http_methods(["GET", "POST"])
@with_actor
def edit(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``/{plural}/{id}/edit/``: all fields the actor may set. What moved on meanwhile is shown, never overwritten."""
    spec = spec_of(plural)
    try:
        page = recordpage.read(spec.key, request.actor, record_id, related=False)
    except NotFound:
        if request.method != "POST":
            raise
        return _gone(request, spec, record_id)
    door.require_right(spec, request.actor, "edit")
    groups = forms.offered(spec, request.actor, "edit", request.context)
    names = named_too(spec, groups, request, "edit")
    if request.method != "POST":
        values, restored = dict(page.values), drafts.restored(request, spec, record_id)
        if restored is not None:
            values |= forms.sent(spec, names, restored, request.actor)
        begun = restored.get("version", "") if restored is not None else ""
        return _show(request, Asked(spec, groups, values, page.context, page, begun), [], 200)
    raw = forms.chosen(forms.sent(spec, names, request.POST, request.actor), request.POST)
    text = request.POST.get("version", "")
    version = int(text[:9]) if text.isdecimal() else None
    try:
        outcome = forms.update(
            request.actor, spec.key, record_id, raw, version, accepted=request.POST.get("accept", "")
        )
    except Conflict:
        fresh = recordpage.read(spec.key, request.actor, record_id, related=False)
        return _both(request, fresh, raw, version or 0)
    except Rejected as refused:
        values = dict(page.values) | dict(raw)
        return _show(request, Asked(spec, groups, values, page.context, page), refused.problems, 422)
    drafts.forget(request, spec, record_id)
    draft = drafts.key_of(request, spec, record_id)
    if outcome.unchanged:
        done(request, _("Nothing had changed"), None, draft)
    else:
        done(request, _("Saved"), outcome.set_id, draft)
    return go(request, way_back(request, record_url(spec, record_id)))


def named_too(spec: EntitySpec, groups: list[forms.OfferedGroup], request: ActorRequest, verb: str) -> list[str]:
    """The fields of the form, and those it asked for besides because a rule did."""
    names = forms.names_of(groups)
    may = editable_fields(spec, request.actor, verb)
    return [*names, *(n for n in spec.fields if n in may and n not in names and spec.fields[n].in_form(request.POST))]


def with_what_is_asked(spec: EntitySpec, asked: Asked, problems: list[Problem], actor: Actor) -> Asked:
    """The form with the fields that problems name and it left out, at its end."""
    names, may = forms.names_of(asked.groups), editable_fields(spec, actor, "edit" if asked.page else "create")
    more = dict.fromkeys(p.field for p in problems if p.field in may and p.field not in names and not p.warning)
    if not more:
        return asked
    last = forms.OfferedGroup(_("Also needed"), tuple((name,) for name in more if name))
    return replace(asked, groups=[*asked.groups, last])


def created_set(spec: EntitySpec, record_id: int) -> int | None:
    """The change set that created the record, for taking it back."""

    def made(values: Sequence[Any]) -> Made:
        return spec.model._default_manager.filter(pk=values[0]).values_list("created_set")

    found = rows_of(("created set", spec), made, (record_id,))
    return found[0][0] if found else None


def _show(request: ActorRequest, asked: Asked, problems: list[Problem], status: int) -> HttpResponse:
    """The form page, with what was typed."""
    asked = with_what_is_asked(asked.spec, asked, problems, request.actor)
    spec, page = asked.spec, asked.page
    context = with_titles(request, asked)
    shown = SimpleNamespace(context=context)
    warnings = [problem for problem in problems if problem.warning]
    errors = [problem for problem in problems if not problem.warning]
    thing = say(spec.declaration.label, context)
    title = page.title if page else _("New %(thing)s") % {"thing": thing[:1].lower() + thing[1:]}
    only_warned = bool(warnings) and not errors
    back = way_back(request, "")
    hidden = [{"name": "next", "value": back}] if back else []
    if page is None:
        hidden.append({"name": controls.NONCE, "value": controls.nonce_of(request)})
    if only_warned:
        hidden.append({"name": "accept", "value": forms.signature(problems)})
    form = {
        "title": title,
        "action": asked.address,
        "version": _version_of(request, asked),
        "draft": _draft_of(request, asked),
        "alike": f"{asked.address}alike" if spec.declaration.duplicates else "",
        "save_label": _("Save anyway") if only_warned else _("Save"),
        "again_label": _("Save and add another") if page is None and not back else "",
        "cancel_url": back or asked.back,
        "problems": summary(spec, errors, shown, forms.names_of(asked.groups)),
        "warnings": [warning_text(request, spec, problem, context) for problem in warnings],
        "hidden": hidden,
        "groups": [
            {
                "title": group.title or _("More"),
                "fields": [
                    form_field(request, spec, name, asked.values.get(name), shown, problems, wide=len(row) == 1)
                    for row in group.rows
                    for name in row
                ],
            }
            for group in asked.groups
        ],
    }
    base = {
        "area": spec.declaration.area,
        "module": spec.key,
        "title": title,
        "form": form,
        "sub": thing if page else "",
    }
    return render(request, "form/page.html", base, status=status)


def _draft_of(request: ActorRequest, asked: Asked) -> dict[str, Any]:
    """What the form says about its draft. One that comes back with problems shows what was typed already."""
    record_id = asked.page.id if asked.page else None
    about = drafts.silent if request.method == "POST" else drafts.of_form
    return about(request, asked.spec, record_id, quick=False)


def _version_of(request: ActorRequest, asked: Asked) -> str | int:
    """A form shown again keeps the version it began with, or a change in between would be overwritten."""
    if asked.page is None:
        return ""
    sent = request.POST.get("version", "") or asked.version
    return sent[:9] if sent.isdecimal() else asked.page.version


def with_titles(request: ActorRequest, asked: Asked) -> Context:
    """The context with titles of everything the form's references hold, also of what was just chosen."""
    values: dict[str, Any] = {}
    for name in forms.names_of(asked.groups):
        kind, raw = asked.spec.fields[name], asked.values.get(name)
        if getattr(kind, "to", None) and raw:
            values[name] = tuple(_id(one, asked.context) for one in (raw if isinstance(raw, list | tuple) else [raw]))
    found = together([(asked.spec, [values], tuple(values))], request.actor, asked.context.titles)
    return replace(asked.context, titles=found)


def _id(raw: Any, context: Context) -> int:
    try:
        return read_id(raw, context)
    except Fault:
        return 0


def warning_text(request: ActorRequest, spec: EntitySpec, problem: Problem, context: Context) -> SafeString:
    """A warning; a likely duplicate names the records it looks like."""
    named = spec.fields.get(problem.field or "")
    label = say(named.label, context) if named else ""
    ids = problem.params.get("ids")
    if problem.code == "duplicate_hint" and isinstance(ids, list):
        known = query.titles(spec.key, ids, request.actor)
        links = format_html_join(
            ", ",
            '<a class="link" href="{}">{}</a>',
            ((url_of(spec.key, pk), known[pk].title) for pk in ids if pk in known),
        )
        return format_html(
            _("The same {field} as {records}. Save anyway if it is another one."), field=label, records=links
        )
    return format_html("{}{}", f"{label}: " if label else "", problem.message)


# -- both versions ---------------------------------------------------------------------------------------------------
def _both(request: ActorRequest, page: RecordPage, raw: Raw, version: int) -> HttpResponse:
    """409: what somebody else saved and what was sent, field by field."""
    met = forms.meet(page, raw, version)
    sides = [
        {side.name: value}
        for side in met.sides
        for value in (side.base, side.theirs, side.mine)
        if getattr(side.kind, "to", None)
    ]
    context = replace(
        page.context, titles=together([(page.spec, sides, tuple(page.spec.fields))], request.actor, page.titles)
    )

    def text(side: forms.Side, value: Any) -> str:
        return (
            value
            if isinstance(value, str) and side.kind.key != "choice"
            else parts.value_text(side.kind, value, context)
        )

    fields = [
        {
            "key": side.name,
            "label": say(side.kind.label, context),
            "theirs": text(side, side.theirs),
            "mine": text(side, side.mine),
            "untouched": side.name not in raw or side.mine == side.base,
            "who": side.who,
            "when": parts.moment(side.when, context, whole=True) if side.when else "",
            "keep": side.kept or "mine",
            "clash": not side.kept,
            "inputs": controls.hidden_inputs(side.kind, request.POST) if side.name in raw else [],
        }
        for side in met.sides
    ]
    conflict = {
        "who": met.who or _("Somebody"),
        "when": parts.moment(met.when, context, whole=True) if met.when else "",
        "action": f"{record_url(page.spec, page.id)}edit/",
        "version": page.version,
        "discard_url": f"{record_url(page.spec, page.id)}edit/draft",
        "back": record_url(page.spec, page.id),
        "fields": fields,
        "clashes": met.clashes,
        "next": way_back(request, ""),
    }
    base = {"area": page.spec.declaration.area, "module": page.spec.key, "title": page.title, "conflict": conflict}
    return render(request, "form/conflict.html", base, status=409)


def _gone(request: ActorRequest, spec: EntitySpec, record_id: int) -> HttpResponse:
    """409: the record went to the bin while somebody edited it. What they typed is kept for when it is back.

    :raises NotFound: when they may not take it out of the bin, as for a record that never was.
    """
    rows = query.rows(spec.key, request.actor, "delete")
    values = rows.bin().read([record_id]).get(record_id)
    if values is None:
        raise NotFound(spec.key)
    drafts.keep(request, spec, record_id)
    base = {
        "area": spec.declaration.area,
        "module": spec.key,
        "title": shown_title(spec, values, rows.context) or say(spec.declaration.label, request.context),
        "id": encode(record_id),
        "action": f"/{spec.plural}/bin/restore/",
        "next": f"{record_url(spec, record_id)}edit/?draft=1",
        "list_url": f"/{spec.plural}/",
    }
    return render(request, "form/gone.html", base, status=409)


# -- the bin ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@with_actor
def delete(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``GET``: ask; ``POST``: put the record in the bin."""
    spec = spec_of(plural)
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    door.require_right(spec, request.actor, "delete")
    if request.method != "POST":
        return _ask_to_delete(request, page, 200)
    version = sent_version(request)
    try:
        outcome = door.delete(request.actor, spec.key, record_id, origin="ui", version=version)
    except Conflict:
        page = recordpage.read(spec.key, request.actor, record_id, related=False)
        return _ask_to_delete(request, page, 409, what_changed(request, page, {}, version or page.version))
    done(request, _("%(title)s is in the bin") % {"title": page.title}, outcome.set_id)
    return go(request, still_there(request, way_back(request, f"/{spec.plural}/")))


def _ask_to_delete(
    request: ActorRequest, page: RecordPage, status: int, met: dict[str, Any] | None = None
) -> HttpResponse:
    """The question before a record goes to the bin.

    :param met: what others changed since the person decided (web/stale.py).
    """
    spec, address = page.spec, record_url(page.spec, page.id)
    context = {
        "area": spec.declaration.area,
        "module": spec.key,
        "title": _("Delete %(title)s?") % {"title": page.title},
        "action": f"{address}delete/",
        "cancel_url": way_back(request, address),
        "next": way_back(request, ""),
        "version": page.version,
        "met": met,
    }
    if is_fragment(request):
        return HttpResponse(render_to_string("form/delete_dialog.html", context, request), status=status)
    return render(request, "form/delete.html", context, status=status)


@require_safe
@with_actor
def bin_page(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``GET /{plural}/bin/``: what was deleted and may be taken out again."""
    spec = spec_of(plural)
    query.rows(spec.key, request.actor)  # nobody learns of an entity he may not see
    door.require_right(spec, request.actor, "delete")
    rows = query.rows(spec.key, request.actor, "delete").bin()
    names = [name for name in (*spec.title_fields, "owner", "modified_at", "modified_by") if name in rows.visible]
    page = rows.page(names, "-id", request.GET.get("cursor") or None)
    titles = together([(spec, page.rows, names)], request.actor)
    context = replace(rows.context, titles=titles)
    members = rows.snapshot.directory.get("user", {})
    listed = [
        {
            "id": encode(values["id"]),
            "title": shown_title(spec, values, context) or say(spec.declaration.label, context),
            "when": parts.moment(values["modified_at"], context, whole=True) if values.get("modified_at") else "",
            "who": members[values["modified_by"]].title if values.get("modified_by") in members else "",
        }
        for values in page.rows
    ]
    things = say(spec.declaration.label_plural, context)
    base = {
        "area": spec.declaration.area,
        "module": spec.key,
        "title": _("Bin"),
        "things": things,
        "list_url": f"/{spec.plural}/",
        "rows": listed,
        "action": f"/{spec.plural}/bin/restore/",
        "previous_url": f"?cursor={page.prev}" if page.prev else "",
        "next_url": f"?cursor={page.next}" if page.next else "",
        "sign": "person" if spec.declaration.avatar == "who" else "org",
    }
    return render(request, "form/bin.html", base)


@require_POST
@with_actor
def restore(request: ActorRequest, plural: str) -> HttpResponseBase:
    """``POST /{plural}/bin/restore/``: take records out of the bin (``id``, repeated)."""
    spec = spec_of(plural)
    query.rows(spec.key, request.actor)
    ids = []
    for text in request.POST.getlist("id")[:500]:
        try:
            ids.append(decode(text))
        except ValueError:
            continue
    if ids:
        outcome = door.restore(request.actor, spec.key, ids, origin="ui")
        words = ngettext("One record is back", "%(n)s records are back", len(ids)) % {"n": len(ids)}
        done(request, words, outcome.set_id)
    if len(ids) == 1 and way_back(request, ""):
        return go(request, still_there(request, way_back(request, "")))
    if len(ids) == 1 and reach(spec, request.actor, "view") > Level.NONE:
        return go(request, still_there(request, record_url(spec, ids[0])))
    return go(request, f"/{spec.plural}/bin/")

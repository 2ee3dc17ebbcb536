"""The record page of every entity, and what is changed on it in place."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tracte.engine import forms, marks, recordpage, timeline
from tracte.engine.recordpage import RecordPage
from tracte.engine.timeline import Show
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.records import audit, door
from tracte.web import blocks, controls, peeking, recent
from tracte.web import recordparts as parts
from tracte.web.addresses import done, form_url, go, local, record_url, spec_of, way_back
from tracte.web.recordtop import facts, path_of
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.views import actions, kept, panels

STEPS = (("previous_url", "previous"), ("next_url", "next"))
SHOWS: dict[Show, str] = {"": "", "notes": "notes", "changes": "changes"}


@require_safe
@with_actor
def record_page(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``GET /{plural}/{id}/``."""
    page = recordpage.read(spec_of(plural).key, request.actor, record_id)
    audit.read(request.actor, page.spec.key, [page.id])
    shown = render(request, "record/page.html", page_context(request, page))
    return recent.remember(request, shown, page.spec, record_id)


def page_context(request: ActorRequest, page: RecordPage) -> dict[str, Any]:
    """What the record's template shows."""
    url, nonce = record_url(page.spec, page.id), request.csp_nonce  # type: ignore[attr-defined]
    declared = page.spec.declaration
    shown = blocks.drawn(request, page)
    return {
        "area": declared.area,
        "module": page.spec.key,
        "title": page.title,
        "record": head(request, page, url),
        "path": path_of(page, url),
        "facts": facts(page),
        "sections": sections(page, url, nonce),
        "tables": [panels.panel(request, page, one) for one in page.related if one.panel.table],
        "related": [panels.panel(request, page, one) for one in page.related if not one.panel.table],
        "later": [panels.later(page, one) for one in page.later] + panels.parts_of(page),
        "related_count": sum(one.count for one in page.related if not one.panel.table),
        "blocks": shown,
        "alone": not shown and _alone(page),
        "talks": talk_context(request, page) if declared.timeline else None,
        "back": url,
    }


def _alone(page: RecordPage) -> bool:
    """Whether nothing but tables, which stand above the timeline, hangs on the record."""
    return all(one.panel.table for one in page.related) and not page.later and not page.spec.declaration.parts


# -- the head --------------------------------------------------------------------------------------------------------
def head(request: ActorRequest, page: RecordPage, url: str) -> dict[str, Any]:
    """Title, where it stands, what can be done."""
    declared, context = page.spec.declaration, page.context
    crumbs = [{"label": say(declared.label_plural, context), "url": f"/{page.spec.plural}/"}]
    account = next((n for n in (declared.parent, "account", "parent") if n and n in page.rows.visible), None)
    known = page.titles.get(page.values.get(account) or 0) if account else None
    if known is not None and known.id != page.id:
        crumbs.append({"label": known.title, "url": actions.address_of(known)})
    number = next((n for n, k in page.rows.visible.items() if k.key == "auto_number"), None)
    return {
        "title": page.title,
        "sign": "person" if declared.avatar == "who" else "org",
        "crumbs": crumbs,
        "number": page.values.get(number) if number else "",
        "pin": kept.pin_of(request, page) if declared.timeline else None,
        "pager": _pager(request, page, url),
        "link": url,
        "buttons": actions.buttons(page, url),
        "actions": more_actions(page, url),
    }


def _pager(request: ActorRequest, page: RecordPage, url: str) -> dict[str, str] | None:
    """The steps to the neighbours, for who came from a list; which records these are is looked up when one is taken."""
    listed = peeking.list_of(request, page.spec.plural) if page.spec.declaration.timeline else None
    if listed is None:
        return None
    return {name: peeking.opened(f"{url}{way}", listed) for name, way in STEPS}


def more_actions(page: RecordPage, url: str) -> list[dict[str, Any]]:
    """The … menu."""
    found: list[dict[str, Any]] = []
    if page.editable:
        found.append({"label": _("Edit all fields"), "icon": "pencil", "url": form_url(page.spec, page.id)})
    found += actions.in_menu(page, url)
    found.append({"label": _("History"), "icon": "history", "url": f"{url}?show=changes"})
    found.append({"label": _("Copy link"), "icon": "link", "url": url, "island": "copylink"})
    if recordpage.tree_field(page.spec):
        found.append({"label": _("Whole group"), "icon": "network", "url": f"{url}tree/"})
    found.append({"label": _("Rights"), "icon": "shield-check", "url": f"{url}access/"})
    if page.may_delete:
        found.append({"label": _("Delete"), "icon": "trash-2", "url": f"{url}delete/", "danger": True, "dialog": True})
    return found


# -- details ---------------------------------------------------------------------------------------------------------
def sections(page: RecordPage, url: str, nonce: str) -> list[SafeString]:
    """The details by section, and who made and changed the record."""
    found = []
    for at, (title, fields) in enumerate(page.sections, 1):
        edit = f"{url}edit/#group-{at}" if any(name in page.editable for name, _kind in fields) else ""
        found.append(parts.section(page, title or _("More"), fields, url, nonce, edit))
    found.append(parts.stamps(page))
    return found


# -- one field in place ----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@with_actor
def field(request: ActorRequest, plural: str, record_id: int, name: str) -> HttpResponseBase:
    """``GET``: the form of one field; ``POST``: save it. As a fragment for the page, as a whole page without script."""
    spec = spec_of(plural)
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    if name not in page.editable:
        raise NotFound(name)
    if request.method != "POST":
        if request.GET.get("read") and is_fragment(request):
            return _field_read(request, page, name)
        return _field_form(request, page, name, page.values.get(name), [], 200)
    raw = forms.sent(spec, [name], request.POST, request.actor)
    sent_version = request.POST.get("version", "")
    version = int(sent_version[:9]) if sent_version.isdecimal() else None
    try:
        outcome = forms.set_one(request.actor, spec.key, record_id, name, raw, version)
    except Rejected as refused:
        return _field_form(request, page, name, raw.get(name), refused.problems, 422)
    except forms.Clash as clash:
        return _field_conflict(request, clash.fresh, name, raw, clash.met)
    label = say(spec.fields[name].label, page.context)
    done(request, _("Saved %(field)s") % {"field": label}, None if outcome.unchanged else outcome.set_id)
    if not is_fragment(request):
        return go(request, way_back(request, record_url(spec, record_id)))
    fresh = recordpage.read(spec.key, request.actor, record_id, related=False)
    return _field_read(request, fresh, name, whole=True)


def _field_read(request: ActorRequest, page: RecordPage, name: str, *, whole: bool = False) -> HttpResponse:
    """The field as it is read; ``whole`` brings along what else of the page depends on it."""
    url = record_url(page.spec, page.id)
    row = parts.field_row(page, name, page.spec.fields[name], url, request.csp_nonce, focus=True)  # type: ignore[attr-defined]
    if not whole:
        return HttpResponse(row)
    if peeking.came_from_list(request, page.spec.plural):
        beside = {"row": row, "peek": peeking.shown(request, page), "swap": True}
        answer = HttpResponse(render_to_string("list/peek_saved.html", beside, request))
        answer["HX-Trigger"] = "peek-saved"
        return answer
    context = _changed_parts(request, page) | {"row": row}
    return HttpResponse(render_to_string("record/field_saved.html", context, request))


def _changed_parts(request: ActorRequest, page: RecordPage) -> dict[str, Any]:
    """What any change of the record may change of its page: the head, facts and path, the timeline."""
    url = record_url(page.spec, page.id)
    return {
        "record": head(request, page, url),
        "facts": facts(page),
        "path": path_of(page, url),
        "talks": talk_context(request, page) if page.spec.declaration.timeline else None,
        "swap": True,
    }


def added_to(request: ActorRequest, before: RecordPage, key: str, row_id: int | None, used: str = "") -> HttpResponse:
    """What changes on a record's page once a row was added to one of its related lists: the list, and what of the
    record itself followed from it (a sum, its version, its timeline).
    """
    page = recordpage.read_panel(before.spec.key, request.actor, before.id, key, row_id)
    context = followed(request, before, page) | {"panel": panels.panel(request, page, page.related[0], row_id, used)}
    return HttpResponse(render_to_string("record/added.html", context, request))


def followed(request: ActorRequest, before: RecordPage, page: RecordPage) -> dict[str, Any]:
    """What changes on a record's page when rows that belong to it change: its fields, facts and timeline."""
    url, nonce = record_url(page.spec, page.id), request.csp_nonce  # type: ignore[attr-defined]
    shown = [one for _title, fields in page.sections for one in fields]
    moved = [(name, kind) for name, kind in shown if page.values.get(name) != before.values.get(name)]
    drawn = [parts.field_row(page, name, kind, url, nonce, out_of_band=True) for name, kind in moved]
    return _changed_parts(request, page) | {"rows": drawn}


def _field_form(
    request: ActorRequest, page: RecordPage, name: str, raw: Any, problems: list[Problem], status: int
) -> HttpResponse:
    url, kind = record_url(page.spec, page.id), page.spec.fields[name]
    mine = [problem.message for problem in problems if problem.field in (name, None)]
    others = [
        f"{say(page.spec.fields[p.field].label, page.context)}: {p.message}"
        for p in problems
        if p.field not in (name, None) and p.field in page.rows.visible
    ]
    control = controls.control(kind, raw, page.context, request.actor, id=f"edit-{name}", invalid=bool(problems))
    shown = {
        "key": name,
        "label": say(kind.label, page.context),
        "input": control,
        "wide": kind.key
        in ("long_text", "rich_text", "address", "multi_choice", "many_references", "money", "datetime"),
        "save_url": f"{url}field/{name}/",
        "cancel_url": f"{url}field/{name}/?read=1" if is_fragment(request) else url,
        "version": page.version,
        "errors": mine + others,
    }
    if is_fragment(request):
        return HttpResponse(render_to_string("record/field_edit.html", {"f": shown}, request), status=status)
    base = {"area": page.spec.declaration.area, "module": page.spec.key, "title": page.title, "f": shown, "back": url}
    return render(request, "record/field_page.html", base, status=status)


def _field_conflict(
    request: ActorRequest, page: RecordPage, name: str, raw: forms.Raw, met: forms.Meeting
) -> HttpResponse:
    """Both versions of one field, with the present one as the base of the next save."""
    from_now = _("%(who)s changed this meanwhile to: %(value)s. Save again to replace it with yours.") % {
        "who": met.who or _("Somebody"),
        "value": parts.value_text(page.spec.fields[name], page.values.get(name), page.context) or _("empty"),
    }
    answer = _field_form(request, page, name, raw.get(name), [], 409)
    problem = Problem(name, "stale")
    shown = {"message": from_now, "problem": problem.message}
    if not is_fragment(request):
        messages.warning(request, from_now)
        return answer
    note = render_to_string("record/field_note.html", shown, request)
    return HttpResponse(answer.content.decode().replace("<!--note-->", note), status=409)


# -- the past --------------------------------------------------------------------------------------------------------
@require_POST
@with_actor
def put_back(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``POST /{plural}/{id}/put-back/``: give a field the value it had before a change (``what`` = change.field)."""
    spec = spec_of(plural)
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    change, _dot, name = request.POST.get("what", "").partition(".")
    if not change.isdecimal() or len(change) > 18:
        raise NotFound(change)
    found = timeline.earlier_value(page, int(change), name)
    sent = request.GET.get("version", "")
    try:
        outcome = _restore(request, page, found, int(sent[:9]) if sent.isdecimal() else None)
    except Rejected as refused:
        messages.error(request, " ".join(problem.message for problem in refused.problems))
    except forms.Clash as clash:
        now = parts.value_text(found.kind, clash.fresh.values.get(name), clash.fresh.context) or _("empty")
        said = _("%(who)s changed this meanwhile to: %(value)s. Nothing was put back.")
        messages.warning(request, said % {"who": clash.met.who or _("Somebody"), "value": now})
    else:
        label = say(found.kind.label, page.context)
        done(request, _("Restored %(field)s") % {"field": label}, None if outcome.unchanged else outcome.set_id)
    return go(request, way_back(request, record_url(spec, record_id)))


def _restore(request: ActorRequest, page: RecordPage, found: timeline.FieldChange, version: int | None) -> door.Outcome:
    """Give the field its earlier value, unless somebody changed it after the page was drawn.

    :raises Clash: then; what they changed of other fields is left as it is.
    """
    title = _("Restore %(field)s") % {"field": say(found.kind.label, page.context)}
    if version is not None and version < page.version:
        met = forms.meet(page, {}, version)
        if any(side.name == found.name for side in met.sides):
            raise forms.Clash(page, met)
    values = {found.name: found.before}
    return door.update(
        request.actor,
        page.spec.key,
        page.id,
        values,
        origin="ui",
        canonical=True,
        title=title,
        version=page.version if version is not None else None,
    )


# -- talks and history -----------------------------------------------------------------------------------------------
def talk_context(request: ActorRequest, page: RecordPage, composer: dict[str, Any] | None = None) -> dict[str, Any]:
    """The composer and one page of the timeline."""
    url = record_url(page.spec, page.id)
    asked = request.GET.get("show", "")
    show: Show = asked if asked in SHOWS else ""
    mark = request.GET.get("after") or None
    found = timeline.read(page, show, mark)
    context = replace(page.context, titles=found.titles)
    teller = parts.Teller(page, context, url, request.csp_nonce, url)  # type: ignore[attr-defined]
    words: list[tuple[Show, str]] = [("", _("Everything")), ("notes", _("Notes")), ("changes", _("Changes"))]
    suffix = f"show={show}&" if show else ""
    return {
        "filters": [
            {"label": label, "url": f"{url}?show={key}" if key else url, "current": key == show} for key, label in words
        ],
        "history_url": f"{url}?show=changes" if show != "changes" else "",
        "days": parts.timeline_days(found, teller),
        "nothing": not found.events and not found.pinned,
        "more_url": f"{url}?{suffix}after={found.more}" if found.more else "",
        "more_fragment": f"{url}timeline/?{suffix}after={found.more}" if found.more else "",
        "earlier": bool(mark),
        "since": "" if mark else parts.since_line(found, teller),
        "follow": kept.follow_of(page, bool(found.watched and found.watched.followed)) if not mark else None,
        "composer": composer if composer is not None else _composer(request, page, url),
    }


def _composer(
    request: ActorRequest, page: RecordPage, url: str, text: str = "", errors: list[str] | None = None
) -> dict[str, Any] | None:
    writable = timeline.writable(request.actor)
    if not writable:
        return None
    talk = writable[0]
    label = say(talk.spec.declaration.label, page.context)
    return {
        "url": f"{url}talk/",
        "draft_key": f"talk-{encode(page.id)}",
        "label": label,
        "icon": talk.spec.declaration.icon,
        "placeholder": _("Write a %(thing)s") % {"thing": label[:1].lower() + label[1:]},
        "text": text,
        "errors": errors or [],
        "nonce": controls.new_nonce(),
        "flags": [
            {"name": name, "label": say(talk.spec.fields[name].label, page.context), "on": bool(request.POST.get(name))}
            for name in talk.flags
        ],
    }


@require_safe
@with_actor
def timeline_part(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``GET /{plural}/{id}/timeline/``: the next events, for the button that asks for earlier ones."""
    page = recordpage.read(spec_of(plural).key, request.actor, record_id, related=False)
    return render(request, "record/timeline_more.html", {"talks": talk_context(request, page, {})})


@require_POST
@with_actor
def talk(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``POST /{plural}/{id}/talk/``: write about the record."""
    spec = spec_of(plural)
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    writable = timeline.writable(request.actor)
    if not writable:
        raise NotFound("talk")
    one, url, text = writable[0], record_url(spec, record_id), request.POST.get("text", "")
    raw: dict[str, Any] = {one.body: marks.to_html(text), one.about: [encode(record_id)]}
    raw |= {name: "true" for name in one.flags if request.POST.get(name)}
    save = lambda: door.create(request.actor, one.spec.key, raw, origin="ui").set_id  # noqa: E731
    try:
        set_id = controls.once(request, save)
    except Rejected as refused:
        errors = [problem.message for problem in refused.problems]
        composer = _composer(request, page, url, text, errors)
        if is_fragment(request):
            shown = {"talks": talk_context(request, page, composer)}
            return HttpResponse(render_to_string("record/talk.html", shown, request), status=422)
        context = page_context(request, page) | {"talks": talk_context(request, page, composer)}
        return render(request, "record/page.html", context, status=422)
    label = say(one.spec.declaration.label, page.context)
    done(request, _("%(thing)s saved") % {"thing": label}, set_id)
    if not is_fragment(request):
        return go(request, local(way_back(request, url)) or url)
    answer: dict[str, Any] = {"talks": talk_context(request, page), "swap": True}
    return HttpResponse(render_to_string("record/talk.html", answer, request))

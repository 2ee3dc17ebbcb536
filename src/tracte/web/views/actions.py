"""Business verbs of a record: the buttons on its page and the dialog that asks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tracte.engine import forms, recordpage
from tracte.engine.recordpage import RecordPage
from tracte.kernel.problems import Conflict, NotFound, Problem, Rejected
from tracte.meta.entity import Action
from tracte.meta.kinds.base import Context, RefTitle, say
from tracte.meta.registry import EntitySpec
from tracte.records import door
from tracte.web import controls
from tracte.web.addresses import done, form_url, go, record_url, spec_of, way_back
from tracte.web.cells import url_of
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.stale import sent_version, what_changed

IN_HEAD = 3


def address_of(known: RefTitle) -> str:
    """Where a referenced record is."""
    return url_of(known.entity, known.id)


def buttons(page: RecordPage, url: str) -> list[dict[str, Any]]:
    """Secondary actions and one primary one; the declared primary, else the first with an icon of success."""
    actions = page.actions[:IN_HEAD]
    if not actions and page.editable:
        return [
            {"label": _("Edit"), "icon": "pencil", "url": form_url(page.spec, page.id), "post": False, "phone": True}
        ]
    primary = next((action for action in actions if action.primary), actions[0] if actions else None)
    return [_button(page, action, url, primary=action is primary) for action in _ordered(actions, primary)]


def in_menu(page: RecordPage, url: str) -> list[dict[str, Any]]:
    """The verbs once more in the … menu: a phone has room for one button, and a page for three."""
    if len(page.actions) < 2:
        return []
    return [_button(page, action, url, primary=False) for action in page.actions]


def _ordered(actions: list[Action], primary: Action | None) -> list[Action]:
    return [action for action in actions if action is not primary] + ([primary] if primary else [])


def _button(page: RecordPage, action: Action, url: str, *, primary: bool) -> dict[str, Any]:
    return {
        "label": str(action.label),
        "icon": action.icon,
        "url": f"{url}{action.key}/" if action.page else f"{url}do/{action.key}/",
        "post": not (action.asks or action.page),
        "dialog": bool(action.asks) and not action.page,
        "primary": primary,
        "phone": primary,
        "values": {"version": page.version},
    }


@require_http_methods(["GET", "POST"])
@with_actor
def do(request: ActorRequest, plural: str, record_id: int, action: str) -> HttpResponseBase:
    """``GET``: what the action asks for; ``POST``: do it. A dialog as a fragment, a page without script."""
    spec = spec_of(plural)
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    declared = spec.actions.get(action)
    if declared is None:
        raise NotFound(action)
    door.require_right(spec, request.actor, declared.verb)
    if declared.page:
        return go(request, f"{record_url(spec, record_id)}{action}/")
    url = f"{record_url(spec, record_id)}do/{action}/"
    asks = [name for name in declared.asks if name in page.rows.visible]
    title = str(declared.label)
    if request.method != "POST":
        return ask(request, page, title, url, asks, dict(page.values), 200, save_label=title)
    if declared.gated:
        asks += [
            n for n in spec.fields if n in page.editable and n not in asks and spec.fields[n].in_form(request.POST)
        ]
    raw, version = forms.sent(spec, asks, request.POST, request.actor), sent_version(request)
    try:
        outcome = door.act(request.actor, spec.key, record_id, action, raw, origin="ui", version=version)
    except Conflict:
        return _stale(request, recordpage.read(spec.key, request.actor, record_id, related=False), declared, raw, asks)
    except Rejected as refused:
        more = [p.field for p in refused.problems if p.field in page.editable and p.field not in asks]
        if more or asks or is_fragment(request):
            shown = list(dict.fromkeys([*asks, *(name for name in more if name)]))
            return ask(request, page, title, url, shown, raw, 422, save_label=title, problems=refused.problems)
        raise
    done(request, f"{page.title}: {title}", outcome.set_id)
    return go(request, way_back(request, record_url(spec, record_id)))


def _stale(
    request: ActorRequest, page: RecordPage, action: Action, raw: forms.Raw, asks: list[str]
) -> HttpResponseBase:
    """Nothing is done: what others saved is told, and the verb can be asked for again if it still makes sense."""
    met = what_changed(request, page, raw, sent_version(request) or page.version)
    possible, url = action.when(page.values), f"{record_url(page.spec, page.id)}do/{action.key}/"
    problems = [] if possible else [Problem(None, "action_not_now", {"action": str(action.label)})]
    label = str(action.label) if possible else ""
    values = dict(page.values) | raw
    title = _("This changed meanwhile")
    return ask(request, page, title, url, asks, values, 409, save_label=label, problems=problems, met=met)


def ask(
    request: ActorRequest,
    page: RecordPage,
    title: str,
    url: str,
    names: list[str],
    values: dict[str, Any],
    status: int,
    *,
    save_label: str,
    problems: Sequence[Problem] = (),
    hidden: Sequence[Mapping[str, Any]] = (),
    met: Mapping[str, Any] | None = None,
    wanted: Sequence[Problem] = (),
) -> HttpResponse:
    """The form that an action or a gate asks with; it carries the version of the record that it shows.

    :param save_label: empty when there is nothing to send. :param met: what others saved meanwhile (web/stale.py).
    :param wanted: what the step asks for, before anybody did anything wrong.
    """
    context = page.context
    for name in names:
        context = asked_items(context, name, [*problems, *wanted])
    shown = SimpleNamespace(context=context)
    gate = {
        "title": title,
        "text": page.title,
        "action": url,
        "hidden": [*hidden, {"name": "version", "value": page.version}],
        "met": met,
        "fields": [form_field(request, page.spec, name, values.get(name), shown, problems) for name in names],
        "problems": summary(page.spec, problems, page),
        "save_label": save_label,
        "cancel_url": record_url(page.spec, page.id),
    }
    base = {"gate": gate, "area": page.spec.declaration.area, "module": page.spec.key, "title": title}
    if is_fragment(request):
        # A dialog that asks is an answer like any other: only a refused one is a 422.
        return HttpResponse(render_to_string("components/gate_dialog.html", base, request), status=status)
    return render(request, "record/ask.html", base, status=status)


def asked_items(context: Context, name: str, problems: Sequence[Problem]) -> Context:
    """The context in which a checklist offers the items of the step that asks for them."""
    asked = next((p.params["asked"] for p in problems if p.field == name and "asked" in p.params), None)
    return replace(context, offered={**context.offered, name: asked}) if isinstance(asked, list) else context


def form_field(
    request: ActorRequest,
    spec: EntitySpec,
    name: str,
    raw: Any,
    page: Any,
    problems: Sequence[Problem],
    wide: bool = False,
) -> dict[str, Any]:
    """One field for ``components/form_field.html``.

    :param page: anything with the ``context`` values are shown in.
    """
    kind, context = spec.fields[name], asked_items(page.context, name, problems)
    errors = [problem.message for problem in problems if problem.field == name and not problem.warning]
    hint = str(kind.help) if kind.help else ""
    described = " ".join(f"f-{name}-{part}" for part, there in (("hint", hint), ("error", errors)) if there)
    return {
        "key": name,
        "label": say(kind.label, context),
        "input": controls.control(
            kind, raw, context, request.actor, id=f"f-{name}", invalid=bool(errors), describedby=described
        ),
        "hint": hint,
        "required": kind.required,
        "wide": wide or kind.key in ("long_text", "rich_text", "address"),
        "tick": kind.key == "yes_no",
        "errors": errors,
    }


def summary(
    spec: EntitySpec, problems: Sequence[Problem], page: Any, order: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Every problem for ``components/error_summary.html``, in the order of the fields on the form."""
    found = []
    for problem in problems:
        if problem.warning:
            continue
        named = problem.field if problem.field in spec.fields else None
        label = say(spec.fields[named].label, page.context) if named else ""
        found.append({"key": named or "", "label": label, "message": problem.message})
    # In the order of the form, what belongs to no field first.
    places = {name: at for at, name in enumerate(order or spec.fields)}
    return sorted(found, key=lambda one: places.get(one["key"], -1))

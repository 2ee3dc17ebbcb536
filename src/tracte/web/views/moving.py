"""The one address that moves a record to another step: cards of the board, the path of a record's page, and the dialog
of a step that asks for more all come here."""

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tracte.engine import forms, recordpage
from tracte.engine.recordpage import RecordPage
from tracte.kernel.problems import Conflict, Fault, NotFound, Rejected
from tracte.records import door
from tracte.web.addresses import came_from, done, go, record_url, spec_of, way_back
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.stale import sent_version, what_changed
from tracte.web.views import actions, board


@require_POST
@with_actor
def move(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``POST /{plural}/{id}/move`` with ``stage`` and ``version``: set the field the path and the board go by.

    From the board, the answer holds the changed card, both heads and a message with Undo; from a record's page it leads
    back there. A step that asks for more answers 422 with a form for it; a record that somebody changed meanwhile
    answers 409 with what was changed, and the same step may be asked for again.
    """
    spec = spec_of(plural)
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    name = _field(page)
    door.require_right(spec, request.actor, "edit")
    if name not in page.editable:
        raise NotFound(name)
    version, before = sent_version(request), page.values.get(name)
    may = [one for one in spec.fields if one in page.editable and one not in (name, "stage")]
    asked = [one for one in may if spec.fields[one].in_form(request.POST)]
    raw = forms.sent(spec, asked, request.POST, request.actor) | {name: request.POST.get("stage", "")}
    try:
        outcome = door.update(request.actor, spec.key, record_id, raw, origin="ui", version=version)
    except Conflict:
        page = recordpage.read(spec.key, request.actor, record_id, related=False)
        return _stale(request, page, name, raw, version or page.version)
    except Rejected as refused:
        return _gate(request, page, name, raw, refused)
    step = " · ".join([step_name(page, name, raw[name]), *outcome.notices])
    from_dialog = bool(asked or request.POST.get("asked"))
    if is_fragment(request) and board.came_from_board(request, plural):
        return board.moved(request, plural, record_id, before, outcome, step, from_dialog=from_dialog)
    if not outcome.unchanged:
        done(request, _("Moved to %(step)s") % {"step": step}, outcome.set_id)
    home = record_url(spec, record_id)
    return go(request, way_back(request, home) if is_fragment(request) else came_from(request, home))


def _field(page: RecordPage) -> str:
    """The field that says where the record stands.

    :raises NotFound: when it has none, or the actor may not see it.
    """
    declared = page.spec.declaration
    name = declared.path or (declared.board.by if declared.board else None)
    if name is None or name not in page.rows.visible:
        raise NotFound(page.spec.key)
    return name


def step_name(page: RecordPage, name: str, step: Any) -> str:
    """What people call the step; ``""`` for one that is none."""
    kind = page.spec.fields[name]
    try:
        value = kind.parse(step, page.context)
    except Fault:
        return ""
    target = getattr(kind, "to", None)
    if target is None:
        return kind.text(value, page.context)
    known = page.rows.snapshot.title(target, value)
    return known.title if known else ""


def _gate(
    request: ActorRequest, page: RecordPage, name: str, raw: dict[str, Any], refused: Rejected
) -> HttpResponseBase:
    """A form for what the step needs; where no field could help, what stands against it."""
    asked = [one for one in raw if one != name]
    wanted = [p.field for p in refused.problems if p.field in page.editable and p.field != name and not p.warning]
    shown = list(dict.fromkeys([*asked, *(one for one in wanted if one)]))
    if not shown and not is_fragment(request):
        raise refused
    # What the form is about to ask for is no mistake yet.
    problems = [p for p in refused.problems if p.field in asked or p.field not in shown]
    step = step_name(page, name, raw[name])
    title = _("%(step)s asks for a little more") % {"step": step} if step and shown else _("It cannot go there")
    return _ask(
        request, page, name, raw, title, shown, 422, problems=problems, save=bool(shown), wanted=refused.problems
    )


def _stale(request: ActorRequest, page: RecordPage, name: str, raw: dict[str, Any], version: int) -> HttpResponseBase:
    """Nothing is written: what others saved is told, and the step can be asked for again with that in view."""
    shown = [one for one in raw if one != name]
    met = what_changed(request, page, raw, version)
    return _ask(request, page, name, raw, _("This changed meanwhile"), shown, 409, met=met)


def _ask(
    request: ActorRequest,
    page: RecordPage,
    name: str,
    raw: dict[str, Any],
    title: str,
    shown: list[str],
    status: int,
    *,
    save: bool = True,
    **more: Any,
) -> HttpResponse:
    home = record_url(page.spec, page.id)
    hidden = [
        {"name": "stage", "value": raw[name]},
        {"name": "asked", "value": "1"},
        {"name": "next", "value": way_back(request, "") if is_fragment(request) else came_from(request, home)},
    ]
    label = _("Move to %(step)s") % {"step": step_name(page, name, raw[name]) or "…"} if save else ""
    values = dict(page.values) | {one: value for one, value in raw.items() if one != name}
    return actions.ask(
        request, page, title, f"{home}move", shown, values, status, save_label=label, hidden=hidden, **more
    )

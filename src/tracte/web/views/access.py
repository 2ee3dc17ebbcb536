"""Why one may, or may not, do something with a record; with whom it is shared; for an administrator, who may."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tracte.engine import access, forms, recordpage
from tracte.engine.recordpage import RecordPage
from tracte.kernel.ids import encode
from tracte.kernel.problems import Fault, Forbidden, Problem, Rejected
from tracte.meta.kinds.reference import read_id
from tracte.meta.registry import COLLABORATORS
from tracte.records import door, query
from tracte.web.addresses import done, go, record_url, spec_of
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.record import head


@require_http_methods(["GET", "POST"])
@with_actor
def access_page(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``/{plural}/{id}/access/``: what one may do with the record, each with its reason; who else may, for
    administrators. There is no such page of a record one does not see. ``POST`` with ``add`` or ``remove`` and a
    person shares it with them, or no longer."""
    spec = spec_of(plural)
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    if request.method != "POST":
        return _shown(request, page, [])
    try:
        return _share(request, page)
    except Rejected as refused:
        return _shown(request, page, refused.problems)


def _shown(request: ActorRequest, page: RecordPage, problems: Sequence[Problem]) -> HttpResponse:
    spec = page.spec
    record = access.about(spec, page.id)
    mine = access.access_of(record, request.actor, request.context, whose=_sees_whose(page))
    everybody = access.everybody(record, request.context) if request.actor.admin else []
    url = record_url(spec, page.id)
    found = {
        "area": spec.declaration.area,
        "module": spec.key,
        "title": page.title,
        "record": head(request, page, url),
        "back": url,
        "mine": mine,
        "sharing": _collaborators(request, page),
        "problems": [problem.message for problem in problems],
        # A field that is hidden from somebody does not exist for them; an administrator may see all roles anyway.
        "hidden": mine.hidden if request.actor.admin else [],
        "verbs": [line.label for line in mine.lines],
        "everybody": everybody,
        "what": _("Who may do what with %(title)s") % {"title": page.title},
    }
    return render(request, "record/access.html", found, status=422 if problems else 200)


def _sees_whose(page: RecordPage) -> bool:
    """Whether the reader sees whose record it is."""
    return {"owner", "team"} <= page.rows.visible.keys()


# -- with whom it is shared ------------------------------------------------------------------------------------------
def _collaborators(request: ActorRequest, page: RecordPage) -> dict[str, Any] | None:
    """Who collaborates on the record, and whom it could be shared with; ``None`` for who does not see that, and when
    there is nothing to see or do."""
    if COLLABORATORS not in page.rows.visible:
        return None
    held, may = page.values.get(COLLABORATORS) or (), _may_share(page)
    known = [(pk, request.snapshot.title("user", pk)) for pk in held]
    people = [{"id": encode(pk), "name": title.title} for pk, title in known if title is not None]
    offered = forms.choices_of(page.spec.fields[COLLABORATORS], request.actor, request.context) if may else []
    others = [{"id": encode(pk), "name": name} for pk, name in offered or [] if pk not in held]
    return {"people": people, "may": may, "others": others} if people or may else None


def _may_share(page: RecordPage) -> bool:
    """Whether the reader may say with whom this record is shared."""
    if COLLABORATORS not in page.editable:
        return False
    return all(query.rows(page.spec.key, page.actor, verb).read([page.id], ()) for verb in ("edit", "share"))


def _share(request: ActorRequest, page: RecordPage) -> HttpResponseBase:
    """Share the record with a person, or no longer, and on to the page.

    :raises Forbidden: for whoever may not share it. :raises Rejected: when nobody was chosen, and as the door.
    """
    if not _may_share(page):
        raise Forbidden("share", page.spec.key)
    word = "remove" if "remove" in request.POST else "add"
    try:
        person = read_id(request.POST.get(word, ""), request.context)
    except Fault as fault:
        raise Rejected([Problem(COLLABORATORS, fault.code, fault.params)]) from None
    others = [pk for pk in page.values.get(COLLABORATORS) or () if pk != person]
    wanted = [encode(pk) for pk in (others if word == "remove" else [*others, person])]
    saved = door.update(
        request.actor, page.spec.key, page.id, {COLLABORATORS: wanted}, origin="ui", version=page.version
    )
    said = _("No longer shared") if word == "remove" else _("Shared")
    done(request, _("Nothing had changed") if saved.unchanged else said, saved.set_id)
    return go(request, f"{record_url(page.spec, page.id)}access/")

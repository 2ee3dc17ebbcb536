"""Why one may, or may not, do something with a record; for an administrator, who may."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tracte.engine import access, recordpage
from tracte.engine.recordpage import RecordPage
from tracte.web.addresses import record_url, spec_of
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.record import head


@require_safe
@with_actor
def access_page(request: ActorRequest, plural: str, record_id: int) -> HttpResponse:
    """``GET /{plural}/{id}/access/``: what one may do with the record, each with its reason; who else may, for
    administrators. There is no such page of a record one does not see."""
    spec = spec_of(plural)
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    record = access.about(spec, record_id)
    mine = access.access_of(record, request.actor, request.context, whose=_sees_whose(page))
    everybody = access.everybody(record, request.context) if request.actor.admin else []
    url = record_url(spec, record_id)
    found = {
        "area": spec.declaration.area,
        "module": spec.key,
        "title": page.title,
        "record": head(request, page, url),
        "back": url,
        "mine": mine,
        # A field that is hidden from somebody does not exist for them; an administrator may see all roles anyway.
        "hidden": mine.hidden if request.actor.admin else [],
        "verbs": [line.label for line in mine.lines],
        "everybody": everybody,
        "what": _("Who may do what with %(title)s") % {"title": page.title},
    }
    return render(request, "record/access.html", found)


def _sees_whose(page: RecordPage) -> bool:
    """Whether the reader sees whose record it is."""
    return {"owner", "team"} <= page.rows.visible.keys()

"""Keeping and throwing away what was typed into a form."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from tracte.engine import recordpage
from tracte.records import door
from tracte.web import drafts
from tracte.web.addresses import go, record_url, spec_of, way_back
from tracte.web.request import ActorRequest, with_actor


@require_POST
@with_actor
def draft(request: ActorRequest, plural: str, record_id: int | None = None) -> HttpResponseBase:
    """``POST /{plural}/new/draft`` and ``/{plural}/{id}/edit/draft``: keep what the form holds; ``_discard`` throws it
    away and leads back to the empty form.
    """
    spec = spec_of(plural)
    if record_id is not None:
        recordpage.read(spec.key, request.actor, record_id, related=False)
    door.require_right(spec, request.actor, "create" if record_id is None else "edit")
    quick = request.GET.get("quick") == "1"
    if request.POST.get("_discard"):
        drafts.forget(request, spec, record_id, quick=quick)
        back = f"/{plural}/new/" if record_id is None else f"{record_url(spec, record_id)}edit/"
        return HttpResponse(status=200) if quick else go(request, way_back(request, back))
    drafts.keep(request, spec, record_id, quick=quick)
    return HttpResponse(status=204)

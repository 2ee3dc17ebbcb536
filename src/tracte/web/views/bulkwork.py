"""A change to many records in the background: how far it is, stopping it, and what became of it."""

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from tracte.engine import bulk as bulks
from tracte.engine.bulk import Progress
from tracte.kernel.problems import NotFound
from tracte.records import undo
from tracte.web.addresses import spec_of
from tracte.web.bulkpages import work_page
from tracte.web.request import ActorRequest, with_actor


def _progress(request: ActorRequest, plural: str, set_id: int) -> Progress:
    """:raises NotFound: when there is no such work, or it is somebody else's."""
    found = bulks.progress_of(undo.find_set(set_id, request.actor))
    if found.entity != spec_of(plural).key:
        raise NotFound("change set")
    return found


@require_safe
@with_actor
def work(request: ActorRequest, plural: str, set_id: int) -> HttpResponseBase:
    """``GET /{plural}/bulk/{id}/``: how far it is, or the report."""
    return render(request, "list/bulk_work.html", work_page(request, _progress(request, plural, set_id)))


@require_safe
@with_actor
def progress(request: ActorRequest, plural: str, set_id: int) -> HttpResponseBase:
    """``GET /{plural}/bulk/{id}/progress``: the bar alone; when the work is over, the page is changed."""
    found = _progress(request, plural, set_id)
    if found.running:
        return render(request, "components/progress.html", work_page(request, found))
    answer = HttpResponse(status=200)
    answer["HX-Redirect"] = f"/{plural}/bulk/{set_id}/"
    return answer


@require_POST
@with_actor
def cancel(request: ActorRequest, plural: str, set_id: int) -> HttpResponseBase:
    """``POST /{plural}/bulk/{id}/cancel``: stop at the next chunk; what is done stays, and can be undone."""
    bulks.cancel(_progress(request, plural, set_id).changeset)
    return HttpResponseRedirect(f"/{plural}/bulk/{set_id}/")

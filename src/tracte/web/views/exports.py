"""The export page: ask for the rows of a list as a file, and fetch it when it is ready."""

from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from tracte.engine import downloads
from tracte.engine.attachments import attachment
from tracte.engine.downloads import Download
from tracte.kernel.actor import Level
from tracte.kernel.dates import show_datetime
from tracte.kernel.ids import encode
from tracte.kernel.problems import Forbidden, NotFound, Rejected
from tracte.meta.kinds.base import say
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records.tasks import api as tasks
from tracte.records.tasks.api import TaskState
from tracte.web import filters
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.list import number

FORMS = ("csv", "xlsx", "json")


@require_http_methods(["GET", "HEAD", "POST"])
@with_actor
def exports(request: ActorRequest) -> HttpResponseBase:
    """``/exports/``: ask for a file, and the files asked for in the last days."""
    specs = exportable(request)
    if not specs:
        raise Forbidden("export", "")
    if request.method != "POST":
        return render(request, "exports/page.html", _page(request, specs))
    entity = request.POST.get("entity", "")
    if entity not in registry():
        raise NotFound(entity)
    try:
        state = _state(request.POST.get("where", ""))
        made = downloads.begin(request.actor, entity, request.POST.get("format", ""), state)
    except Rejected as rejected:
        return render(
            request, "exports/page.html", _page(request, specs, rejected.problems[0].message), status=rejected.status
        )
    return HttpResponseRedirect(f"/exports/#x{encode(made.id)}")


def exportable(request: ActorRequest) -> list[EntitySpec]:
    """Entities the actor may export."""
    return [
        spec
        for spec in registry()
        if spec.declaration.area == "sell" and query.reach(spec, request.actor, "export") is not Level.NONE
    ]


def _state(where: str) -> dict[str, list[str]]:
    """What a list's address says; nothing when it shows everything."""
    return dict(filters.plain_params(QueryDict(where.removeprefix("?")))) if where.startswith("?") else {}


def _page(request: ActorRequest, specs: list[EntitySpec], problem: str = "") -> dict[str, Any]:
    asked = request.GET.get("entity", "") or request.POST.get("entity", "")
    where = request.GET.get("where", "") or request.POST.get("where", "")
    chosen = next((spec for spec in specs if spec.key == asked), specs[0])
    words = {"csv": _("CSV, for any program"), "xlsx": _("Excel"), "json": _("JSON")}
    return {
        "area": chosen.declaration.area,
        "module": chosen.key if asked else "",
        "title": _("Export"),
        "problem": problem,
        "specs": [
            {
                "key": spec.key,
                "label": say(spec.declaration.label_plural, request.context),
                "chosen": spec is chosen,
            }
            for spec in specs
        ],
        "forms": [{"value": form, "label": words[form], "chosen": form == "csv"} for form in FORMS],
        "where": where if where.startswith("?") else "",
        "only": chosen.key if where.startswith("?") and asked else "",
        "only_label": say(chosen.declaration.label_plural, request.context),
        "earlier": [line(request, one) for one in downloads.of(request.actor)],
    }


def line(request: ActorRequest, one: Download) -> dict[str, Any]:
    """One export of the list: under way, ready, or failed."""
    task = tasks.read(one.task) if one.task is not None else None
    result = (task.result or {}) if task is not None else {}
    ready = one.path.is_file() and (task is None or task.finished)
    failed = str(result.get("failed", ""))
    if task is not None and task.state in (TaskState.DEAD, TaskState.CANCELLED):
        failed = _("It could not be written. Ask for it again.")
    rows = int(result.get("rows", 0))
    told = ngettext("%(n)s row", "%(n)s rows", rows) % {"n": number(rows, request.context.language)} if ready else ""
    return {
        "id": encode(one.id),
        "name": one.name,
        "what": say(registry()[one.entity].declaration.label_plural, request.context),
        "when": show_datetime(one.begun_at, request.context.language, request.context.timezone, request.context.today),
        "url": f"/exports/{encode(one.id)}/file" if ready else "",
        "poll": "" if ready or failed else f"/exports/{encode(one.id)}/progress",
        "told": told,
        "failed": failed,
        "size": size_words(one.path.stat().st_size) if ready else "",
    }


def size_words(size: int) -> str:
    """A size in bytes for people: ``12 kB``."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(size // 1000, 1)} kB"


@require_GET
@with_actor
def progress(request: ActorRequest, download_id: str) -> HttpResponseBase:
    """``/exports/ID/progress``: its line again, asked for every second until it is ready."""
    one = downloads.find(download_id, request.actor)
    return render(request, "exports/line.html", {"one": line(request, one)})


@require_GET
@with_actor
def fetch(request: ActorRequest, download_id: str) -> HttpResponseBase:
    """``/exports/ID/file``: the file itself."""
    one = downloads.find(download_id, request.actor)
    if not one.path.is_file():
        raise NotFound("export")
    downloads.tell_fetched(request.actor, one.entity, one.name)
    return attachment(one.path, one.name)

"""The import pages: file, columns, preview, apply. Every step works without script; long work goes on by itself."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tracte.engine.attachments import attachment
from tracte.engine.importing import answers, deciding, drafts, fixing, pages, previews, saved, wizard
from tracte.engine.importing.choices import Choices, can_do_without, from_suggestions
from tracte.engine.importing.choices import without as without_value
from tracte.engine.importing.mending import Mended
from tracte.engine.importing.pages import KINDS, Draft
from tracte.engine.importing.readings import scenario_of
from tracte.engine.importing.spec import ASK, MAX_SCENARIO, ON_MATCH
from tracte.kernel.ids import decode
from tracte.kernel.problems import Forbidden, NotFound, Problem, Rejected
from tracte.meta.registry import registry
from tracte.records import door
from tracte.web.request import ActorRequest, is_fragment, with_actor
from tracte.web.views import import_columns, import_deciding, import_fixing, import_outcome, import_preview, import_sets
from tracte.web.views import import_pages as shown

MAX_FILES = 40
DraftView = Callable[[ActorRequest, Draft], HttpResponseBase]


def of_draft(view: DraftView) -> Callable[..., HttpResponseBase]:
    """Find the import an address names: the actor's own, with the right still there."""

    @with_actor
    @wraps(view)
    def wrapped(request: ActorRequest, set_id: int) -> HttpResponseBase:
        draft = pages.draft_of(set_id, request.actor)
        drafts.require_import(request.actor, draft.entity)
        return view(request, draft)

    return wrapped


def go(to: str) -> HttpResponseRedirect:
    """On to another step."""
    return HttpResponseRedirect(to)


# -- file ------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@with_actor
def start(request: ActorRequest) -> HttpResponseBase:
    """``/imports/``: send a file, or go on with an import under way."""
    specs = pages.importable(request.actor)
    if not specs:
        raise Forbidden("import", "")
    if request.method != "POST":
        return render(request, "imports/start.html", shown.start(request, specs, request.GET.get("entity", "")))
    entity = request.POST.get("entity", "")
    uploads = [file for file in request.FILES.getlist("file") if file.name][:MAX_FILES]
    try:
        return go(_begun(request, uploads, entity))
    except Rejected as rejected:
        problem = rejected.problems[0].message
    return render(request, "imports/start.html", shown.start(request, specs, entity, problem), status=422)


def _begun(request: ActorRequest, uploads: list[Any], entity: str) -> str:
    """Keep what was sent, and say where to go on. Nothing is kept of what cannot be read.

    :raises Rejected: what is wrong with it.
    """
    actor = request.actor
    scenarios = [file for file in uploads if str(file.name).lower().endswith(".toml")]
    files = [file for file in uploads if file not in scenarios]
    if not files:
        raise Rejected([Problem("file", "no_file")])
    if scenarios:
        if scenarios[0].size > MAX_SCENARIO:
            raise Rejected([Problem("file", "too_large", {"max": "4 MB"})])
        try:
            text = b"".join(scenarios[0].chunks()).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Rejected([Problem("file", "bad_encoding")]) from None
        set_id = wizard.begin_scenario(actor, text, {str(file.name): file.chunks() for file in files})
        wizard.preview(set_id, actor)
        return f"/imports/{set_id}/preview"
    if len(files) > 1:
        raise Rejected([Problem("file", "one_file")])
    if entity and entity not in registry():
        raise NotFound(entity)
    first = entity or pages.importable(actor)[0].key
    set_id = drafts.begin(actor, first, str(files[0].name), files[0].chunks())
    try:
        drafts.look_for_heading(set_id, actor)
        if not entity:
            drafts.set_entity(set_id, actor, wizard.likely_entity(set_id, actor, pages.importable(actor)))
        _guess(request, set_id)
    except Rejected:
        drafts.discard(set_id, actor)
        raise
    return f"/imports/{set_id}/file"


def _guess(request: ActorRequest, set_id: int) -> None:
    """Look at the file and accept every suggestion for a beginning."""
    found = wizard.inspect(set_id, request.actor)
    reading = pages.draft_of(set_id, request.actor).reading
    choices = from_suggestions(found.entity, found.filename, reading, found.suggestions, request.actor)
    drafts.remember(set_id, request.actor, choices.as_json())


@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def file_step(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``/imports/ID/file``: how the file was read; another encoding, separator, header row or sheet."""
    if draft.choices is None or not draft.open:
        return go(draft.url)
    if request.method != "POST":
        return _file_page(request, draft)
    before = draft.reading
    entity = request.POST.get("entity", draft.entity)
    drafts.set_options(draft.id, request.actor, **shown.read_reading(request.POST))
    try:
        if entity != draft.entity and any(spec.key == entity for spec in pages.importable(request.actor)):
            drafts.set_entity(draft.id, request.actor, entity)
        _guess(request, draft.id)
    except Rejected as rejected:
        drafts.set_options(draft.id, request.actor, **before)
        return _file_page(request, draft, rejected.problems[0].message)
    return go(draft.url + "file")


def _file_page(request: ActorRequest, draft: Draft, problem: str = "") -> HttpResponseBase:
    context = shown.file(request, draft, pages.sample(draft), problem)
    return render(request, "imports/file.html", context, status=422 if problem else 200)


# -- columns ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def columns(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``/imports/ID/columns``: where each column goes, and how rows find their records."""
    choices = draft.choices
    if choices is None or not draft.open:
        return go(draft.url)
    about = answers.asked(choices, pages.sample(draft).columns, request.actor)
    problem, wrong = draft.error, import_sets.NONE_WRONG
    if request.method == "POST":
        choices = answers.read(choices, request.POST.dict(), request.POST.getlist("match"), about)
        wrong = import_sets.read(choices, request.POST, about)
        drafts.remember(draft.id, request.actor, choices.as_json())
        if is_fragment(request) or any(request.POST.get(name) for name in ("again", "unset")):
            return render(
                request, "imports/columns.html", import_columns.columns(request, draft, choices, about, wrong=wrong)
            )
        try:
            if not wrong:
                _preview(request, draft, choices)
                return go(draft.url + "preview")
        except Rejected as rejected:
            problem = rejected.problems[0].message
    context = import_columns.columns(request, draft, choices, about, problem, wrong)
    return render(request, "imports/columns.html", context, status=422 if request.method == "POST" else 200)


def _preview(request: ActorRequest, draft: Draft, choices: Choices) -> None:
    """Have the preview made. :raises Rejected: when the choices make no import."""
    if not choices.used:
        raise Rejected([Problem(None, "columns_first")])
    drafts.remember(draft.id, request.actor, choices.as_json())
    wizard.use_scenario(draft.id, request.actor, scenario_of(choices))
    wizard.preview(draft.id, request.actor)


# -- preview ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@of_draft
def preview(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``/imports/ID/preview``: what would become of each row. A POST changes what happens to filled fields."""
    if request.method == "POST" and draft.open:
        if draft.choices is not None:
            if request.POST.get("on_match") in (*ON_MATCH, ASK):
                draft.choices.on_match = request.POST["on_match"]
            _preview(request, draft, draft.choices)
        else:
            wizard.preview(draft.id, request.actor)
        return go(draft.url + "preview")
    checking = draft.stage == "previewing"
    if checking and not draft.facts.get("sampled"):
        return render(request, "imports/working.html", import_outcome.working(request, draft))
    if draft.stage != "preview" and not checking:
        return go(draft.url) if draft.choices is not None or not draft.open else _not_made(request, draft)
    kind = request.GET.get("show", "")
    kind = kind if kind in KINDS else import_preview.first_tab(draft)
    rows = pages.rows(draft, kind, request.GET.get("after", ""), request.GET.get("before", ""))
    context = import_preview.preview(request, draft, kind, rows)
    if checking:
        context |= {"progress": import_outcome.working(request, draft)["progress"], "nothing": False}
        context["rows"] = [import_deciding.read_only(row) for row in context["rows"]]
    else:
        import_fixing.open_form(request, draft, context)
    return render(request, "imports/preview.html", context)


def _not_made(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """A scenario whose preview failed or was cancelled: say why, and offer another."""
    return render(request, "imports/report.html", import_outcome.report(request, draft))


@require_POST
@of_draft
def leave_out(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/leave-out``: leave a row out, or take it in again."""
    seq = _number(request.POST.get("row", ""))
    previews.leave_out(draft.id, request.actor, seq, request.POST.get("out") == "1")
    back = request.POST.get("back", "")
    return go(draft.url + "preview" + (back if back.startswith("?") else ""))


@require_POST
@of_draft
def decide(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/decide``: which fields of a row come from the file, or the same for a field of all rows."""
    back = request.POST.get("back", "")
    if draft.stage != "preview" or not draft.asked:
        raise Rejected([Problem("row", "bad_parameter", {"name": "row"})], status=400)
    field_key = request.POST.get("field")
    if field_key is not None:
        deciding.decide_for_all(draft.id, request.actor, field_key, request.POST.get("take", ""))
    else:
        seq = _number(request.POST.get("row", ""))
        deciding.decide(draft.id, request.actor, seq, import_deciding.read(request.POST))
        back += f"#r{seq}"
    return go(draft.url + "preview" + (back if back.startswith("?") else ""))


def _number(text: str) -> int:
    """:raises Rejected: for anything but the number of a row."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Rejected([Problem("row", "bad_parameter", {"name": "row"})], status=400)
    return int(text)


@require_POST
@of_draft
def mend(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/mend``: put new texts into cells of a row, or in place of a value in all rows."""
    seq = _number(request.POST.get("row", "") if draft.stage == "preview" else "")
    texts, everywhere = import_fixing.read(request.POST)
    line, pieces = import_fixing.read_line(request.POST), import_fixing.read_pieces(request.POST)
    try:
        if line is not None:
            became = fixing.mend_line(draft.id, request.actor, seq, line)
        elif pieces:
            became = fixing.mend_pieces(draft.id, request.actor, seq, pieces)
        else:
            became = fixing.mend(draft.id, request.actor, seq, texts, everywhere)
    except Rejected as rejected:
        messages.error(request, rejected.problems[0].message)
        return go(draft.url + "preview" + import_fixing.back_to("problem", seq))
    if everywhere:
        wizard.preview(draft.id, request.actor)
        return go(draft.url + "preview")
    messages.success(request, import_fixing.told(became))
    return go(draft.url + "preview" + import_fixing.back_to(became, seq))


@require_POST
@of_draft
def without(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/without``: bring rows in without the value that keeps them out."""
    field = request.POST.get("field", "")
    if draft.choices is None or draft.stage != "preview" or not can_do_without(draft.choices, field):
        raise Rejected([Problem("field", "bad_parameter", {"name": "field"})], status=400)
    _preview(request, draft, without_value(draft.choices, field))
    return go(draft.url + "preview")


# -- apply -----------------------------------------------------------------------------------------------------------
@require_POST
@of_draft
def apply(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/apply``: import now."""
    if draft.stage == "preview":
        wizard.apply(draft.id, request.actor)
    return go(draft.url + "report")


@require_GET
@of_draft
def report(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``/imports/ID/report``: how far it is, and what came of it."""
    if draft.open:
        return go(draft.url)
    if draft.busy:
        return render(request, "imports/working.html", import_outcome.working(request, draft))
    return render(request, "imports/report.html", import_outcome.report(request, draft))


@require_GET
@of_draft
def progress(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``/imports/ID/progress``: the bar alone, asked for every second; when the work is over, the page is changed."""
    if draft.busy:
        return render(request, "components/progress.html", import_outcome.working(request, draft))
    answer = HttpResponse(status=200)
    answer["HX-Redirect"] = draft.url
    return answer


@require_GET
@of_draft
def step(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``/imports/ID/``: where the import stands now."""
    names = {"file": "file", "columns": "columns", "previewing": "preview", "preview": "preview"}
    name = names.get(draft.stage, "report")
    return go(draft.url + ("preview" if draft.open and draft.choices is None else name))


@require_POST
@of_draft
def cancel(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/cancel``: stop the work under way at its next chunk."""
    wizard.cancel(draft.id, request.actor)
    return go(draft.url)


@require_POST
@of_draft
def undo(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/undo``: take the whole import back."""
    if draft.stage in ("done", "stopped", "failed"):
        wizard.take_back(draft.id, request.actor)
    return go(draft.url + "report")


@require_POST
@of_draft
def discard(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/discard``: throw a draft away with its upload."""
    if draft.open and not draft.busy:
        drafts.discard(draft.id, request.actor)
        messages.success(request, _("The upload was thrown away."))
    return go("/imports/")


# -- saved for the next file ------------------------------------------------------------------------------------------
@require_POST
@of_draft
def save(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/save``: keep what was chosen under a name."""
    if draft.choices is None:
        raise NotFound("scenario")
    name = request.POST.get("name", "").strip() or draft.file
    headers = drafts.table_of(draft.wizard).headers
    saved.save(request.actor, name, draft.choices, headers, Mended.from_json(draft.wizard.get("mended")))
    messages.success(
        request, _("Saved as “%(name)s”. It is offered for the next file with these columns.") % {"name": name}
    )
    return go(draft.url)


@require_POST
@of_draft
def use_saved(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``POST /imports/ID/use``: take what was saved for files with these columns, and go on to the preview."""
    one = saved.find(_record_id(request.POST.get("saved", "")), request.actor)
    drafts.set_entity(draft.id, request.actor, one.entity)
    headers = drafts.table_of(draft.wizard).headers
    choices = saved.fitted(one, draft.file, draft.reading, headers, request.actor)
    drafts.remember(draft.id, request.actor, choices.as_json())
    try:
        _preview(request, draft, choices)
    except (Rejected, Forbidden, NotFound):  # it names what this person may not fill: they choose anew
        return go(draft.url + "columns")
    return go(draft.url + "preview")


@require_POST
@with_actor
def change_saved(request: ActorRequest) -> HttpResponseBase:
    """``POST /imports/saved``: rename or delete what was saved."""
    one = saved.find(_record_id(request.POST.get("saved", "")), request.actor)
    if "delete" in request.POST:
        door.delete(request.actor, saved.ENTITY, one.id, origin="ui")
        messages.success(request, _("“%(name)s” was deleted.") % {"name": one.name})
    else:
        door.update(request.actor, saved.ENTITY, one.id, {"name": request.POST.get("name", "")}, origin="ui")
    return go("/imports/")


def _record_id(text: str) -> int:
    try:
        return decode(text)
    except ValueError:
        raise NotFound(saved.ENTITY) from None


# -- files to fetch --------------------------------------------------------------------------------------------------
@require_GET
@of_draft
def problems(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``/imports/ID/problems.csv``: the rows to mend, with their reasons; it can be imported again."""
    path = wizard.report(draft.id, request.actor)
    return attachment(path, "problems.csv")


@require_GET
@of_draft
def scenario(request: ActorRequest, draft: Draft) -> HttpResponseBase:
    """``/imports/ID/scenario.toml``: everything chosen, as a scenario that can be run again."""
    return attachment(wizard.text_of(draft.id, request.actor).encode(), "scenario.toml")

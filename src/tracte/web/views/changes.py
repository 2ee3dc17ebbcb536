"""Change sets: what was done, by whom, through which door, and taking it back."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tracte.engine import history, undoing
from tracte.engine.history import Deeds
from tracte.kernel.actor import Level
from tracte.kernel.problems import NotFound, Problem
from tracte.meta.kinds.base import say
from tracte.meta.registry import registry
from tracte.records import proposals, query, undo, witnessing
from tracte.records.changes import ChangeSet, State, shown_actor
from tracte.records.query import reach
from tracte.records.tasks import api as tasks
from tracte.web import recordparts as parts
from tracte.web.addresses import came_from, done, go, record_url, still_there
from tracte.web.cells import url_of
from tracte.web.request import ActorRequest, with_actor

HUES = {
    State.APPLIED: "green",
    State.PARTLY_APPLIED: "ochre",
    State.UNDONE: "stone",
    State.PARTLY_UNDONE: "ochre",
    State.FAILED: "rose",
    State.REJECTED: "stone",
    State.EXPIRED: "stone",
    State.CANCELLED: "stone",
    State.PROPOSED: "violet",
    State.APPLYING: "blue",
    State.DRAFT: "stone",
}
LISTED_CONFLICTS = 50
COUNTED = ("created", "updated", "deleted", "restored", "unchanged")


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def origin_words(origin: str) -> str:
    """The door it came through, for people."""
    return {
        "ui": _("On screen"),
        "api": _("API"),
        "import": _("Import"),
        "cli": _("Command line"),
        "task": _("Automatic"),
        "system": _("Automatic"),
    }.get(origin, origin)


def count_words(counts: dict[str, Any] | None) -> str:
    """``3 new, 12 changed`` in the reader's language."""
    known = counts or {}
    found = {name: int(known.get(name) or 0) for name in (*COUNTED, "problems")}
    words = {
        "created": ngettext("%(n)s new", "%(n)s new", found["created"]),
        "updated": ngettext("%(n)s changed", "%(n)s changed", found["updated"]),
        "deleted": ngettext("%(n)s deleted", "%(n)s deleted", found["deleted"]),
        "restored": ngettext("%(n)s restored", "%(n)s restored", found["restored"]),
        "unchanged": ngettext("%(n)s unchanged", "%(n)s unchanged", found["unchanged"]),
        "problems": ngettext("%(n)s problem", "%(n)s problems", found["problems"]),
    }
    return ", ".join(words[name] % {"n": count} for name, count in found.items() if count)


def name_of(changeset: ChangeSet) -> str:
    """What the set is called: its title, else what it did to what."""
    if changeset.undo_of_id:
        return _("Undo: %(title)s") % {"title": changeset.title or f"{changeset.undo_of_id}"}
    if changeset.title:
        return str(changeset.title)
    by_entity = (changeset.counts or {}).get("by_entity") or {}
    names = [str(registry()[key].declaration.label_plural) for key in by_entity if key in registry()]
    return ", ".join(names) or origin_words(changeset.origin)


def _line(request: ActorRequest, changeset: ChangeSet, subject: str = "") -> dict[str, Any]:
    own = witnessing.all_seen(changeset, request.actor)
    return {
        "url": f"/changes/{changeset.pk}/",
        "title": subject if subject and not changeset.undo_of_id else name_of(changeset),
        "what": name_of(changeset) if subject else "",
        "state": changeset.get_state_display(),
        "hue": HUES.get(State(changeset.state), "stone"),
        "who": shown_actor(changeset.actor_name),
        "when": parts.moment(changeset.created_at, request.context, whole=True),
        "origin": origin_words(changeset.origin),
        "counts": count_words(changeset.counts),
        "undo_url": f"/changes/{changeset.pk}/undo" if own and history.may_undo(changeset) else "",
    }


@require_safe
@with_actor
def change_list(request: ActorRequest) -> HttpResponseBase:
    """``GET /changes/``: the reader's own change sets; with ``all`` everybody's, as far as they may see it."""
    actor = request.actor
    others = witnessing.witnesses(actor)
    everybody = others and request.GET.get("all") == "1"
    found, more = history.sets(actor, everybody=everybody, before=_number(request.GET.get("before", "")))
    about = history.subjects(found, actor)
    suffix = "all=1&" if everybody else ""
    tabs = [{"label": _("Mine"), "url": "/changes/", "current": not everybody}]
    if others:
        tabs.append({"label": _("Everybody's"), "url": "/changes/?all=1", "current": everybody})
    context = {
        "area": "home",
        "title": _("Changes"),
        "tabs": tabs,
        "rows": [_line(request, one, about.get(one.pk, "")) for one in found],
        "everybody": everybody,
        "next_url": f"?{suffix}before={more}" if more else "",
    }
    return render(request, "changes/list.html", context)


@require_safe
@with_actor
def change_page(request: ActorRequest, set_id: int) -> HttpResponseBase:
    """``GET /changes/{id}/``: what one change set did."""
    changeset = witnessing.look_at(set_id, request.actor)
    deeds = history.deeds(changeset, request.actor, _number(request.GET.get("before", "")))
    undone_by = ChangeSet.objects.filter(undo_of=changeset).order_by("-id").values_list("pk", flat=True).first()
    running = changeset.state == State.APPLYING
    line = _line(request, changeset, history.subjects([changeset], request.actor).get(set_id, ""))
    context = {
        "area": "home",
        "title": line["title"],
        "set": line,
        "running": running or _task_progress(request, set_id) is not None,
        "progress": _task_progress(request, set_id) or {
            "url": f"/changes/{set_id}/",
            "title": _("Applying"),
            "done": changeset.done,
            "total": changeset.total or max(changeset.done, 1),
            "text": _("%(done)s of %(total)s") % {"done": changeset.done, "total": changeset.total or "…"},
        },
        "undo_of": changeset.undo_of_id,
        "undone_by": undone_by,
        "proposed": changeset.state == State.PROPOSED and proposals.may_decide(changeset, request.actor),
        "created": [_created(request, one) for one in deeds.created],
        "touched": touched_rows(request, deeds),
        "unseen": ngettext(
            "One more record you may not see.", "%(n)s more records you may not see.", deeds.unseen
        ) % {"n": deeds.unseen} if deeds.unseen else "",
        "next_url": f"?before={deeds.more}" if deeds.more else "",
    }  # fmt: skip
    return render(request, "changes/page.html", context)


def _task_progress(request: ActorRequest, set_id: int) -> dict[str, Any] | None:
    """How the undo in the background stands, while it is not finished."""
    asked = _number(request.GET.get("task", ""))
    report = tasks.read(asked) if asked else None
    if report is None or report.finished or report.actor_id != request.actor.user_id:
        return None
    return {
        "url": f"/changes/{set_id}/?task={asked}",
        "title": _("Undoing"),
        "done": report.done,
        "total": report.total or max(report.done, 1),
        "text": _("%(done)s of %(total)s") % {"done": report.done, "total": report.total or "…"},
    }


def _created(request: ActorRequest, one: history.Created) -> dict[str, Any]:
    rest = one.count - len(one.titles)
    return {
        "label": say(one.spec.declaration.label_plural, request.context),
        "count": one.count,
        "person": one.spec.declaration.avatar == "who",
        "items": [
            {"title": t.title or one.spec.key, "url": url_of(t.entity, t.id) or record_url(one.spec, t.id)}
            for t in one.titles
        ],
        "rest": ngettext("and one more", "and %(n)s more", rest) % {"n": rest} if rest > 0 else "",
    }


def touched_rows(request: ActorRequest, deeds: Deeds) -> list[dict[str, Any]]:
    """Rows for ``components/change_rows.html``."""
    context = replace(request.context, titles=deeds.titles)
    words = {"update": _("Updated"), "delete": _("Moved to the bin"), "restore": _("Taken out of the bin")}
    rows = []
    for at, one in enumerate(deeds.touched, 1):
        binned = deeds.titles.get(one.id) and deeds.titles[one.id].extra.get("binned")
        rows.append(
            {
                "number": at,
                "kind": "bad" if one.verb == "delete" else "new" if one.verb == "restore" else "upd",
                "word": words.get(one.verb, one.verb),
                "title": one.title or say(one.spec.declaration.label, context),
                "sign": "person" if one.spec.declaration.avatar == "who" else "org",
                "url": "" if binned else record_url(one.spec, one.id),
                "text": "" if one.verb == "update" else words.get(one.verb, ""),
                "diffs": [
                    {
                        "label": say(f.kind.label, context),
                        "before": parts.value_text(f.kind, f.before, context),
                        "after": parts.value_text(f.kind, f.after, context),
                    }
                    for f in one.fields
                ],
            }
        )
    return rows


# -- taking back -----------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@with_actor
def undo_set(request: ActorRequest, set_id: int) -> HttpResponseBase:
    """``GET``: what would go back and what would stay, and why; ``POST``: take it back.

    ``force`` overwrites what changed since, ``with_dependants`` bins what was added since.
    """
    actor = request.actor
    changeset = undo.find_set(set_id, actor)
    asked = request.POST if request.method == "POST" else request.GET
    force, dependants = asked.get("force") == "1", asked.get("with_dependants") == "1"
    large = undoing.waits_for_worker(changeset)
    if large and request.method == "POST":
        task = undoing.later(changeset, actor, force=force, with_dependants=dependants)
        return go(request, f"/changes/{set_id}/?task={task}")
    if large:
        whole = undo.UndoResult(None, undone=undoing.size_of(changeset))
        return render(request, "changes/undo.html", _preview(request, changeset, whole, force, dependants, large=True))
    if request.method != "POST":
        result = undo.run(set_id, actor, dry_run=True, force=force, with_dependants=dependants)
        return render(request, "changes/undo.html", _preview(request, changeset, result, force, dependants))
    result = undo.run(set_id, actor, force=force, with_dependants=dependants)
    words = ngettext("Undone: one record is as before", "Undone: %(n)s records are as before", result.undone)
    if result.conflict_count:
        kept = ngettext("one thing was kept", "%(n)s things were kept", result.conflict_count)
        text = f"{words % {'n': result.undone}}; {kept % {'n': result.conflict_count}}"
        messages.warning(request, text)
        return go(request, f"/changes/{result.set_id or set_id}/")
    done(request, words % {"n": result.undone}, result.set_id)
    return go(request, still_there(request, came_from(request, f"/changes/{set_id}/")))


def _preview(
    request: ActorRequest,
    changeset: ChangeSet,
    result: undo.UndoResult,
    force: bool,
    dependants: bool,
    *,
    large: bool = False,
) -> dict[str, Any]:
    wanted: dict[str, set[int]] = {}
    for one in result.conflicts[:LISTED_CONFLICTS]:
        if one.entity in registry() and reach(registry()[one.entity], request.actor, "view") > Level.NONE:
            wanted.setdefault(one.entity, set()).add(one.id)
    titles = {pk: t for entity, ids in wanted.items() for pk, t in query.titles(entity, ids, request.actor).items()}
    conflicts = []
    for one in result.conflicts[:LISTED_CONFLICTS]:
        spec = registry().entities.get(one.entity)
        kind = spec.fields.get(one.field) if spec and one.field else None
        hidden = spec is None or (one.field is not None and request.actor.hides(spec.key, one.field))
        known = titles.get(one.id)
        conflicts.append(
            {
                "title": known.title if known else _("A record you may not see"),
                "url": url_of(one.entity, one.id) if known else "",
                "field": say(kind.label, request.context) if kind and not hidden else "",
                "why": Problem(None, one.code).message,
            }
        )
    codes = {one.code for one in result.conflicts}
    return {
        "area": "home",
        "title": _("Undo: %(title)s") % {"title": name_of(changeset)},
        "set": _line(request, changeset),
        "undone": result.undone,
        "kept": result.conflict_count,
        "conflicts": conflicts,
        "large": large,
        "offer_force": large or "changed_since" in codes or force,
        "offer_dependants": large or "has_later_records" in codes or dependants,
        "force": force,
        "with_dependants": dependants,
        "action": f"/changes/{changeset.pk}/undo",
    }


# -- proposals -------------------------------------------------------------------------------------------------------
@require_POST
@with_actor
def decide(request: ActorRequest, set_id: int, verdict: str) -> HttpResponseBase:
    """``POST /changes/{id}/apply`` or ``/reject``: decide on a proposal."""
    changeset = undo.find_set(set_id, request.actor)
    if changeset.state != State.PROPOSED and verdict not in ("apply", "reject"):
        raise NotFound("change set")
    if verdict == "apply":
        proposals.apply(set_id, request.actor)
        done(request, _("Applied"), set_id)
    else:
        proposals.reject(set_id, request.actor)
        done(request, _("Rejected; nothing was changed"), None)
    return go(request, f"/changes/{set_id}/")

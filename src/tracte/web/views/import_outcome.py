"""What the pages of an import under way, and of one that is over, show."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tracte.engine.importing.pages import BAD, NEW, SAME, UPDATED, Draft
from tracte.meta.kinds.base import say
from tracte.meta.registry import registry
from tracte.web.request import ActorRequest
from tracte.web.views.import_pages import counted, frame
from tracte.web.views.import_preview import tabs


def working(request: ActorRequest, draft: Draft) -> dict[str, Any]:
    """A bar for the work under way."""
    task = draft.task
    done, total = draft.progress
    heads = {
        "previewing": _("Looking at every row"),
        "applying": _("Importing"),
        "undoing": _("Taking the import back"),
    }
    stopping = task is not None and task.cancel_requested
    text = _("%(done)s of %(total)s rows") % {"done": counted(done, request), "total": counted(total, request)}
    if not done or not total:
        text = _("About to begin") if task is None or task.started_at is None else _("At work")
    return {
        **frame(request, draft, 2 if draft.stage == "previewing" else 3),
        "stage": draft.stage,
        "progress": {
            "url": draft.url + "progress",
            "title": heads.get(draft.stage, ""),
            "done": done,
            "total": total or 1,
            "text": _("Stopping …") if stopping else text,
            "finished": False,
            "cancel_url": "" if draft.stage == "undoing" or stopping else draft.url + "cancel",
        },
    }


def report(request: ActorRequest, draft: Draft) -> dict[str, Any]:
    """What came of an import, or why it stands still."""
    counts, kinds, changeset = draft.counts, draft.by_kind, draft.changeset
    total = changeset.total or changeset.done
    spec = registry()[draft.entity] if draft.choices is not None else None
    undone = (draft.task.result or {}) if draft.stage == "undone" and draft.task is not None else {}
    notes = {NEW: _("created"), UPDATED: _("changed"), SAME: _("nothing to do"), BAD: _("left out")}
    return {
        **frame(request, draft, 4 if draft.stage in ("done", "undone") else 3),
        "stage": draft.stage,
        "tabs": tabs(request, kinds, notes),
        "parts": list(kinds.items()),
        "parts_words": ", ".join(f"{count} {notes[kind]}" for kind, count in kinds.items()),
        "written": counts["created"] + counts["updated"],
        "done_words": counted(changeset.done, request),
        "total_words": counted(total, request),
        "warnings": counts["warnings"],
        "warnings_shown": counted(counts["warnings"], request),
        "problems_url": bool(counts["problems"] or counts["warnings"]),
        "failed": draft.error,
        "kept": int(undone.get("kept", 0)),
        "kept_shown": counted(int(undone.get("kept", 0)), request),
        "by_entity": _by_entity(request, counts),
        "list_url": f"/{spec.plural}/?sort=-id" if spec is not None else "/",
        "list_label": say(spec.declaration.label_plural, request.context) if spec is not None else _("Home"),
        "changes_url": f"/changes/{draft.id}/" if not draft.open else "",
        "saved": bool(draft.wizard.get("scenario")),
    }


def _by_entity(request: ActorRequest, counts: Mapping[str, Any]) -> list[dict[str, str]]:
    """What was created and changed, by kind of record, when there are several."""
    names = ("created", "updated", "unchanged", "problems")
    found = [
        {
            "label": say(registry()[entity].declaration.label_plural, request.context),
            **{name: counted(int(mine.get(name, 0)), request) for name in names},
        }
        for entity, mine in counts.get("by_entity", {}).items()
        if entity in registry()
    ]
    return found if len(found) > 1 else []

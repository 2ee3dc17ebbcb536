"""What the preview of an import shows: what would become of each row."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine.importing import answers, pages, sets
from tracte.engine.importing.choices import EXTERNAL, can_do_without
from tracte.engine.importing.fixing import fixable
from tracte.engine.importing.pages import BAD, KINDS, NEW, SAME, UPDATED, Draft, Page
from tracte.engine.importing.previews import PreviewRow
from tracte.engine.importing.staging import label_of
from tracte.meta.kinds.base import say
from tracte.meta.registry import EntitySpec, registry
from tracte.web.request import ActorRequest
from tracte.web.views import import_deciding
from tracte.web.views.import_columns import on_match_choices
from tracte.web.views.import_pages import counted, frame, lower


def first_tab(draft: Draft) -> str:
    """The tab to open: changes to what is here first, for they ask for most care."""
    return next((kind for kind in (UPDATED, NEW, BAD, SAME) if draft.by_kind[kind]), NEW)


def tabs(request: ActorRequest, counts: Mapping[str, int], notes: Mapping[str, str]) -> list[dict[str, Any]]:
    """New, Updated, Unchanged, Problems."""
    labels = {NEW: _("New"), UPDATED: _("Updated"), SAME: _("Unchanged"), BAD: _("Problems")}
    return [
        {"kind": kind, "label": labels[kind], "count": counted(counts[kind], request), "note": notes[kind]}
        for kind in KINDS
    ]


def preview(request: ActorRequest, draft: Draft, kind: str, page: Page) -> dict[str, Any]:
    """What would become of the rows, one kind at a time."""
    here, counts, facts = draft.url + "preview", draft.by_kind, draft.facts
    fields = int(facts.get("overwritten", 0)) + int(facts.get("filled", 0))
    changing = ngettext("%(n)s field changes", "%(n)s fields change", fields) % {"n": counted(fields, request)}
    notes = {
        NEW: _("will be created"),
        UPDATED: changing if counts[UPDATED] else _("none"),
        SAME: _("nothing to do"),
        BAD: _("left out until fixed"),
    }
    heads = [
        {**tab, "url": f"{here}?show={tab['kind']}", "current": tab["kind"] == kind}
        for tab in tabs(request, counts, notes)
    ]
    changes = counts[NEW] + counts[UPDATED] - draft.left_out - int(draft.deciding["rows"])
    total = int(facts.get("lines", 0) if len(draft.counts.get("by_entity", {})) > 1 else 0) or sum(counts.values())
    context = frame(request, draft, 2)
    rows_words = ngettext("%(n)s row", "%(n)s rows", total) % {"n": counted(total, request)}
    back = f"?show={kind}" + (f"&after={page.rows[0].seq - 1}" if page.rows and page.before is not None else "")
    kept = pages.kept(draft, kind)
    return {
        **context,
        "sub": f"{context['sub']}, {rows_words}",
        "notes": [*_how_far(request, draft), *facts.get("notes", [])[:6]],
        "tabs": heads,
        "rows": [_row(one, kind, request, back, draft) for one in page.rows],
        "what": context["spec_label"],
        "matched": _matched_by(request, draft),
        "count_words": ngettext("%(n)s row", "%(n)s rows", counts[kind]) % {"n": counted(counts[kind], request)},
        "only_first": counted(kept, request) if counts[kind] > kept and page.after is None else "",
        "previous_url": f"{here}?show={kind}&before={page.before}" if page.before is not None else "",
        "next_url": f"{here}?show={kind}&after={page.after}" if page.after is not None else "",
        "shown": "",
        "bad_rows": bool(counts[BAD] or draft.counts["warnings"]),
        "parts": list(counts.items()),
        "parts_words": ", ".join(f"{tab['count']} {lower(str(tab['label']))}" for tab in heads),
        "totals": _totals(request, draft),
        "reasons": [_reason(draft, reason, request) for reason in facts.get("reasons", [])],
        "on_match": on_match_choices(draft.choices) if draft.choices is not None and draft.choices.match else [],
        "apply_label": ngettext("Apply %(n)s change", "Apply %(n)s changes", changes)
        % {"n": counted(changes, request)},
        "also_set": _also_set(request, draft),
        "for_all": import_deciding.for_all(request, draft),
        "beyond": import_deciding.beyond(request, draft),
        "back": back,
        "nothing": changes < 1,
        "empty": _empty(kind),
    }


def _also_set(request: ActorRequest, draft: Draft) -> list[tuple[str, str]]:
    """What new records get besides, as label and text."""
    if draft.choices is None or not draft.choices.sets:
        return []
    return sets.shown(draft.choices, answers.asked(draft.choices, {}, request.actor))


def _reason(draft: Draft, reason: Sequence[Any], request: ActorRequest) -> dict[str, Any]:
    """Why rows are left out, and whether they could come in without the field that is wrong."""
    what, how, *field, count = reason
    name = str(field[0]) if field else ""
    may = draft.choices is not None and bool(name) and can_do_without(draft.choices, name)
    return {"what": what, "how": how, "count": counted(count, request), "field": name if may else ""}


def _how_far(request: ActorRequest, draft: Draft) -> list[str]:
    """What the preview of a large import does not know."""
    sampled = int(draft.facts.get("sampled", 0))
    if sampled:
        told = {"n": counted(sampled, request), "total": counted(int(draft.facts.get("of", 0)), request)}
        if draft.busy:
            return [_("These are the first %(n)s of %(total)s rows. All of them are being checked.") % told]
        return [_("Only the first %(n)s of %(total)s rows were checked; the import checks each of them.") % told]
    if not draft.facts.get("checked_only"):
        return []
    total = counted(sum(draft.by_kind.values()), request)
    return [
        _(
            "All %(total)s rows were checked one by one, but not tried: what one row changes for a later one, such as "
            "two rows about the same new record, may still come out otherwise. The import checks every row again."
        )
        % {"total": total}
    ]


def _empty(kind: str) -> str:
    return {
        NEW: _("No row makes a new record."),
        UPDATED: _("No row changes a record that is here."),
        SAME: _("No row is the same as a record that is here."),
        BAD: _("No row has a problem."),
    }[kind]


def _matched_by(request: ActorRequest, draft: Draft) -> str:
    choices = draft.choices
    if choices is None:
        return ""
    if not choices.match:
        return _("nothing: every row is new")
    if choices.match == [EXTERNAL]:
        return _("its number in %(system)s") % {"system": choices.system}
    spec = registry()[choices.entity]
    return ", ".join(lower(label_of(spec, name, request.context)) for name in choices.match)


def _totals(request: ActorRequest, draft: Draft) -> list[dict[str, Any]]:
    """What will happen, in numbers."""
    lines: list[dict[str, Any]] = []
    for entity, counts in draft.counts.get("by_entity", {}).items():
        things = say(registry()[entity].declaration.label_plural, request.context)
        for name, words in (("created", _("%(things)s created")), ("updated", _("%(things)s changed"))):
            if counts[name]:
                lines.append({"label": words % {"things": things}, "count": counted(counts[name], request)})
    facts, rows = draft.facts, draft.by_kind
    over = int(facts.get("overwritten", 0)) - int(draft.deciding["over"])
    filled = int(facts.get("filled", 0)) - int(draft.deciding["unfilled"])
    lines.append({"label": _("Fields overwritten"), "count": counted(over, request), "warn": over > 0})
    lines.append({"label": _("Empty fields filled"), "count": counted(filled, request)})
    lines.append({"label": _("Left as they are"), "count": counted(rows[SAME] + rows[BAD], request)})
    if draft.counts["warnings"]:
        lines.append({"label": _("With a warning"), "count": counted(draft.counts["warnings"], request)})
    if draft.later_problems:
        lines.append({"label": _("Links not found"), "count": counted(draft.later_problems, request), "warn": True})
    if draft.left_out:
        lines.append({"label": _("Left out by you"), "count": counted(draft.left_out, request)})
    return lines


def _row(one: PreviewRow, kind: str, request: ActorRequest, back: str, draft: Draft) -> dict[str, Any]:
    words = {NEW: _("New"), UPDATED: _("Updated"), SAME: _("Unchanged"), BAD: _("Problem")}
    spec = registry()[one.entity]
    wrong = [problem for problem in one.problems if not problem["warning"]]
    row: dict[str, Any] = {
        "seq": one.seq,
        "number": one.row,
        "kind": kind,
        "word": words[kind],
        "title": one.title or _("(no name)"),
        "sign": "person" if spec.declaration.avatar == "who" else "org",
        "url": one.url,
        "warning": " ".join(why(problem) for problem in one.problems if problem["warning"]),
        "why": " ".join(why(problem) for problem in wrong),
        "fix": " ".join(dict.fromkeys(problem["how"] for problem in wrong if problem["how"])),
    }
    if kind == UPDATED:
        row["decide"] = import_deciding.row(one, draft, request, back)
        asked = one.asks if row["decide"] else ()
        row["diffs"] = [
            {"label": label_of(spec, name, request.context), "before": before, "after": after}
            for name, (before, after) in one.diff.items()
            if name not in asked
        ]
    if kind == NEW:
        row["text"] = _new_text(one, spec, request)
    if one.more:
        row["more"] = ", ".join(one.more)
    if fixable(one):
        place = back.partition("&")[2]
        url = f"?show={kind}{'&' + place if place else ''}&fix={one.seq}#r{one.seq}"
        row["action"] = {"label": _("Fix"), "url": url, "quiet": kind != BAD}
    if spec.key != draft.entity:
        row["text"] = " · ".join(filter(None, [say(spec.declaration.label, request.context), str(row.get("text", ""))]))
    if one.what == "skipped":
        row["text"] = _("Left out, as the import says.")
    if kind in (NEW, UPDATED):
        label = _("Take in") if one.left_out else _("Leave out")
        row["leave"] = {"row": one.seq, "back": back, "label": label, "out": one.left_out}
    return row


def why(problem: Mapping[str, Any]) -> str:
    """What is wrong, with the field and what the file holds there."""
    if not problem["label"]:
        return str(problem["what"])
    if not problem["value"]:
        return f"{problem['label']}: {problem['what']}"
    return _("%(field)s “%(value)s”: %(what)s") % {
        "field": problem["label"],
        "value": problem["value"],
        "what": problem["what"],
    }


def _new_text(one: PreviewRow, spec: EntitySpec, request: ActorRequest) -> str:
    """A few values of a record that would be made, so that one sees which it is."""
    named = {name: after for name, (_before, after) in one.diff.items() if after}
    told = [_("%(n)s fields filled") % {"n": counted(len(named), request)}] if named else []
    skipped = {*spec.title_fields, "pipeline", "kind", "created_by", "modified_by"}
    shown = [
        f"{label_of(spec, name, request.context)} {text[:40]}" for name, text in named.items() if name not in skipped
    ]
    return " · ".join([*told, *shown[:3]])

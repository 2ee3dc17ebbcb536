"""What the import pages show."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine.importing import answers, guess, pages, wizard
from tracte.engine.importing.answers import Asked
from tracte.engine.importing.choices import EXTERNAL, MAX_USES, Choices, Use, matchable
from tracte.engine.importing.pages import BAD, KINDS, NEW, SAME, UPDATED, Draft, Page, Sample
from tracte.engine.importing.staging import label_of
from tracte.engine.importing.wizard import PreviewRow
from tracte.kernel.dates import show_datetime
from tracte.kernel.messages import message_for
from tracte.meta.kinds.base import say
from tracte.meta.registry import EntitySpec, registry
from tracte.web.request import ActorRequest
from tracte.web.views.list import number

SHOWN_ROWS, SHOWN_COLUMNS = 8, 40
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "iso-8859-15", "cp1250", "utf-16")
DELIMITERS = (",", ";", "\t", "|")


# -- what every step shows -------------------------------------------------------------------------------------------
def frame(request: ActorRequest, draft: Draft | None, step: int) -> dict[str, Any]:
    """Head, steps and place in the menu. :param step: 0 File, 1 Columns, 2 Preview, 3 Apply; 4 when all is done."""
    spec = registry()[draft.entity] if draft is not None and draft.choices is not None else None
    words = [_("File"), _("Columns"), _("Preview"), _("Apply")]
    if draft is not None and draft.choices is None:
        words.pop(1)
        step = max(step - 1, 0) if step > 1 else step
    title = (
        _("Import %(things)s") % {"things": lower(say(spec.declaration.label_plural, request.context))}
        if spec
        else (_("Import"))
    )
    return {
        "area": spec.declaration.area if spec else "sell",
        "module": spec.key if spec else "",
        "title": title,
        "sub": draft.changeset.title if draft is not None and spec is None else draft.file if draft is not None else "",
        "steps": [{"label": word, "done": at < step, "current": at == step} for at, word in enumerate(words)],
        "here": draft.url if draft is not None else "/imports/",
        "draft": draft,
        "spec_label": say(spec.declaration.label, request.context) if spec else _("Record"),
    }


def lower(text: str) -> str:
    """A label inside a sentence."""
    return text[:1].lower() + text[1:]


def counted(count: int, request: ActorRequest) -> str:
    return number(count, request.context.language)


# -- file ------------------------------------------------------------------------------------------------------------
def start(request: ActorRequest, specs: Sequence[EntitySpec], entity: str, problem: str = "") -> dict[str, Any]:
    """The first page: a place to drop a file, and imports begun before."""
    chosen = entity if any(spec.key == entity for spec in specs) else specs[0].key
    spec = registry()[chosen]
    return {
        **frame(request, None, 0),
        "area": spec.declaration.area,
        "module": chosen if entity else "",
        "specs": [
            {"key": one.key, "label": say(one.declaration.label_plural, request.context), "chosen": one.key == chosen}
            for one in specs
        ],
        "problem": problem,
        "earlier": [_earlier(request, pages.draft(one)) for one in wizard.mine(request.actor)],
        "max_size": wizard.MAX_UPLOAD // 1024**2,
    }


def _earlier(request: ActorRequest, draft: Draft) -> dict[str, Any]:
    context, counts = request.context, draft.counts
    told = ""
    if not draft.open:
        told = _("%(new)s new, %(updated)s updated, %(problems)s left out") % {
            "new": counted(counts["created"], request),
            "updated": counted(counts["updated"], request),
            "problems": counted(counts["problems"], request),
        }
    label = registry()[draft.entity].declaration.label_plural if draft.entity in registry() else draft.entity
    return {
        "url": draft.url,
        "title": draft.file if draft.choices is not None else draft.changeset.title,
        "what": say(label, context) if draft.choices is not None else _("By a scenario"),
        "when": show_datetime(draft.changeset.created_at, context.language, context.timezone, context.today),
        "state": STAGES[draft.stage][0],
        "hue": STAGES[draft.stage][1],
        "told": told,
    }


class _Stages(dict[str, tuple[str, str]]):
    """Words and hue of every stage, in the reader's language."""

    def __missing__(self, stage: str) -> tuple[str, str]:
        words = {
            "file": (_("Reading the file"), "stone"),
            "columns": (_("Choosing columns"), "stone"),
            "previewing": (_("Being previewed"), "blue"),
            "preview": (_("Ready to apply"), "ochre"),
            "applying": (_("Being applied"), "blue"),
            "stopped": (_("Stopped"), "rose"),
            "done": (_("Applied"), "green"),
            "undoing": (_("Being undone"), "blue"),
            "undone": (_("Undone"), "stone"),
            "failed": (_("Not finished"), "rose"),
        }
        return words[stage]


STAGES = _Stages()


def file(request: ActorRequest, draft: Draft, found: Sample, problem: str = "") -> dict[str, Any]:
    """How the file was read, with its first rows and what each column looks like."""
    choices = draft.choices
    assert choices is not None  # noqa: S101  the view looked
    table = found.table
    uses = {use.header: use for use in choices.uses}
    about = answers.asked(choices, found.columns, request.actor)
    heads = [{"name": name, "looks": _looks(uses.get(name), about)} for name in table.headers[:SHOWN_COLUMNS]]
    rows = [
        {"number": row.number, "cells": [_short(cell) for cell in row.cells[:SHOWN_COLUMNS]]}
        for row in found.rows
        if row.fault is None
    ]
    facts = table.facts
    faults = [(row.number, row.fault) for row in found.rows if row.fault is not None]
    unreadable = [f"{at}: {message_for(fault.code, fault.params)}" for at, fault in faults]
    sheets = [(one, one) for one in facts.get("sheets", "").split(", ") if one]
    found_out = _("Found out: %(name)s")
    encodings = [("auto", found_out % {"name": facts.get("encoding", "")}), *((one, one) for one in ENCODINGS)]
    delimiters = [("auto", found_out % {"name": _delimiter(facts.get("delimiter", ""))})]
    delimiters += [(one, _delimiter(one)) for one in DELIMITERS]
    return {
        **frame(request, draft, 0),
        "problem": problem,
        "heads": heads,
        "rows": rows[:SHOWN_ROWS],
        "more_columns": max(len(table.headers) - SHOWN_COLUMNS, 0),
        "facts": _facts(request, table.facts, table.count(), len(table.headers)),
        "odd": [message_for(note.fault.code, note.fault.params) for note in table.notes[:5]],
        "bad": unreadable[:5],
        "is_text": "encoding" in facts,
        "encodings": _options(encodings, choices.reading.get("encoding", "auto")),
        "delimiters": _options(delimiters, choices.reading.get("delimiter", "auto")),
        "sheets": _options(sheets, str(choices.reading.get("sheet", "") or facts.get("sheet", ""))),
        "header_row": choices.reading.get("header_row", 1),
    }


def _short(cell: Any) -> str:
    return ("" if cell is None else str(cell))[:80]


def _options(pairs: Sequence[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "chosen": value == chosen} for value, label in pairs]


def _delimiter(mark: str) -> str:
    names = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "tab": _("tab"), "|": _("bar")}
    return names.get(mark, mark)


def _facts(request: ActorRequest, facts: Mapping[str, str], rows: int, columns: int) -> str:
    counted_rows = ngettext("%(n)s row", "%(n)s rows", rows) % {"n": counted(rows, request)}
    counted_columns = ngettext("%(n)s column", "%(n)s columns", columns) % {"n": counted(columns, request)}
    told = [counted_rows, counted_columns]
    if "delimiter" in facts:
        told.append(_("separated by %(mark)s") % {"mark": _delimiter(facts["delimiter"])})
        told.append(_("written in %(encoding)s") % {"encoding": facts["encoding"].upper()})
    if "sheet" in facts:
        told.append(_("sheet %(name)s") % {"name": facts["sheet"]})
    return ", ".join(told)


def _looks(use: Use | None, about: Asked) -> str:
    """What a column looks like: dates by their order, numbers by their marks."""
    if use is None or not use.to:
        return ""
    values = about.columns.get(use.header, ())
    if use.format:
        return next((label for form, label in answers.date_choices(use, values) if form == use.format), "")
    if use.decimal:
        return _("numbers like %(example)s") % {"example": use.decimal}
    kind = about.fields.get(use.to)
    return {"email": _("e-mails"), "phone": _("phone numbers"), "url": _("web addresses")}.get(
        kind.key if kind else "", ""
    )


def read_reading(data: Mapping[str, str]) -> dict[str, Any]:
    """How to read the file, as the form says; what is not offered is not taken."""
    encoding, delimiter = data.get("encoding", "auto"), data.get("delimiter", "auto")
    head = data.get("header_row", "1")
    row = min(int(head), 1000) if head.isascii() and head.isdigit() and len(head) < 5 else 1
    return {
        "encoding": encoding if encoding in ENCODINGS else "",
        "delimiter": delimiter if delimiter in DELIMITERS else "",
        "header_row": row if row != 1 else "",
        "sheet": data.get("sheet", "")[:120],
    }


# -- columns ---------------------------------------------------------------------------------------------------------
def columns(request: ActorRequest, draft: Draft, choices: Choices, about: Asked, problem: str = "") -> dict[str, Any]:
    """Where each column goes."""
    offered = answers.places(about)
    lines = [_line(at, use, about, offered) for at, use in enumerate(choices.uses[:MAX_USES])]
    used = len(choices.used)
    keys = [*matchable(about.spec, choices.used)[:8]]
    matches = [{"value": key, "label": about.label(key), "chosen": key in choices.match} for key in keys]
    external = any(use.to == EXTERNAL for use in choices.uses)
    if external:
        label = _("Its number in the other system")
        matches.insert(0, {"value": EXTERNAL, "label": label, "chosen": EXTERNAL in choices.match})
    return {
        **frame(request, draft, 1),
        "problem": problem,
        "lines": lines,
        "unfilled": ", ".join(answers.unfilled(choices, about)),
        "used": counted(used, request),
        "unused": counted(len(choices.uses) - used, request),
        "beyond": max(len(choices.uses) - MAX_USES, 0),
        "matches": matches,
        "external": external or any(use.lookup == EXTERNAL for use in choices.used),
        "system": choices.system,
        "on_match": on_match_choices(choices),
    }


def on_match_choices(choices: Choices) -> list[dict[str, Any]]:
    """What happens to a record that is found."""
    return _options(
        [
            ("update", _("Take the value from the file")),
            ("fill_empty", _("Keep what Tracte has, fill what is empty")),
            ("skip", _("Leave the whole record as it is")),
        ],
        choices.on_match,
    )


def _line(at: int, use: Use, about: Asked, offered: Sequence[tuple[str, str]]) -> dict[str, Any]:
    values = [value for value in about.columns.get(use.header, ()) if value]
    kind = about.fields.get(use.to)
    line: dict[str, Any] = {
        "lead": f"c{at}-",
        "header": use.header,
        "samples": list(dict.fromkeys(values))[:3],
        "places": _options(offered, use.to),
        "used": bool(use.to),
        "sure": SURE.get(use.confidence),
    }
    if kind is None:
        return line
    if kind.key in ("date", "datetime"):
        line["formats"] = _options(answers.date_choices(use, values), use.format)
    if kind.key in ("integer", "decimal", "percent", "money"):
        shown = [("", _("As they stand")), *((example, example) for example in guess.DECIMALS)]
        if use.decimal or any(set(",. '’") & set(value) for value in values):
            line["decimals"] = _options(shown, use.decimal)
    if kind.key == "money":
        line["currency"] = use.currency or about.context.currency
    if getattr(kind, "to", None) is not None:
        line["lookups"] = _options(answers.lookup_choices(use, about), use.lookup)
        line["missings"] = _options(answers.missing_choices(use, about), use.on_missing)
        missing, names = answers.not_found(use, about)
        if missing:
            line["note"] = ngettext(
                "%(n)s of %(all)s name is not in Tracte", "%(n)s of %(all)s names are not in Tracte", names
            ) % {"n": missing, "all": names}
    elif kind.key not in ("text", "long_text", "rich_text", "tags"):
        line["bads"] = _options(answers.bad_choices(), use.on_bad)
    words = answers.unknown_words(use, about)
    if words:
        options = answers.options_of(use, about)
        line["words"] = [{"word": word, "means": means, "options": _options(options, means)} for word, means in words]
        unsolved = sum(1 for _word, means in words if not means)
        if unsolved:
            line["note"] = ngettext("%(n)s word is not in the list", "%(n)s words are not in the list", unsolved) % {
                "n": unsolved
            }
    return line


class _Sure(dict[str, dict[str, str] | None]):
    """How sure a suggestion is, as a pill."""

    def __missing__(self, confidence: str) -> dict[str, str] | None:
        return {
            "sure": {"label": _("Sure"), "hue": "green"},
            "likely": {"label": _("Likely"), "hue": "sea"},
            "guess": {"label": _("A guess"), "hue": "ochre"},
        }.get(confidence)

    def get(self, confidence: str, default: Any = None) -> Any:
        return self[confidence] or default


SURE = _Sure()


# -- preview ---------------------------------------------------------------------------------------------------------
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
    changes = counts[NEW] + counts[UPDATED] - draft.left_out
    total = sum(counts.values())
    context = frame(request, draft, 2)
    rows_words = ngettext("%(n)s row", "%(n)s rows", total) % {"n": counted(total, request)}
    back = f"?show={kind}" + (f"&after={page.rows[0].seq - 1}" if page.rows and page.before is not None else "")
    kept = pages.kept(draft, kind)
    return {
        **context,
        "sub": f"{context['sub']}, {rows_words}",
        "notes": [*_how_far(request, draft), *facts.get("notes", [])[:6]],
        "tabs": heads,
        "rows": [_row(one, kind, request, back) for one in page.rows],
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
        "reasons": [(what, how, counted(count, request)) for what, how, count in facts.get("reasons", [])],
        "on_match": on_match_choices(draft.choices) if draft.choices is not None and draft.choices.match else [],
        "apply_label": ngettext("Apply %(n)s change", "Apply %(n)s changes", changes)
        % {"n": counted(changes, request)},
        "nothing": changes < 1,
        "empty": _empty(kind),
    }


def _how_far(request: ActorRequest, draft: Draft) -> list[str]:
    """What the preview of a large import does not know."""
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
    over = int(facts.get("overwritten", 0))
    lines.append({"label": _("Fields overwritten"), "count": counted(over, request), "warn": over > 0})
    lines.append({"label": _("Empty fields filled"), "count": counted(int(facts.get("filled", 0)), request)})
    lines.append({"label": _("Left as they are"), "count": counted(rows[SAME] + rows[BAD], request)})
    if draft.counts["warnings"]:
        lines.append({"label": _("With a warning"), "count": counted(draft.counts["warnings"], request)})
    if draft.later_problems:
        lines.append({"label": _("Links not found"), "count": counted(draft.later_problems, request), "warn": True})
    if draft.left_out:
        lines.append({"label": _("Left out by you"), "count": counted(draft.left_out, request)})
    return lines


def _row(one: PreviewRow, kind: str, request: ActorRequest, back: str) -> dict[str, Any]:
    words = {NEW: _("New"), UPDATED: _("Updated"), SAME: _("Unchanged"), BAD: _("Problem")}
    spec = registry()[one.entity]
    wrong = [problem for problem in one.problems if not problem["warning"]]
    row: dict[str, Any] = {
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
        row["diffs"] = [
            {"label": label_of(spec, name, request.context), "before": before, "after": after}
            for name, (before, after) in one.diff.items()
        ]
    if kind == NEW:
        row["text"] = _new_text(one, spec, request)
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


# -- apply -----------------------------------------------------------------------------------------------------------
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

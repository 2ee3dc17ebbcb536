"""What the import pages show."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine import uploads
from tracte.engine.importing import answers, drafts, pages, saved
from tracte.engine.importing.answers import Asked
from tracte.engine.importing.choices import Use
from tracte.engine.importing.pages import Draft, Sample
from tracte.kernel.dates import show_datetime
from tracte.kernel.ids import encode
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
    chosen = entity if any(spec.key == entity for spec in specs) else ""
    spec = registry()[chosen] if chosen else specs[0]
    return {
        **frame(request, None, 0),
        "area": spec.declaration.area,
        "module": chosen,
        "specs": kinds_of_rows(request, specs, chosen),
        "problem": problem,
        "saved": [_saved(request, one) for one in saved.listed(request.actor)],
        "earlier": [_earlier(request, pages.draft(one)) for one in drafts.mine(request.actor)],
        "max_size": uploads.MAX_UPLOAD // 1024**2,
    }


def kinds_of_rows(request: ActorRequest, specs: Sequence[EntitySpec], chosen: str) -> list[dict[str, Any]]:
    """What the rows of a file may hold."""
    return [
        {"value": one.key, "label": say(one.declaration.label_plural, request.context), "chosen": one.key == chosen}
        for one in specs
    ]


def _saved(request: ActorRequest, one: saved.Saved) -> dict[str, Any]:
    label = registry()[one.entity].declaration.label_plural
    return {"id": encode(one.id), "name": one.name, "what": say(label, request.context), "mine": one.mine}


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
        "saved": [_saved(request, one) for one in saved.offered(request.actor, table.headers)],
        "kinds_of_rows": kinds_of_rows(request, pages.importable(request.actor), draft.entity),
        "is_text": "encoding" in facts,
        "is_csv": "delimiter" in facts,
        "encodings": options(encodings, choices.reading.get("encoding", "auto")),
        "delimiters": options(delimiters, choices.reading.get("delimiter", "auto")),
        "sheets": options(sheets, str(choices.reading.get("sheet", "") or facts.get("sheet", ""))),
        "header_row": choices.reading.get("header_row", 1),
    }


def _short(cell: Any) -> str:
    return ("" if cell is None else str(cell))[:80]


def options(pairs: Sequence[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": label, "chosen": value == chosen} for value, label in pairs]


def _delimiter(mark: str) -> str:
    names = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "tab": _("tab"), "|": _("bar")}
    return names.get(mark, mark)


def _facts(request: ActorRequest, facts: Mapping[str, str], rows: int, columns: int) -> str:
    counted_rows = ngettext("%(n)s row", "%(n)s rows", rows) % {"n": counted(rows, request)}
    counted_columns = ngettext("%(n)s column", "%(n)s columns", columns) % {"n": counted(columns, request)}
    told = [counted_rows, counted_columns]
    if "cards" in facts:
        told.append(_("vCard %(version)s") % {"version": facts["cards"]})
    if "delimiter" in facts:
        told.append(_("separated by %(mark)s") % {"mark": _delimiter(facts["delimiter"])})
    if "encoding" in facts:
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

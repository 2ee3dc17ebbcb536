"""Mending rows in the preview: the form in a row, and what it sends."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine.importing import fixing
from tracte.engine.importing.mending import Cell, Unread
from tracte.engine.importing.pages import BAD, NEW, SAME, UPDATED, Draft
from tracte.kernel.problems import NotFound, Rejected
from tracte.web.request import ActorRequest
from tracte.web.views.import_pages import counted, options

MAX_CELLS = 60
SHOWN_UNDER = {"created": NEW, "updated": UPDATED, "unchanged": SAME, "skipped": SAME, "problem": BAD}


def open_form(request: ActorRequest, draft: Draft, context: dict[str, Any]) -> None:
    """Put the form into the row an address asks to mend (``?fix=SEQ``)."""
    asked = request.GET.get("fix", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        return
    for row in context["rows"]:
        if row["seq"] != int(asked):
            continue
        try:
            cells = fixing.cells_of(draft.id, request.actor, row["seq"])
            unread = None if cells else fixing.unread(draft.id, request.actor, row["seq"])
        except (NotFound, Rejected):
            return
        row["form"] = {"cells": [_cell(at, cell, request) for at, cell in enumerate(cells)], "row": row["seq"]}
        if unread is not None:
            row["form"]["unread"] = _unread(unread)
        row["action"] = None


def _cell(at: int, cell: Cell, request: ActorRequest) -> dict[str, Any]:
    same = ""
    if cell.same > 1:
        same = ngettext("In all %(n)s row with “%(value)s”", "In all %(n)s rows with “%(value)s”", cell.same) % {
            "n": counted(cell.same, request),
            "value": cell.text[:40],
        }
    return {
        "at": at,
        "header": cell.header,
        "label": cell.label,
        "text": cell.text,
        "wrong": cell.wrong,
        "same": same,
        "options": options(cell.options, "") if cell.options else [],
    }


def _unread(found: Unread) -> dict[str, Any]:
    """A row that cannot be cut into cells: its line, and the cells it falls into."""
    marks = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar")}
    mark = marks.get(found.separator, found.separator)
    rule = _(
        "A %(mark)s stands between two cells. A cell that holds one stands in quotes; a quote in it is written twice."
    ) % {"mark": mark}
    return {
        "why": found.why,
        "text": found.text,
        "rule": rule if found.separator else "",
        "cut": "" if found.whole or not found.separator else _("This is only the beginning of the line."),
        "rows": min(found.text.count("\n") + len(found.text) // 90 + 1, 12),
        "cells": [{"at": at, "header": header, "text": text} for at, (header, text) in enumerate(found.cells)],
        "open": not found.separator or any(not header for header, _text in found.cells),
    }


def read_line(data: QueryDict) -> str | None:
    """The text of a line that could not be read; ``None`` when the form is about something else."""
    return data.get("line")


def read_pieces(data: QueryDict) -> list[str]:
    """The cells a line is put together from anew."""
    found: list[str] = []
    while (text := data.get(f"piece{len(found)}")) is not None and len(found) < 2 * fixing.MOST_PIECES:
        found.append(" ".join(text.split()) if "\0" in text else text.strip())
    return found


def read(data: QueryDict) -> tuple[dict[str, str], list[str]]:
    """New texts by header, and the headers whose old text is replaced in all rows."""
    texts: dict[str, str] = {}
    everywhere: list[str] = []
    for at in range(MAX_CELLS):
        header = data.get(f"header{at}")
        if header is None:
            break
        texts[header] = data.get(f"text{at}", "").strip()
        if data.get(f"all{at}"):
            everywhere.append(header)
    return texts, everywhere


def told(became: str) -> str:
    """What a row that was mended comes to."""
    words: Mapping[str, str] = {
        "created": _("Mended: the row makes a new record now."),
        "updated": _("Mended: the row changes its record now."),
        "unchanged": _("Mended: nothing is left to do for the row."),
        "skipped": _("Mended: the row is left out, as the import says."),
    }
    return words.get(became, _("Changed, but there is still something wrong with the row."))


def back_to(became: str, seq: int) -> str:
    """Where to go on: to the other problems, or to the same row while it is still wrong."""
    return f"?show={BAD}&fix={seq}" if became == "problem" else f"?show={BAD}"

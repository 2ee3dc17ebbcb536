"""Mending rows in the preview: the form in a row, and what it sends."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine.importing import fixing
from tracte.engine.importing.mending import Cell
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
        except (NotFound, Rejected):
            return
        row["form"] = {"cells": [_cell(at, cell, request) for at, cell in enumerate(cells)], "row": row["seq"]}
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

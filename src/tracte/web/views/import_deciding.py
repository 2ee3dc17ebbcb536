"""Asking in the preview which fields of a record come from the file: the choices in a row, and those for all rows."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tracte.engine.importing.decisions import ANSWERS, ASKED_UP_TO, FILE, KEEP
from tracte.engine.importing.pages import UPDATED, Draft
from tracte.engine.importing.previews import PreviewRow
from tracte.engine.importing.staging import label_of
from tracte.meta.kinds.base import say
from tracte.meta.registry import registry
from tracte.web.request import ActorRequest
from tracte.web.views.import_pages import counted


def row(one: PreviewRow, draft: Draft, request: ActorRequest, back: str) -> dict[str, Any] | None:
    """The choices of one row; ``None`` when it asks for nothing."""
    if not draft.asked or not one.asks:
        return None
    spec, for_all = registry()[one.entity], draft.for_all
    fields = []
    for at, name in enumerate(one.asks):
        before, after = one.diff[name]
        said = one.chosen.get(name) or (KEEP if before and for_all.get(f"{one.entity}.{name}") == KEEP else FILE)
        fields.append(
            {
                "name": name,
                "id": f"d{one.seq}-{at}",
                "label": label_of(spec, name, request.context),
                "before": before,
                "after": after,
                "keep": said == KEEP,
            }
        )
    return {"row": one.seq, "back": back, "fields": fields, "several": len(fields) > 1}


def for_all(request: ActorRequest, draft: Draft) -> list[dict[str, Any]]:
    """The fields that change, with what is said about all rows."""
    lines = []
    entities = {key.partition(".")[0] for key, _rows, _kept in draft.deciding["fields"]}
    for key, rows, kept in draft.deciding["fields"]:
        entity, _dot, name = key.partition(".")
        spec = registry()[entity]
        label = label_of(spec, name, request.context)
        if len(entities) > 1:
            label = f"{say(spec.declaration.label, request.context)}: {label}"
        told = _("%(kept)s of %(rows)s kept") % {"kept": counted(kept, request), "rows": counted(rows, request)}
        lines.append({"key": key, "label": label, "told": told, "keep": draft.for_all.get(key) == KEEP})
    return lines


def beyond(request: ActorRequest, draft: Draft) -> str:
    """What is said when there are more rows than can be decided one by one."""
    if not draft.asked or draft.by_kind[UPDATED] <= ASKED_UP_TO:
        return ""
    return _("The first %(n)s rows can be decided one by one. The others go by what you say for all rows.") % {
        "n": counted(ASKED_UP_TO, request)
    }


def read(data: QueryDict) -> dict[str, str]:
    """What was said about the fields of one row: each by itself, or the same for all of them."""
    same = data.get("whole_row", "")
    said = {name.removeprefix("f-"): str(value) for name, value in data.items() if name.startswith("f-")}
    return dict.fromkeys(said, same) if same in ANSWERS else said


def read_only(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without what can be done with it, while the rest is still being checked."""
    shown = {**row, "action": None, "leave": None, "decide": None}
    if row.get("decide"):
        asked = [{name: one[name] for name in ("label", "before", "after")} for one in row["decide"]["fields"]]
        shown["diffs"] = [*asked, *row.get("diffs", ())]
    return shown

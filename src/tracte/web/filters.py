"""Filters of a list as people see them: sentences with a cross, and small forms that work without script."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tracte.engine.listing import ListState, view_of, view_parts
from tracte.engine.sentences import sentences, titles_in
from tracte.kernel.problems import Rejected
from tracte.meta.kinds.base import escape, say
from tracte.meta.registry import registry
from tracte.records.query import Rows
from tracte.web import smallform, ui
from tracte.web.smallform import Asked

FORM_NAMES = frozenset({"f", "op", "v", "v_currency", "v__sent", "i"})


# -- sentences -------------------------------------------------------------------------------------------------------
def chips(rows: Rows, state: ListState, asked: Asked | None = None, look: str = "list") -> list[dict[str, Any]]:
    """Every condition in force as a sentence with its cross; the one being made comes last, open. What the small form
    cannot change leads into the builder.

    :param asked: the field somebody chose in the menu. :param look: ``board`` when they stand over a board.
    """
    view = view_parts(view_of(rows.spec, state))
    parts = [*view, *state.parts]
    titles = titles_in(rows, parts)
    made: list[dict[str, Any]] = []
    for at, sentence in enumerate(sentences(rows, parts, titles=titles)):
        rest = (*parts[:at], *parts[at + 1 :])
        # Taking a condition out of a view leaves the view: what remains is a filter of one's own.
        address = leaving(state, rest) if at < len(view) else state.address(parts=tuple(rest[len(view) :]))
        if not rest and not state.q:
            address = leaving(state, ())
        chip: dict[str, Any] = {
            "field": sentence.field,
            "pieces": sentence.pieces,
            "text": sentence.text,
            "remove_url": address,
        }
        shown = smallform.shown(rows, parts[at]) if at >= len(view) and sentence.name in rows.visible else None
        if shown is not None:
            others = replace(state, parts=tuple(rest[len(view) :]))
            chip["edit"] = smallform.form(rows, hidden_inputs(others), shown, titles)
        else:
            chip["builder"] = builder_url(rows, state, look)
        made.append(chip)
    found = view_of(rows.spec, state)
    if found and found.words:
        address = replace(state, chosen=None).address(view="", base=state.base, parts=tuple(parts))
        chip = {"field": _("Text"), "op": _("contains"), "value": found.words, "remove_url": address}
        made.append(chip)
    if state.q:
        made.append({"field": _("Text"), "op": _("contains"), "value": state.q, "remove_url": state.address(q="")})
    if asked is not None and (kind := smallform.fields(rows).get(asked.name)) is not None:
        form = smallform.form(rows, hidden_inputs(state), asked, {})
        made.append({"field": say(kind.label, rows.context), "op": "…", "value": "", "edit": form, "open": True})
    return made


def builder_url(rows: Rows, state: ListState, look: str = "list") -> str:
    """The address of the builder for what the list shows."""
    besides = (*state.besides, *((("look", look),) if look != "list" else ()))
    return f"/{rows.spec.plural}/filter{state.address(besides=besides)}"


def leaving(state: ListState, parts: Sequence[Any]) -> str:
    """The address once a condition of the view is gone: filters of one's own, laid out as the view was."""
    view = state.chosen if state.chosen and state.chosen.key == state.view else None
    if view is None:
        return state.address(view="", parts=tuple(parts))
    return state.address(
        view="",
        parts=tuple(parts),
        q=state.q or view.words,
        sort=state.sort or view.sort or "",
        columns=state.columns or view.columns,
        group=state.group or view.group,
    )


# -- forms -----------------------------------------------------------------------------------------------------------
def hidden_inputs(state: ListState, *without: str) -> SafeString:
    """The state as hidden inputs of a GET form, back on the first page."""
    pairs = replace(state, cursor="").pairs()
    return ui.joined(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in pairs.items()
        if name not in without
    )


def add_menu(rows: Rows, state: ListState, look: str = "list") -> list[dict[str, Any]]:
    """The builder, and the fields one can filter by: a form of buttons, so that it works without script and costs
    little."""
    buttons = _add_buttons(rows.spec.key, tuple(smallform.fields(rows)), rows.context.language)
    form = format_html('<form method="get" class="plain">{}{}</form>', hidden_inputs(state), buttons)
    builder = {"label": _("Several conditions, related records …"), "dialog": builder_url(rows, state, look)}
    return [builder, {"label": _("Filter by"), "form": form}]


@lru_cache(maxsize=256)
def _add_buttons(entity: str, names: tuple[str, ...], language: str) -> SafeString:
    fields = registry()[entity].fields
    return format_html_join(
        "",
        '<button type="submit" class="menu-item" name="f" value="{}">{}</button>',
        ((name, str(fields[name].label)) for name in names),
    )


def answered(rows: Rows, state: ListState, params: QueryDict) -> tuple[str, Asked | None, int]:
    """What comes of the small form in an address.

    :return: where to go on when it made a condition; else the form to show, and the status of the page that does.
    """
    asked = smallform.asked(params)
    if asked is None or "op" not in params:
        return "", asked, 200
    try:
        part = smallform.read(rows, asked)
        rows.where(part)
    except Rejected as rejected:
        return "", replace(asked, problem=rejected.problems[0].message), rejected.status
    return state.address(parts=(*state.parts, part)), None, 200


def plain_params(params: QueryDict) -> Mapping[str, list[str]]:
    """Parameters by name, the small form's own left out."""
    return {name: values for name, values in params.lists() if name not in FORM_NAMES}

"""The views of a list as tabs, and the menus that save, change and choose them. All of it works without script."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine import board as boards
from tracte.engine import listing, savedviews
from tracte.engine.listing import ListState
from tracte.engine.savedviews import SavedView
from tracte.kernel.ids import encode
from tracte.meta.kinds.base import say
from tracte.records.query import Rows
from tracte.web.controls import new_nonce

LISTED = 30


def tabs(rows: Rows, state: ListState, saved: Sequence[SavedView] = (), look: str = "list") -> list[dict[str, Any]]:
    """Declared views, then saved ones; a filter of one's own stands on none of them, or on the one it began with."""
    spec = rows.spec
    blank = ListState(columns=state.columns, limit=state.limit, default_view=state.default_view)
    bare = replace(blank, columns=())
    here = {"list": f"/{spec.plural}/", "board": f"/{spec.plural}/board"}
    changed = state.base != state.view
    found = [
        {
            "key": view.key,
            "label": say(view.label, rows.context),
            "url": blank.address(view=view.key),
            "current": view.key == state.view,
        }
        for view in savedviews.declared(rows)
    ]
    for one in saved[:LISTED]:
        key, kind = one.view.key, one.look if spec.declaration.board else "list"
        address = bare.address(view=key)
        found.append(
            {
                "key": key,
                "label": one.view.label,
                "url": address if kind == look else here[kind] + address,
                "current": key in (state.view, state.base if changed else ""),
                "changed": key == state.base and (changed or bool(state.parts or state.q or state.besides)),
                "shared": one.share != "me",
                "board": kind == "board",
            }
        )
    return found


def menu(rows: Rows, state: ListState, saved: Sequence[SavedView], look: str = "list") -> dict[str, Any]:
    """What the two small forms beside the tabs need: one saves a new view, the other changes the present one."""
    spec, actor = rows.spec, rows.actor
    teams = [
        (encode(pk), known.title) for pk, known in rows.snapshot.directory.get("team", {}).items() if pk in actor.teams
    ]
    present = next((one for one in saved if one.view.key == state.base), None)
    key = present.view.key if present else state.view
    first = savedviews.first(rows, saved)
    return {
        "url": f"/{spec.plural}/views/",
        "state": state.address(),
        "look": look,
        "nonce": new_nonce(),
        "shares": [
            {"value": "me", "label": _("Only me")},
            *({"value": f"team:{pk}", "label": _("Team %(team)s") % {"team": title}} for pk, title in teams),
            {"value": "everybody", "label": _("Everybody")},
        ],
        "present": _present(present, state) if present and present.mine else None,
        "key": key,
        "is_first": key == first,
        "may_be_first": bool(key) and actor.user_id is not None,
        "counts_url": f"/{spec.plural}/views/counts" if len(savedviews.declared(rows)) + len(saved) > 1 else "",
    }


def _present(saved: SavedView, state: ListState) -> dict[str, Any]:
    return {
        "id": encode(saved.id),
        "version": saved.version,
        "name": saved.view.label,
        "share": saved.share if saved.share != "team" else f"team:{encode(saved.team)}" if saved.team else "team",
        "changed": state.view != state.base
        or bool(state.parts or state.q or state.sort or state.columns or state.group or state.besides),
    }


def left_out(state: ListState) -> str:
    """A sentence when parts of the saved view do not hold for the one who looks."""
    saved = state.saved
    if saved is None or not saved.left_out:
        return ""
    text = ngettext(
        "One part of this view was left out: it names a field that is gone or that you may not see.",
        "%(n)s parts of this view were left out: they name fields that are gone or that you may not see.",
        saved.left_out,
    )
    return text % {"n": saved.left_out}


def as_values(rows: Rows, state: ListState, look: str) -> dict[str, Any]:
    """What is shown now, as the values of a saved view."""
    view = listing.view_of(rows.spec, state)
    parts = [*listing.view_parts(view), *state.parts]
    words = " ".join(dict.fromkeys(one for one in (view.words if view else "", state.q) if one))
    columns = state.columns or (view.columns if view else ())
    as_board = bool(rows.spec.declaration.board) and look == "board"
    board = boards.settings_of(state, boards.groups_of(rows, boards.board_of(rows.spec, rows))) if as_board else {}
    return {
        "board": board or None,
        "condition": {"all": parts} if parts else None,
        "words": words or None,
        "order": state.sort or (view.sort if view and view.sort else None),
        "shown": ",".join(columns) or None,
        "grouping": listing.group_of(rows.spec, state) or None,
        "look": "board" if as_board else "list",
    }

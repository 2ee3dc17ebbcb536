"""Who stands in for oneself while one is away: a short form, and who does so now or later."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tracte.engine import forms
from tracte.kernel.ids import encode
from tracte.kernel.problems import Fault, NotFound, Problem, Rejected
from tracte.meta.kinds.reference import read_id
from tracte.meta.registry import registry
from tracte.records import door
from tracte.web import controls
from tracte.web.addresses import done, go
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.actions import form_field, summary

ENTITY, URL = "delegation", "/settings/stand-in/"
FIELDS = ("taker", "since", "until", "reason")


@require_http_methods(["GET", "POST"])
@with_actor
def standin_page(request: ActorRequest) -> HttpResponseBase:
    """``/settings/stand-in/``: name somebody who stands in for oneself until a day; ``end`` takes that back."""
    if request.method != "POST":
        return _shown(request, {}, [])
    if "end" in request.POST:
        return _ended(request)
    raw = forms.sent(registry()[ENTITY], FIELDS, request.POST, request.actor)
    made: dict[str, int | None] = {}

    def save() -> int | None:
        outcome = forms.create(request.actor, ENTITY, {**raw, "giver": encode(int(request.actor.user_id or 0))})
        made["set"] = outcome.set_id
        return outcome.id

    try:
        controls.once(request, save)
    except Rejected as refused:
        return _shown(request, raw, refused.problems)
    done(request, _("Saved"), made.get("set"))
    return go(request, URL)


def _ended(request: ActorRequest) -> HttpResponseBase:
    """One's own stand-in goes to the bin.

    :raises NotFound: for what is not one's own.
    """
    try:
        asked = read_id(request.POST["end"], request.context)
    except Fault:
        raise NotFound(ENTITY) from None
    if asked not in [row["id"] for row in _mine(request, "giver")]:
        raise NotFound(ENTITY)
    outcome = door.delete(request.actor, ENTITY, asked, origin="ui")
    done(request, _("Nobody stands in for you any more"), outcome.set_id)
    return go(request, URL)


def _mine(request: ActorRequest, side: str) -> list[Mapping[str, Any]]:
    """The delegations that are not over, in which one is ``giver`` or ``taker``, the next first."""
    today, me = request.context.today, request.actor.user_id
    found = [
        row
        for row in request.snapshot.live(ENTITY)
        if row[side] == me and row["until"] is not None and row["until"] >= today
    ]
    return sorted(found, key=lambda row: (row["until"], row["id"]))


def _shown(request: ActorRequest, values: Mapping[str, Any], problems: Sequence[Problem]) -> HttpResponse:
    spec, page = registry()[ENTITY], SimpleNamespace(context=request.context)
    title = _("While you are away")
    form = {
        "title": title,
        "action": URL,
        "save_label": _("Save"),
        "cancel_url": "/settings/profile/",
        "problems": summary(spec, problems, page),
        "hidden": [{"name": controls.NONCE, "value": controls.nonce_of(request)}],
        "groups": [
            {
                "title": _("Stand-in"),
                "text": _("They reach the records you reach, with the rights of their own roles. It ends by itself."),
                "fields": [form_field(request, spec, name, values.get(name), page, problems) for name in FIELDS],
            }
        ],
    }
    found = {
        "area": "settings",
        "module": "profile",
        "title": title,
        "form": form,
        "mine": [_row(request, row, "taker") for row in _mine(request, "giver")],
        "others": [_row(request, row, "giver") for row in _mine(request, "taker")],
    }
    return render(request, "settings/standin.html", found, status=422 if problems else 200)


def _row(request: ActorRequest, row: Mapping[str, Any], whom: str) -> dict[str, Any]:
    known, fields = request.snapshot.title("user", row[whom]), registry()[ENTITY].fields
    days = {name: fields[name].text(row[name], request.context) if row[name] else "" for name in ("since", "until")}
    text = _("from %(since)s until %(until)s") if days["since"] else _("until %(until)s")
    return {
        "id": encode(row["id"]),
        "name": known.title if known else "",
        "when": text % days,
        "why": row["reason"] or "",
    }

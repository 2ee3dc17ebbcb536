"""The audit trail, for administrators: who did what, and who was refused what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tracte.engine import trail
from tracte.engine.attachments import attachment
from tracte.engine.exporting import csv_lines
from tracte.engine.trail import Wanted
from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.kinds.base import RefTitle, say
from tracte.meta.registry import registry
from tracte.records import audit, query
from tracte.records.audit import AuditEntry, Place, What
from tracte.web.cells import url_of
from tracte.web.recordparts import moment
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.settings import require_admin

FILTERS = ("kind", "person", "entity", "since", "until")
BAD = frozenset({What.SIGN_IN_FAILED, What.TOKEN_REFUSED, What.REFUSED, What.NOT_THERE})
OUT = frozenset({What.EXPORTED, What.FETCHED, What.MASS_READ})
ICONS = {
    What.SIGNED_IN: "key-round",
    What.SIGNED_OUT: "log-out",
    What.PASSWORD_SET: "lock",
    What.SECOND_STEP: "lock",
    What.TOKEN_MADE: "key-round",
    What.TOKEN_REVOKED: "key-round",
    What.RIGHTS: "shield-check",
    What.EXPORTED: "download",
    What.FETCHED: "download",
    What.MASS_READ: "eye",
}


@require_safe
@with_actor
def audit_page(request: ActorRequest) -> HttpResponse:
    """``GET /settings/audit/``: the newest entries first, narrowed by kind, person, kind of record and days."""
    require_admin(request)
    wanted = wanted_of(request)
    entries, more = trail.page(wanted, _number(request, "before"))
    kept = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    titles = _titles(request, entries)
    context = {
        "area": "settings",
        "module": "audit",
        "title": _("Audit trail"),
        "rows": [_row(request, entry, titles) for entry in entries],
        "filters": _filters(request, wanted),
        "filtered": bool(kept),
        "export_url": f"/settings/audit/export.csv?{urlencode(kept)}",
        "next_url": f"?{urlencode({**kept, 'before': encode(more)})}" if more is not None else "",
    }
    return render(request, "settings/audit.html", context)


@require_safe
@with_actor
def export_csv(request: ActorRequest) -> HttpResponseBase:
    """``GET /settings/audit/export.csv``: what the page shows, all of it, as a file. The trail tells of it."""
    require_admin(request)
    wanted = wanted_of(request)
    name = f"audit-{request.context.today:%Y-%m-%d}.csv"
    return attachment(_file(request, wanted, audit.place()), name)


def _file(request: ActorRequest, wanted: Wanted, where: Place) -> Iterator[bytes]:
    asked = [name for name in FILTERS if request.GET.get(name)]
    told, language = _Told(), request.actor.language
    try:
        yield ("\ufeff" + csv_lines([trail.HEADERS])).encode()
        for entry in trail.every(wanted):
            with translation.override(language):
                line = trail.row(entry, request.context)
            told.rows += 1
            yield csv_lines([line]).encode()
    finally:
        audit.note(What.EXPORTED, request.actor, entity=trail.TRAIL, where=where, rows=told.rows, asked=asked)


@dataclass(slots=True)
class _Told:
    rows: int = 0


def wanted_of(request: ActorRequest) -> Wanted:
    """What the address asks for.

    :raises Rejected: status 400 for a value that means nothing.
    """
    kind, entity = request.GET.get("kind", ""), request.GET.get("entity", "")
    if kind and kind not in What.values:
        raise _wrong("kind")
    if entity and entity not in registry().entities:
        raise _wrong("entity")
    person, zone = _number(request, "person"), request.context.timezone
    return Wanted(kind, person, entity, _day(request, "since"), _day(request, "until"), zone)


def _number(request: ActorRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    try:
        return decode(text) if text else None
    except ValueError:
        raise _wrong(name) from None


def _day(request: ActorRequest, name: str) -> date | None:
    text = request.GET.get(name, "")
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        raise _wrong(name) from None
    if found is not None and not 2000 <= found.year <= 2200:
        raise _wrong(name)
    return found


def _wrong(name: str) -> Rejected:
    return Rejected([Problem(name, "bad_parameter", {"name": name})], status=400)


def _titles(request: ActorRequest, entries: list[AuditEntry]) -> dict[int, RefTitle]:
    """Titles of the records on the page, as far as the reader may see them."""
    known = registry().entities
    return query.titles_of(
        {(one.entity, one.record_id) for one in entries if one.record_id and one.entity in known}, request.actor
    )


def _row(request: ActorRequest, entry: AuditEntry, titles: dict[int, RefTitle]) -> dict[str, Any]:
    title = titles.get(entry.record_id) if entry.record_id is not None else None
    # An administrator sees every change set.
    links = [(_("The change"), f"/changes/{entry.set_id}/")] if entry.set_id and entry.kind == What.RIGHTS else []
    if title is not None and (url := url_of(entry.entity, title.id)):
        links.append((title.title or _("The record"), url))
    return {
        "icon": ICONS.get(What(entry.kind), "circle-alert" if entry.kind in BAD else "history")
        if entry.kind in What.values
        else "history",
        "tone": "bad" if entry.kind in BAD else "warn" if entry.kind in OUT else "",
        "sentence": trail.sentence(entry, request.context, title.title if title else ""),
        "details": trail.details(entry, request.context),
        "kind": trail.kind_words(entry.kind),
        "when": moment(entry.at, request.context, whole=True),
        "door": trail.door_words(entry.door),
        "address": entry.address,
        "links": links,
    }


def _filters(request: ActorRequest, wanted: Wanted) -> dict[str, Any]:
    """The form above the list, as it was sent."""
    people = sorted(request.snapshot.members.values(), key=lambda member: member.name.casefold())
    specs = sorted(((say(s.declaration.label_plural, request.context), s.key) for s in registry()), key=str)
    return {
        "kinds": [(one.value, one.label, one.value == wanted.kind) for one in What],
        "people": [(encode(one.id), one.name, one.id == wanted.person) for one in people],
        "entities": [(key, label, key == wanted.entity) for label, key in specs],
        "since": request.GET.get("since", ""),
        "until": request.GET.get("until", ""),
    }

"""The panel beside a list that shows one of its records: the same record page, with what one needs at a glance."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import QueryDict
from django.utils.translation import gettext as _

from tracte.engine import beside, recordpage, timeline
from tracte.engine.listing import ListState
from tracte.engine.recordpage import RecordPage
from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import NotFound
from tracte.meta.kinds.base import Kind, say
from tracte.records import audit
from tracte.records.query import Rows
from tracte.web import filters
from tracte.web import recordparts as parts
from tracte.web.addresses import record_url
from tracte.web.recordtop import facts, spent
from tracte.web.request import ActorRequest

NAME = "peek"  # the parameter of a list's address
IN_LIST = "list"  # the parameter of a record's address that says which list it was opened from
EVENTS, FIELDS = 5, 18


def asked(request: ActorRequest) -> str:
    """The record a list's address asks to show beside it; ``""`` for none."""
    return request.GET.get(NAME, "")


def address(state: ListState, record_id: int | None = None) -> str:
    """The list's query with a record beside it, on the same page of the list."""
    kept = state.address(cursor=state.cursor)
    if record_id is None:
        return kept
    return f"{kept}{'' if kept == '?' else '&'}{NAME}={encode(record_id)}"


def query_of(state: ListState) -> str:
    """The list a record is opened from, as text for its address: without the page it stood on."""
    return state.address().removeprefix("?")


def panel(request: ActorRequest, rows: Rows, state: ListState, record: str | int) -> dict[str, Any]:
    """What the panel shows; the same for a record out of reach as for one that does not exist.

    :param record: the public id, or the id.
    """
    home = f"/{rows.spec.plural}/"
    try:
        record_id = decode(record) if isinstance(record, str) else record
        page = recordpage.read(rows.spec.key, request.actor, record_id, related=False)
        audit.read(request.actor, rows.spec.key, [record_id])
    except (NotFound, ValueError):
        return {"gone": True, "close_url": f"{home}{address(state)}", "title": _("Nothing is here")}
    near = beside.of(rows, state, page.values)
    url = record_url(page.spec, page.id)
    context = shown(request, page, f"{home}{address(state, page.id)}")
    return context | {
        "id": encode(page.id),
        "open_url": opened(url, query_of(state)),
        "close_url": f"{home}{address(state)}",
        "previous": _step(home, state, near.previous),
        "next": _step(home, state, near.next),
    }


def opened(url: str, listed: str) -> str:
    """The address of a record's page that knows the list it was opened from, by the list's query."""
    return f"{url}?{urlencode({IN_LIST: listed})}"


def _step(home: str, state: ListState, record_id: int | None) -> dict[str, str] | None:
    if record_id is None:
        return None
    return {"id": encode(record_id), "url": f"{home}{address(state, record_id)}"}


def shown(request: ActorRequest, page: RecordPage, back: str = "") -> dict[str, Any]:
    """What of the record the panel shows, and what a change of one field may change of it.

    :param back: the list's address with this panel, where a form of the panel returns to.
    """
    url, nonce = record_url(page.spec, page.id), request.csp_nonce  # type: ignore[attr-defined]
    declared = page.spec.declaration
    return {
        "title": page.title,
        "sign": "person" if declared.avatar == "who" else "org",
        "kind": say(declared.label, page.context),
        "facts": facts(page),
        "step": step(page),
        "fields": parts.section(page, _("Details"), main_fields(page), url, nonce),
        "events": latest(page, url, nonce) if declared.timeline else "",
        "back": back,
    }


def main_fields(page: RecordPage) -> list[tuple[str, Kind]]:
    """The fields that say most: those of the first part of the form, of the facts and of the list, in their order."""
    sections = page.sections
    first = {name for name, _kind in sections[0][1]} if sections else set()
    wanted = first | {name for name, _kind in page.facts} | set(page.spec.declaration.list.columns)
    return [one for _title, fields in sections for one in fields if one[0] in wanted][:FIELDS]


def step(page: RecordPage) -> dict[str, Any] | None:
    """Where on its path the record stands, and for how long."""
    path = page.path
    if path is None:
        return None
    now = next((one for one in path.steps if one.state in ("now", "won", "lost")), None)
    if now is None:
        return None
    kind = page.spec.fields[path.field]
    html = parts.value_html(kind, page.values.get(path.field), page.context)
    return {"html": html, "label": say(kind.label, page.context), **spent(now)}


def latest(page: RecordPage, url: str, nonce: str) -> Any:
    """The newest events."""
    found = timeline.read(page, length=EVENTS)
    found = replace(found, pinned=found.pinned[:EVENTS])
    teller = parts.Teller(page, replace(page.context, titles=found.titles), url, nonce, url, "peek-events")
    return parts.timeline_days(found, teller) if found.events or found.pinned else ""


def came_from_list(request: ActorRequest, plural: str) -> bool:
    """Whether the request was sent by the script of the entity's list: a field of the panel was edited."""
    return urlsplit(request.headers.get("HX-Current-URL", "")).path == f"/{plural}/"


def list_of(request: ActorRequest, plural: str) -> str | None:
    """The query of the list a record's page was opened from: as its address says, else the page before it."""
    if IN_LIST in request.GET:
        return request.GET[IN_LIST]
    before = urlsplit(request.headers.get("Referer", ""))
    if before.netloc != request.get_host() or before.path != f"/{plural}/":
        return None
    params = QueryDict(before.query, mutable=True)
    for name in (NAME, "cursor", "exact", *filters.FORM_NAMES):
        params.pop(name, None)
    return params.urlencode()

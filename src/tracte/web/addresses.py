"""Addresses of records, the way back, and what a page says after a write."""

import re
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import NotFound
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records.door import Outcome
from tracte.web.request import ActorRequest, is_fragment

OWN_FORMS = {"sharing_rule": "/settings/sharing/", "field_group": "/settings/private-fields/"}
"""Entities whose forms stand in the settings: what they hold does not fit a form of fields."""
ID = r"[0-9a-tv-zA-TV-Z]{12,13}"
_RECORD_PATH = re.compile(rf"/([a-z0-9_-]+)/({ID})/")


class RecordId:
    """Path converter for the public form of an id; no word of an address looks like one."""

    regex = ID

    def to_python(self, value: str) -> int:
        """:raises ValueError: which makes the address lead nowhere."""
        return decode(value)

    def to_url(self, value: int) -> str:
        return encode(value)


def spec_of(plural: str) -> EntitySpec:
    """The entity behind the first segment of an address.

    :raises NotFound: when there is none.
    """
    try:
        return registry().by_plural[plural]
    except KeyError:
        raise NotFound(plural) from None


def record_url(spec: EntitySpec, record_id: int) -> str:
    return f"/{spec.plural}/{encode(record_id)}/"


def form_url(spec: EntitySpec, record_id: int | None = None) -> str:
    """Where the form of a record, or of a new one, is."""
    if spec.key in OWN_FORMS:
        return f"{OWN_FORMS[spec.key]}{'new' if record_id is None else encode(record_id)}/"
    return f"/{spec.plural}/new/" if record_id is None else f"{record_url(spec, record_id)}edit/"


def record_at(address: str) -> tuple[EntitySpec, int] | None:
    """What record an address of ours is about, if any."""
    found = _RECORD_PATH.match(address)
    if found is None or found[1] not in registry().by_plural:
        return None
    try:
        return registry().by_plural[found[1]], decode(found[2])
    except ValueError:
        return None


def local(address: str) -> str:
    """The address when it is a path of ours, else nothing: nobody is sent elsewhere by a link."""
    safe = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if safe else ""


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Where a form asked to return to (``next``), or ``otherwise``."""
    return local(request.POST.get("next", "") or request.GET.get("next", "")) or otherwise


def came_from(request: HttpRequest, otherwise: str) -> str:
    """The page the form was sent from, when it is one of ours and still there."""
    asked = way_back(request, "")
    referer = urlsplit(request.headers.get("Referer", ""))
    if not asked and referer.netloc == request.get_host():
        asked = local(referer.path + (f"?{referer.query}" if referer.query else ""))
    return asked or otherwise


def still_there(request: ActorRequest, address: str, made: Outcome | None = None) -> str:
    """The address, or the list when it leads to a record that is no longer there.

    :param made: a record created just now, which need not be asked for.
    """
    found = record_at(address)
    if found is None:
        return address
    spec, record_id = found
    try:
        rows = query.rows(spec.key, request.actor)
        if made is None or made.id != record_id or not rows.holds(made.values):
            rows.get(record_id, ())
    except NotFound:
        return f"/{spec.plural}/"
    return address


def undo_url(set_id: int) -> str:
    return f"/changes/{set_id}/undo"


def done(request: HttpRequest, text: str, set_id: int | None, draft: str = "") -> None:
    """Say what was done, with *Undo* when there is something to take back.

    :param draft: key of the form that was saved: the browser forgets what it kept of it.
    """
    tags = [f"undo:{undo_url(set_id)}"] if set_id else []
    messages.success(request, text, extra_tags=" ".join([*tags, f"saved:{draft}"] if draft else tags))


def go(request: HttpRequest, address: str) -> HttpResponse:
    """Lead the browser on, also out of a fragment."""
    if is_fragment(request):
        response = HttpResponse(status=200)
        response["HX-Redirect"] = address
        return response
    return HttpResponseRedirect(address)

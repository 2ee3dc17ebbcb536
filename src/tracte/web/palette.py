"""What the command palette answers: records, things to do, places to go.

Everything is within the person's rights: records are searched in their reach, doings follow from what they may do on
the record they stand on, places from their menu. Before anything is typed it shows what they looked at last.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from tracte.engine import forms, recordpage, savedviews, searching
from tracte.engine.importing.pages import importable
from tracte.engine.recordpage import RecordPage
from tracte.engine.searching import Hit
from tracte.kernel.actor import Level
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound
from tracte.meta.kinds.base import say
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query, watching
from tracte.records.query import reach
from tracte.web import drafts, navigation, pins
from tracte.web.addresses import form_url, record_at, record_url
from tracte.web.hits import fits, item_of, line, lower
from tracte.web.menu import Menu
from tracte.web.recent import lately
from tracte.web.request import ActorRequest

HITS, MOST_DOINGS, MOST_PLACES, MOST_OFFERS = 8, 8, 6, 4
Items = list[dict[str, Any]]
Groups = list[dict[str, Any]]


def groups(request: ActorRequest, text: str, at: str) -> Groups:
    """Everything the palette lists, in groups.

    :param text: what was typed. :param at: the address of the page the palette was opened on.
    """
    words = searching.asked_of(text).words
    shell = navigation.menu(request)
    page = _standing_on(request, at)
    found: Groups = []
    if text:
        hits = searching.search(request.actor, text, HITS)
        hits.sort(key=lambda hit: registry()[hit.entity].declaration.directory)  # settings after what people work on
        items = [item_of(hit, request.context, words) for hit in hits]
        found.append({"title": _("Records"), "items": [item for item in items if item["url"]]})
        best = hits[0] if hits and hits[0].rank <= 2 else None
    else:
        found.append({"title": _("Recent"), "items": _recent(request, page)})
        found.append({"title": _("Begun and not saved"), "items": _begun(request, shell)})
        best = None
    if page is not None:
        found.append({"title": page.title, "items": _on(request, page, words)})
    found.append({"title": _("Do"), "items": _doings(request, shell, words, best, page)})
    found.append({"title": _("Go to"), "items": _places(request, shell, words)})
    return [group for group in found if group["items"]]


def offers(request: ActorRequest, text: str) -> Items:
    """When nothing is called so: what may be created with this name."""
    found = []
    for entry in navigation.menu(request).create[: MOST_OFFERS + 2]:
        given = forms.named(registry()[entry.key], text, request.actor, request.context)
        if given:
            label = _("New %(thing)s “%(name)s”") % {"thing": lower(entry.label), "name": text}
            found.append(_create(label, f"{entry.url}?{urlencode(given)}", ()))
    return found[:MOST_OFFERS]


def quick_url(url: str) -> str:
    """The dialog that creates here what the form at ``url`` creates on a page of its own."""
    address, mark, given = url.partition("?")
    return f"{address}quick{mark}{given}"


def _create(label: str, url: str, words: Iterable[str], end: Any = "") -> dict[str, Any]:
    return line(label, url, "circle-plus", words, end=end, dialog=quick_url(url))


def _standing_on(request: ActorRequest, at: str) -> RecordPage | None:
    """The record whose page the palette was opened on, when it is in reach."""
    found = record_at(at)
    if found is None or not found[0].declaration.timeline:
        return None
    try:
        return recordpage.read(found[0].key, request.actor, found[1], related=False)
    except NotFound:
        return None


def _recent(request: ActorRequest, page: RecordPage | None) -> Items:
    seen = [one for one in lately(request) if page is None or one.id != page.id]
    return [item_of(Hit(one.id, one.entity, one.title, "", 0), request.context, ()) for one in seen[:6]]


def _begun(request: ActorRequest, shell: Menu) -> Items:
    """New records somebody began to write and never saved."""
    kept = {one.form for one in drafts.unsaved(request)}
    found = []
    for entry in shell.create:
        label, back = _("New %(thing)s") % {"thing": lower(entry.label)}, f"{entry.url}?draft=1"
        if f"new-{entry.key}" in kept:
            found.append(line(label, back, "history"))
        if f"quick-{entry.key}" in kept:
            found.append(line(label, back, "history", dialog=quick_url(back)))
    return found[:3]


def _on(request: ActorRequest, page: RecordPage, words: tuple[str, ...]) -> Items:
    """What can be done with the record one stands on."""
    url = record_url(page.spec, page.id)
    offered = [
        (
            str(action.label),
            line(
                str(action.label),
                f"{url}do/{action.key}/",
                action.icon,
                words,
                **({"dialog": f"{url}do/{action.key}/"} if action.asks else {"post": str(page.version)}),
            ),
        )
        for action in page.actions
    ]
    if page.editable:
        offered.append(
            (_("Edit all fields"), line(_("Edit all fields"), form_url(page.spec, page.id), "pencil", words))
        )
    offered += _linked(request, page.spec, page.id, words)
    offered += _kept(request, page, words)
    offered.append((_("History"), line(_("History"), f"{url}?show=changes", "history", words)))
    if page.may_delete:
        delete = f"{url}delete/"
        offered.append((_("Delete"), line(_("Delete"), delete, "trash-2", words, dialog=delete)))
    return [item for label, item in offered if fits(f"{label} {page.title}", words)][:MOST_DOINGS]


def _kept(request: ActorRequest, page: RecordPage, words: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
    """Pinning and following the record one stands on."""
    url, pinned = record_url(page.spec, page.id), pins.is_pinned(request, page.id)
    known = watching.mine(int(request.actor.user_id or 0), page.id) if words else None
    follows = known is not None and known.followed
    star = _("Take off the side panel") if pinned else _("Pin to the side panel")
    bell = _("Stop following") if follows else _("Follow")
    return [
        (star, line(star, f"{url}pin?on={0 if pinned else 1}", "star", words, post=str(page.version))),
        (bell, line(bell, f"{url}follow?on={0 if follows else 1}", "bell", words, post=str(page.version))),
    ][: 2 if words else 1]


def _linked(
    request: ActorRequest, spec: EntitySpec, record_id: int, words: tuple[str, ...], title: str = ""
) -> list[tuple[str, dict[str, Any]]]:
    """New records that belong to this one, as its related lists offer them."""
    found = []
    for panel in spec.panels:
        other = registry()[panel.entity]
        may = reach(other, request.actor, "create") > Level.NONE
        if not may or panel.via not in recordpage.editable_fields(other, request.actor, "create"):
            continue
        thing = lower(say(other.declaration.label, request.context))
        label = _("New %(thing)s for %(title)s") % {"thing": thing, "title": title} if title else ""
        label = label or _("New %(thing)s here") % {"thing": thing}
        address = f"/{other.plural}/new/?" + urlencode(
            {panel.via: encode(record_id), "next": record_url(spec, record_id)}
        )
        found.append((label, _create(label, address, words)))
    return found


def _doings(
    request: ActorRequest, shell: Menu, words: tuple[str, ...], best: Hit | None, page: RecordPage | None
) -> Items:
    offered = []
    for entry in shell.create:
        label = _("New %(thing)s") % {"thing": lower(entry.label)}
        press = ("C", entry.keys.upper()) if entry.keys else ()
        offered.append((label, _create(label, entry.url, words) | {"press": press}))
    if words:
        for spec in importable(request.actor):
            label = _("Import %(things)s") % {"things": lower(str(spec.declaration.label_plural))}
            offered.append((label, line(label, f"/imports/?entity={spec.key}", "file-up", words)))
    found = [item for label, item in offered if fits(label, words)]
    if best is not None and not registry()[best.entity].declaration.directory and (page is None or page.id != best.id):
        found += [item for _label, item in _linked(request, registry()[best.entity], best.id, words, best.title)[:3]]
    return found[:MOST_DOINGS]


def _places(request: ActorRequest, shell: Menu, words: tuple[str, ...]) -> Items:
    offered: list[tuple[str, dict[str, Any]]] = []
    for area in shell.areas:
        entries = area.entries or (area,)
        for entry in entries:
            press = ("G", entry.keys.upper()) if entry.keys else ()
            sub = area.label if area.at_end and entry is not area else ""
            offered.append((entry.label, line(entry.label, entry.url, entry.icon, words, press=press, sub=sub)))
    if words:
        offered += _views(request, shell, words)
    offered.append((_("Pinned and followed"), line(_("Pinned and followed"), "/pinned/", "star", words)))
    offered += [
        (label, line(label, url, icon, words))
        for label, url, icon in (
            (_("History"), "/changes/", "history"),
            (_("Imports"), "/imports/" if importable(request.actor) else "", "file-up"),
            (_("Exports"), "/exports/", "download"),
        )
        if url and words
    ]
    return [item for label, item in offered if fits(label, words)][: MOST_PLACES if words else 20]


def _views(request: ActorRequest, shell: Menu, words: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
    """The tabs of the lists, those people saved too, under the name of their list."""
    found = []
    for area in shell.main_areas:
        for entry in area.entries:
            if entry.key not in registry():
                continue
            for view in savedviews.declared(query.rows(entry.key, request.actor)):
                label = str(view.label)
                item = line(label, f"{entry.url}?view={view.key}", "bookmark", words, end=entry.label)
                found.append((f"{label} {entry.label}", item))
    places = {entry.key: entry for area in shell.areas for entry in area.entries if entry.key in registry()}
    for entity, key, name, look in savedviews.everywhere(request.actor):
        if entity in places:
            entry = places[entity]
            address = f"/{registry()[entity].plural}/{'board' if look == 'board' else ''}?view={key}"
            found.append((f"{name} {entry.label}", line(name, address, "bookmark", words, end=entry.label)))
    return found

"""Related lists of a record's page, as they are drawn."""

from typing import Any
from urllib.parse import urlencode

from django.middleware.csrf import get_token
from django.utils.translation import gettext as _

from tracte.engine.recordpage import RecordPage, Related
from tracte.kernel.ids import encode
from tracte.meta.entity import Panel
from tracte.meta.kinds.base import say
from tracte.meta.registry import registry
from tracte.meta.values import shown_title
from tracte.web import recordparts as parts
from tracte.web.addresses import record_url
from tracte.web.request import ActorRequest
from tracte.web.tablepanels import Table

FOR = "for"  # the related list a quick form was opened from


def panel(
    request: ActorRequest, page: RecordPage, one: Related, fresh: int | None = None, used: str = ""
) -> dict[str, Any]:
    """A related list for ``components/related.html``, or a table for ``record/table_panel.html``.

    :param fresh: the row that was just added, which is marked for a moment.
    :param used: the button of that row in a table which was just used.
    """
    label = say(one.panel.label or one.spec.declaration.label_plural, page.context)
    thing = say(one.spec.declaration.label, page.context)
    me = encode(page.id)
    items = []
    for values in () if one.panel.table else one.values:
        name = one.panel.named_by
        title = shown_title(one.spec, values, page.context)
        title = parts.value_text(one.spec.fields[name], values.get(name), page.context) if name else title
        fields = [field for field in one.fields if field != name]
        item = parts.related_item(one.spec, values, fields, title, page.context)
        item["url"] = record_url(one.spec, values["id"])
        item["title"] = item["title"] or thing
        item["fresh"] = values["id"] == fresh
        items.append(item)
    listed = one.spec.declaration.timeline and one.panel.via in one.spec.references
    where = f"{one.panel.via}={me}"
    rest = one.count - len(one.values)
    given = urlencode({one.panel.via: me, "next": record_url(page.spec, page.id)})
    new = f"/{one.spec.plural}/new/"
    quick = f"{new}quick?{urlencode({FOR: one.panel.key})}&{given}" if one.panel.quick else ""
    return {
        "key": one.panel.key.replace(".", "-"),
        "title": label,
        "count": f"{one.count}+" if one.capped else one.count,
        "items": items,
        "add_url": f"{new}?{given}" if one.may_add else "",
        "add_dialog": quick if one.may_add else "",
        "add_label": _("New: %(thing)s") % {"thing": thing},
        "all_url": f"/{one.spec.plural}/?{where}" if listed else "",
        "more": (_("All %(count)s") % {"count": f"{one.count}+" if one.capped else one.count}) if rest > 0 else "",
        "empty": _("None yet"),
        "table": table_of(request, page, one, (fresh or 0, used)).shown() if one.panel.table else None,
    }


def table_of(request: ActorRequest, page: RecordPage, one: Related, used: tuple[int, str] = (0, "")) -> Table:
    """A related list as a table."""
    return Table(page, one, request.csp_nonce, get_token(request), used)  # type: ignore[attr-defined]


def parts_of(page: RecordPage) -> list[dict[str, str]]:
    """What modules draw themselves: its name and where it is."""
    url = record_url(page.spec, page.id)
    return [
        {"key": one.key, "title": say(one.label, page.context), "url": f"{url}{one.key}/"}
        for one in page.spec.declaration.parts
    ]


def later(page: RecordPage, one: Panel) -> dict[str, str]:
    """A related list that comes after the page: its name and where it is."""
    spec = registry()[one.entity]
    slug = one.key.replace(".", "-")
    label = say(one.label or spec.declaration.label_plural, page.context)
    return {"key": slug, "title": label, "url": f"{record_url(page.spec, page.id)}list/{slug}/"}

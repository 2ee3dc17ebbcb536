"""Related lists of a record's page, as they are drawn."""

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from tracte.engine.recordpage import RecordPage, Related
from tracte.kernel.ids import encode
from tracte.meta.kinds.base import say
from tracte.meta.values import shown_title
from tracte.web import recordparts as parts
from tracte.web.addresses import record_url

FOR = "for"  # the related list a quick form was opened from


def panel(page: RecordPage, one: Related, fresh: int | None = None) -> dict[str, Any]:
    """A related list for ``components/related.html``.

    :param fresh: the row that was just added, which is marked for a moment.
    """
    label = say(one.panel.label or one.spec.declaration.label_plural, page.context)
    thing = say(one.spec.declaration.label, page.context)
    me = encode(page.id)
    items = []
    for values in one.values:
        title = shown_title(one.spec, values, page.context)
        item = parts.related_item(one.spec, values, one.fields, title, page.context)
        item["url"] = record_url(one.spec, values["id"])
        item["title"] = item["title"] or thing
        item["fresh"] = values["id"] == fresh
        items.append(item)
    listed = one.spec.declaration.timeline and one.panel.via in one.spec.references
    where = f"{one.panel.via}={me}"
    rest = one.count - len(items)
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
    }

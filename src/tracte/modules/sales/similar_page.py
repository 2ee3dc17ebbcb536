"""Similar won deals on the page of a deal: fetched once the page is there, a page of its own without script."""

from dataclasses import replace
from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tracte.engine import recordpage
from tracte.engine.titles import titles_for
from tracte.meta.kinds.base import Context
from tracte.modules.sales.similar import Similar, like
from tracte.records import query
from tracte.records.query import Rows
from tracte.web import recordparts as parts
from tracte.web.addresses import record_url
from tracte.web.request import ActorRequest, is_fragment, with_actor


def _why(share: str) -> str:
    return {
        "product": _("same product"),
        "industry": _("same industry"),
        "type": _("same type"),
        "amount": _("similar amount"),
    }[share]


@require_safe
@with_actor
def similar_page(request: ActorRequest, record: str) -> HttpResponseBase:
    """``GET /opportunities/{id}/similar/``."""
    pk = query.record_id(record)
    found = like(request.actor, pk)
    rows = query.rows("opportunity", request.actor)
    values = [one.values for one in found]
    context = replace(rows.context, titles=titles_for(rows.spec, values, request.actor, ("account", "won_reason")))
    shown: dict[str, Any] = {"items": [_item(rows, one, context) for one in found]}
    if is_fragment(request):
        return render(request, "sales/similar.html", shown)
    page = recordpage.read("opportunity", request.actor, pk, related=False)
    shown |= {"area": page.spec.declaration.area, "module": page.spec.key, "title": page.title}
    return render(request, "sales/similar_page.html", shown | {"back": record_url(page.spec, pk)})


def _item(rows: Rows, one: Similar, context: Context) -> dict[str, Any]:
    def text(name: str) -> str:
        kind = rows.visible.get(name)
        return parts.value_text(kind, one.values.get(name), context) if kind else ""

    took = ""
    if one.days is not None:
        took = ngettext("%(n)s day", "%(n)s days", one.days) % {"n": one.days}
    return {
        "title": text("name"),
        "url": record_url(rows.spec, one.values["id"]),
        "account": text("account"),
        "amount": text("amount"),
        "took": took,
        "why": [_why(share) for share in one.shares],
        "learned": " · ".join(filter(None, (text("won_reason"), text("lost_detail")))),
    }

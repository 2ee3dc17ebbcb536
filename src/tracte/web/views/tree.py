"""The page of a record with everything below it."""

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tracte.engine import recordpage
from tracte.kernel.money import Money, show_money
from tracte.kernel.problems import NotFound
from tracte.meta.kinds.base import say
from tracte.web.addresses import record_url, spec_of
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.record import head


@require_safe
@with_actor
def tree_page(request: ActorRequest, plural: str, record_id: int) -> HttpResponseBase:
    """``GET /{plural}/{id}/tree/``: a record with everything below it, and what all of it holds together."""
    spec = spec_of(plural)
    if recordpage.tree_field(spec) is None:
        raise NotFound(plural)
    page = recordpage.read(spec.key, request.actor, record_id, related=False)
    branches = recordpage.tree(spec.key, request.actor, record_id)
    sums = recordpage.rolled_up(spec.key, request.actor, [one.id for one in branches][:1000])
    return render(
        request,
        "record/tree.html",
        {
            "area": spec.declaration.area,
            "module": spec.key,
            "title": page.title,
            "record": head(request, page, record_url(spec, record_id)),
            "back": record_url(spec, record_id),
            "branches": [
                {
                    "title": one.title,
                    "url": record_url(spec, one.id),
                    "depth": min(one.depth, 6),
                    "self": one.id == record_id,
                }
                for one in branches
            ],
            "sums": [
                {
                    "label": say(one.spec.declaration.label_plural, page.context),
                    "count": one.count,
                    "money": [
                        show_money(Money(amount, unit), page.context.language) for unit, amount in one.money.items()
                    ],
                }
                for one in sums
            ],
        },
    )

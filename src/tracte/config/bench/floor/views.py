"""Bare Django views: a list, a record, JSON and an insert. Nobody signs in, nothing is checked."""

from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from tracte.config.bench.floor.table import Bare
from tracte.kernel.ids import new_id

COLUMNS = ("pk", "first_name", "last_name", "job_title", "email", "mobile", "account_id", "owner_id", "modified_at")


def contact_list(request: HttpRequest) -> HttpResponse:
    """Fifty rows with account and owner, no more columns than shown, rendered by a template loop.

    By name or last changed first, from the start or after a row, all or those of a city.
    """
    asked = request.GET
    rows = Bare._default_manager.values(*COLUMNS, account_name=F("account__name"), owner_name=F("owner__name"))
    rows = rows.order_by("-modified_at", "-id") if asked.get("sort") else rows.order_by("title_key", "id")
    if city := asked.get("city"):
        rows = rows.filter(address_city=city)
    if after := asked.get("after"):
        rows = rows.filter(Q(title_key__gt=after) | Q(title_key=after, pk__gt=asked["id"]), title_key__gte=after)
    return _page("floor/list.html", {"rows": rows[:50]})


def contact_record(request: HttpRequest, pk: int) -> HttpResponse:
    """One row with every column."""
    record = Bare._default_manager.select_related("account", "owner").get(pk=pk)
    fields = [(field.verbose_name, getattr(record, field.attname)) for field in Bare._meta.concrete_fields]
    return _page("floor/record.html", {"record": record, "fields": fields})


def contact_json(request: HttpRequest) -> JsonResponse:
    """Fifty rows as JSON."""
    rows: Any = Bare._default_manager.order_by("title_key", "id").values(*COLUMNS)[:50]
    return JsonResponse({"data": list(rows)})


@csrf_exempt
def contact_insert(request: HttpRequest) -> JsonResponse:
    """Insert the posted row and commit."""
    values: dict[str, Any] = request.POST.dict()
    values |= {"title_key": values["last_name"].lower(), "created_at": timezone.now(), "modified_at": timezone.now()}
    with transaction.atomic():
        made = Bare._default_manager.create(pk=new_id(), cf={}, **values)
    return JsonResponse({"id": made.pk}, status=201)


def _page(name: str, values: dict[str, Any]) -> HttpResponse:
    """A template by itself: without the request, none of the product's context is made for it."""
    return HttpResponse(loader.render_to_string(name, values))

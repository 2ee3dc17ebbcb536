"""Bare Django views: a list, a record, JSON and an insert."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from tracte.config.bench.floor.models import Bare
from tracte.kernel.ids import new_id

COLUMNS = ("pk", "first_name", "last_name", "job_title", "email", "mobile", "account_id", "owner_id", "modified_at")


def contact_list(request: HttpRequest) -> HttpResponse:
    """Fifty rows by name with account and owner, rendered by a template loop."""
    rows = Bare._default_manager.select_related("account", "owner").order_by("title_key", "id")
    city = request.GET.get("city")
    if city:
        rows = rows.filter(address_city=city)
    return render(request, "floor/list.html", {"rows": rows[:50]})


def contact_record(request: HttpRequest, pk: int) -> HttpResponse:
    """One row with every column."""
    record = Bare._default_manager.select_related("account", "owner").get(pk=pk)
    fields = [(field.verbose_name, getattr(record, field.attname)) for field in Bare._meta.concrete_fields]
    return render(request, "floor/record.html", {"record": record, "fields": fields})


def contact_json(request: HttpRequest) -> JsonResponse:
    """Fifty rows as JSON."""
    rows: Any = Bare._default_manager.order_by("title_key", "id").values(*COLUMNS)[:50]
    return JsonResponse({"data": list(rows)})


@csrf_exempt
def contact_insert(request: HttpRequest) -> JsonResponse:
    """Insert the posted row and commit."""
    values = {name: request.POST.get(name) for name in ("first_name", "last_name", "email", "mobile")}
    with transaction.atomic():
        made = Bare._default_manager.create(pk=new_id(), title_key=str(values["last_name"]).lower(), cf={}, **values)
    return JsonResponse({"id": made.pk}, status=201)

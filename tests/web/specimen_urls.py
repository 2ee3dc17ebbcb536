"""The product's addresses and one for each specimen page."""

from pathlib import Path

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import engines
from django.urls import include, path
from django.views.i18n import set_language
from tests.web import specimens

from tracte.web import menu

FOLDER = Path(__file__).resolve().parent / "pages"
moves: list[dict[str, str]] = []


def page(request: HttpRequest, name: str) -> HttpResponse:
    """A specimen page in the shell, with whatever the query asks for."""
    menu.provide(specimens.menu)
    area, module, values = specimens.PAGES[name]
    if request.GET.get("toast"):
        messages.success(request, "Moved to Negotiation", extra_tags="undo:/changes/1/undo")
    context = {"area": area, "module": module, **values()}
    if name == "record":
        context |= specimens.record_parts(request.csp_nonce)  # type: ignore[attr-defined]
    if request.GET.get("gate"):
        context["gate"] = specimens.GATE
    template = engines["django"].from_string((FOLDER / f"{name}.html").read_text(encoding="utf-8"))
    return HttpResponse(template.render(context, request))


def move(request: HttpRequest, card: str) -> HttpResponse:
    """A move on the board: the last stage is gated, the rest is allowed."""
    moves.append({"card": card, "stage": request.POST["stage"], "before": request.POST["before"]})
    if request.POST["stage"] == "s4":
        return render(request, "components/gate_dialog.html", {"gate": specimens.GATE}, status=422)
    if request.POST["stage"] == "s3":
        return HttpResponse("broken", status=500)
    return HttpResponse(status=204)


def palette(request: HttpRequest) -> HttpResponse:
    """What the palette finds."""
    item = {
        "title_html": request.GET.get("q", ""),
        "sub": "Account",
        "url": "/specimens/record",
        "sign": "org",
        "name": "H",
    }
    return render(
        request,
        "components/palette_list.html",
        {"groups": [{"title": "Records", "items": [item]}], "asked": request.GET.get("q", "")},
    )


def pick(request: HttpRequest, entity: str) -> JsonResponse:
    """What a reference picker finds."""
    return JsonResponse([{"id": "0xyz", "title": "Harbourline Freight Ltd", "sub": "Felixstowe"}], safe=False)


def field(request: HttpRequest, key: str) -> HttpResponse:
    """A field being edited in place."""
    return render(
        request, "record/field_edit.html", {"f": {**specimens.PAGES["components"][2]()["edit_field"], "key": key}}
    )


def login(request: HttpRequest) -> HttpResponse:
    """The sign-in page of a demo home."""
    people = [
        {"name": "Núria Ferrer", "role": "Owner", "value": "1"},
        {"name": "Jordi Puigdellívol", "role": "Sales manager", "value": "2"},
    ]
    from allauth.account.forms import LoginForm

    context = {
        "form": LoginForm(request=request),
        "demo_people": people,
        "demo_url": "/demo",
        "company_name": "Ferrer & Puig",
    }
    return render(request, "account/login.html", context)


urlpatterns = [
    path("specimens/<str:name>", page),
    path("specimen-login", login),
    path("opportunities/<str:card>/move", move),
    path("search", palette),
    path("pick/<str:entity>", pick),
    path("field/<str:key>/", field),
    path("i18n/setlang/", set_language, name="set_language"),
    path("auth/", include("allauth.urls")),
]

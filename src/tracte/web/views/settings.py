"""Settings: an overview, one's own profile, the company, and what the program says about itself."""

from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tracte.engine import forms
from tracte.kernel.ids import encode
from tracte.kernel.problems import NotFound, Problem, Rejected
from tracte.meta.registry import registry
from tracte.records import door
from tracte.records.door import Op
from tracte.web import navigation
from tracte.web.addresses import done
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.actions import form_field, summary

OWN_FIELDS = ("name", "language", "timezone", "theme", "density", "shortcuts")
PREFERENCES = ("theme", "density", "language")
YEAR_SECONDS = 31_536_000


def require_admin(request: ActorRequest) -> None:
    """Pages for administrators are not there for anybody else.

    :raises NotFound: for everybody but administrators.
    """
    if not request.actor.admin:
        raise NotFound("settings")


@require_safe
@with_actor
def overview(request: ActorRequest) -> HttpResponse:
    """``GET /settings/``: one card for each page of settings the person may use."""
    context = {"area": "settings", "module": "settings", "groups": navigation.settings_groups(request.actor)}
    return render(request, "settings/overview.html", context)


@require_safe
@with_actor
def about(request: ActorRequest) -> HttpResponse:
    """``GET /settings/about/``: version, licence, where the source is, and what it runs on."""
    engine = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor)
    return render(request, "settings/about.html", {"area": "settings", "module": "about", "database": engine})


@require_safe
@with_actor
def company(request: ActorRequest) -> HttpResponse:
    """``GET /settings/company/``: there is one company; this leads to its form."""
    require_admin(request)
    found = next(iter(request.snapshot.directory.get("company", {})), None)
    if found is None:
        return HttpResponseRedirect("/companies/new/?next=/settings/")
    return HttpResponseRedirect(f"/companies/{encode(found)}/edit/?next=/settings/")


@require_http_methods(["GET", "POST"])
@with_actor
def profile(request: ActorRequest) -> HttpResponseBase:
    """``/settings/profile/``: what everybody may change about themselves."""
    me = int(request.actor.user_id or 0)
    values: dict[str, Any] = dict(request.snapshot.rows["user"][me])
    problems: list[Problem] = []
    if request.method == "POST":
        raw = dict(forms.sent(registry()["user"], OWN_FIELDS, request.POST, request.actor))
        try:
            set_id = write_own(request, raw)
        except Rejected as refused:
            values, problems = values | raw, refused.problems
        else:
            # The page after it speaks the language just chosen.
            with override(request.POST.get("language") or request.actor.language):
                done(request, _("Saved") if set_id else _("Nothing had changed"), set_id)
            return _remembered(HttpResponseRedirect("/settings/profile/"), raw)
    return render(
        request, "settings/profile.html", _profile(request, values, problems), status=422 if problems else 200
    )


def _profile(request: ActorRequest, values: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    spec, page = registry()["user"], SimpleNamespace(context=request.context)

    def shown(*names: str) -> list[dict[str, Any]]:
        return [form_field(request, spec, name, values.get(name), page, problems) for name in names]

    form = {
        "title": _("Profile"),
        "action": "/settings/profile/",
        "save_label": _("Save"),
        "cancel_url": "/settings/",
        "problems": summary(spec, problems, page),
        "groups": [
            {"title": _("You"), "text": _("Your name as others see it."), "fields": shown("name")},
            {
                "title": _("Language and time"),
                "text": _("Texts, dates, numbers and times follow these."),
                "fields": shown("language", "timezone"),
            },
            {"title": _("Appearance"), "text": _("On every device you use."), "fields": shown("theme", "density")},
            {
                "title": _("Keyboard"),
                "text": _("Press ? on any page for the list of shortcuts."),
                "fields": shown("shortcuts"),
            },
        ],
    }
    return {"area": "settings", "module": "profile", "title": _("Profile"), "form": form}


def write_own(request: ActorRequest, raw: dict[str, Any]) -> int | None:
    """Write a person's own preferences: everybody may change these of themselves, and nothing else.

    :returns: the change set, or ``None`` when nothing changed.
    :raises Rejected: with every problem.
    """
    own = {name: value for name, value in raw.items() if name in OWN_FIELDS}
    context = request.context
    user = registry()["user"]
    stored = request.snapshot.rows["user"][int(request.actor.user_id or 0)]
    parsed, problems = {}, []
    for name, value in own.items():
        values, faults = user.fields[name].parse_many([value], context)
        if faults:
            problems.append(Problem(name, faults[0].code, faults[0].params))
        else:
            parsed[name] = values[0]
    if problems:
        raise Rejected(problems)
    changed = {name: value for name, value in parsed.items() if stored.get(name) != value}
    if not changed:
        return None
    writer = door.begin(request.actor, "ui", free=True)
    writer.write("user", "update", [Op(changed, id=request.actor.user_id, canonical=True)], partial=False)
    writer.finish()
    return writer.set_id


@require_POST
@with_actor
def preferences(request: ActorRequest) -> HttpResponse:
    """``POST /settings/preferences``: the switches of the top bar: theme, density, language."""
    raw = {name: request.POST[name] for name in PREFERENCES if name in request.POST}
    unknown = [name for name in request.POST if name not in (*PREFERENCES, "csrfmiddlewaretoken")]
    if unknown or not raw:
        name = unknown[0] if unknown else "theme"
        raise Rejected([Problem(name, "unknown_parameter", {"name": name})], status=400)
    write_own(request, raw)
    return _remembered(HttpResponse(status=204), raw)


def _remembered(response: HttpResponse, raw: dict[str, Any]) -> HttpResponse:
    """This device shows at once what was chosen."""
    for name in ("theme", "density"):
        if raw.get(name):
            cookie = f"tracte_{name}"
            response.set_cookie(cookie, str(raw[name]), max_age=YEAR_SECONDS, samesite="Lax")
    return response

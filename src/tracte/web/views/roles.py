"""Roles and their rights: one page with a reach for each verb on each kind of record."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from tracte.engine import supposing
from tracte.engine.access import VERB_LABELS, level_words
from tracte.kernel.actor import FOLLOWS, VERBS, Level
from tracte.kernel.actor import granted as reached
from tracte.kernel.ids import encode
from tracte.kernel.locales import and_list
from tracte.kernel.problems import Conflict, NotFound, Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.meta.registry import EntitySpec, registry
from tracte.records import door
from tracte.web.addresses import done
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.settings import require_admin

EVERY = "*"
SUPPOSE = "suppose"  # the button that asks what would change
ORDER = ("", "readonly", "hidden")
LEVELS = ("none", "own", "team", "unit", "all")
Grants = Mapping[str, Mapping[str, str]]


@require_safe
@with_actor
def role_list(request: ActorRequest) -> HttpResponse:
    """``GET /settings/roles/``: every role with its holders."""
    require_admin(request)
    held: dict[int, int] = {}
    for member in request.snapshot.members.values():
        for role in member.roles if member.active else ():
            held[role] = held.get(role, 0) + 1
    rows = [row for row in request.snapshot.rows.get("role", {}).values() if row["deleted_at"] is None]
    roles = [
        {
            "name": row["name"],
            "text": row["description"] or "",
            "url": f"/settings/roles/{encode(row['id'])}/",
            "count": ngettext("%(n)d person", "%(n)d people", held.get(row["id"], 0)) % {"n": held.get(row["id"], 0)},
        }
        for row in rows
    ]
    return render(request, "settings/roles.html", {"area": "settings", "module": "role", "roles": roles})


@require_http_methods(["GET", "POST"])
@with_actor
def role_page(request: ActorRequest, record_id: int) -> HttpResponseBase:
    """``/settings/roles/{id}/``: the rights of one role, saved as one change set."""
    role = role_of(request, record_id)
    grants: Grants = role["grants"] or {}
    problems: list[Problem] = []
    if request.method == "POST":
        grants = read_grants(request, grants)
        if SUPPOSE not in request.POST:
            saved = save_role(request, record_id, {"grants": grants}, _("Rights saved"))
            if isinstance(saved, HttpResponseBase):
                return saved
            problems = saved
    found = {
        "area": "settings",
        "module": "role",
        "role": role,
        "version": version_of(record_id),
        "edit_url": f"/roles/{encode(record_id)}/edit/?next={request.path}",
        "fields_url": f"/settings/roles/{encode(record_id)}/fields/",
        "masked": sum(len(fields) for fields in (role["masks"] or {}).values()),
        "verbs": [VERB_LABELS[verb] for verb in VERBS],
        "rows": list(_rows(grants)),
        "effects": supposed(request, record_id, {"grants": grants}),
        "problems": [problem.message for problem in problems],
    }
    return render(request, "settings/role.html", found, status=409 if problems else 200)


def supposed(request: ActorRequest, role: int, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the rights in the form would change for whom, when that was asked: for ``settings/effects.html``."""
    if SUPPOSE not in request.POST:
        return None
    found = supposing.effects(role, values, request.context)
    return {
        "people": [_effect_words(one, request) for one in found.people],
        "holders": ngettext("%(n)d person holds this role.", "%(n)d people hold this role.", found.holders)
        % {"n": found.holders},
        "more": ngettext("One more was not looked at.", "%(n)d more were not looked at.", found.more)
        % {"n": found.more}
        if found.more
        else "",
    }


def _effect_words(effect: supposing.Effect, request: ActorRequest) -> dict[str, Any]:
    lines = []
    for row in effect.rows:
        what = f"{say(row.spec.declaration.label_plural, request.context)}: {VERB_LABELS[row.verb]}"
        lines += [
            {"sign": sign, "what": what, "count": _counted(moved.count), "titles": and_list(moved.titles, language)}
            for sign, moved in (("gain", row.gained), ("loss", row.lost))
            if moved.count
            for language in (request.context.language,)
        ]
    words = {"": _("as usual"), "readonly": _("read-only"), "hidden": _("hidden")}
    for one in effect.fields:
        what = f"{say(one.spec.declaration.label, request.context)}: {one.label}"
        sign = "loss" if ORDER.index(one.after) > ORDER.index(one.before) else "gain"
        lines.append({"sign": sign, "what": what, "count": f"{words[one.before]} → {words[one.after]}", "titles": ""})
    return {"name": effect.name, "lines": lines}


def _counted(count: int) -> str:
    if count > supposing.COUNTED:
        return _("more than %(n)d records") % {"n": supposing.COUNTED}
    return ngettext("%(n)d record", "%(n)d records", count) % {"n": count}


def role_of(request: ActorRequest, record_id: int) -> Mapping[str, Any]:
    """The values of a role an administrator looks at.

    :raises NotFound: for everybody else, and for a role that is not there.
    """
    require_admin(request)
    role = request.snapshot.rows.get("role", {}).get(record_id)
    if role is None or role["deleted_at"] is not None:
        raise NotFound("role")
    return role


def save_role(
    request: ActorRequest, record_id: int, values: Mapping[str, Any], said: str
) -> HttpResponseBase | list[Problem]:
    """Write a part of a role on the version the form was made of: the answer, or what stands against it."""
    version = request.POST.get("version", "")
    try:
        outcome = door.update(
            request.actor,
            "role",
            record_id,
            values,
            origin="ui",
            version=int(version) if version.isdecimal() else None,
            canonical=True,
        )
    except Conflict:
        return [Problem(None, "stale")]
    except Rejected as refused:
        return refused.problems
    done(request, _("Nothing had changed") if outcome.unchanged else said, outcome.set_id)
    return HttpResponseRedirect(request.path)


def version_of(record_id: int) -> int:
    """The version of a role as it is stored now."""
    model = registry()["role"].model
    return int(model._default_manager.filter(pk=record_id).values_list("version", flat=True)[0])


def granted() -> list[EntitySpec]:
    """The kinds of record rights are given for: not settings, not parts of another record."""
    return [
        spec
        for spec in registry()
        if not spec.declaration.directory and not spec.declaration.admin_only and spec.declaration.parent is None
    ]


def _rows(grants: Grants) -> Iterator[dict[str, Any]]:
    yield {"label": _("Everything else"), "cells": [_cell(grants, EVERY, verb) for verb in VERBS]}
    for spec in granted():
        cells = [_cell(grants, spec.key, verb) for verb in VERBS]
        yield {"label": str(spec.declaration.label_plural), "icon": spec.declaration.icon, "cells": cells}


def _cell(grants: Grants, entity: str, verb: str) -> dict[str, Any]:
    """One select; the reach that holds when nothing is chosen stands in brackets."""
    name = str(registry()[entity].declaration.label_plural) if entity != EVERY else _("Everything else")
    chosen = grants.get(entity, {}).get(verb, "")
    otherwise = _otherwise(grants, entity, verb)
    options = [(level, level_words(level), level == chosen) for level in LEVELS]
    if entity != EVERY or verb in FOLLOWS:
        options.insert(0, ("", _("(%(reach)s)") % {"reach": level_words(otherwise)}, not chosen))
    elif not chosen:
        options = [(level, words, level == otherwise) for level, words, _chosen in options]
    label = f"{name}: {VERB_LABELS[verb]}"
    return {"name": f"{entity}:{verb}", "label": label, "options": options, "reach": chosen or otherwise}


def _otherwise(grants: Grants, entity: str, verb: str) -> str:
    """The reach of a right nothing is said of itself."""

    def said(one: str, asked: str) -> Level | None:
        level = None if (one, asked) == (entity, verb) else grants.get(one, {}).get(asked)
        return None if level is None else Level.named(level)

    return reached(said, entity, verb).name.lower()


def read_grants(request: HttpRequest, before: Grants) -> dict[str, dict[str, str]]:
    """The grants a form sent; entities the page does not show keep theirs.

    :raises Rejected: status 400 for a reach that does not exist.
    """
    shown = {EVERY, *(spec.key for spec in granted())}
    grants = {entity: dict(verbs) for entity, verbs in before.items() if entity not in shown}
    for entity in (EVERY, *(spec.key for spec in granted())):
        chosen = {verb: request.POST.get(f"{entity}:{verb}", "") for verb in VERBS}
        given = {verb: level for verb, level in chosen.items() if level}
        wrong = next((level for level in given.values() if level not in LEVELS), None)
        if wrong is not None:
            raise Rejected([Problem("grants", "bad_grant", {"value": wrong[:40]})], status=400)
        if given:
            grants[entity] = given
    return grants

"""What the pages of sharing rules and of private fields have in common: a form in sections that draws itself again at
each step, with those it is for in the end, saved through the door as one change set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracte.engine import forms
from tracte.engine.naming import named_by
from tracte.kernel.ids import encode
from tracte.kernel.problems import Conflict, Fault, NotFound, Problem, Rejected
from tracte.meta.kinds.reference import read_id
from tracte.meta.registry import EntitySpec, registry
from tracte.records import query
from tracte.records.principals import NAMING
from tracte.web import controls
from tracte.web.addresses import done, go, record_url
from tracte.web.request import ActorRequest, is_fragment
from tracte.web.stale import sent_version
from tracte.web.views.actions import form_field, summary
from tracte.web.views.settings import require_admin

Field = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Named:
    """A rule or field group on its page.

    :param id: of the stored one, ``None`` for a new one. :param url: of its list in the settings.
    :param values: what the form shows, canonical or as it was typed. :param stored: what is stored of it.
    :param version: the version the form was made of.
    """

    spec: EntitySpec
    id: int | None
    url: str
    values: Mapping[str, Any]
    stored: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None

    @property
    def address(self) -> str:
        return f"{self.url}{encode(self.id)}/" if self.id is not None else f"{self.url}new/"

    @property
    def kind(self) -> EntitySpec | None:
        """The kind of record it is about; ``None`` while none is chosen."""
        chosen = self.values.get("kind")
        known = isinstance(chosen, str) and chosen in registry() and registry()[chosen].declaration.shareable
        return registry()[str(chosen)] if known else None


def begun(request: ActorRequest, entity: str, url: str, record_id: int | None, names: Sequence[str]) -> Named:
    """What an administrator looks at: the stored one, or what was sent of it.

    :param names: the fields of its form.
    :raises NotFound: for everybody else, and for one that is not there.
    """
    require_admin(request)
    spec, stored = registry()[entity], dict[str, Any]()
    if record_id is not None:
        row = request.snapshot.rows.get(entity, {}).get(record_id)
        if row is None or row["deleted_at"] is not None:
            raise NotFound(entity)
        stored = {**row, **named_by(request.snapshot, entity, record_id)}
    if request.method == "POST":
        sent = forms.sent(spec, names, request.POST, request.actor)
        return Named(spec, record_id, url, {**stored, **sent}, stored, sent_version(request))
    values = stored or forms.initial(spec, names, request.actor, request.context)
    return Named(spec, record_id, url, values, stored, version_of(request, spec, record_id))


def version_of(request: ActorRequest, spec: EntitySpec, record_id: int | None) -> int | None:
    """The version as it is stored now."""
    if record_id is None:
        return None
    return int(query.rows(spec.key, request.actor).get(record_id, ())["version"])


def ids_in(request: ActorRequest, values: Mapping[str, Any]) -> dict[str, Sequence[int]]:
    """Whom the form names now, what cannot be read left out."""
    found: dict[str, Sequence[int]] = {}
    for name in NAMING:
        ids: list[int] = []
        for raw in values.get(name) or ():
            try:
                ids.append(read_id(raw, request.context))
            except Fault:
                continue
        found[name] = ids
    return found


def save(request: ActorRequest, named: Named, raw: Mapping[str, Any]) -> HttpResponseBase | list[Problem]:
    """Write it through the door: the answer, or all that stands against it."""
    made: dict[str, int | None] = {}

    def create() -> int | None:
        outcome = forms.create(request.actor, named.spec.key, dict(raw), accepted=request.POST.get("accept", ""))
        made["set"] = outcome.set_id
        return outcome.id

    try:
        if named.id is None:
            controls.once(request, create)
        else:
            outcome = forms.update(request.actor, named.spec.key, named.id, dict(raw), named.version)
            made["set"] = outcome.set_id
            if outcome.unchanged:
                done(request, _("Nothing had changed"), None)
                return go(request, named.url)
    except Conflict:
        return [Problem(None, "stale")]
    except Rejected as refused:
        return refused.problems
    done(request, _("%(name)s saved") % {"name": raw.get("name") or named.spec.declaration.label}, made.get("set"))
    return go(request, named.url)


def shown(
    request: ActorRequest,
    named: Named,
    problems: Sequence[Problem],
    sections: Callable[[Field], Sequence[Mapping[str, Any]]],
    told: str,
    hidden: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """The page, or only its form for the script.

    :param sections: makes the sections of the form; it is given what draws a field.
    :param told: what it would do, in words.
    """
    page = SimpleNamespace(context=request.context)

    def drawn(name: str) -> dict[str, Any]:
        return form_field(request, named.spec, name, named.values.get(name), page, problems)

    stale = any(problem.code == "stale" for problem in problems)
    version = version_of(request, named.spec, named.id) if stale else named.version
    label = str(named.spec.declaration.label)
    title = str(named.stored.get("name") or "") or _("New %(thing)s") % {"thing": label[:1].lower() + label[1:]}
    found = {
        "area": "settings",
        "module": named.spec.key,
        "title": title,
        "delete_url": f"{record_url(named.spec, named.id)}delete/?next={named.url}" if named.id is not None else "",
        "form": {
            "url": named.address,
            "title": title,
            "hidden": [("version", version or ""), (controls.NONCE, controls.nonce_of(request)), *hidden],
            "problems": summary(named.spec, problems, page),
            "sections": sections(drawn),
            "told": told,
            "back": named.url,
        },
    }
    template = "settings/named_form.html" if is_fragment(request) else "settings/named.html"
    return render(request, template, found, status=409 if stale else 422 if problems else 200)


def chosen_again(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """A field whose change draws the form anew."""
    return {**drawn, "input": format_html('<span data-again="f-{}">{}</span>', drawn["key"], drawn["input"])}


def counted_people(count: int) -> str:
    return ngettext("%(n)d person", "%(n)d people", count) % {"n": count}

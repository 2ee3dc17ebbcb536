"""Drafts of forms, as the pages offer them: what was typed and never saved comes back on any device."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from tracte.kernel.ids import encode
from tracte.kernel.problems import Problem, Rejected
from tracte.meta.registry import EntitySpec
from tracte.records import formdrafts
from tracte.records.formdrafts import Kept
from tracte.web import recordparts as parts
from tracte.web.addresses import record_url
from tracte.web.controls import NONCE
from tracte.web.request import ActorRequest

NO_VALUES = frozenset({"csrfmiddlewaretoken", NONCE, "accept", "next", "stay"})


def form_of(spec: EntitySpec, record_id: int | None, *, quick: bool = False) -> str:
    """The name a form's draft is kept under."""
    if record_id is not None:
        return f"edit-{encode(record_id)}"
    return f"{'quick' if quick else 'new'}-{spec.key}"


def key_of(request: ActorRequest, spec: EntitySpec, record_id: int | None, *, quick: bool = False) -> str:
    """What the browser keeps an unsaved form under: another person on the same browser has other keys."""
    return f"{encode(_me(request))}-{form_of(spec, record_id, quick=quick)}"


def of_form(request: ActorRequest, spec: EntitySpec, record_id: int | None, *, quick: bool = False) -> dict[str, Any]:
    """What a form says about its draft: whether there is one to restore, or whether it shows one already.

    :returns: ``key`` and ``url`` for the script, ``when`` (empty without draft), ``restored``, ``restore``.
    """
    shown = silent(request, spec, record_id, quick=quick) | {"typed": False}
    found = formdrafts.kept(_me(request), form_of(spec, record_id, quick=quick))
    if found is not None:
        shown["when"] = parts.moment(found.at, request.context, whole=True)
        shown["restored"] = request.GET.get("draft") == "1"
    return shown


def silent(
    request: ActorRequest, spec: EntitySpec, record_id: int | None = None, *, quick: bool = False
) -> dict[str, Any]:
    """The same for a form that shows what was just typed: nothing is offered."""
    base = f"/{spec.plural}/new/" if record_id is None else f"{record_url(spec, record_id)}edit/"
    asked = {name: request.GET[name] for name in request.GET if name != "draft"}
    return {
        "key": key_of(request, spec, record_id, quick=quick),
        "url": f"{base}draft{'?quick=1' if quick and record_id is None else ''}",
        "restore": f"?{urlencode({**asked, 'draft': 1})}",
        "back": f"?{urlencode(asked)}" if asked else "",
        "when": "",
        "restored": False,
        "typed": True,
    }


def restored(
    request: ActorRequest, spec: EntitySpec, record_id: int | None, *, quick: bool = False
) -> QueryDict | None:
    """The draft the person asked to have back, as the form sent it."""
    if request.GET.get("draft") != "1":
        return None
    found = formdrafts.kept(_me(request), form_of(spec, record_id, quick=quick))
    return QueryDict(found.body) if found is not None else None


def keep(request: ActorRequest, spec: EntitySpec, record_id: int | None, *, quick: bool = False) -> None:
    """Keep what the form holds.

    :raises Rejected: 413 when it is more than a form can hold.
    """
    body = _without(request, NO_VALUES)
    if len(body) > formdrafts.MAX_BODY:
        raise Rejected([Problem(None, "too_large", {"max": formdrafts.MAX_BODY})], status=413)
    formdrafts.keep(_me(request), form_of(spec, record_id, quick=quick), body, record_id)


def forget(request: ActorRequest, spec: EntitySpec, record_id: int | None, *, quick: bool = False) -> None:
    """The form was saved, or its draft thrown away."""
    formdrafts.forget(_me(request), form_of(spec, record_id, quick=quick))


def unsaved(request: ActorRequest) -> list[Kept]:
    """Everything the person has begun and not saved."""
    return formdrafts.of(_me(request))


def _without(request: HttpRequest, names: frozenset[str]) -> str:
    left = request.POST.copy()
    for name in names:
        left.pop(name, None)
    return left.urlencode()


def _me(request: ActorRequest) -> int:
    return int(request.actor.user_id or 0)

"""Form controls as the pages draw them: the kind's own, a list for small entities, a search for large ones.

Also what keeps a form from being saved twice: each form carries a nonce, and the same nonce gives the same answer.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tracte.engine import forms, marks
from tracte.kernel.actor import Actor
from tracte.kernel.ids import encode
from tracte.kernel.problems import Fault, Problem, Rejected
from tracte.meta.kinds.base import Context, Kind, control_state, say
from tracte.meta.kinds.reference import read_id
from tracte.records import idempotency
from tracte.web.request import ActorRequest

NONCE = "nonce"
SENT = "__sent"


def new_nonce() -> str:
    """What tells one filled-in form from another."""
    return secrets.token_urlsafe(18)


def once(request: ActorRequest, save: Callable[[], int | None], also: str = "") -> int | None:
    """Run ``save`` unless the form with this nonce was saved before; its number either way.

    :param also: what tells apart several things one form can be sent for, at most 120 letters.
    :raises Rejected: as ``save``, and nothing is remembered then.
    """
    nonce = request.POST.get(NONCE, "")[:64]
    if not nonce:
        return save()
    key = f"form:{request.actor.user_id}"
    digest = idempotency.digest_of("POST", request.path, nonce.encode())
    try:
        reply = idempotency.once(key, nonce + also, digest, lambda: idempotency.Reply(200, str(save() or "")))
    except (idempotency.InProgress, idempotency.OtherRequest):
        raise Rejected([Problem(None, "in_progress")], status=409) from None
    return int(reply.body) if reply.body else None


def control(
    kind: Kind,
    raw: Any,
    context: Context,
    actor: Actor,
    *,
    id: str,  # noqa: A002
    invalid: bool = False,
    describedby: str = "",
) -> SafeString:
    """The control of a field.

    :param raw: a canonical value, or what was typed.
    """
    if kind.key == "rich_text":
        return _marked(kind, raw, context, id, invalid, describedby)
    if kind.key in ("reference", "user", "team"):
        choices = forms.choices_of(kind, actor, context)
        state = control_state(kind, invalid, describedby)
        if choices is None:
            return _search(kind, raw, context, id, state)
        return _select(kind, raw, context, id, state, choices)
    if kind.key == "many_references":
        choices = forms.choices_of(kind, actor, context)
        if choices is not None:
            return _boxes(kind, raw, context, id, choices)
    return kind.control(raw, context, id=id, invalid=invalid, describedby=describedby)


def _ids(raw: Any, context: Context) -> list[int]:
    found = []
    for item in raw if isinstance(raw, list | tuple) else [raw]:
        try:
            if item not in (None, ""):
                found.append(read_id(item, context))
        except Fault:
            continue
    return found


def _select(
    kind: Kind,
    raw: Any,
    context: Context,
    id: str,  # noqa: A002
    state: SafeString,
    choices: Sequence[tuple[int, str]],
) -> SafeString:
    chosen = _ids(raw, context)
    known = {pk for pk, _title in choices}
    gone = [(pk, context.titles[pk].title if pk in context.titles else encode(pk)) for pk in chosen if pk not in known]
    options = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((encode(pk), mark_safe(" selected") if pk in chosen else "", title) for pk, title in (*choices, *gone)),
    )
    return format_html(
        '<select class="input-box" name="{}" id="{}"{}><option value=""></option>{}</select>',
        kind.name,
        id,
        state,
        options,
    )


def _search(kind: Kind, raw: Any, context: Context, id: str, state: SafeString) -> SafeString:  # noqa: A002
    """A box to search in. Without script it takes the whole name (or the id) of the record."""
    chosen = _ids(raw, context)
    title = value = ""
    if chosen:
        value = encode(chosen[0])
        title = context.titles[chosen[0]].title if chosen[0] in context.titles else value
    elif isinstance(raw, str):
        title = raw
    return format_html(
        '<span class="combo" data-island="picker" data-url="/pick/{}" data-title="{}" data-id="{}" '
        'data-none="{}" data-clear="{}">'
        '<input class="input-box" type="text" name="{}" id="{}" value="{}" autocomplete="off"{}></span>',
        getattr(kind, "to", ""), title, value, _("Nothing found"),
        _("Empty %(field)s") % {"field": say(kind.label, context)},
        kind.name, id, title, state,
    )  # fmt: skip


def _boxes(kind: Kind, raw: Any, context: Context, id: str, choices: Sequence[tuple[int, str]]) -> SafeString:  # noqa: A002
    chosen = set(_ids(raw or (), context))
    boxes = format_html_join(
        "",
        '<label class="tick"><input class="checkbox" type="checkbox" name="{}" value="{}"{}><span>{}</span></label>',
        ((kind.name, encode(pk), mark_safe(" checked") if pk in chosen else "", title) for pk, title in choices),
    )
    return format_html(
        '<div class="ticks" role="group" id="{}" aria-label="{}"><input type="hidden" name="{}" value="1">{}</div>',
        id, say(kind.label, context), kind.name + SENT, boxes,
    )  # fmt: skip


def _marked(kind: Kind, raw: Any, context: Context, id: str, invalid: bool, describedby: str) -> SafeString:  # noqa: A002
    """Rich text written with marks; what marks cannot say is edited as it is stored."""
    text = marks.to_text(raw) if isinstance(raw, str) else ""
    flag = ""
    if text is not None:
        flag = format_html('<input type="hidden" name="{}" value="1">', kind.name + forms.MARKED)
    box = kind.control(raw if text is None else text, context, id=id, invalid=invalid, describedby=describedby)
    return format_html("{}{}", flag, box)


def hidden_inputs(kind: Kind, data: Any) -> list[dict[str, str]]:
    """Everything a submitted form said about one field, to be sent once more."""
    found = []
    names = [kind.name, *(kind.name + suffix for suffix in ("_currency", SENT, forms.MARKED))]
    names += [f"{kind.name}_{part}" for part in kind.parts()]
    for name in dict.fromkeys(names):
        found += [{"name": name, "value": value} for value in data.getlist(name)]
    return found


def nonce_of(request: HttpRequest) -> str:
    """The nonce of the form being shown again, or a new one."""
    return request.POST.get(NONCE, "")[:64] or new_nonce()

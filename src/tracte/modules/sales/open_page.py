"""Opening a deal of a type for many accounts: asked for, previewed, then one change set with Undo (SP-07)."""

from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from tracte.engine import bulk as bulks
from tracte.engine import forms
from tracte.engine.bulk import Change, Tally
from tracte.kernel.ids import decode, encode
from tracte.kernel.problems import Fault, Problem, Rejected
from tracte.meta.kinds.base import say
from tracte.meta.registry import registry
from tracte.modules.sales import opening
from tracte.modules.sales.opening import Opening
from tracte.records import query
from tracte.records.changes import ChangeSet
from tracte.web import controls
from tracte.web.addresses import done
from tracte.web.bulkoffers import BulkOffer
from tracte.web.bulkpages import Asked, finished_words, reasons, things
from tracte.web.request import ActorRequest, with_actor
from tracte.web.views.actions import form_field, summary
from tracte.web.views.list import number

FIELDS = ("type", "name", "closes_on")
BOXES = ("theirs", "again")
SHOWN = 25


class _Page:
    """What a form needs of a page."""

    def __init__(self, request: ActorRequest) -> None:
        self.context = request.context


def view(request: ActorRequest, asked: Asked) -> HttpResponseBase:
    """``POST /accounts/bulk`` with ``action=open_deals``; ``step`` is nothing, ``preview`` or ``apply``."""
    opening.require(request.actor)
    step = request.POST.get("step", "")
    if step not in ("preview", "apply"):
        return _ask(request, asked, [])
    try:
        wanted = _read(request)
    except Rejected as refused:
        return _ask(request, asked, refused.problems)
    change = Change(opening.VERB, wanted.values())
    if step == "preview":
        return _preview(request, asked, wanted, bulks.preview(asked.spec, request.actor, asked.selection, change))
    return _apply(request, asked, change)


def _read(request: ActorRequest) -> Opening:
    """What somebody typed.

    :raises Rejected: with everything that cannot be read.
    """
    spec, problems, values = registry()["opportunity"], [], dict[str, Any]()
    raw = forms.sent(spec, FIELDS, request.POST, request.actor)
    for name in FIELDS:
        kind = spec.fields[name]
        try:
            values[name] = kind.to_json(kind.parse(raw.get(name), request.context))
        except Fault as fault:
            problems.append(Problem(name, fault.code, fault.params))
    if not problems and not values["type"]:
        problems.append(Problem("type", "required"))
    elif not problems and not request.snapshot.offers(spec.fields["type"], decode(values["type"])):
        problems.append(Problem("type", "no_such_record"))
    if problems:
        raise Rejected(problems)
    known = request.snapshot.title("opportunity_type", decode(values["type"]))
    values["name"] = values["name"] or (known.title if known else "")
    return Opening(
        values["type"],
        values["name"],
        values["closes_on"],
        theirs="theirs" in request.POST,
        again="again" in request.POST,
    )


def _base(request: ActorRequest, asked: Asked, title: str) -> dict[str, Any]:
    return {
        "area": asked.spec.declaration.area,
        "module": asked.spec.key,
        "title": title,
        "url": f"/{asked.spec.plural}/bulk",
        "back": asked.back,
        "hidden": [*asked.hidden(), {"name": controls.NONCE, "value": controls.new_nonce()}],
    }


def _title(request: ActorRequest, asked: Asked, count: int) -> str:
    return _("Open a deal for %(things)s") % {"things": things(request, asked.spec, count)}


def _ask(request: ActorRequest, asked: Asked, problems: list[Problem]) -> HttpResponseBase:
    spec, page, sent = registry()["opportunity"], _Page(request), request.POST
    raw: dict[str, Any] = forms.sent(spec, FIELDS, sent, request.actor)
    boxes = {name: name in sent or (name == "theirs" and "type" not in sent) for name in BOXES}
    context = _base(request, asked, _title(request, asked, asked.count(request.actor))) | {
        "fields": [
            form_field(request, spec, name, raw.get(name), page, problems)
            | ({"required": False, "hint": _("The type's name when empty.")} if name == "name" else {})
            for name in FIELDS
        ],
        "boxes": boxes,
        "problems": summary(spec, problems, page, FIELDS),
    }
    return render(request, "sales/open_form.html", context, status=422 if problems else 200)


def _preview(request: ActorRequest, asked: Asked, wanted: Opening, tally: Tally) -> HttpResponseBase:
    """How many deals are made, for whom, and which accounts are left alone because they have one."""
    language, actor = request.context.language, request.actor
    tried = asked.selection.within(query.rows(asked.spec.key, actor)).ids(bulks.TRIED)
    held = [] if wanted.again else sorted(opening.with_open_deal(actor, wanted.type, tried))
    made = [int(one.id or 0) for one in tally.results if one.verdict == "created"]
    titles = query.titles(asked.spec.key, [*made[:SHOWN], *held[:SHOWN]], actor)
    spec = registry()["opportunity"]
    base = _base(request, asked, _title(request, asked, tally.matched))
    hidden = [
        *base["hidden"],
        *(one for name in FIELDS for one in controls.hidden_inputs(spec.fields[name], request.POST)),
        *({"name": name, "value": "1"} for name in BOXES if getattr(wanted, name)),
    ]
    rest = tally.matched - tally.tried

    def listed(ids: list[int]) -> list[dict[str, str]]:
        return [
            {"title": titles[one].title, "url": f"/accounts/{encode(one)}/"} for one in ids[:SHOWN] if one in titles
        ]

    context = base | {
        "hidden": hidden,
        "tabs": [
            {"label": _("Deals made"), "count": number(tally.changed, language)},
            {"label": _("Have one already"), "count": number(tally.unchanged, language)},
            {"label": _("Left as they are"), "count": number(tally.left, language)},
        ],
        "reasons": reasons(request, tally.refused),
        "made": listed(made),
        "held": listed(held),
        "more": number(rest, language) if rest else "",
        "later": tally.matched > bulks.AT_ONCE,
        "button": tally.changed or rest,
    }
    return render(request, "sales/open_preview.html", context)


def _apply(request: ActorRequest, asked: Asked, change: Change) -> HttpResponseBase:
    """Do it, once however often the form is sent."""
    title = _title(request, asked, asked.count(request.actor))
    tallies: list[Tally | None] = []

    def save() -> int:
        changeset, tally = bulks.apply(asked.spec, request.actor, asked.selection, change, title)
        tallies.append(tally)
        return int(changeset.pk)

    set_id = controls.once(request, save)
    tally = tallies[0] if tallies else None
    if tally is None and "bulk" in ChangeSet.objects.get(pk=set_id or 0).data:
        return HttpResponseRedirect(f"/{asked.spec.plural}/bulk/{set_id}/")
    if tally is not None:
        words, _tone = finished_words(request, "make", tally.changed, tally.unchanged, tally.refused)
        done(request, words, set_id if tally.changed else None)
    return HttpResponseRedirect(asked.back)


# -- from the type ---------------------------------------------------------------------------------------------------
@require_safe
@with_actor
def choose_page(request: ActorRequest, record: str) -> HttpResponseBase:
    """``GET /opportunity_types/{id}/open/``: for which accounts, by the views of their list; or by ticking there."""
    opening.require(request.actor)
    pk = query.record_id(record)
    query.rows("opportunity_type", request.actor).get(pk, ())
    accounts = registry()["account"]
    rows = query.rows("account", request.actor)
    views = [
        {"where": f"?view={one.key}", "label": say(one.label, request.context)} for one in accounts.declaration.views
    ]
    known = request.snapshot.title("opportunity_type", pk)
    count, capped = rows.count()
    every = ngettext("%(n)s account", "%(n)s accounts", count) % {"n": number(count, request.context.language)}
    context = {
        "area": "sell",
        "module": "opportunity_type",
        "title": _("Open “%(type)s” for accounts") % {"type": known.title if known else ""},
        "type": encode(pk),
        "views": [{"where": "?view=", "label": _("All")}, *(one for one in views if one["where"] != "?view=all")],
        "every": f"{every}{'+' if capped else ''}",
        "back": f"/opportunity_types/{encode(pk)}/",
    }
    return render(request, "sales/open_choose.html", context)


OFFER = BulkOffer(opening.VERB, gettext_lazy("Open a deal"), "target", opening.may, view)

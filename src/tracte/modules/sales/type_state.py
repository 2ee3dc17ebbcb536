"""How an opportunity type stands, at a glance: its deals by stage, won and lost, and those that close next (SP-08)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tracte.engine.recordpage import RecordPage
from tracte.kernel.actor import Actor, Level
from tracte.kernel.dates import show_date
from tracte.kernel.ids import encode
from tracte.kernel.money import Money, show_money
from tracte.meta.kinds.base import RefTitle
from tracte.meta.registry import registry
from tracte.modules.sales import opening
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.web import ui
from tracte.web.home import list_url
from tracte.web.request import ActorRequest

KINDS = ("open", "won", "lost")
NEXT_SHOWN = 5
OPEN = ["stage.kind", "eq", "open"]

Sums = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Part:
    """Deals of one stage (or of all stages of a kind), with their sum in each currency."""

    count: int
    sums: Sums
    where: Sequence[Any]
    stage: RefTitle | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A type's deals as somebody may see them.

    :param kinds: ``open``, ``won`` and ``lost`` together. :param stages: open ones, in the order of the stages.
    :param closing: the open deals that are to close next.
    """

    kinds: Mapping[str, Part]
    stages: Sequence[Part]
    closing: Sequence[Mapping[str, Any]]


def state_of(type_id: int, actor: Actor) -> State | None:
    """How the type's deals in reach stand; ``None`` for somebody who may not see deals, or their type or stage."""
    spec = registry()["opportunity"]
    if query.reach(spec, actor, "view") is Level.NONE or any(actor.hides(spec.key, one) for one in ("type", "stage")):
        return None
    mine = ["type", "eq", encode(type_id)]
    rows = query.rows("opportunity", actor).where(mine)
    money = ["sum:amount"] if "amount" in rows.visible else []
    known = snapshots.current().directory.get("stage", {})
    parts = []
    for group in rows.aggregate(["stage"], ["count", *money]):
        stage = known.get(group["stage"] or 0)
        if stage is not None:
            where = [mine, ["stage", "eq", encode(stage.id)]]
            parts.append(Part(group["count"], group.get("sum:amount") or {}, where, stage))
    parts.sort(key=_place)
    kinds = {kind: _together([part for part in parts if _kind(part) == kind], mine, kind) for kind in KINDS}
    return State(kinds, [part for part in parts if _kind(part) == "open"], _closing(rows))


def _closing(rows: query.Rows) -> Sequence[Mapping[str, Any]]:
    if "closes_on" not in rows.visible:
        return ()
    found = rows.where({"all": [OPEN, ["closes_on", "not_empty"]]})
    return found.page([n for n in ("name", "account", "closes_on", "amount") if n in rows.visible], "closes_on",
                      limit=NEXT_SHOWN).rows  # fmt: skip


def _kind(part: Part) -> str:
    return str(part.stage.extra.get("kind") or "open") if part.stage else "open"


def _place(part: Part) -> tuple[int, int, int]:
    extra = part.stage.extra if part.stage else {}
    return (int(extra.get("pipeline") or 0), int(extra.get("position") or 0), part.stage.id if part.stage else 0)


def _together(parts: Sequence[Part], mine: Any, kind: str) -> Part:
    sums: dict[str, Decimal] = {}
    for part in parts:
        for currency, amount in part.sums.items():
            sums[currency] = sums.get(currency, Decimal(0)) + amount
    return Part(sum(part.count for part in parts), sums, [mine, ["stage.kind", "eq", kind]])


# -- drawing ---------------------------------------------------------------------------------------------------------
def draw(request: ActorRequest, page: RecordPage) -> SafeString | None:
    """The part of the type's page."""
    state = state_of(page.id, request.actor)
    if state is None:
        return None
    language = request.context.language
    titles = query.titles("account", {one["account"] for one in state.closing if one.get("account")}, request.actor)
    words = {"open": pgettext("stage", "Open"), "won": pgettext("stage", "Won"), "lost": pgettext("stage", "Lost")}
    content = {
        "open_url": f"/opportunity_types/{encode(page.id)}/open/"
        if opening.may(request.actor) and page.values.get("active")
        else "",
        "kinds": [{"label": words[kind], **_shown(part, language)} for kind, part in state.kinds.items()],
        "stages": [{"pill": _pill(part.stage), **_shown(part, language)} for part in state.stages if part.stage],
        "closing": [
            {
                "name": one.get("name") or _("Opportunity"),
                "url": f"/opportunities/{encode(one['id'])}/",
                "note": titles[one["account"]].title if one.get("account") in titles else "",
                "amount": show_money(one["amount"], language) if one.get("amount") else "",
                "day": show_date(one["closes_on"], language, request.context.today),
                "late": one["closes_on"] < request.context.today,
            }
            for one in state.closing
        ],
    }
    return render_to_string("sales/type_state.html", content, request)


def _pill(stage: RefTitle) -> SafeString:
    extra = stage.extra
    return ui.stage(stage.title, int(extra.get("probability") or 0), "open", extra.get("hue") or "stone")


def _shown(part: Part, language: str) -> dict[str, Any]:
    sums = [show_money(Money(amount, currency), language) for currency, amount in sorted(part.sums.items())]
    return {"count": part.count, "sums": sums, "url": list_url("opportunities", part.where, "closes_on")}

"""Converting a lead: to an account, a contact and an opportunity, in one change set (GA-38, GA-46)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracte.kernel import ids
from tracte.kernel.actor import Level
from tracte.kernel.problems import Fault, Problem, Rejected
from tracte.meta.kinds import Text
from tracte.meta.registry import registry
from tracte.modules.sales import stages
from tracte.modules.sales.lead_actions import as_it_is_now, why_not_work
from tracte.modules.sales.matching import account_values, contact_values
from tracte.records import query
from tracte.records import snapshot as snapshots
from tracte.records.door import ActionRequest, Op
from tracte.records.query import reach
from tracte.records.tables import RecordLink

NEW, NONE = "new", "none"
MADE = ("account", "contact", "opportunity")
_HOW = gettext_lazy("“new”, “none”, or the id of one that exists.")
TAKES = {
    "account": Text(gettext_lazy("Account"), help=_HOW),
    "contact": Text(gettext_lazy("Contact"), help=_HOW),
    "opportunity": Text(gettext_lazy("Opportunity"), help=_HOW),
    "opportunity_name": Text(gettext_lazy("Name of the opportunity")),
}


def usual(values: Mapping[str, Any]) -> dict[str, str]:
    """What is made of a lead when nobody says: what it has a name for, and no deal."""
    named = values.get("first_name") or values.get("last_name")
    return {
        "account": NEW if values.get("company") else NONE,
        "contact": NEW if named else NONE,
        "opportunity": NONE,
    }


def usual_name(values: Mapping[str, Any]) -> str:
    """What a deal made of the lead is called; empty when all that names it is hidden."""
    person = " ".join(str(values[one]) for one in ("first_name", "last_name") if values.get(one))
    told = (values.get(one) for one in ("interest", "company", "name", "handle"))
    return str(next(filter(None, told), person))[:200]


def convert(request: ActionRequest) -> None:
    """Make or choose what the lead becomes, lead its notes there, and keep the links back on the lead.

    :raises Rejected: every wrong choice at once, one out of sight like one that is not there; 409 when somebody
        converted it meanwhile. :raises Forbidden: no right to make one of them.
    """
    now = as_it_is_now(request)
    problem = why_not_work(now)
    if problem is not None:
        raise Rejected([problem], status=409)
    won = stages.first_stage(now["pipeline"] or 0, "won")
    if won is None:
        raise Rejected([Problem("stage", "no_such_stage")])
    making = _Making(request, _choices(request), now["owner"] or request.actor.user_id)
    found = {entity: made for entity in MADE if (made := making.of(entity)) is not None}
    making.join(found)
    _lead_notes(request, tuple(found.values()))
    links = {f"converted_{entity}": made for entity, made in found.items()}
    owner = {} if now["owner"] else {"owner": request.actor.user_id}
    today = snapshots.current().context(request.actor).today
    request.settle({"stage": won, "converted_on": today, **links, **owner})
    request.answer.update(found)


def _choices(request: ActionRequest) -> dict[str, int | str]:
    """What to do for each entity: ``new``, ``none`` or the id of one in sight.

    :raises Rejected: every choice that cannot be followed.
    """
    chosen: dict[str, int | str] = {}
    problems: list[Problem] = []
    for entity, otherwise in usual(request.values).items():
        raw = request.params.get(entity)
        text = raw.strip() if isinstance(raw, str) else raw
        if text in (None, ""):
            chosen[entity] = otherwise
        elif text in (NEW, NONE):
            chosen[entity] = str(text)
        elif (known := _in_sight(request, entity, text)) is not None:
            chosen[entity] = known
        else:
            problems.append(Problem(entity, "no_such_record"))
    try:
        _typed_name(request)
    except Fault as fault:
        problems.append(Problem("opportunity_name", fault.code, fault.params))
    named = request.values.get("first_name") or request.values.get("last_name")
    if chosen.get("contact") == NEW and not named:
        problems.append(Problem("contact", "name_needed"))
    if not problems and set(chosen.values()) == {NONE}:
        problems.append(Problem(None, "nothing_to_convert"))
    if problems:
        raise Rejected(problems)
    return chosen


def _typed_name(request: ActionRequest) -> str | None:
    """What somebody typed as the name of the deal.

    :raises Fault: when it is no line of text.
    """
    name = request.params.get("opportunity_name")
    kind, context = registry()["opportunity"].fields["name"], snapshots.current().context(request.actor)
    typed: str | None = kind.parse(name[:200], context) if isinstance(name, str) else None
    return typed


def _in_sight(request: ActionRequest, entity: str, raw: Any) -> int | None:
    try:
        wanted = ids.decode(raw)
    except (ValueError, TypeError, AttributeError):
        return None
    if reach(registry()[entity], request.actor, "view") is Level.NONE:
        return None
    return wanted if query.rows(entity, request.actor).read([wanted], ()) else None


@dataclass
class _Making:
    """Makes what was chosen, with the actor's rights: fields they may not set stay empty."""

    request: ActionRequest
    chosen: Mapping[str, int | str]
    owner: int | None
    made: dict[str, int] = field(default_factory=dict)

    def of(self, entity: str) -> int | None:
        """The id of the chosen record, or of the new one."""
        wanted = self.chosen[entity]
        if isinstance(wanted, int):
            self.made[entity] = wanted
            return wanted
        if wanted == NONE:
            return None
        values = self._values(entity)
        actor, assume = self.request.actor, self.request.writer.assume
        given = {n: v for n, v in values.items() if v is not None and not actor.locks(entity, n)}
        self.made[entity] = new = self.request.create(entity, given, canonical=True)
        assume.setdefault(entity, set()).add(new)  # a trial stores nothing, yet the next one points here
        return new

    def _values(self, entity: str) -> dict[str, Any]:
        lead = self.request.values
        held = {"owner": self.owner, "team": lead.get("team"), "description": lead.get("description")}
        if entity == "account":
            alone = self.chosen["contact"] == NONE
            reached = {"email": lead.get("email"), "phone": lead.get("phone") or lead.get("mobile")} if alone else {}
            return account_values(lead) | reached | held
        if entity == "contact":
            return contact_values(lead) | held | {"account": self.made.get("account")}
        return held | {
            "name": _typed_name(self.request) or usual_name(lead) or None,
            "account": self.made.get("account"),
            "contact": self.made.get("contact"),
            "amount": lead.get("amount"),
            "origin": lead.get("origin"),
            "objective": lead.get("interest"),
            "lead": self.request.id,
        }

    def join(self, found: Mapping[str, int]) -> None:
        """A known person who is with no firm yet is with the lead's firm now; a known deal says which lead it had."""
        if "account" in found:
            self._fill_in("contact", "account", found["account"])
        self._fill_in("opportunity", "lead", self.request.id)

    def _fill_in(self, entity: str, name: str, value: int) -> None:
        """Set an empty field of a chosen record, when the actor may."""
        chosen, actor = self.chosen[entity], self.request.actor
        if not isinstance(chosen, int) or actor.locks(entity, name):
            return
        if reach(registry()[entity], actor, "edit") is Level.NONE:
            return
        held = query.rows(entity, actor, "edit").read([chosen], (name,)).get(chosen)
        if held is not None and held.get(name) is None:
            self.request.write(entity, "update", Op({name: value}, id=chosen, canonical=True))


def _lead_notes(request: ActionRequest, found: tuple[int, ...]) -> None:
    """What was written about the lead is about the new records too, as far as the actor may change it.

    Only so can the same person undo the conversion as a whole.
    """
    for spec in registry():
        about = next((name for name, kind in spec.link_fields.items() if kind.to == "*"), None)
        if about is None or not found or reach(spec, request.actor, "edit") is Level.NONE:
            continue
        if request.actor.locks(spec.key, about):
            continue
        links = RecordLink.objects.filter(field=f"{spec.key}.{about}", to_id=request.id)
        held = query.rows(spec.key, request.actor, "edit").read(links.values_list("from_id", flat=True), (about,))
        ops = [
            Op({about: tuple(dict.fromkeys((*(values[about] or ()), *found)))}, id=pk, canonical=True)
            for pk, values in held.items()
        ]
        request.writer.results += request.writer.run(spec.key, "update", ops, False)


def sentence(found: Mapping[str, int]) -> str:
    """What a conversion made, in words."""
    words = {"account": _("account"), "contact": _("contact"), "opportunity": _("opportunity")}
    return ", ".join(words[entity] for entity in MADE if entity in found)

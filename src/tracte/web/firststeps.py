"""What somebody new does first: three steps, ticked as they are done, gone when all are or when they are closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tracte.kernel.actor import Level
from tracte.meta.registry import registry
from tracte.records import query
from tracte.records.query import reach
from tracte.records.transactions import writing
from tracte.web.request import ActorRequest

KEY = "first_steps"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. :param url: where it is done. :param more: a further way, as label and address."""

    title: str
    text: str
    url: str
    label: str
    done: bool
    more: tuple[str, str] | None = None


def first_steps(request: ActorRequest, *, busy: bool) -> list[Step]:
    """The steps of one person; nothing once all are done or the person closed them.

    :param busy: whether there are deals already. Then only what an administrator has left undone is shown, and nothing
        is asked of the database.
    """
    if is_closed(request):
        return []
    if busy and not request.actor.admin:
        return []
    steps = [step for step in (_data(request, busy), _people(request), _deal(request, busy)) if step is not None]
    return [] if all(step.done for step in steps) else steps


def is_closed(request: ActorRequest) -> bool:
    """Whether the person closed the steps."""
    return KEY in (getattr(request.user, "dismissed", None) or ())


def close(request: ActorRequest) -> None:
    """Do not show the steps to this person again."""
    person: Any = request.user  # with_actor lets nobody else in
    person.dismissed = sorted({*(person.dismissed or ()), KEY})
    with writing():
        person.save(update_fields=["dismissed"])


def _any(request: ActorRequest, entity: str) -> bool:
    return query.rows(entity, request.actor).count(cap=1)[0] > 0


def _may(request: ActorRequest, entity: str, verb: str) -> bool:
    return entity in registry() and reach(registry()[entity], request.actor, verb) > Level.NONE


def _data(request: ActorRequest, busy: bool) -> Step | None:
    """Bring what there is, or enter the first contact by hand."""
    if not _may(request, "contact", "view"):
        return None
    brings, adds = _may(request, "contact", "import"), _may(request, "contact", "create")
    if not brings and not adds:
        return None
    known = busy or _any(request, "contact")
    by_hand = (_("Add a contact"), "/contacts/new/")
    if not brings:
        text = _("Somebody you talk to this week, with the firm they work for.")
        return Step(_("Add a contact"), text, by_hand[1], _("Add"), known)
    text = _("Accounts, contacts and deals from a spreadsheet. You see what will happen first, and can undo it.")
    return Step(_("Bring what you have"), text, "/imports/", _("Import"), known, by_hand if adds else None)


def _people(request: ActorRequest) -> Step:
    """Invite the others; whoever may not makes the place their own."""
    me = request.actor.user_id
    if request.actor.admin:
        others = sum(member.active for member in request.snapshot.members.values()) > 1
        text = _("Each with a role and a team, which decide what they see.")
        return Step(_("Invite the people you work with"), text, "/users/new/", _("Invite"), others)
    row: Mapping[str, Any] = request.snapshot.rows.get("user", {}).get(me or 0, {})
    text = _("Language, time zone, theme and row height.")
    return Step(_("Make it yours"), text, "/settings/profile/", _("Settings"), row.get("modified_by") == me)


def _deal(request: ActorRequest, busy: bool) -> Step | None:
    """The pipeline as the firm works, and a first deal in it."""
    if not _may(request, "opportunity", "create"):
        return None
    done = busy or (_may(request, "opportunity", "view") and _any(request, "opportunity"))
    pipelines = (_("Set up the pipeline"), "/settings/pipelines/") if request.actor.admin else None
    text = _("What somebody wants to buy, from whom, and what comes next.")
    return Step(_("Enter a first deal"), text, "/opportunities/new/", _("Enter"), done, pipelines)

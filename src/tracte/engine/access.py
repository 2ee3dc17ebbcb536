"""Who may do what with a record, in words: for the person who wonders, for an administrator, for ``tracte explain``."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from tracte.kernel.actor import Actor, Level
from tracte.kernel.locales import and_list
from tracte.kernel.problems import NotFound
from tracte.meta.kinds.base import Context, say
from tracte.meta.registry import EntitySpec
from tracte.records import snapshot as snapshots
from tracte.records.explaining import Asked, Explained, Reason, asked, explain

VERB_LABELS = {
    "view": gettext_lazy("See"),
    "history": gettext_lazy("See history"),
    "create": gettext_lazy("Create"),
    "edit": gettext_lazy("Change"),
    "assign": gettext_lazy("Assign"),
    "share": gettext_lazy("Share"),
    "delete": gettext_lazy("Delete"),
    "restore": gettext_lazy("Restore"),
    "import": gettext_lazy("Import"),
    "export": gettext_lazy("Export"),
    "bulk": gettext_lazy("Change many"),
    "undo": gettext_lazy("Undo"),
    "approve": gettext_lazy("Approve"),
    "customise": gettext_lazy("Customise"),
}
"""What a verb is called, wherever rights are shown."""


def level_words(level: str) -> str:
    """A reach as people say it."""
    return {
        "none": pgettext("reach", "None"),
        "own": pgettext("reach", "Own"),
        "team": pgettext("reach", "Team"),
        "unit": pgettext("reach", "Unit"),
        "all": pgettext("reach", "All"),
    }[level]


@dataclass(frozen=True, slots=True)
class Line:
    """One verb and why it is allowed or not."""

    verb: str
    label: str
    allowed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Access:
    """What one person may do with a record.

    :param readonly, hidden: labels of the fields they may not change, and may not see.
    """

    user_id: int
    name: str
    lines: Sequence[Line]
    readonly: Sequence[str]
    hidden: Sequence[str]

    def line(self, verb: str) -> Line:
        return next(one for one in self.lines if one.verb == verb)


def about(spec: EntitySpec, record_id: int) -> Asked:
    """The record rights are asked about, also one in the bin. For those who may know that it is there.

    :raises NotFound: when there never was one.
    """
    found = asked(spec, record_id)
    if found is None:
        raise NotFound(spec.key)
    return found


def access_of(record: Asked, actor: Actor, context: Context, *, whose: bool = True) -> Access:
    """What ``actor`` may do with the record.

    :param context: how the reader reads. :param whose: the reader may know whose record it is.
    """
    found = explain(record, actor)
    lines = [
        Line(v.verb, str(VERB_LABELS[v.verb]), v.allowed, _why(record, v.reasons, context, whose=whose))
        for v in found.verdicts
    ]
    return Access(int(actor.user_id or 0), actor.name, lines, *_masked(record.spec, found, context))


def everybody(record: Asked, context: Context) -> list[Access]:
    """What each person who may sign in may do with the record, those who see it first."""
    snapshot = snapshots.current()
    members = [member for member in snapshot.members.values() if member.active]
    found = [access_of(record, snapshot.actor(member.id), context) for member in members]
    return sorted(found, key=lambda one: ([not line.allowed for line in one.lines], one.name.casefold()))


def _masked(spec: EntitySpec, found: Explained, context: Context) -> tuple[list[str], list[str]]:
    def labels(how: str) -> list[str]:
        names = [name for name, mask in found.masks.items() if mask == how and name in spec.fields]
        return sorted(say(spec.fields[name].label, context) for name in names)

    return labels("readonly"), labels("hidden")


def _why(record: Asked, reasons: Iterable[Reason], context: Context, *, whose: bool) -> str:
    told, at = [], record
    for reason in reasons:
        told.append(_sentence(at, reason if whose else replace(reason, owner=None, team=None), context, whose))
        if reason.code == "parent" and at.parent is not None:
            at = at.parent
    return " ".join(told)


def _sentence(record: Asked, reason: Reason, context: Context, whose: bool) -> str:
    directory = snapshots.current().directory
    names = [directory["role"][role].title for role in reason.roles if role in directory.get("role", {})]
    roles = and_list(names, context.language)
    team = directory.get("team", {}).get(reason.team or 0)
    owner = directory.get("user", {}).get(reason.owner or 0)
    given = {
        "roles": roles,
        "thing": say(record.spec.declaration.label, context),
        "team": team.title if team else _("no team"),
        "owner": owner.title if owner else _("nobody"),
        "rule": _title("sharing_rule", reason.rule),
        "other": _title("user", reason.instead_of),
    }
    plain = {
        "everything": _("An administrator without a role may do everything."),
        "settings": _("Settings belong to administrators."),
        "directory": _("Everybody who is signed in sees it."),
        "rule": _("It is private, or shared with others only."),
        "gone": _("It is in the bin."),
        "nobody": _("The account is closed."),
        "parent": _("Rights come from what it belongs to."),
    }
    if reason.code in plain:
        return plain[reason.code]
    if reason.code == "no_right":
        if not names:
            return _("There is no role that grants it.")
        return ngettext("The role %(roles)s does not grant it.", "None of %(roles)s grants it.", len(names)) % given
    if reason.code == "out_of_reach":
        this = _("This one is of %(owner)s, %(team)s.") % given if whose else _("This one is not among them.")
        return " ".join((_reaches(reason.level, len(names)) % given, this))
    instead = _("By standing in for %(other)s:") % given if reason.instead_of else ""
    if reason.code == "sharing_rule":
        return " ".join(filter(None, (instead, _("The sharing rule %(rule)s opens it.") % given)))
    how = {
        "own": _("It is their own."),
        "collaborator": _("They are a collaborator of it."),
        "team": _("Its team %(team)s is one of theirs.") if whose else _("Its team is one of theirs."),
        "unit": _("Its team %(team)s stands in their unit or below it.")
        if whose
        else _("Its team stands in their unit or below it."),
    }.get(reason.code, "")
    if not names:  # what everybody has of their own needs no role
        return how % given or _("Everybody who is signed in may.")
    reaches = "" if reason.instead_of or reason.code == "collaborator" else _reaches(reason.level, len(names)) % given
    return " ".join(filter(None, (instead, how % given, reaches)))


def _title(entity: str, record_id: int | None) -> str:
    found = snapshots.current().title(entity, record_id)
    return found.title if found else ""


def _reaches(level: Level, roles: int) -> str:
    """How far the roles that count reach."""
    return {
        Level.OWN: ngettext("%(roles)s reaches own records.", "%(roles)s reach own records.", roles),
        Level.TEAM: ngettext("%(roles)s reaches the team's records.", "%(roles)s reach the team's records.", roles),
        Level.UNIT: ngettext("%(roles)s reaches the unit's records.", "%(roles)s reach the unit's records.", roles),
        Level.ALL: ngettext("%(roles)s reaches every record.", "%(roles)s reach every record.", roles),
    }.get(level, "")

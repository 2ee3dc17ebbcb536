"""What opens and closes records beside roles: groups, sharing rules, standing in for somebody, private fields.

Their screens are declared by the base module; :mod:`tracte.records.reach` and the snapshot say what follows.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from tracte.meta.kinds import Choice, Data, Date, LongText, ManyReferences, Text, User, YesNo
from tracte.meta.kinds.base import Option
from tracte.meta.registry import KINDS_OF_RECORD
from tracte.records.record import Record

SHARED_FOR = [Option("view", _("See")), Option("edit", _("See and change"))]


def _people(**more: Any) -> ManyReferences:
    return ManyReferences(_("People"), to="user", **more)


def _teams() -> ManyReferences:
    return ManyReferences(_("Teams"), to="team")


def _units() -> ManyReferences:
    return ManyReferences(_("Units"), to="unit", help=_("Everybody of their teams, and of the units below."))


class Group(Record):
    """People named together wherever rights are given, across teams: the board, everybody who works with exports."""

    name = Text(_("Name"), max_length=120, required=True, unique=True, search="A")
    description = LongText(_("Description"))
    people = _people()
    teams = _teams()
    units = _units()
    roles = ManyReferences(_("Roles"), to="role", help=_("Everybody in the group has them."))

    class Meta:
        db_table = "group"


class SharingRule(Record):
    """Opens the records that meet a condition to people who would not reach them: ``{"all": […]}``, empty for all."""

    name = Text(_("Name"), max_length=120, required=True, unique=True)
    kind = Choice(_("Kind of record"), list=KINDS_OF_RECORD, required=True)
    condition = Data(_("Which records"))
    how = Choice(_("What they may do"), options=SHARED_FOR, default="view", required=True)
    active = YesNo(_("In use"), default=True)
    everybody = YesNo(_("Everybody"))
    people = _people()
    teams = _teams()
    units = _units()
    groups = ManyReferences(_("Groups"), to="group")

    class Meta:
        db_table = "sharing_rule"


class Delegation(Record):
    """Somebody stands in for somebody else until a day, that day included, in the firm's time zone."""

    giver = User(_("Who is away"), required=True)
    taker = User(_("Who stands in"), required=True)
    since = Date(_("From"), help=_("Empty: at once."))
    until = Date(_("Until"), required=True, help=_("That day included."))
    reason = Text(_("Why"), max_length=200, help=_("Everybody can read this."))

    class Meta:
        db_table = "delegation"


class FieldGroup(Record):
    """Fields that only some may see, whatever their roles say: salaries, margins, health.

    ``hidden`` is ``{"fields": [name, …]}``.
    """

    name = Text(_("Name"), max_length=120, required=True, unique=True)
    kind = Choice(_("Kind of record"), list=KINDS_OF_RECORD, required=True)
    hidden = Data(_("Fields"))
    people = _people()
    teams = _teams()
    units = _units()
    groups = ManyReferences(_("Groups"), to="group")

    class Meta:
        db_table = "field_group"

"""Table of contents of the example module: an entity of its own, and fields added to another module's."""

from django.utils.translation import gettext_lazy as _
from tests.example.visit import VisitEntity

from tracte.meta.entity import Extend
from tracte.meta.kinds import Amount, Choice, Date, Integer, ManyReferences, Option, Percent, Tags, Text, YesNo
from tracte.meta.module import Module

ROUTE = Extend(
    "account",
    "example",
    fields={
        "route": Text(_("Route")),
        "budget": Amount(_("Visit budget")),
        "visits_a_year": Integer(_("Visits a year")),
        "share": Percent(_("Share")),
        "last_seen": Date(_("Last seen")),
        "gate": Choice(_("Gate"), options=[Option("north", _("North")), Option("south", _("South"))]),
        "badge": YesNo(_("Badge needed")),
        "labels": Tags(_("Labels")),
        "visits": ManyReferences(_("Visits"), to="visit"),
    },
)
MODULE = Module("example", "1.0", _("Example"), depends_on=("base", "crm"), entities=(VisitEntity,), extends=(ROUTE,))

"""A visit to a customer: the example entity of the documentation, exercised end to end by the tests."""

from django.utils.translation import gettext_lazy as _

from tracte.meta.entity import Board, Entity, Form, Group, Import, List, Panel, View
from tracte.meta.kinds import (
    Amount,
    Choice,
    Date,
    DateTime,
    Integer,
    LongText,
    ManyReferences,
    Option,
    Percent,
    Reference,
    Tags,
    Text,
    YesNo,
)
from tracte.records.record import Record, scope_indexes

STATUSES = [
    Option("planned", _("Planned"), "sea"),
    Option("done", _("Done"), "green"),
    Option("off", _("Called off"), "stone"),
]


class Visit(Record):
    """Somebody of ours goes to see somebody of theirs."""

    name = Text(_("Purpose"), required=True, search="A")
    status = Choice(_("Status"), options=STATUSES, default="planned", required=True)
    day = Date(_("Day"))
    starts_at = DateTime(_("Starts"))
    host = Reference(_("Host"), to="visit", model="example.Visit")
    cost = Amount(_("Cost"))
    people = Integer(_("People"))
    chance = Percent(_("Chance"))
    outdoors = YesNo(_("Outdoors"), default=False)
    tags = Tags(_("Tags"))
    code = Text(_("Code"), unique=True)
    secret = Text(_("Confidential"), private=True)
    report = LongText(_("Report"), search="B")
    guests = ManyReferences(_("Guests"), to="visit")

    class Meta:
        app_label = "example"
        db_table = "visit"
        indexes = scope_indexes("visit", "title_key")


class VisitEntity(Entity):
    key, plural, model = "visit", "visits", Visit
    label, label_plural, icon, area = _("Visit"), _("Visits"), "map-pin", "sell"
    form = Form(
        Group(_("Visit"), "name status", "day starts_at", "host", "cost people chance", "outdoors code", "tags guests"),
        Group(_("Report"), "secret", "report"),
    )
    list = List("title status day cost owner", total="cost")
    board = Board(by="status", card=("day", "owner"), total="cost")
    views = [View("planned", _("Planned"), where=["status", "eq", "planned"])]
    related = [Panel("visit", "host", _("Follow-up visits"))]
    importing = Import(match_on=("code",))

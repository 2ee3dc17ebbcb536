"""Teams: people who see each other's records."""

from django.utils.translation import gettext_lazy as _

from tracte.meta.entity import Entity, Form, Group, Import, List, Panel
from tracte.records.people import Team


class TeamEntity(Entity):
    """People who work together and see each other's records where their role reaches the team."""

    key, plural, model = "team", "teams", Team
    label, label_plural = _("Team"), _("Teams")
    icon, area, order = "users", "settings", 30
    directory = admin_only = True
    rights_fields = ("unit",)
    title = "{name}"
    form = Form(Group(_("Team"), "name", "unit", "description"))
    list = List("title unit description")
    related = (Panel("user", via="teams", label=_("Members"), columns=("email",), sort="title"),)
    importing = Import(match_on=("name",))

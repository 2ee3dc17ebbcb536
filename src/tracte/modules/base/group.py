"""Groups: people named together wherever rights are given."""

from django.utils.translation import gettext_lazy as _

from tracte.meta.entity import Entity, Form, Import, List
from tracte.meta.entity import Group as Section
from tracte.records.sharing import Group


class GroupEntity(Entity):
    """People across teams; they have the group's roles, and what is shared with the group."""

    key, plural, model = "group", "groups", Group
    label, label_plural = _("Group"), _("Groups")
    icon, area, order = "users-round", "settings", 36
    directory = admin_only = True
    rights_fields = ("people", "teams", "units", "roles")
    title = "{name}"
    form = Form(Section(_("Group"), "name", "description"), Section(_("Who"), "people", "teams", "units", "roles"))
    list = List("title description people teams units roles")
    importing = Import(match_on=("name",))

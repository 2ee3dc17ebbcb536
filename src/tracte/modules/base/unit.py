"""Units: the parts of the firm that teams stand in."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List, Panel
from tracte.meta.rings import check_parents
from tracte.records.people import Unit


class UnitEntity(Entity):
    """A country, a branch, a department: whoever reaches a unit reaches the teams of it and of the units below."""

    key, plural, model = "unit", "units", Unit
    label, label_plural = _("Unit"), _("Units")
    icon, area, order = "network", "settings", 35
    directory = admin_only = True
    rights_fields = ("parent",)
    title = "{name}"
    form = Form(Group(_("Unit"), "name", "parent", "description"))
    list = List("title parent description")
    related = (
        Panel("unit", via="parent", label=_("Units below"), columns=("description",), sort="title"),
        Panel("team", via="unit", label=_("Teams"), columns=("description",), sort="title"),
    )
    importing = Import(match_on=("name",))

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A unit never stands under itself."""
        check_parents(drafts, env, self.key)

"""Private fields: seen by those who are named, whatever roles say."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List
from tracte.meta.registry import registry
from tracte.records.sharing import FieldGroup


class FieldGroupEntity(Entity):
    """Takes fields away from everybody it does not name, administrators included."""

    key, plural, model = "field_group", "field_groups", FieldGroup
    label, label_plural = _("Private fields"), _("Private fields")
    icon, area, order = "eye-off", "settings", 43
    directory = admin_only = True
    rights_fields = ("kind", "hidden", "people", "teams", "units", "groups")
    title = "{name}"
    form = Form(
        Group(_("Private fields"), "name", "kind"),
        Group(_("Who sees them"), "people", "teams", "units", "groups"),
    )
    list = List("title kind people teams units groups")

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Only fields there are, and none the kind of record cannot be named or made without."""
        for draft in drafts:
            kind = draft.values.get("kind")
            known = registry()[kind].fields if kind and kind in registry() else {}
            for name in private_names(draft.values.get("hidden")):
                if name not in known:
                    draft.problem("hidden", "unknown_field", name=str(name)[:60])
                elif known[name].required:
                    draft.problem("hidden", "required_stays_seen", name=str(known[name].label))


def private_names(hidden: Mapping[str, Any] | None) -> Sequence[str]:
    """The names kept in a field group; whatever else stands there names nothing."""
    names = hidden.get("fields") if isinstance(hidden, Mapping) else None
    return [str(name) for name in names] if isinstance(names, list) else []

"""Sharing rules: records that meet a condition are opened to more people."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.kernel.problems import Rejected
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List
from tracte.records import query
from tracte.records.sharing import SharingRule

NAMED = ("people", "teams", "units", "groups")


class SharingRuleEntity(Entity):
    """Adds records to what people reach, never fields, and never a verb their roles do not grant at all."""

    key, plural, model = "sharing_rule", "sharing_rules", SharingRule
    label, label_plural = _("Sharing rule"), _("Sharing rules")
    icon, area, order = "share-2", "settings", 42
    directory = admin_only = True
    rights_fields = ("kind", "how", "active", "condition", "everybody", "people", "teams", "units", "groups")
    title = "{name}"
    form = Form(
        Group(_("What is shared"), "name", "kind how", "active"),
        Group(_("With whom"), "everybody", "people", "teams", "units", "groups"),
    )
    list = List("title kind how everybody people teams units groups active")

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A rule names somebody, and its condition can be read: a slip would open what nobody meant."""
        for draft in drafts:
            values = draft.values
            if not values.get("everybody") and not any(values.get(name) for name in NAMED):
                draft.problem("people", "nobody_named")
            if values.get("kind") and values.get("condition") and _changed(draft):
                rows = query.system_rows(values["kind"])
                try:
                    rows.reader().read(rows.spec, values["condition"])
                except Rejected as refused:
                    for problem in refused.problems:
                        draft.problem("condition", problem.code, **problem.params)


def _changed(draft: Draft) -> bool:
    return draft.changed("condition") or draft.changed("kind")

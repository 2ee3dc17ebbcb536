"""Entries of value lists: what an administrator adds to, relabels or retires in the lists the modules ship."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.meta import trees
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List
from tracte.meta.kinds.base import Option
from tracte.meta.vocabulary import shipped_lists
from tracte.modules.base.keyed import check_keys, derive_keys
from tracte.records.firm import ValueItem
from tracte.records.snapshot import AT_TOP


class ValueItemEntity(Entity):
    """One entry of a value list. An entry with the key of a shipped one relabels it."""

    key, plural, model = "value_item", "value_items", ValueItem
    label, label_plural = _("List entry"), _("Value lists")
    icon, area, order = "list-checks", "settings", 50
    directory = admin_only = True
    searchable = False
    title = "{label}"
    form = Form(Group(_("Entry"), "list key", "label hue", "parent", "position retired"))
    list = List("title list key parent hue position retired", sort="id")
    importing = Import(match_on=("key",))

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        derive_keys(drafts, source="label")

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """The list is one a field uses, and holds each key once."""
        check_keys(drafts)
        seen: set[tuple[str, str]] = set()
        for draft in drafts:
            name, key = draft.values.get("list"), draft.values.get("key")
            if name and draft.changed("list") and name not in shipped_lists():
                draft.problem("list", "not_a_choice", value=name)
            if not name or not key or not (draft.changed("list") or draft.changed("key")):
                continue
            if (name, key) in seen or any(one["id"] != draft.id for one in env.find("value_item", list=name, key=key)):
                draft.problem("key", "not_unique")
            seen.add((name, key))
        self._check_tree(drafts, env)

    def _check_tree(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """An entry stands under another of its list, never under itself."""
        for name in {draft.values.get("list") for draft in drafts if draft.values.get("parent")}:
            mine = [draft for draft in drafts if draft.values.get("list") == name and draft.values.get("key")]
            parents = {key: option.parent for key, option in env.context.lists.get(str(name), {}).items()}
            for draft in mine:
                above = draft.values.get("parent") or parents.get(str(draft.values["key"]), "")
                parents[str(draft.values["key"])] = "" if above == AT_TOP else str(above)
            options = {key: Option(key, "", parent=above) for key, above in parents.items()}
            for draft in mine:
                key, above = str(draft.values["key"]), parents[str(draft.values["key"])]
                if above and above not in parents:
                    draft.problem("parent", "not_a_choice", value=above)
                elif above and not trees.parent_of(options, key):
                    draft.problem("parent", "parent_loop")

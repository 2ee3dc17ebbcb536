"""Roles: sets of rights."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from tracte.kernel.actor import VERBS, Level
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List, Panel
from tracte.meta.registry import registry
from tracte.modules.base.keyed import check_keys, derive_keys
from tracte.records.people import Role

LEVELS = frozenset(level.name.lower() for level in Level)
MASKS = frozenset({"hidden", "readonly"})


class RoleEntity(Entity):
    """What its holders may do: a reach for each verb on each kind of record, and fields they do not see or change."""

    key, plural, model = "role", "roles", Role
    label, label_plural = _("Role"), _("Roles")
    icon, area, order = "shield-check", "settings", 40
    directory = admin_only = True
    rights_fields = ("grants", "masks")
    title = "{name}"
    key_field = "key"
    form = Form(Group(_("Role"), "name", "description"))
    list = List("title key description")
    related = (Panel("user", via="roles", label=_("Holders"), columns=("email",), sort="title"),)
    importing = Import(match_on=("key",))

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        derive_keys(drafts)

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Rights name what exists: entities, verbs, reaches and fields. A slip would open or close a door unseen."""
        check_keys(drafts)
        for draft in drafts:
            if draft.changed("grants") and (wrong := wrong_grant(draft.values.get("grants"))):
                draft.problem("grants", "bad_grant", value=wrong)
            if draft.changed("masks") and (wrong := wrong_mask(draft.values.get("masks"))):
                draft.problem("masks", "bad_grant", value=wrong)


def wrong_grant(grants: Any) -> str:
    """The first part of ``{entity: {verb: level}}`` that names nothing, or ``""``."""
    for entity, verbs in _pairs(grants):
        if entity != "*" and entity not in registry():
            return entity
        for verb, level in _pairs(verbs):
            if verb not in VERBS:
                return f"{entity}.{verb}"
            if level not in LEVELS:
                return f"{entity}.{verb}: {level}"
    return ""


def wrong_mask(masks: Any) -> str:
    """The first part of ``{entity: {field: hidden | readonly}}`` that names nothing, or ``""``."""
    for entity, fields in _pairs(masks):
        if entity not in registry():
            return entity
        for name, how in _pairs(fields):
            if name not in registry()[entity].fields:
                return f"{entity}.{name}"
            if how not in MASKS:
                return f"{entity}.{name}: {how}"
    return ""


def _pairs(raw: Any) -> list[tuple[str, Any]]:
    return [(str(key), value) for key, value in raw.items()] if isinstance(raw, Mapping) else []

"""Users: the people who work in Tracte."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _

from tracte.kernel.problems import Problem, Rejected
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List, Match, View, same
from tracte.records.people import User

ZONES = frozenset(available_timezones())


class UserEntity(Entity):
    """Somebody who works in Tracte. Only administrators add and change users."""

    key, plural, model = "user", "users", User
    label, label_plural = _("User"), _("Users")
    icon, area, order = "user-round", "settings", 20
    directory = admin_only = True
    rights_fields = ("is_admin", "can_sign_in", "roles", "teams")
    avatar = "who"
    title = "{name}"
    subtitle = "email"
    form = Form(
        Group(_("Person"), "name email", "language timezone"),
        Group(_("Access"), "can_sign_in is_admin", "roles", "teams"),
        Group(_("Appearance"), "theme density", "shortcuts"),
    )
    list = List("title email roles teams is_admin can_sign_in")
    views = (
        View("all", _("All users")),
        View("active", _("May sign in"), where=["can_sign_in", "eq", True]),
        View("admins", _("Administrators"), where=["is_admin", "eq", True]),
    )
    duplicates = Match((same("name"),))
    importing = Import(match_on=("email", "name"))

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Who signs in needs an address and a known time zone, and one administrator always remains."""
        for draft in drafts:
            values = draft.values
            if values.get("can_sign_in") and not values.get("email"):
                draft.problem("email", "required")
            if values.get("timezone") and values["timezone"] not in ZONES:
                draft.problem("timezone", "bad_timezone", value=values["timezone"])

    def after(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Nobody could change settings, or make another administrator, once the last one is gone.

        :raises Rejected: which takes back the whole write.
        """
        leaving = [d for d in drafts if _administers(d.before) and (d.verb == "delete" or not _administers(d.values))]
        if leaving and not env.find("user", is_admin=True, can_sign_in=True):
            raise Rejected([Problem("is_admin", "last_admin", row=leaving[0].row)])


def _administers(values: Mapping[str, Any]) -> bool:
    return bool(values.get("is_admin") and values.get("can_sign_in"))

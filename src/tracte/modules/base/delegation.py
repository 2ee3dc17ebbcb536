"""Standing in for somebody who is away."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List
from tracte.records.sharing import Delegation


class DelegationEntity(Entity):
    """Whoever stands in reaches the records the other one reaches, with the verbs and fields of their own roles.

    Everybody names who stands in for them; administrators do so for anybody. All see who is away. It ends by itself.
    """

    key, plural, model = "delegation", "delegations", Delegation
    label, label_plural = _("Stand-in"), _("Stand-ins")
    icon, area, order = "user-round-check", "settings", 44
    directory = own_things = True
    rights_fields = ("giver", "taker", "since", "until")
    searchable = False
    title = "{giver} → {taker}"
    form = Form(Group(_("Stand-in"), "giver taker", "since until", "reason"))
    list = List("title giver taker since until reason", sort="-until")

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """It is the business of whoever is away, who may end it."""
        for draft in drafts:
            if draft.created and "giver" not in draft.given:
                draft.values["giver"] = draft.values.get("owner") or env.actor.user_id
            draft.values["owner"] = draft.values.get("giver")

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Only for oneself, to somebody else, for some time."""
        anybody = env.actor.admin or env.actor.everything
        for draft in drafts:
            values = draft.values
            if not anybody and values.get("giver") not in (None, env.actor.user_id):
                draft.problem("giver", "only_for_oneself")
            if values.get("giver") and values["giver"] == values.get("taker"):
                draft.problem("taker", "same_person")
            if values.get("since") and values.get("until") and values["until"] < values["since"]:
                draft.problem("until", "ends_before_start")

"""What people chose for files of one make, kept under a name for the next file of that make (GB-16)."""

from collections.abc import Sequence

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tracte.kernel.actor import Actor, Level
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, List
from tracte.meta.kinds import Choice, Text
from tracte.meta.kinds.data import Data
from tracte.meta.registry import registry
from tracte.modules.base.saved_view import SHARES
from tracte.records.query import reach
from tracte.records.record import Record


class ImportScenario(Record):
    """The columns, words and match keys chosen for a file, under a name.

    ``signature`` tells files with the same headings. What was chosen is read again with the rights of whoever imports,
    so a shared scenario lets nobody write what they may not.
    """

    name = Text(_("Name"), max_length=100, required=True)
    entity = Text(_("Kind of record"), max_length=40, required=True)
    share = Choice(_("Who sees it"), options=SHARES, default="me")
    signature = Text(_("Headings"), max_length=64)
    choices = Data(_("What was chosen"))

    class Meta:
        db_table = "import_scenario"
        indexes = [
            models.Index(
                fields=["signature"], name="import_scenario_signature", condition=models.Q(deleted_at__isnull=True)
            )
        ]


class ImportScenarioEntity(Entity):
    """Everybody keeps their own, and may share one with their team or with everybody."""

    key, plural, model = "import_scenario", "import_scenarios", ImportScenario
    label, label_plural = _("Import scenario"), _("Import scenarios")
    icon = "file-up"
    own_things = True
    searchable = False
    timeline = True
    title = "{name}"
    form = Form(Group(_("Import scenario"), "name entity", "share", "signature"))
    list = List("title entity share owner", sort="-id")

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A scenario is for a kind of record its maker may see."""
        for draft in drafts:
            entity = draft.values.get("entity")
            known = entity in registry() and reach(registry()[str(entity)], env.actor, "view") is not Level.NONE
            if entity and draft.changed("entity") and not known:
                draft.problem("entity", "not_a_choice", value=entity)

    def row_rule(self, actor: Actor) -> Q | None:
        """One's own, those shared with one of one's teams, and those for everybody."""
        if actor.user_id is None and actor.everything:
            return None
        return Q(owner=actor.user_id) | Q(share="everybody") | Q(share="team", team__in=sorted(actor.teams))

"""Pipelines: ways in which deals go from the first talk to the order, and leads to a deal."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from tracte.kernel.problems import Problem, Rejected
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List, Panel
from tracte.meta.kinds import Choice, Integer, LongText, Text, YesNo
from tracte.modules.base.keyed import check_keys, derive_keys
from tracte.modules.sales.lists import PIPELINE_ENTITIES
from tracte.modules.sales.stages import has_deals
from tracte.records.record import Record


class Pipeline(Record):
    """A sequence of stages for one sort of deal or lead."""

    name = Text(_("Name"), max_length=80, required=True, unique=True)
    key = Text(_("Key"), max_length=60, unique=True, help=_("Made of the name when empty; it never changes."))
    entity = Choice(_("For"), options=PIPELINE_ENTITIES, default="opportunity", required=True)
    position = Integer(_("Position"), default=100, help=_("The first active one is used when nobody chooses."))
    active = YesNo(_("In use"), default=True)
    description = LongText(_("Description"))

    class Meta:
        db_table = "pipeline"


class PipelineEntity(Entity):
    """A sequence of stages for one sort of deal."""

    key, plural, model = "pipeline", "pipelines", Pipeline
    label, label_plural = _("Pipeline"), _("Pipelines")
    icon, area, order = "square-kanban", "settings", 80
    directory = admin_only = True
    searchable = False
    title = "{name}"
    key_field = "key"
    badge = ("position", "active", "entity")
    form = Form(Group(_("Pipeline"), "name key", "entity", "position active", "description"))
    list = List("title key entity position active", sort="id")
    related = (Panel("stage", via="pipeline", label=_("Stages"), columns=("kind", "probability"), sort="id"),)
    importing = Import(match_on=("key", "name"))

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        derive_keys(drafts)

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A pipeline that is in use stays with what it is used for."""
        check_keys(drafts)
        for draft in drafts:
            if not draft.created and draft.changed("entity") and has_deals(pipeline=draft.id):
                draft.problem("entity", "in_use")

    def after(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A pipeline with deals is set out of use, not deleted; an unused one takes its stages with it.

        :raises Rejected: which takes back the whole write.
        """
        for draft in drafts:
            if draft.verb != "delete":
                continue
            if has_deals(pipeline=draft.id):
                raise Rejected([Problem(None, "in_use", row=draft.row)])
            for stage in env.find("stage", pipeline=draft.id):
                env.delete("stage", stage["id"])

"""Stages: the steps of a pipeline (GA-46, GB-17)."""

from collections.abc import Sequence
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracte.kernel.problems import Problem, Rejected
from tracte.meta.draft import Draft, WriteEnv
from tracte.meta.entity import Entity, Form, Group, Import, List
from tracte.meta.kinds import Checklist, Choice, Integer, MultiChoice, Percent, Reference, Text, YesNo
from tracte.meta.registry import registry
from tracte.modules.base.keyed import check_keys, derive_keys
from tracte.modules.sales import stages
from tracte.modules.sales.lists import ASKABLE, STAGE_KINDS
from tracte.modules.sales.stages import has_deals
from tracte.records.firm import HUES
from tracte.records.record import Record

USUAL_PROBABILITY = {"open": Decimal(50), "won": Decimal(100), "lost": Decimal(0)}
USUAL_HUE = {"open": "blue", "won": "green", "lost": "stone"}
STEP = 10
ASKED = {option.key: option.label for option in ASKABLE}


class Stage(Record):
    """One step of a pipeline: how likely deals in it are won, how long they usually stay, what they must have."""

    pipeline = Reference(_("Pipeline"), to="pipeline", model="sales.Pipeline", required=True, related=_("Stages"))
    name = Text(_("Name"), max_length=80, required=True)
    key = Text(_("Key"), max_length=60, help=_("Made of the name when empty; it never changes."))
    position = Integer(_("Position"))
    kind = Choice(_("Kind"), options=STAGE_KINDS, default="open", required=True)
    probability = Percent(_("Probability"), help=_("Given to deals that enter this stage."))
    hue = Choice(_("Hue"), options=HUES)
    usual_days = Integer(
        _("Usual days"),
        min=1,
        max=3650,
        help=_("Deals that stay longer are marked. When empty, what was measured counts."),
    )
    measured_days = Integer(
        _("Measured days"), read_only=True, help=_("Half of the deals of the last twelve months stayed no longer.")
    )
    asks = MultiChoice(_("Asks for"), options=ASKABLE, help=_("Fields a deal needs to be in this stage."))
    checklist = Checklist(
        _("Checklist"),
        list="stage_check",
        help=_(
            "What must be done to be in this stage, one on each line. Begin a line with ? when it may be left open. "
            "The word after # stays when you write the text anew, and so do the ticks."
        ),
    )
    qualifies = YesNo(_("Qualified"), help=_("Only for leads: those that stand here are qualified."))

    class Meta:
        db_table = "stage"
        indexes = [models.Index(fields=["pipeline", "position"], name="stage_order")]


class StageEntity(Entity):
    """One step of a pipeline."""

    key, plural, model = "stage", "stages", Stage
    label, label_plural = _("Stage"), _("Stages")
    icon, area, order = "flag", "settings", 90
    directory = admin_only = True
    searchable = False
    title = "{name}"
    key_field = "key"
    badge = ("hue", "kind", "probability", "position", "usual_days", "measured_days", "pipeline")
    form = Form(
        Group(_("Stage"), "pipeline", "name key", "kind position", "hue"),
        Group(_("Deals in it"), "probability", "usual_days measured_days", "asks", "checklist", "qualifies"),
    )
    list = List("title pipeline key kind probability usual_days measured_days asks position", sort="id")
    importing = Import(match_on=("key",))

    def derive(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Key, hue and probability follow from name and kind; a new stage goes to the end of its pipeline."""
        derive_keys(drafts)
        last: dict[int, int] = {}
        for draft in drafts:
            values = draft.values
            kind = values.get("kind") or "open"
            if values.get("probability") is None or (kind != "open" and draft.changed("kind")):
                values["probability"] = USUAL_PROBABILITY[kind]
            values["hue"] = values.get("hue") or USUAL_HUE[kind]
            pipeline = values.get("pipeline")
            if values.get("position") is None and pipeline:
                if pipeline not in last:
                    last[pipeline] = max((s["position"] or 0 for s in env.find("stage", pipeline=pipeline)), default=0)
                last[pipeline] += STEP
                values["position"] = last[pipeline]

    def check(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """Within its pipeline a key names one stage; won is certain and lost is hopeless."""
        check_keys(drafts)
        seen: set[tuple[int, str]] = set()
        for draft in drafts:
            self._check_lead_rules(draft, env)
            kind, probability = draft.values.get("kind"), draft.values.get("probability")
            if kind in ("won", "lost") and probability != USUAL_PROBABILITY[kind]:
                draft.problem("probability", "closed_probability", percent=USUAL_PROBABILITY[kind])
            pipeline, key = draft.values.get("pipeline"), draft.values.get("key")
            if not pipeline or not key or not (draft.changed("pipeline") or draft.changed("key")):
                continue
            if (pipeline, key) in seen or any(
                one["id"] != draft.id for one in env.find("stage", pipeline=pipeline, key=key)
            ):
                draft.problem("key", "not_unique")
            seen.add((pipeline, key))
            if not draft.created and draft.changed("pipeline") and has_deals(stage=draft.id):
                draft.problem("pipeline", "in_use")

    def _check_lead_rules(self, draft: Draft, env: WriteEnv) -> None:
        """What a stage asks for are fields of the records that pass it, and leads keep the status it gave them."""
        entity = stages.meant_for(draft.values.get("pipeline")) or "opportunity"
        for name in draft.values.get("asks") or ():
            if draft.changed("asks") and name not in registry()[entity].fields:
                draft.problem("asks", "not_a_choice", value=str(ASKED[name]))
        moved = draft.changed("qualifies") or draft.changed("kind")
        if entity == "lead" and moved and not draft.created and has_deals(stage=draft.id):
            draft.problem("qualifies" if draft.changed("qualifies") else "kind", "in_use")

    def after(self, drafts: Sequence[Draft], env: WriteEnv) -> None:
        """A stage with deals stays.

        :raises Rejected: which takes back the whole write.
        """
        for draft in drafts:
            if draft.verb == "delete" and has_deals(stage=draft.id):
                raise Rejected([Problem(None, "in_use", row=draft.row)])

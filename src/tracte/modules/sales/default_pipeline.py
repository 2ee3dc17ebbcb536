"""What selling starts with in a fresh home: a pipeline for deals, one for leads, the first types of deals."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracte.modules.base.seeding import plant
from tracte.modules.sales.lists import OPPORTUNITY_TYPES
from tracte.modules.sales.opportunity_type import OpportunityType
from tracte.modules.sales.pipeline import Pipeline

NAME, KEY = _("New business"), "new_business"
# key, name, kind, percent, hue, usual days, fields it asks for
STAGES = (
    ("new", pgettext_lazy("stage", "New"), "open", 10, "stone", 7, ()),
    ("qualified", pgettext_lazy("stage", "Qualified"), "open", 25, "sea", 14, ()),
    ("proposal", pgettext_lazy("stage", "Proposal"), "open", 50, "violet", 14, ("amount", "closes_on")),
    ("negotiation", pgettext_lazy("stage", "Negotiation"), "open", 70, "ochre", 14, ("amount", "closes_on")),
    ("verbal_yes", pgettext_lazy("stage", "Verbal yes"), "open", 90, "teal", 7, ("amount", "closes_on")),
    ("won", pgettext_lazy("stage", "Won"), "won", 100, "green", None, ()),
    ("lost", pgettext_lazy("stage", "Lost"), "lost", 0, "stone", None, ("lost_reason",)),
)


LEAD_NAME, LEAD_KEY = _("Leads"), "leads"
# Named unlike the stages of deals: an import or a filter may name a stage without its pipeline.
LEAD_STAGES = (
    ("incoming", pgettext_lazy("stage", "Incoming"), "open", 5, "blue", 2, ()),
    ("in_contact", pgettext_lazy("stage", "In contact"), "open", 20, "ochre", 10, ()),
    ("ready", pgettext_lazy("stage", "Ready for a deal"), "open", 50, "teal", 7, ()),
    ("converted", pgettext_lazy("stage", "Converted"), "won", 100, "green", None, ()),
    ("rejected", pgettext_lazy("stage", "Rejected"), "lost", 0, "stone", None, ("reject_reason",)),
)
QUALIFYING = "ready"


def seed() -> None:
    """Make the first pipelines, each once: a home that ever had one keeps what its people made of it."""
    held = set(Pipeline.objects.values_list("entity", flat=True))
    if not held - {"lead"}:
        _plant("opportunity", KEY, str(NAME), STAGES)
    if "lead" not in held:
        _plant("lead", LEAD_KEY, str(LEAD_NAME), LEAD_STAGES)
    if not OpportunityType.objects.exists():
        types = [{"key": one.key, "name": str(one.label), "hue": one.hue} for one in OPPORTUNITY_TYPES]
        plant("opportunity_type", types, str(_("First opportunity types")))


def _plant(entity: str, pipeline_key: str, title: str, steps: Sequence[tuple[Any, ...]]) -> None:
    """Where people already called a pipeline so, the new one gets a number."""
    taken = Pipeline.objects.live().values_list("key", "name")
    keys, names = {key for key, _name in taken}, {name for _key, name in taken}
    numbers = (number for number in count(2) if f"{pipeline_key}_{number}" not in keys)
    if pipeline_key in keys or title in names:
        number = next(one for one in numbers if f"{title} {one}" not in names)
        pipeline_key, title = f"{pipeline_key}_{number}", f"{title} {number}"
    values = {"key": pipeline_key, "name": title, "entity": entity, "position": 10}
    (pipeline,) = plant("pipeline", [values], title)
    stages = [
        {
            "pipeline": pipeline,
            "key": key,
            "name": str(name),
            "kind": kind,
            "position": place * 10,
            "probability": Decimal(percent),
            "hue": hue,
            "usual_days": days,
            "asks": asks or None,
            "qualifies": entity == "lead" and key == QUALIFYING,
        }
        for place, (key, name, kind, percent, hue, days, asks) in enumerate(steps, 1)
    ]
    plant("stage", stages, title)

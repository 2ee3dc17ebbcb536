"""The pipeline a fresh home starts with."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracte.modules.base.seeding import plant
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


def seed() -> None:
    """Make the first pipeline, once: a home that ever had one keeps what its people made of it."""
    if Pipeline.objects.exists():
        return
    (pipeline,) = plant("pipeline", [{"key": KEY, "name": str(NAME), "position": 10}], str(NAME))
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
        }
        for place, (key, name, kind, percent, hue, days, asks) in enumerate(STAGES, 1)
    ]
    plant("stage", stages, str(NAME))

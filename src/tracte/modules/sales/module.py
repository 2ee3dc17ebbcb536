"""Table of contents of the sales module."""

from django.utils.translation import gettext_lazy as _

from tracte import __version__
from tracte.meta.entity import Extend, Panel
from tracte.meta.module import Module
from tracte.modules.sales.default_pipeline import seed
from tracte.modules.sales.lists import LISTS
from tracte.modules.sales.opportunity import OpportunityEntity
from tracte.modules.sales.pipeline import PipelineEntity
from tracte.modules.sales.stage import StageEntity

COLUMNS = ("stage", "amount", "closes_on")

MODULE = Module(
    key="sales",
    version=__version__,
    label=_("Sales"),
    depends_on=("base", "crm", "catalog"),
    entities=[OpportunityEntity, PipelineEntity, StageEntity],
    extends=[
        Extend(entity, "sales", panels=(Panel("opportunity", via=entity, label=_("Opportunities"), columns=COLUMNS),))
        for entity in ("account", "contact", "product")
    ],
    lists=LISTS,
    seed=seed,
)

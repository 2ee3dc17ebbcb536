"""Table of contents of the sales module."""

from django.utils.translation import gettext_lazy as _

from tracte import __version__
from tracte.meta.entity import Extend, Panel
from tracte.meta.module import Module
from tracte.modules.sales.assignment_rule import AssignmentRuleEntity
from tracte.modules.sales.default_pipeline import seed
from tracte.modules.sales.lead import LeadEntity
from tracte.modules.sales.lists import LISTS
from tracte.modules.sales.opportunity import OpportunityEntity
from tracte.modules.sales.opportunity_contact import OpportunityContactEntity
from tracte.modules.sales.opportunity_line import OpportunityLineEntity
from tracte.modules.sales.opportunity_type import OpportunityTypeEntity
from tracte.modules.sales.pipeline import PipelineEntity
from tracte.modules.sales.stage import StageEntity
from tracte.modules.sales.target import TargetEntity

COLUMNS = ("stage", "amount", "closes_on")
LEAD = ("status", "interest", "created_at")

MODULE = Module(
    key="sales",
    version=__version__,
    label=_("Sales"),
    depends_on=("base", "crm", "catalog"),
    entities=[
        LeadEntity,
        OpportunityEntity,
        OpportunityLineEntity,
        OpportunityContactEntity,
        OpportunityTypeEntity,
        PipelineEntity,
        StageEntity,
        AssignmentRuleEntity,
        TargetEntity,
    ],
    extends=[
        Extend(entity, "sales", panels=(Panel("opportunity", via=entity, label=_("Opportunities"), columns=COLUMNS),))
        for entity in ("account", "contact", "product")
    ]
    # Each related list costs a page a query: an account's leads are found by its contacts, or by filtering leads.
    + [
        Extend(
            "contact",
            "sales",
            panels=(
                Panel("lead", via="converted_contact", label=_("Leads"), columns=LEAD),
                Panel(
                    "opportunity_contact",
                    via="contact",
                    label=_("Part in deals"),
                    columns=("opportunity", "role", "note"),
                    named_by="opportunity",
                    later=True,
                ),
            ),
        )
    ],
    lists=LISTS,
    seed=seed,
)

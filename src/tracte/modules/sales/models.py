"""Tables of this module, for Django."""

from tracte.modules.sales.assignment_rule import AssignmentRule
from tracte.modules.sales.lead import Lead
from tracte.modules.sales.opportunity import Opportunity
from tracte.modules.sales.opportunity_contact import OpportunityContact
from tracte.modules.sales.opportunity_line import OpportunityLine
from tracte.modules.sales.opportunity_type import OpportunityType
from tracte.modules.sales.pipeline import Pipeline
from tracte.modules.sales.stage import Stage
from tracte.modules.sales.target import Target

__all__ = [
    "AssignmentRule",
    "Lead",
    "Opportunity",
    "OpportunityContact",
    "OpportunityLine",
    "OpportunityType",
    "Pipeline",
    "Stage",
    "Target",
]

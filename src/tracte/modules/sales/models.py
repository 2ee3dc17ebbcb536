"""Tables of this module, for Django."""

from tracte.modules.sales.opportunity import Opportunity
from tracte.modules.sales.pipeline import Pipeline
from tracte.modules.sales.stage import Stage

__all__ = ["Opportunity", "Pipeline", "Stage"]

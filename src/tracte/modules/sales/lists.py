"""Value lists of opportunities."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracte.meta.kinds.base import Option
from tracte.modules.base.lists import entries

OPPORTUNITY_TYPES = [
    Option("new_business", _("New business"), "blue"),
    Option("expansion", _("Expansion"), "teal"),
    Option("renewal", _("Renewal"), "green"),
    Option("replacement", _("Replacement"), "ochre"),
    Option("service", _("Service"), "violet"),
    Option("pilot", _("Pilot"), "sea"),
]

LOST_REASONS = entries(
    {
        "price": _("Price"),
        "competitor": _("Chose a competitor"),
        "no_budget": _("No budget"),
        "no_decision": _("No decision taken"),
        "timing": _("Not the right time"),
        "feature": _("Something was missing"),
        "delivery": _("Delivery time"),
        "unreachable": _("No more answer"),
        "not_a_fit": _("Not a fit for us"),
        "duplicate": _("Entered twice"),
        "other": _("Other"),
    }
)

STAGE_KINDS = [
    Option("open", pgettext_lazy("stage", "Open"), "blue"),
    Option("won", pgettext_lazy("stage", "Won"), "green"),
    Option("lost", pgettext_lazy("stage", "Lost"), "stone"),
]

# Fields of an opportunity that a stage may ask for.
ASKABLE = entries(
    {
        "account": _("Account"),
        "contact": _("Contact"),
        "amount": _("Amount"),
        "closes_on": _("Expected close"),
        "closed_on": _("Closed on"),
        "next_step": _("Next step"),
        "next_step_on": _("Next step on"),
        "objective": _("Objective"),
        "description": _("Description"),
        "type": _("Type"),
        "product": _("Product"),
        "origin": _("Origin"),
        "starts_on": _("Expected start"),
        "started_on": _("Started on"),
        "cost_estimated": _("Estimated cost"),
        "cost_real": _("Real cost"),
        "lost_reason": _("Lost because"),
        "lost_detail": _("What happened"),
        "owner": _("Owner"),
    }
)

LISTS = {"opportunity_type": OPPORTUNITY_TYPES, "lost_reason": LOST_REASONS}

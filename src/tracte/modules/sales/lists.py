"""Value lists of opportunities and leads."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracte.meta.kinds.base import Option
from tracte.modules.base.lists import branches, entries

# The types a fresh home begins with; people make them their own.
OPPORTUNITY_TYPES = [
    Option("new_business", _("New business"), "blue"),
    Option("expansion", _("Expansion"), "teal"),
    Option("renewal", _("Renewal"), "green"),
    Option("replacement", _("Replacement"), "ochre"),
    Option("service", _("Service"), "violet"),
    Option("pilot", _("Pilot"), "sea"),
]

OPPORTUNITY_CLASSES = [
    Option("acquisition", _("New customers"), "blue"),
    Option("growth", _("More with customers we have"), "teal"),
    Option("retention", _("Keep customers"), "green"),
    Option("campaign", _("Campaign"), "violet"),
]

LOST_REASONS = branches(
    {
        ("price", _("Price")): {
            "too_expensive": _("Too expensive"),
            "no_budget": _("No budget"),
            "payment_terms": _("Terms of payment"),
        },
        ("competitor", _("Chose a competitor")): {
            "cheaper": _("They were cheaper"),
            "better_offer": _("Their offer was better"),
            "stayed": _("Stayed with their supplier"),
        },
        ("our_offer", _("Our offer")): {
            "feature": _("Something was missing"),
            "delivery": _("Delivery time"),
            "not_a_fit": _("Not a fit for us"),
        },
        ("their_side", _("On their side")): {
            "no_decision": _("No decision taken"),
            "timing": _("Not the right time"),
            "stopped": _("Project stopped"),
            "unreachable": _("No more answer"),
        },
        ("duplicate", _("Entered twice")): {},
        ("other", _("Other")): {},
    }
)

WON_REASONS = branches(
    {
        ("price", _("Price")): {
            "best_price": _("The best price"),
            "good_terms": _("Good terms"),
        },
        ("product", _("Product")): {
            "quality": _("Quality"),
            "fits": _("It fits best"),
            "new_ability": _("It can what others cannot"),
        },
        ("service", _("Service")): {
            "advice": _("Advice"),
            "quick": _("Quick delivery"),
            "after_sales": _("Service after the sale"),
        },
        ("trust", _("Trust")): {
            "knows_us": _("They know us"),
            "recommended": _("Somebody recommended us"),
        },
        ("other", _("Other")): {},
    }
)

BUYER_DECIDED = [
    Option("open", _("Not yet"), "stone"),
    Option("leaning", _("Leans to one offer"), "ochre"),
    Option("decided", _("Has decided"), "green"),
]

DEAL_POSITIONS = [
    Option("ahead", _("Ahead of the others"), "green"),
    Option("level", _("Level with them"), "ochre"),
    Option("behind", _("Behind"), "clay"),
    Option("unknown", _("Not known"), "stone"),
]

DEAL_ROLES = [
    Option("decision_maker", _("Decides"), "violet"),
    Option("influencer", _("Influences"), "blue"),
    Option("champion", _("Champion"), "teal"),
    Option("user", _("Uses"), "sea"),
    Option("buyer", _("Buys"), "olive"),
    Option("technical", _("Technical contact"), "stone"),
    Option("blocker", _("Can block"), "rose"),
]

STAGE_KINDS = [
    Option("open", pgettext_lazy("stage", "Open"), "blue"),
    Option("won", pgettext_lazy("stage", "Won"), "green"),
    Option("lost", pgettext_lazy("stage", "Lost"), "stone"),
]

PIPELINE_ENTITIES = [
    Option("opportunity", _("Opportunities"), "blue"),
    Option("lead", _("Leads"), "violet"),
]

LEAD_STATUSES = [
    Option("new", pgettext_lazy("lead", "New"), "blue"),
    Option("working", pgettext_lazy("lead", "Working"), "ochre"),
    Option("qualified", pgettext_lazy("lead", "Qualified"), "teal"),
    Option("converted", pgettext_lazy("lead", "Converted"), "green"),
    Option("rejected", pgettext_lazy("lead", "Rejected"), "stone"),
]

REJECTION_REASONS = entries(
    {
        "no_need": _("Needs nothing of this"),
        "no_budget": _("No budget"),
        "later": _("Not now, perhaps later"),
        "not_a_fit": _("Not a fit for us"),
        "unreachable": _("Could not be reached"),
        "not_interested": _("Not interested"),
        "competitor": _("Chose a competitor"),
        "bad_data": _("Wrong or invented data"),
        "duplicate": _("Entered twice"),
        "other": _("Other"),
    }
)

ASSIGNMENT_MODES = [
    Option("round_robin", _("In turn"), "blue"),
    Option("least_busy", _("Who has fewest open ones"), "teal"),
    Option("fixed", _("Always the same person"), "violet"),
    Option("queue", _("Nobody: the team's queue"), "stone"),
]

# Fields of an opportunity or a lead that a stage may ask for.
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
        "buyer_decided": _("Has the buyer decided?"),
        "our_position": _("Our position"),
        "origin": _("Origin"),
        "starts_on": _("Expected start"),
        "started_on": _("Started on"),
        "cost_estimated": _("Estimated cost"),
        "cost_real": _("Real cost"),
        "won_reason": _("Won because"),
        "lost_reason": _("Lost because"),
        "lost_detail": _("What happened"),
        "owner": _("Owner"),
        "last_name": _("Last name"),
        "company": _("Company"),
        "email": _("E-mail"),
        "phone": _("Phone"),
        "interest": _("Interest"),
        "has_need": _("There is a need"),
        "has_budget": _("There is a budget"),
        "knows_decider": _("We know who decides"),
        "has_timing": _("We know when"),
        "reject_reason": _("Rejected because"),
    }
)

LISTS = {
    "opportunity_class": OPPORTUNITY_CLASSES,
    "lost_reason": LOST_REASONS,
    "won_reason": WON_REASONS,
    "lead_rejection": REJECTION_REASONS,
    "buyer_decided": BUYER_DECIDED,
    "deal_position": DEAL_POSITIONS,
    "deal_role": DEAL_ROLES,
}

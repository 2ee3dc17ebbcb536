"""Value lists of accounts and contacts."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tracte.meta.kinds.base import Option
from tracte.modules.base.lists import entries

ACCOUNT_KINDS = [
    Option("prospect", _("Prospect"), "blue"),
    Option("customer", _("Customer"), "green"),
    Option("former_customer", _("Former customer"), "stone"),
    Option("partner", _("Partner"), "violet"),
    Option("reseller", _("Reseller"), "teal"),
    Option("supplier", _("Supplier"), "ochre"),
    Option("competitor", _("Competitor"), "rose"),
    Option("press", _("Press"), "plum"),
    Option("other", _("Other"), "stone"),
]

INDUSTRIES = entries(
    {
        "agriculture": _("Agriculture"),
        "fmcg": _("Consumer goods (FMCG)"),
        "manufacturing": _("Manufacturing"),
        "construction": _("Construction"),
        "energy": _("Energy"),
        "retail": _("Retail"),
        "wholesale": _("Wholesale"),
        "logistics": _("Logistics"),
        "automotive": _("Automotive"),
        "real_estate": _("Real estate"),
        "tourism": _("Tourism and catering"),
        "medical": _("Medical"),
        "pharma": _("Pharmaceuticals"),
        "finance": _("Finance"),
        "insurance": _("Insurance"),
        "legal": _("Legal"),
        "services": _("Services"),
        "employment": _("Employment"),
        "marketing": _("Marketing"),
        "media": _("Media"),
        "entertainment": _("Entertainment"),
        "software": _("Software"),
        "technology": _("Technology"),
        "telecommunications": _("Telecommunications"),
        "education": _("Education"),
        "public": _("Public sector"),
        "nonprofit": _("Non-profit"),
        "other": _("Other"),
    }
)

ORIGINS = entries(
    {
        "referral": _("Referral by a friend"),
        "customer": _("Referral by a customer"),
        "partner": _("Partner"),
        "website": _("Website"),
        "search": _("Search engine"),
        "social": _("Social network"),
        "campaign": _("Campaign"),
        "advert": _("Advertisement"),
        "fair": _("Trade fair"),
        "conference": _("Conference"),
        "meeting": _("Meeting"),
        "cold_call": _("Cold call"),
        "inbound_call": _("They called us"),
        "tender": _("Tender"),
        "import": _("Import"),
        "other": _("Other"),
    }
)

TERRITORIES = entries(
    {
        "north": _("North"),
        "south": _("South"),
        "east": _("East"),
        "west": _("West"),
        "central": _("Central"),
        "abroad": _("Abroad"),
    }
)

SALUTATIONS = entries(
    {
        "ms": pgettext_lazy("salutation", "Ms"),
        "mr": pgettext_lazy("salutation", "Mr"),
        "mx": pgettext_lazy("salutation", "Mx"),
        "dr": pgettext_lazy("salutation", "Dr"),
        "prof": pgettext_lazy("salutation", "Prof."),
    }
)

SPOKEN_LANGUAGES = entries(
    {
        "ca": _("Catalan"),
        "de": _("German"),
        "en": _("English"),
        "es": _("Spanish"),
        "eu": _("Basque"),
        "fr": _("French"),
        "gl": _("Galician"),
        "hu": _("Hungarian"),
        "it": _("Italian"),
        "nl": _("Dutch"),
        "pl": _("Polish"),
        "pt": _("Portuguese"),
        "ro": _("Romanian"),
        "zh": _("Chinese"),
        "ar": _("Arabic"),
    }
)

CONTACT_ROLES = [
    Option("decides", _("Decides"), "violet"),
    Option("pays", _("Pays"), "ochre"),
    Option("influences", _("Influences"), "blue"),
    Option("uses", _("Uses"), "sea"),
    Option("buys", _("Buys"), "olive"),
    Option("champion", _("Champion"), "teal"),
    Option("can_block", _("Can block"), "rose"),
    Option("technical", _("Technical contact"), "stone"),
    Option("billing", _("Billing contact"), "stone"),
    Option("adviser", _("Outside adviser"), "plum"),
]

POINT_KINDS = entries(
    {
        "email_work": _("Work e-mail"),
        "email_private": _("Private e-mail"),
        "phone": _("Phone"),
        "phone_private": _("Private phone"),
        "mobile": _("Mobile"),
        "fax": _("Fax"),
        "messenger": _("Messenger"),
        "social": _("Social network"),
        "website": _("Website"),
        "other": _("Other"),
    }
)

LISTS = {
    "account_kind": ACCOUNT_KINDS,
    "industry": INDUSTRIES,
    "origin": ORIGINS,
    "territory": TERRITORIES,
    "salutation": SALUTATIONS,
    "spoken_language": SPOKEN_LANGUAGES,
    "contact_role": CONTACT_ROLES,
    "contact_point_kind": POINT_KINDS,
}

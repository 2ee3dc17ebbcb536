"""Table of contents of the catalogue."""

from django.utils.translation import gettext_lazy as _

from tracte import __version__
from tracte.meta.module import Module
from tracte.modules.base.lists import entries
from tracte.modules.catalog.product import ProductEntity

FAMILIES = entries(
    {
        "hardware": _("Hardware"),
        "software": _("Software"),
        "material": _("Material"),
        "maintenance": _("Maintenance"),
        "consulting": _("Consulting"),
        "training": _("Training"),
        "subscription": _("Subscription"),
        "other": _("Other"),
    }
)
UNITS = entries(
    {
        "piece": _("Piece"),
        "set": _("Set"),
        "box": _("Box"),
        "pallet": _("Pallet"),
        "kg": _("Kilogram"),
        "tonne": _("Tonne"),
        "litre": _("Litre"),
        "metre": _("Metre"),
        "square_metre": _("Square metre"),
        "hour": _("Hour"),
        "day": _("Day"),
        "month": _("Month"),
        "year": _("Year"),
    }
)

MODULE = Module(
    key="catalog",
    version=__version__,
    label=_("Catalogue"),
    depends_on=("base",),
    entities=[ProductEntity],
    lists={"product_family": FAMILIES, "unit": UNITS},
)

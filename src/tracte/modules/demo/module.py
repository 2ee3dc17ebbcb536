"""Table of contents of the demo module: it declares nothing, it only fills a home."""

from django.utils.translation import gettext_lazy as _

from tracte import __version__
from tracte.meta.module import Module

MODULE = Module(
    key="demo",
    version=__version__,
    label=_("Demo firm"),
    depends_on=("base", "crm", "catalog", "activities", "sales"),
)

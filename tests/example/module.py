"""Table of contents of the example module."""

from django.utils.translation import gettext_lazy as _
from tests.example.visit import VisitEntity

from tracte.meta.module import Module

MODULE = Module("example", "1.0", _("Example"), depends_on=("base",), entities=(VisitEntity,))

"""Table of contents of the activities module."""

from django.utils.translation import gettext_lazy as _

from tracte import __version__
from tracte.meta.module import Module
from tracte.modules.activities.note import NoteEntity

MODULE = Module(
    key="activities",
    version=__version__,
    label=_("Activities"),
    depends_on=("base",),
    entities=[NoteEntity],
)

"""Tables of this module, for Django."""

from tracte.modules.activities.note import Note

__all__ = ["Note"]

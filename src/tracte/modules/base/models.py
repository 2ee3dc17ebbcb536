"""The table of saved views. The other tables of this module are in the records room, which needs them itself."""

from tracte.modules.base.saved_view import SavedView

__all__ = ["SavedView"]

"""The table of saved views. The other tables of this module are in the records room, which needs them itself."""

from tracte.modules.base.import_scenario import ImportScenario
from tracte.modules.base.saved_view import SavedView

__all__ = ["ImportScenario", "SavedView"]

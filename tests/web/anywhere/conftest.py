"""People of a small firm, as the pages of lists meet them."""

from tests.modules.conftest import stage
from tests.web.listing.conftest import firm, make, manager, person, seller

__all__ = ["firm", "make", "manager", "person", "seller", "stage"]

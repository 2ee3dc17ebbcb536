"""Tables of this module, for Django."""

from tracte.modules.crm.account import Account
from tracte.modules.crm.affiliation import Affiliation
from tracte.modules.crm.contact import Contact
from tracte.modules.crm.contact_point import ContactPoint

__all__ = ["Account", "Affiliation", "Contact", "ContactPoint"]

"""Table of contents of the crm module."""

from django.utils.translation import gettext_lazy as _

from tracte import __version__
from tracte.meta.module import Module
from tracte.modules.crm.account import AccountEntity
from tracte.modules.crm.affiliation import AffiliationEntity
from tracte.modules.crm.contact import ContactEntity
from tracte.modules.crm.contact_point import ContactPointEntity
from tracte.modules.crm.lists import LISTS

MODULE = Module(
    key="crm",
    version=__version__,
    label=_("Accounts and contacts"),
    depends_on=("base",),
    entities=[ContactEntity, AccountEntity, AffiliationEntity, ContactPointEntity],
    lists=LISTS,
)

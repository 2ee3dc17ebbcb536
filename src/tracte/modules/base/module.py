"""Table of contents of the base module."""

from django.utils.translation import gettext_lazy as _

from tracte import __version__
from tracte.meta.module import Module
from tracte.modules.base.company import CompanyEntity
from tracte.modules.base.currency import CurrencyEntity
from tracte.modules.base.delegation import DelegationEntity
from tracte.modules.base.exchange_rate import ExchangeRateEntity
from tracte.modules.base.field_group import FieldGroupEntity
from tracte.modules.base.group import GroupEntity
from tracte.modules.base.import_scenario import ImportScenarioEntity
from tracte.modules.base.role import RoleEntity
from tracte.modules.base.saved_view import SavedViewEntity
from tracte.modules.base.seeding import seed
from tracte.modules.base.sharing_rule import SharingRuleEntity
from tracte.modules.base.team import TeamEntity
from tracte.modules.base.unit import UnitEntity
from tracte.modules.base.user import UserEntity
from tracte.modules.base.value_item import ValueItemEntity

MODULE = Module(
    key="base",
    version=__version__,
    label=_("Base"),
    entities=[
        CompanyEntity,
        UserEntity,
        UnitEntity,
        TeamEntity,
        GroupEntity,
        RoleEntity,
        SharingRuleEntity,
        FieldGroupEntity,
        DelegationEntity,
        ValueItemEntity,
        CurrencyEntity,
        ExchangeRateEntity,
        SavedViewEntity,
        ImportScenarioEntity,
    ],
    seed=seed,
)

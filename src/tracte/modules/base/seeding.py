"""What a fresh home holds before anybody works in it: the company, its currencies, the default roles."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from tracte.kernel.actor import OPERATOR
from tracte.modules.base.roles import DEFAULT_ROLES
from tracte.records import door
from tracte.records.door import Op
from tracte.records.firm import Company, Currency
from tracte.records.people import Role

CURRENCIES = {"EUR": "Euro", "USD": "US dollar", "GBP": "Pound sterling"}


def plant(entity: str, records: Sequence[Mapping[str, Any]], title: str) -> list[int]:
    """Make a fresh home's records in one change set, by the program's own hand (fixed keys may be given).

    :param records: canonical values by field.
    :returns: ids in the order of ``records``.
    """
    if not records:
        return []
    writer = door.begin(OPERATOR, "system", title, free=True)
    results = writer.write(entity, "create", [Op(record, canonical=True) for record in records], partial=False)
    writer.finish()
    return [int(result.id or 0) for result in results]


def seed() -> None:
    """Make what is missing. What an administrator renamed, changed or binned is left as it is."""
    if not Company.objects.exists():
        plant("company", [{"name": _("My company"), "language": settings.LANGUAGE_CODE}], _("Company of a new home"))
    if not Currency.objects.exists():
        plant("currency", [{"code": code, "name": name} for code, name in CURRENCIES.items()], _("First currencies"))
    present = set(Role.objects.values_list("key", flat=True))
    roles = [
        {"key": role.key, "name": str(role.name), "description": str(role.description), "grants": role.grants}
        for role in DEFAULT_ROLES
        if role.key not in present
    ]
    plant("role", roles, _("Default roles"))

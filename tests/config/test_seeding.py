"""What a fresh home starts with, in the language it is set up in."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.modules.conftest import Make, firm, make, person

from tracte.config.seeding import seed_home
from tracte.kernel.actor import OPERATOR, Actor
from tracte.modules.sales.stage import Stage
from tracte.records import door
from tracte.records.firm import Company
from tracte.records.people import Role, User

pytestmark = pytest.mark.django_db
__all__ = ["firm", "make", "person"]


def stage_names() -> set[str]:
    return set(Stage.objects.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("language", "company", "stage", "role"),
    [
        ("en", "My company", "Negotiation", "Seller"),
        ("ca", "La meva empresa", "Negociació", "Comercial"),
        ("es", "Mi empresa", "Negociación", "Comercial"),
        ("ro", "Firma mea", "Negociere", "Agent de vânzări"),
    ],
)
def test_a_fresh_home_speaks_the_language_it_is_set_up_in(
    settings: Any, language: str, company: str, stage: str, role: str
) -> None:
    settings.LANGUAGE_CODE = language
    seed_home()
    assert Company.objects.values_list("name", "language").get() == (company, language)
    assert Role.objects.get(key="seller").name == role
    assert stage in stage_names()


def test_somebody_new_reads_what_the_firm_reads_until_they_choose(make: Make, person: Callable[..., Actor]) -> None:
    assert person("Núria", "seller").language == "en"
    door.update(OPERATOR, "company", Company.objects.get().pk, {"language": "ro"}, origin="cli")
    assert person("Ioana", "seller").language == "ro"
    assert person("Eleanor", "seller", language="en").language == "en"
    assert User.objects.get(name="Núria").language == "en"

"""What a fresh home starts with: default roles, a first pipeline. Idempotent: an administrator's changes stay."""

from django.conf import settings
from django.utils.translation import override

from tracte.config.registration import installed_modules
from tracte.records.firm import Company
from tracte.records.snapshot import forget


def seed_home() -> None:
    """Run every module's seed, in the order modules build on one another, in the language of the company.

    A home that has no company yet speaks the language the program was set up in.
    """
    forget()
    spoken = Company.objects.live().values_list("language", flat=True).first()
    with override(spoken or settings.LANGUAGE_CODE):
        for module in installed_modules():
            if module.seed is not None:
                module.seed()

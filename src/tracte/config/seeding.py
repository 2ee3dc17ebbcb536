"""What a fresh home starts with: default roles, a first pipeline. Idempotent: an administrator's changes stay."""

from tracte.config.registration import installed_modules
from tracte.records.snapshot import forget


def seed_home() -> None:
    """Run every module's seed, in the order modules build on one another."""
    forget()
    for module in installed_modules():
        if module.seed is not None:
            module.seed()

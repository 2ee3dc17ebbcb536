"""The composition root as a Django app: its commands are found, and the registry is compiled when all apps are
there."""

from django.apps import AppConfig

from tracte.config.registration import compile_registry, installed_modules


class Config(AppConfig):
    """Stands last in INSTALLED_APPS, so every module is loaded before."""

    name = "tracte.config"
    label = "config"
    verbose_name = "Tracte"

    def ready(self) -> None:
        compile_registry(installed_modules())

"""The catalog module as a Django app."""

from django.apps import AppConfig


class Config(AppConfig):
    """What the company sells."""

    name = "tracte.modules.catalog"
    label = "catalog"
    verbose_name = "Catalogue"

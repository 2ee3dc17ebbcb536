"""The base module as a Django app."""

from django.apps import AppConfig


class Config(AppConfig):
    """Users, teams, roles, the company, currencies and value lists. Their tables are in the records room."""

    name = "tracte.modules.base"
    label = "base"
    verbose_name = "Base"

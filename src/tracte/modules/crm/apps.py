"""The crm module as a Django app."""

from django.apps import AppConfig


class Config(AppConfig):
    """The firms and people the company deals with."""

    name = "tracte.modules.crm"
    label = "crm"
    verbose_name = "Accounts and contacts"

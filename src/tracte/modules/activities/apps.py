"""The activities module as a Django app."""

from django.apps import AppConfig


class Config(AppConfig):
    """What was said and done about records."""

    name = "tracte.modules.activities"
    label = "activities"
    verbose_name = "Activities"

"""The sales module as a Django app."""

from django.apps import AppConfig


class Config(AppConfig):
    """Pipelines, stages and the opportunities that move through them."""

    name = "tracte.modules.sales"
    label = "sales"
    verbose_name = "Sales"

"""The floor as a Django app."""

from django.apps import AppConfig


class FloorConfig(AppConfig):
    """Its one table is made by the bench, not by a migration."""

    name = "tracte.config.bench.floor"
    label = "floor"

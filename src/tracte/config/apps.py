"""The composition root as a Django app, so that its commands are found."""

from django.apps import AppConfig


class Config(AppConfig):
    """Holds the commands that run the installation as a whole."""

    name = "tracte.config"
    label = "config"
    verbose_name = "Tracte"

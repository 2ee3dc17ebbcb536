"""The HTML face as a Django app."""

from django.apps import AppConfig

from tracte.web import menu


class WebConfig(AppConfig):
    """Gives the shell what fills it."""

    name = "tracte.web"
    label = "web"
    verbose_name = "Pages"

    def ready(self) -> None:
        # The registry's room may be imported only when models are ready.
        from tracte.web import navigation  # noqa: PLC0415

        menu.provide(navigation.with_pins)

"""The demo firm as a Django app."""

from django.apps import AppConfig


class Config(AppConfig):
    """Brings the command that loads the demo firm, and its one-click sign-in."""

    name = "tracte.modules.demo"
    label = "demo"
    verbose_name = "Demo firm"

    def ready(self) -> None:
        # These import models, which are ready only now.
        from tracte.modules.demo.signin import URL, guests  # noqa: PLC0415
        from tracte.web.signin import offer_guests  # noqa: PLC0415

        offer_guests(guests, URL)

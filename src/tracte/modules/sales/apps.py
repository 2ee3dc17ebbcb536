"""The sales module as a Django app."""

from django.apps import AppConfig


class Config(AppConfig):
    """Pipelines, stages and the opportunities that move through them."""

    name = "tracte.modules.sales"
    label = "sales"
    verbose_name = "Sales"

    def ready(self) -> None:
        # This imports models, which are ready only now.
        from tracte.engine.bulk import offer_making  # noqa: PLC0415
        from tracte.modules.sales.home import home  # noqa: PLC0415
        from tracte.modules.sales.open_page import OFFER  # noqa: PLC0415
        from tracte.modules.sales.opening import MAKING, VERB  # noqa: PLC0415
        from tracte.modules.sales.type_state import draw  # noqa: PLC0415
        from tracte.web.blocks import offer_block  # noqa: PLC0415
        from tracte.web.bulkoffers import offer_bulk  # noqa: PLC0415
        from tracte.web.home import offer_home  # noqa: PLC0415

        offer_home(home)
        offer_block("opportunity_type", draw)
        offer_bulk("account", OFFER)
        offer_making(VERB, MAKING)

"""Tables of this module, for Django."""

from tracte.modules.catalog.product import Product

__all__ = ["Product"]

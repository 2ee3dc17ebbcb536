"""Addresses of this module's pages on opportunity types, below ``/opportunity_types/``."""

from django.urls import path

from tracte.modules.sales.open_page import choose_page

urlpatterns = [path("<slug:record>/open/", choose_page, name="open-type")]

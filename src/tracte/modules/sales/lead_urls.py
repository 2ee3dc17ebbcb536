"""Addresses of this module's pages on leads, below ``/leads/``."""

from django.urls import path

from tracte.modules.sales.convert_page import convert_page

urlpatterns = [path("<slug:record>/convert/", convert_page, name="convert-lead")]

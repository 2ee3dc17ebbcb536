"""Addresses of this module's parts of deals, below ``/opportunities/``."""

from django.urls import path

from tracte.modules.sales.similar_page import similar_page

urlpatterns = [path("<slug:record>/similar/", similar_page, name="similar-deals")]

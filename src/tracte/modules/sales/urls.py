"""Addresses of this module's settings, below ``/settings/pipelines/``."""

from django.urls import path

from tracte.modules.sales.settings import pipelines

urlpatterns = [path("", pipelines, name="pipelines")]

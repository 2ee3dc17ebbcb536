"""Addresses of this module's pages on targets, below ``/targets/``."""

from django.urls import path

from tracte.modules.sales.target_page import plan_page

urlpatterns = [path("plan/", plan_page, name="target-plan")]

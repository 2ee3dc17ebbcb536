"""Which face answers which address: sign-in, the API, and pages for everything else."""

from django.urls import include, path

urlpatterns = [
    path("auth/", include("allauth.urls")),
    path("api/", include("tracte.api.urls")),
    path("", include("tracte.web.urls")),
]

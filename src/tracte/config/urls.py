"""Which face answers which address: sign-in, the API, and pages for everything else."""

from django.urls import include, path
from django.views.i18n import set_language

from tracte.modules.demo.signin import sign_in
from tracte.web.signin import SignIn

urlpatterns = [
    path("auth/login/", SignIn.as_view(), name="account_login"),
    path("auth/demo/", sign_in, name="demo_sign_in"),
    path("auth/language/", set_language, name="set_language"),
    path("auth/", include("allauth.urls")),
    path("api/", include("tracte.api.urls")),
    path("settings/pipelines/", include("tracte.modules.sales.urls")),
    path("leads/", include("tracte.modules.sales.lead_urls")),
    path("opportunity_types/", include("tracte.modules.sales.type_urls")),
    path("targets/", include("tracte.modules.sales.target_urls")),
    path("opportunities/", include("tracte.modules.sales.deal_urls")),
    path("", include("tracte.web.urls")),
]

"""Addresses of this face. Entities need none of their own: the registry knows their plurals."""

from django.urls import URLPattern, URLResolver, path, re_path

from tracte.api.dispatch import nothing_here, route
from tracte.api.views import bulk, figures, records

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/<str:plural>", route(GET=records.index, POST=records.create)),
    path("v1/<str:plural>/aggregate", route(GET=figures.aggregate)),
    path("v1/<str:plural>/bulk", route(POST=bulk.bulk)),
    path("v1/<str:plural>/<str:record>", route(GET=records.read_one, PATCH=records.change, DELETE=records.bin_one)),
    path("v1/<str:plural>/<str:record>/restore", route(POST=records.restore)),
    path("v1/<str:plural>/<str:record>/<str:action>", route(POST=records.act)),
    re_path(r".*", route(GET=nothing_here, POST=nothing_here, PATCH=nothing_here, DELETE=nothing_here)),
]

"""Addresses of this face. Entities need none of their own: the registry knows their plurals."""

from django.urls import URLPattern, URLResolver, path, re_path

from tracte.api.dispatch import nothing_here, route
from tracte.api.uploads import taking_files
from tracte.api.views import about, bulk, changes, exports, figures, find, imports, records, reference, timeline

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs", reference.page, name="api_docs"),
    path("v1/openapi.json", route(GET=reference.document), name="api_openapi"),
    path("v1/meta", route(GET=about.meta)),
    path("v1/search", route(GET=find.search)),
    path("v1/changes", route(GET=changes.index)),
    path("v1/changes/<str:changeset>", route(GET=changes.read_one)),
    path("v1/changes/<str:changeset>/report", route(GET=imports.report)),
    path("v1/changes/<str:changeset>/apply", route(POST=changes.apply)),
    path("v1/changes/<str:changeset>/reject", route(POST=changes.reject)),
    path("v1/changes/<str:changeset>/undo", route(POST=changes.take_back)),
    path("v1/imports", taking_files(route(POST=imports.start))),
    path("v1/exports", route(POST=exports.start)),
    path("v1/tasks/<str:task>/file", route(GET=exports.fetch)),
    path("v1/tasks/<str:task>", route(GET=about.read_task, DELETE=about.cancel_task)),
    path("v1/<str:plural>", route(GET=records.index, POST=records.create)),
    path("v1/<str:plural>/aggregate", route(GET=figures.aggregate)),
    path("v1/<str:plural>/bulk", route(POST=bulk.bulk)),
    path("v1/<str:plural>/<str:record>", route(GET=records.read_one, PATCH=records.change, DELETE=records.bin_one)),
    path("v1/<str:plural>/<str:record>/timeline", route(GET=timeline.timeline)),
    path("v1/<str:plural>/<str:record>/restore", route(POST=records.restore)),
    path("v1/<str:plural>/<str:record>/<str:action>", route(POST=records.act)),
    re_path(r".*", route(GET=nothing_here, POST=nothing_here, PATCH=nothing_here, DELETE=nothing_here)),
]

"""Addresses of this face: fixed first words, then plurals of entities.

Plurals may not be reserved words, so the two never meet.
"""

from django.urls import URLPattern, URLResolver, path

from tracte.web.views import list as lists
from tracte.web.views import pick, search

urlpatterns: list[URLPattern | URLResolver] = [
    # -- search and pickers
    path("search", search.search_page, name="search"),
    path("pick/<slug:entity>", pick.pick, name="pick"),
    # -- changes, imports, settings, about, home
    # -- records: /{plural}/{id}/ …
    # -- lists and boards: /{plural}/ …
    path("<slug:plural>/", lists.list_page, name="list"),
]

"""Addresses of this face: fixed first words, then plurals of entities.

Plurals may not be reserved words, so the two never meet.
"""

from django.urls import URLPattern, URLResolver, path

from tracte.web.views import list as lists

urlpatterns: list[URLPattern | URLResolver] = [
    # -- search and pickers
    # -- changes, imports, settings, about, home
    # -- records: /{plural}/{id}/ …
    # -- lists and boards: /{plural}/ …
    path("<slug:plural>/", lists.list_page, name="list"),
]

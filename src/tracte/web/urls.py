"""Addresses of this face: fixed first words, then plurals of entities.

Plurals may not be reserved words, so the two never meet.
"""

from django.urls import URLPattern, URLResolver, path

from tracte.web.views import board, bulk, pick, search
from tracte.web.views import list as lists

urlpatterns: list[URLPattern | URLResolver] = [
    # -- search and pickers
    path("search", search.search_page, name="search"),
    path("pick/<slug:entity>", pick.pick, name="pick"),
    # -- changes, imports, settings, about, home
    # -- records: /{plural}/{id}/ …
    # -- lists and boards: /{plural}/ …
    path("<slug:plural>/", lists.list_page, name="list"),
    path("<slug:plural>/board", board.board_page, name="board"),
    path("<slug:plural>/bulk", bulk.bulk, name="bulk"),
    path("<slug:plural>/<slug:record_id>/move", board.move, name="move"),
]

"""The product's addresses and the floor's."""

from django.urls import include, path

from tracte.config.bench.floor import views

urlpatterns = [
    path("floor/contacts/", views.contact_list),
    path("floor/contacts/<int:pk>/", views.contact_record),
    path("floor/contacts.json", views.contact_json),
    path("floor/contacts/new/", views.contact_insert),
    path("", include("tracte.config.urls")),
]

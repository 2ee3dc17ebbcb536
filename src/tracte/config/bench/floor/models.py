"""A contact table with the key type and columns of the product's, and the indexes a bare list needs."""

from typing import Any

from django.db import models

from tracte.modules.crm.contact import Contact
from tracte.records.record import Record


def _copied(field: Any) -> Any:
    return field.clone()


class Meta:
    """One index for the list, one for each filter the bench asks for."""

    app_label = "floor"
    db_table = "floor_contact"
    managed = False
    indexes = [
        models.Index(fields=["title_key", "id"], name="floor_contact_title"),
        models.Index(fields=["account"], name="floor_contact_account"),
    ]


Bare: type[models.Model] = type(
    "Bare",
    (models.Model,),
    {"__module__": __name__, "Meta": Meta, **{f.name: _copied(f) for f in Contact._meta.concrete_fields}},
)
assert not issubclass(Bare, Record)

"""A contact table with the key type and columns of the product's, and the indexes a bare list needs.

Made when all models are loaded (fields cannot be copied before), so it is no `models.py`.
"""

from django.db import models

from tracte.modules.crm.contact import Contact


class Meta:
    """One index for the list, one for each filter the bench asks for."""

    app_label = "floor"
    db_table = "floor_contact"
    indexes = [
        models.Index(fields=["title_key", "id"], name="floor_contact_title"),
        models.Index(fields=["-modified_at", "-id"], name="floor_contact_changed"),
        models.Index(fields=["address_city"], name="floor_contact_city"),
    ]


Bare: type[models.Model] = type(
    "Bare",
    (models.Model,),
    {"__module__": __name__, "Meta": Meta, **{field.name: field.clone() for field in Contact._meta.concrete_fields}},
)

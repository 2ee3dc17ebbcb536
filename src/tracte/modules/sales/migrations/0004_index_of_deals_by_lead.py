from django.db import migrations, models

from tracte.records.indexing import AddIndexOnline


class Migration(migrations.Migration):
    """Apart from the columns, because an index on a large table is built outside a transaction."""

    atomic = False

    dependencies = [("sales", "0003_who_set_the_probability")]

    operations = [
        AddIndexOnline(
            model_name="opportunity",
            index=models.Index(condition=models.Q(("lead__isnull", False)), fields=["lead"], name="opportunity_lead"),
        ),
    ]

from django.db import migrations, models

from tracte.records.indexing import AddIndexOnline


class Migration(migrations.Migration):
    """What was won in a quarter, and closed in twelve months, is found without reading every deal."""

    atomic = False

    dependencies = [
        ('sales', '0011_stage_checklists'),
    ]

    operations = [
        AddIndexOnline(
            model_name='opportunity',
            index=models.Index(condition=models.Q(('closed_on__isnull', False), ('deleted_at__isnull', True)), fields=['closed_on', 'stage'], name='opportunity_closed'),
        ),
    ]

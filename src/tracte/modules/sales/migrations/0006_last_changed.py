from django.conf import settings
from django.db import migrations, models

from tracte.records.indexing import AddIndexOnline


class Migration(migrations.Migration):
    """Lists sorted by the last change walk an index within everybody's reach."""

    atomic = False

    dependencies = [
        ('catalog', '0001_initial'),
        ('crm', '0002_last_changed'),
        ('records', '0005_form_drafts'),
        ('sales', '0005_lines_and_people'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexOnline(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['modified_at', 'id'], name='lead_changed_all'),
        ),
        AddIndexOnline(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['owner', 'modified_at', 'id'], name='lead_changed_own'),
        ),
        AddIndexOnline(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['team', 'modified_at', 'id'], name='lead_changed_team'),
        ),
        AddIndexOnline(
            model_name='opportunity',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['modified_at', 'id'], name='opportunity_changed_all'),
        ),
        AddIndexOnline(
            model_name='opportunity',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['owner', 'modified_at', 'id'], name='opportunity_changed_own'),
        ),
        AddIndexOnline(
            model_name='opportunity',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['team', 'modified_at', 'id'], name='opportunity_changed_team'),
        ),
    ]

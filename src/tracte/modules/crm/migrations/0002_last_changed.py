from django.conf import settings
from django.db import migrations, models

from tracte.records.indexing import AddIndexOnline


class Migration(migrations.Migration):
    """Lists sorted by the last change walk an index within everybody's reach."""

    atomic = False

    dependencies = [
        ('crm', '0001_initial'),
        ('records', '0005_form_drafts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexOnline(
            model_name='account',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['modified_at', 'id'], name='account_changed_all'),
        ),
        AddIndexOnline(
            model_name='account',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['owner', 'modified_at', 'id'], name='account_changed_own'),
        ),
        AddIndexOnline(
            model_name='account',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['team', 'modified_at', 'id'], name='account_changed_team'),
        ),
        AddIndexOnline(
            model_name='contact',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['modified_at', 'id'], name='contact_changed_all'),
        ),
        AddIndexOnline(
            model_name='contact',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['owner', 'modified_at', 'id'], name='contact_changed_own'),
        ),
        AddIndexOnline(
            model_name='contact',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['team', 'modified_at', 'id'], name='contact_changed_team'),
        ),
    ]

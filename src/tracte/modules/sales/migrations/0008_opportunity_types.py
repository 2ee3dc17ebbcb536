import django.db.models.deletion
import tracte.kernel.ids
import tracte.meta.columns
import tracte.records.record
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0001_initial'),
        ('crm', '0001_initial'),
        ('records', '0005_form_drafts'),
        ('sales', '0007_targets'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OpportunityType',
            fields=[
                ('id', tracte.meta.columns.RecordIdField(default=tracte.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1)),
                ('title_key', tracte.records.record.SortKeyField(default='', max_length=120)),
                ('cf', models.JSONField(default=dict)),
                ('deleted_at', models.DateTimeField(null=True)),
                ('created_set', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField(null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('name', models.CharField(max_length=120, null=True)),
                ('key', models.CharField(max_length=60, null=True)),
                ('classification', models.CharField(max_length=64, null=True)),
                ('active', models.BooleanField(default=False)),
                ('hue', models.CharField(max_length=64, null=True)),
                ('objective', models.CharField(max_length=300, null=True)),
                ('description', models.TextField(null=True)),
                ('starts_on', models.DateField(null=True)),
                ('started_on', models.DateField(null=True)),
                ('ends_on', models.DateField(null=True)),
                ('ended_on', models.DateField(null=True)),
                ('cost_estimated', tracte.meta.columns.ScaledDecimalField(null=True, scale=4)),
                ('cost_estimated_currency', models.CharField(max_length=3, null=True)),
                ('cost_real', tracte.meta.columns.ScaledDecimalField(null=True, scale=4)),
                ('cost_real_currency', models.CharField(max_length=3, null=True)),
                ('created_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('modified_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pipeline', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sales.pipeline')),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalog.product')),
                ('team', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='records.team')),
            ],
            options={
                'db_table': 'opportunity_type',
            },
        ),
        migrations.RenameField(model_name="opportunity", old_name="type", new_name="type_key"),
        migrations.AddField(
            model_name="opportunity",
            name="type",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="sales.opportunitytype",
            ),
        ),
    ]

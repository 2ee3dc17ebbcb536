from typing import Any

import django.db.models.deletion
import tracte.kernel.ids
import tracte.meta.columns
import tracte.records.record
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def are_for_opportunities(apps: Any, schema_editor: Any) -> None:
    """Every pipeline there was until now is for opportunities."""
    apps.get_model("sales", "Pipeline").objects.filter(entity=None).update(entity="opportunity")


def bin_those_for_leads(apps: Any, schema_editor: Any) -> None:
    """What knew no leads would take their pipelines for deals'."""
    pipelines = apps.get_model("sales", "Pipeline").objects.filter(entity="lead", deleted_at=None)
    stages = apps.get_model("sales", "Stage").objects.filter(pipeline__in=pipelines, deleted_at=None)
    stages.update(deleted_at=timezone.now())
    pipelines.update(deleted_at=timezone.now())


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0001_initial'),
        ('crm', '0001_initial'),
        ('records', '0003_tasks'),
        ('sales', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='pipeline',
            name='entity',
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.RunPython(are_for_opportunities, bin_those_for_leads),
        migrations.AddField(
            model_name='stage',
            name='qualifies',
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name='AssignmentRule',
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
                ('position', models.BigIntegerField(null=True)),
                ('active', models.BooleanField(default=False)),
                ('origins', models.TextField(null=True)),
                ('country', models.CharField(max_length=2, null=True)),
                ('at_least', tracte.meta.columns.ScaledDecimalField(null=True, scale=4)),
                ('at_least_currency', models.CharField(max_length=3, null=True)),
                ('condition', models.JSONField(null=True)),
                ('mode', models.CharField(max_length=64, null=True)),
                ('created_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('for_pipeline', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sales.pipeline')),
                ('modified_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='records.team')),
                ('to_team', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='records.team')),
                ('to_user', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'assignment_rule',
            },
        ),
        migrations.CreateModel(
            name='Lead',
            fields=[
                ('id', tracte.meta.columns.RecordIdField(default=tracte.kernel.ids.new_id, primary_key=True, serialize=False)),
                ('version', models.IntegerField(default=1)),
                ('title_key', tracte.records.record.SortKeyField(default='', max_length=120)),
                ('cf', models.JSONField(default=dict)),
                ('deleted_at', models.DateTimeField(null=True)),
                ('created_set', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField(null=True)),
                ('modified_at', models.DateTimeField(null=True)),
                ('name', models.CharField(max_length=320, null=True)),
                ('handle', models.CharField(max_length=320, null=True)),
                ('first_name', models.CharField(max_length=100, null=True)),
                ('last_name', models.CharField(max_length=100, null=True)),
                ('company', models.CharField(max_length=200, null=True)),
                ('job_title', models.CharField(max_length=120, null=True)),
                ('email', models.CharField(max_length=254, null=True)),
                ('phone', models.CharField(max_length=40, null=True)),
                ('mobile', models.CharField(max_length=40, null=True)),
                ('website', models.CharField(max_length=500, null=True)),
                ('address_street', models.CharField(max_length=200, null=True)),
                ('address_postcode', models.CharField(max_length=20, null=True)),
                ('address_city', models.CharField(max_length=100, null=True)),
                ('address_region', models.CharField(max_length=100, null=True)),
                ('address_country', models.CharField(max_length=2, null=True)),
                ('industry', models.CharField(max_length=64, null=True)),
                ('origin', models.CharField(max_length=64, null=True)),
                ('interest', models.CharField(max_length=300, null=True)),
                ('amount', tracte.meta.columns.ScaledDecimalField(null=True, scale=4)),
                ('amount_currency', models.CharField(max_length=3, null=True)),
                ('description', models.TextField(null=True)),
                ('status', models.CharField(max_length=64, null=True)),
                ('has_need', models.BooleanField(default=False)),
                ('has_budget', models.BooleanField(default=False)),
                ('knows_decider', models.BooleanField(default=False)),
                ('has_timing', models.BooleanField(default=False)),
                ('next_step', models.CharField(max_length=200, null=True)),
                ('next_step_on', models.DateField(null=True)),
                ('reject_reason', models.CharField(max_length=64, null=True)),
                ('reject_note', models.TextField(null=True)),
                ('recycle_on', models.DateField(null=True)),
                ('recycled_on', models.DateField(null=True)),
                ('tags', models.TextField(null=True)),
                ('converted_on', models.DateField(null=True)),
                ('assigned_rule', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sales.assignmentrule')),
                ('assigned_to', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('converted_account', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='crm.account')),
                ('converted_contact', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='crm.contact')),
                ('converted_opportunity', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sales.opportunity')),
                ('created_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('modified_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('pipeline', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sales.pipeline')),
                ('referred_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='crm.contact')),
                ('referred_by_account', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='crm.account')),
                ('stage', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sales.stage')),
                ('team', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='records.team')),
            ],
            options={
                'db_table': 'lead',
            },
        ),
        migrations.AddField(
            model_name='opportunity',
            name='lead',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='sales.lead'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['title_key', 'id'], name='lead_all'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['owner', 'title_key', 'id'], name='lead_own'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['team', 'title_key', 'id'], name='lead_team'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['owner', 'id'], name='lead_own_new'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['team', 'id'], name='lead_team_new'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['stage', 'id'], name='lead_stage'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['status', 'id'], name='lead_status'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('email__isnull', False)), fields=['email'], name='lead_email'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('mobile__isnull', False)), fields=['mobile'], name='lead_mobile'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('phone__isnull', False)), fields=['phone'], name='lead_phone'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('company__isnull', False)), fields=['company'], name='lead_company'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('recycle_on__isnull', False)), fields=['recycle_on'], name='lead_recycle'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('assigned_rule__isnull', False)), fields=['assigned_rule', 'id'], name='lead_assigned'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('referred_by__isnull', False)), fields=['referred_by'], name='lead_ref_contact'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('referred_by_account__isnull', False)), fields=['referred_by_account'], name='lead_ref_account'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('converted_account__isnull', False)), fields=['converted_account'], name='lead_to_account'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('converted_contact__isnull', False)), fields=['converted_contact'], name='lead_to_contact'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('converted_opportunity__isnull', False)), fields=['converted_opportunity'], name='lead_to_deal'),
        ),
    ]

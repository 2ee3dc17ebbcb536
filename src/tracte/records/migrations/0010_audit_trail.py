"""The audit trail, which the database itself refuses to rewrite, and how long a firm keeps it."""

from typing import Any

from django.db import migrations, models

# The nightly shortening names, for its transaction, the moment before which entries go. Nothing lets an update through.
POSTGRESQL = [
    """CREATE FUNCTION tracte_keep_trail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' AND OLD.at < NULLIF(current_setting('tracte.audit_before', true), '')::timestamptz THEN
        RETURN OLD;
      END IF;
      RAISE EXCEPTION 'the audit trail is never rewritten';
    END $$""",
    """CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION tracte_keep_trail()""",
]
POSTGRESQL_BACK = ["DROP TRIGGER audit_kept ON audit_entry", "DROP FUNCTION tracte_keep_trail()"]
SQLITE = [
    "CREATE TABLE audit_forgetting (before text)",
    """CREATE TRIGGER audit_kept_update BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'the audit trail is never rewritten'); END""",
    """CREATE TRIGGER audit_kept_delete BEFORE DELETE ON audit_entry
    WHEN NOT EXISTS (SELECT 1 FROM audit_forgetting WHERE old.at < before)
    BEGIN SELECT RAISE(ABORT, 'the audit trail is never rewritten'); END""",
]
SQLITE_BACK = ["DROP TRIGGER audit_kept_delete", "DROP TRIGGER audit_kept_update", "DROP TABLE audit_forgetting"]


def forwards(apps: Any, editor: Any) -> None:
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def backwards(apps: Any, editor: Any) -> None:
    for statement in POSTGRESQL_BACK if editor.connection.vendor == "postgresql" else SQLITE_BACK:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("records", "0009_units")]

    operations = [
        migrations.AddField("company", "audit_days", models.BigIntegerField(null=True)),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=20)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(default="", max_length=200)),
                ("address", models.CharField(default="", max_length=45)),
                ("door", models.CharField(default="", max_length=20)),
                ("entity", models.CharField(default="", max_length=40)),
                ("record_id", models.BigIntegerField(null=True)),
                ("set_id", models.BigIntegerField(null=True)),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "audit_entry",
                "indexes": [
                    models.Index(fields=["kind", "id"], name="audit_kind"),
                    models.Index(fields=["actor_id", "id"], name="audit_actor"),
                    models.Index(fields=["entity", "id"], name="audit_entity"),
                ],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]

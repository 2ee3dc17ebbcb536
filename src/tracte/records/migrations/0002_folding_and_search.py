"""The database side of search: folding, trigram index, and history that cannot be rewritten."""

from typing import Any

from django.db import migrations

from tracte.kernel.fold import FOLD_FROM, FOLD_MULTI, FOLD_TO


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def fold_sql() -> str:
    """``tracte_fold`` as one immutable SQL function, equal to kernel.fold character by character."""
    body = "$1"
    for one, several in FOLD_MULTI:
        body = f"replace({body}, {_literal(one)}, {_literal(several)})"
    return (
        "CREATE OR REPLACE FUNCTION tracte_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS "
        f"$fold$ SELECT translate({body}, {_literal(FOLD_FROM)}, {_literal(FOLD_TO)}) $fold$"
    )


POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX search_trigram ON search_index USING gin (txt gin_trgm_ops)",
    # Erasure is the only rewrite of history: it announces itself for its transaction.
    """CREATE FUNCTION tracte_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF current_setting('tracte.erasing', true) = 'yes' THEN RETURN COALESCE(NEW, OLD); END IF;
      RAISE EXCEPTION 'history is never rewritten';
    END $$""",
    "CREATE TRIGGER change_kept BEFORE UPDATE OR DELETE ON change FOR EACH ROW EXECUTE FUNCTION tracte_keep_history()",
]
POSTGRESQL_BACK = [
    "DROP TRIGGER change_kept ON change",
    "DROP FUNCTION tracte_keep_history()",
    "DROP INDEX search_trigram",
    "DROP FUNCTION tracte_fold(text)",
]
SQLITE = [
    "CREATE VIRTUAL TABLE search_fts USING fts5(txt, content='search_index', content_rowid='record_id', tokenize='trigram')",
    """CREATE TRIGGER search_fts_insert AFTER INSERT ON search_index BEGIN
      INSERT INTO search_fts(rowid, txt) VALUES (new.record_id, new.txt);
    END""",
    """CREATE TRIGGER search_fts_delete AFTER DELETE ON search_index BEGIN
      INSERT INTO search_fts(search_fts, rowid, txt) VALUES ('delete', old.record_id, old.txt);
    END""",
    """CREATE TRIGGER search_fts_update AFTER UPDATE OF txt ON search_index BEGIN
      INSERT INTO search_fts(search_fts, rowid, txt) VALUES ('delete', old.record_id, old.txt);
      INSERT INTO search_fts(rowid, txt) VALUES (new.record_id, new.txt);
    END""",
    "CREATE TABLE erasing (since text)",
    """CREATE TRIGGER change_kept_update BEFORE UPDATE ON "change"
    WHEN NOT EXISTS (SELECT 1 FROM erasing) BEGIN SELECT RAISE(ABORT, 'history is never rewritten'); END""",
    """CREATE TRIGGER change_kept_delete BEFORE DELETE ON "change"
    WHEN NOT EXISTS (SELECT 1 FROM erasing) BEGIN SELECT RAISE(ABORT, 'history is never rewritten'); END""",
]
SQLITE_BACK = [
    "DROP TRIGGER change_kept_delete",
    "DROP TRIGGER change_kept_update",
    "DROP TABLE erasing",
    "DROP TRIGGER search_fts_update",
    "DROP TRIGGER search_fts_delete",
    "DROP TRIGGER search_fts_insert",
    "DROP TABLE search_fts",
]


def forwards(apps: Any, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(fold_sql(), params=None)
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def backwards(apps: Any, editor: Any) -> None:
    for statement in POSTGRESQL_BACK if editor.connection.vendor == "postgresql" else SQLITE_BACK:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]

"""The full-text index: FTS5 on SQLite, a tsvector with a GIN index on PostgreSQL (feeds/search.py reads and writes it)."""

from django.db import migrations


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("CREATE VIRTUAL TABLE feeds_search USING fts5(body, tokenize = 'unicode61 remove_diacritics 2')")
    else:
        schema_editor.execute("CREATE TABLE feeds_search (post_id bigint PRIMARY KEY, body tsvector NOT NULL)")
        schema_editor.execute("CREATE INDEX feeds_search_body ON feeds_search USING gin (body)")


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE feeds_search")


class Migration(migrations.Migration):
    dependencies = [("feeds", "0003_finding")]
    operations = [migrations.RunPython(create, drop)]

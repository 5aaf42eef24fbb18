"""Feed entries, clustered by feed: WITHOUT ROWID on SQLite, an ordinary primary key on PostgreSQL."""

from django.db import migrations

COLUMNS = "feed_id bigint NOT NULL, entry_id bigint NOT NULL, author_id bigint NOT NULL, post_id bigint NOT NULL"


def create(apps, schema_editor):
    tail = " WITHOUT ROWID" if schema_editor.connection.vendor == "sqlite" else ""
    schema_editor.execute(f"CREATE TABLE feeds_entry ({COLUMNS}, PRIMARY KEY (feed_id, entry_id)){tail}")
    schema_editor.execute("CREATE INDEX feeds_entry_post ON feeds_entry (post_id)")


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE feeds_entry")


class Migration(migrations.Migration):
    dependencies = [("feeds", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]

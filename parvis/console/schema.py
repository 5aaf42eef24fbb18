"""Creates a fresh database from the state that all migrations lead to, instead of walking through them.

Seventy-odd migrations, most of them of libraries, take 8 s of CPU to rebuild models step by step; their final
state takes under one. Every test run and every new square starts with a fresh database. What our own migrations
do by hand (RunSQL, RunPython) is run in order after the tables exist; libraries' data migrations have nothing
to convert. tests/test_schema.py compares the result with the long way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.migrations import RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.executor import MigrationExecutor


def create_fresh(connection: Any) -> bool:
    """Create every table and record every migration; return False, having done nothing, if one was applied before."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    if loader.applied_migrations or loader.detect_conflicts():
        return False
    plan = executor.migration_plan(loader.graph.leaf_nodes(), clean_start=True)
    state = loader.project_state(loader.graph.leaf_nodes())
    executor.recorder.ensure_schema()
    with connection.schema_editor(atomic=True) as editor:
        for model in state.apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for label, operation in _written_by_hand([migration for migration, _ in plan]):
            operation.database_forwards(label, editor, state, state)
        for migration, _ in plan:
            executor.recorder.record_applied(migration.app_label, migration.name)
    return True


def _written_by_hand(migrations: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield the operations of our own migrations that a table's final state does not show."""
    for migration in migrations:
        if type(migration).__module__.startswith("parvis."):
            for operation in migration.operations:
                parts = operation.database_operations if isinstance(operation, SeparateDatabaseAndState) else [operation]
                for part in parts:
                    if isinstance(part, (RunPython, RunSQL)):
                        yield migration.app_label, part

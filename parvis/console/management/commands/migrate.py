"""Django's migrate, which takes the short way when the database is empty (parvis/console/schema.py)."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from parvis.console.schema import create_fresh


class Command(migrate.Command):
    """Migrates; on an empty database, creates the final tables at once."""

    def handle(self, *args: Any, **options: Any) -> Any:
        whole = not (options["app_label"] or options["migration_name"] or options["fake"] or options["plan"] or options["check_unapplied"])
        if whole and not options.get("step_by_step"):
            create_fresh(connections[options["database"]])
        return super().handle(*args, **options)

    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        parser.add_argument("--step-by-step", action="store_true", help="Walk through every migration even on an empty database.")

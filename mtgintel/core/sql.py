"""Statements too big for the ORM stand in `sql/` of their app, one to a file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.apps import apps


@cache
def load_sql(app_label: str, name: str) -> str:
    """The text of `<app>/sql/<name>.sql`."""
    path = Path(apps.get_app_config(app_label).path) / "sql" / f"{name}.sql"
    return path.read_text()

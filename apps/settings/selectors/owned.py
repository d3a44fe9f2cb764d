"""Everything that belongs to an account: exactly what its deletion would delete."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models.options import Options

# What opens doors is nobody's data: hashes, secrets of codes, keys of sessions.
SECRETS = {
    "alerts.deliverysettings": {"webhook_secret"},
    "auth.user": {"password"},
    "mfa.authenticator": {"data"},
    "preferences.apitoken": {"digest"},
    "usersessions.usersession": {"session_key", "data"},
}


def owned_rows(user: AbstractBaseUser) -> dict[str, list[dict[str, Any]]]:
    """The rows of an account by table, `{"preferences.apitoken": [{column: value}]}`.

    Asked of Django's own deletion, so that an app which gives users something new need
    not say so here, and so that the export and the deletion are of the same rows. What
    a member of staff decided about prices is nobody's own and not among them.
    """
    collector = NestedObjects(using="default")
    collector.collect([user])
    found: dict[str, list[dict[str, Any]]] = {}
    for model, rows in collector.data.items():
        table: Options = model._meta  # noqa: SLF001 (public for all its underscore)
        secrets = SECRETS.get(table.label_lower, set())
        columns = [each for each in table.concrete_fields if each.name not in secrets]
        found[table.label_lower] = [
            {column.name: column.value_from_object(row) for column in columns}
            for row in rows
        ]
    return found

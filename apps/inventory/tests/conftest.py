"""The real catalogue, read once for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from apps.prices.services import ingest_mtgjson_identifiers, ingest_scryfall


@pytest.fixture(scope="module")
def catalogue(
    django_db_setup: None, django_db_blocker, shared_data: Path
) -> Iterator[Path]:
    """Printings and vendors' ids; the directory of the collections.

    In a transaction around those of the tests, which takes everything with it.
    """
    scryfall, mtgjson = shared_data / "scryfall", shared_data / "mtgjson"
    with django_db_blocker.unblock(), transaction.atomic():
        ingest_scryfall(path=scryfall / "default-cards.jsonl.gz")
        ingest_scryfall(path=scryfall / "current-479-cards.jsonl.gz")
        ingest_mtgjson_identifiers(path=mtgjson / "AllIdentifiers.json.gz")
        yield shared_data / "collections"
        transaction.set_rollback(True)


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("ann")

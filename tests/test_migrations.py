"""The whole schema goes away without a trace and comes back the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command

from apps.prices.models import Marketplace
from tests.engines.storage import policies, rows

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

# Topmost first: the order in which they can go.
APPS = (
    *("recommendations", "inventory", "signals", "market", "prices"),
    *("cards", "preferences", "core"),
)
HYPERTABLES = (
    "price_snapshots",
    "card_prices_hourly",
    "card_prices_daily",
    "market_index_30min",
    "market_index_hourly",
    "market_index_daily",
)

# Chunks come and go with the rows; extensions bring objects of their own.
OWN_RELATIONS = """
    SELECT c.relname, c.relkind::text,
           array(
               SELECT attname || ' ' || format_type(atttypid, atttypmod)
               FROM pg_attribute
               WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
               ORDER BY attnum)
    FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace
      AND NOT relispartition
      AND NOT EXISTS (
          SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
    ORDER BY 1
"""
OWN_TYPES = """
    SELECT typname, array(
        SELECT enumlabel FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder)
    FROM pg_type t
    WHERE typnamespace = 'public'::regnamespace AND typtype = 'e' ORDER BY 1
"""
OWN_FUNCTIONS = """
    SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (
          SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
    ORDER BY 1
"""


def schema() -> list[list[tuple]]:
    return [rows(query) for query in (OWN_RELATIONS, OWN_TYPES, OWN_FUNCTIONS)]


@pytest.fixture
def put_back() -> Iterator[None]:
    """Whatever happens, the next test finds the whole schema."""
    yield
    call_command("migrate", verbosity=0)


def go_back() -> None:
    for app in APPS:
        call_command("migrate", app, "zero", verbosity=0)


@pytest.mark.usefixtures("put_back")
def test_nothing_of_ours_stays_behind():
    go_back()

    relations, types, functions = schema()
    libraries = ("auth_", "django_", "account_", "axes_", "mfa_", "usersessions_")
    assert [
        name
        for name, kind, _ in relations
        # Indexes go with their tables.
        if kind != "i" and not name.startswith(libraries)
    ] == []
    assert types == []
    assert functions == []
    assert rows("SELECT nspname FROM pg_namespace WHERE nspname ~ 'compat'") == []


@pytest.mark.usefixtures("put_back")
def test_going_back_and_forth_changes_nothing():
    schema_before = schema()
    policies_before = [policies(table) for table in HYPERTABLES]

    go_back()
    call_command("migrate", verbosity=0)

    assert schema() == schema_before
    assert [policies(table) for table in HYPERTABLES] == policies_before
    assert Marketplace.objects.filter(slug="tcgplayer").exists()

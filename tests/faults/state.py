"""What a database holds, as something to compare; and what should not be in it."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

# Which run wrote a row is all that may differ.
_CHECKSUM = """
    SELECT count(*), md5(string_agg(line, E'\\n' ORDER BY line COLLATE "C"))
    FROM (SELECT (to_jsonb(one) - 'run_id')::text AS line FROM {} one) lines
"""
STORED = ("price_snapshots", "latest_prices")
AGGREGATES = (
    "card_prices_daily",
    "card_prices_hourly",
    "market_index_30min",
    "market_index_daily",
    "market_index_hourly",
)
State = dict[str, tuple[int, str | None]]


def checksum(session: Any, table: str) -> tuple[int, str | None]:
    """Rows of a table and the checksum of all that is in them, in a fixed order."""
    statement = sql.SQL(_CHECKSUM).format(sql.Identifier(table))
    (found,) = session.execute(statement).fetchall()
    return found


def stored(session: Any) -> State:
    """What was observed and what is latest, without what follows from it."""
    return {table: checksum(session, table) for table in (*STORED, "cards")}


def state(session: Any) -> State:
    """All of it, the five aggregates too."""
    candles = {table: checksum(session, table) for table in AGGREGATES}
    return {**stored(session), **candles}


class Here:
    """The session of the tests themselves, with psycopg's manners."""

    def execute(self, statement: Any) -> Here:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            self._rows = cursor.fetchall()
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows


def stored_here() -> State:
    return stored(Here())


def left_over(session: psycopg.Connection[Any]) -> dict[str, Any]:
    """Sessions, locks and temporary tables of others; empty when all is tidy."""
    questions = {
        "sessions": "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname = current_database()",
        "locks": "SELECT locktype, mode FROM pg_locks "
        "WHERE pid <> pg_backend_pid() AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())",
        "advisory locks": "SELECT classid, objid FROM pg_locks "
        "WHERE locktype = 'advisory'",
        "temporary tables": "SELECT relname FROM pg_class WHERE relpersistence = 't'",
        # changed_lots is a table of its own and stays.
        "staging tables": "SELECT relname FROM pg_class "
        "WHERE relname ~ '^(staged|touched|changed)_' "
        "AND relname !~ '^changed_lots'",
    }
    found = {what: session.execute(q).fetchall() for what, q in questions.items()}
    return {what: rows for what, rows in found.items() if rows}


def ledger(session: Any, source: str, since: int) -> list[tuple[str, str]]:
    """(status, error) of a source's runs after the run `since`, oldest first."""
    return session.execute(
        "SELECT status, error FROM ingest_runs WHERE source = %s AND id > %s "
        "ORDER BY id",
        [source, since],
    ).fetchall()

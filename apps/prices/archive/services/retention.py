"""Raw rows are dropped once they are archived, and not before."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction

from apps.prices.archive.days import start_of
from apps.prices.archive.folder import Folder
from apps.prices.archive.manifest import ArchiveError
from apps.prices.archive.selectors import days_held, is_archive_on
from apps.prices.selectors import is_demo_market
from apps.prices.services.runs import source_lock
from mtgintel.core.feeds import BusySourceError
from mtgintel.core.timescale import retention_cutoff, run_retention

from .export import LOCK, TABLE, Export

logger = logging.getLogger(__name__)

_NOTHING = datetime.min.replace(tzinfo=UTC)


def retire_prices() -> dict[str, int]:
    """Carry the retention policies out: {table: chunks dropped}.

    With an archive, raw prices go only up to the first day that it does not have as
    the database has it; days that are due are written first. An archive that does not
    answer keeps them all. The policy that TimescaleDB would carry out by itself is
    held from then on.
    """
    if not is_archive_on() or is_demo_market():
        return run_retention()
    cutoff = retention_cutoff(TABLE)
    if cutoff is None:
        return run_retention()
    try:
        with source_lock(LOCK):
            return _drop_archived(cutoff)
    except (ArchiveError, BusySourceError) as error:
        logger.error("raw prices are kept: %s", error)  # noqa: TRY400 (it says it all)
        return run_retention(holds={TABLE: _NOTHING})


def _drop_archived(cutoff: datetime) -> dict[str, int]:
    export = Export(Folder(settings.ARCHIVE_URL))
    export.days(days_held(None, cutoff))
    with transaction.atomic():
        # Nobody writes to a day between our look at it and its end.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('write prices'))")
        return run_retention(holds={TABLE: _first_missing(export, cutoff) or cutoff})


def _first_missing(export: Export, cutoff: datetime) -> datetime | None:
    """The start of the first day that must not go yet."""
    for state in days_held(None, cutoff):
        if not export.is_archived(state) or not export.has_file(state.day):
            return start_of(state.day)
    return None

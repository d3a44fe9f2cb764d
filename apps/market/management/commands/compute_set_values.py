"""manage.py compute_set_values: what sets cost, from the prices that are stored."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand

from apps.market.services import update_set_values
from mtgintel.core import cache


class Command(BaseCommand):
    help = (
        "Compute the values of all sets anew, with the catalogue as it is now; every "
        "ingest computes the days it wrote."
    )

    def handle(self, **options: Any) -> None:
        started = perf_counter()
        update = update_set_values()
        cache.bump()
        seconds = perf_counter() - started
        self.stdout.write(
            f"set values: {update.days} days of a currency computed, "
            f"{update.written:,} rows changed in {seconds:.1f} s."
        )

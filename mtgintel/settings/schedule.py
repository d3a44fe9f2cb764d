"""When each task runs by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.schedules import crontab

# Times are UTC. Scryfall's prices change once a day, its files twice; MTGJSON's build
# is up by 14:00, Cardmarket's guide by 02:00, GoatBots' list by 05:00, tcgcsv's mirror
# by 20:30. No vendor is asked more than once a day. A message nobody took within
# `expires` seconds is of no use any more: the next one is on its way.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "scryfall-daily": {
        "task": "prices.ingest_scryfall",
        "schedule": crontab(minute="20", hour="10"),
        "options": {"expires": 6 * 60 * 60},
    },
    "mtgjson-today-daily": {
        "task": "prices.ingest_mtgjson_today",
        "schedule": crontab(minute="40", hour="14"),
        "options": {"expires": 6 * 60 * 60},
    },
    # Days that were missed: the file holds the last 90.
    "mtgjson-history-weekly": {
        "task": "prices.ingest_mtgjson_history",
        "schedule": crontab(minute="10", hour="16", day_of_week="sunday"),
        "options": {"expires": 12 * 60 * 60},
    },
    "cardmarket-daily": {
        "task": "prices.ingest_cardmarket",
        "schedule": crontab(minute="45", hour="2"),
        "options": {"expires": 6 * 60 * 60},
    },
    "goatbots-daily": {
        "task": "prices.ingest_goatbots",
        "schedule": crontab(minute="15", hour="5"),
        "options": {"expires": 6 * 60 * 60},
    },
    # Without a token it does nothing.
    "cardtrader-daily": {
        "task": "prices.ingest_cardtrader",
        "schedule": crontab(minute="30", hour="7"),
        "options": {"expires": 6 * 60 * 60},
    },
    "cardkingdom-daily": {
        "task": "prices.ingest_cardkingdom",
        "schedule": crontab(minute="30", hour="11"),
        "options": {"expires": 6 * 60 * 60},
    },
    "manapool-daily": {
        "task": "prices.ingest_manapool",
        "schedule": crontab(minute="35", hour="12"),
        "options": {"expires": 6 * 60 * 60},
    },
    # The bank publishes at about 16:00 in Frankfurt, on working days.
    "ecb-daily": {
        "task": "prices.ingest_ecb",
        "schedule": crontab(minute="30", hour="17"),
        "options": {"expires": 6 * 60 * 60},
    },
    "tcgcsv-daily": {
        "task": "prices.ingest_tcgcsv",
        "schedule": crontab(minute="50", hour="20"),
        "options": {"expires": 6 * 60 * 60},
    },
    # Yesterday, and what was corrected before it.
    "archive-daily": {
        "task": "prices.archive_prices",
        "schedule": crontab(minute="15", hour="1"),
        "options": {"expires": 2 * 60 * 60},
    },
    "storage-daily": {
        "task": "prices.maintain_storage",
        "schedule": crontab(minute="50", hour="3"),
        "options": {"expires": 6 * 60 * 60},
    },
    "accounts-daily": {
        "task": "preferences.forget_expired",
        "schedule": crontab(minute="20", hour="6"),
        "options": {"expires": 6 * 60 * 60},
    },
    # The day before is over; its last prices came.
    "collections-daily": {
        "task": "inventory.keep_values",
        "schedule": crontab(minute="10", hour="0"),
        "options": {"expires": 6 * 60 * 60},
    },
    # Those whose worker was killed.
    "imports": {
        "task": "inventory.resume_imports",
        "schedule": timedelta(minutes=2),
        "options": {"expires": 110},
    },
    # Looks which of the price lists described in the admin are due.
    "custom-sources": {
        "task": "prices.ingest_custom_sources",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 9 * 60},
    },
    # What is derived in the background is asked for after each ingest; this is for
    # messages that were lost.
    "catch-up": {
        "task": "core.catch_up",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 9 * 60},
    },
    # What operators should know of: see mtgintel/core/alarms.py.
    "alarms": {
        "task": "core.watch",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 4 * 60},
    },
    # Streams that fall silent, letters whose quiet hours are over, and second tries.
    "alerts": {
        "task": "alerts.look",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 4 * 60},
    },
    # Does nothing once the market is a real one.
    "demo-tick": {
        "task": "prices.demo_tick",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 50},
    },
}

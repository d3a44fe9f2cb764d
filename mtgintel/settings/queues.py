"""Which queue each task waits in, so that a long one keeps no other kind waiting.

A worker takes from all of them unless it is told which (`celery worker -Q ingest`).
"""

from __future__ import annotations

from kombu.entity import Queue

TASKS_BY_QUEUE = {
    # Somebody looks at the page and waits.
    "imports": [
        "inventory.advance_import",
        "inventory.fill_values",
        "inventory.resume_imports",
    ],
    # Seconds count, and each takes few.
    "alerts": ["alerts.look", "alerts.send", "core.watch"],
    # Minutes of the database's time, once the prices are in.
    "derive": [
        "core.catch_up",
        "inventory.keep_values",
        "preferences.forget_expired",
    ],
    # Up to an hour, mostly of waiting for others and for the disk.
    "ingest": [
        "prices.archive_prices",
        "prices.demo_tick",
        "prices.ingest_cardkingdom",
        "prices.ingest_cardmarket",
        "prices.ingest_cardtrader",
        "prices.ingest_custom_sources",
        "prices.ingest_ecb",
        "prices.ingest_goatbots",
        "prices.ingest_manapool",
        "prices.ingest_mtgjson_history",
        "prices.ingest_mtgjson_today",
        "prices.ingest_scryfall",
        "prices.ingest_tcgcsv",
        "prices.maintain_storage",
    ],
}

CELERY_TASK_QUEUES = [
    Queue(name)  # type: ignore[no-untyped-call]
    for name in TASKS_BY_QUEUE
]
CELERY_TASK_ROUTES = {
    task: {"queue": queue} for queue, tasks in TASKS_BY_QUEUE.items() for task in tasks
}
CELERY_TASK_DEFAULT_QUEUE = "derive"
# A queue that nobody takes from would swallow tasks without a word.
CELERY_TASK_CREATE_MISSING_QUEUES = False

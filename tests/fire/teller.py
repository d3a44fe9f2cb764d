"""Publishes topics over and over, as a service does after each commit.

    python -m tests.fire.teller SECONDS TOPIC...

Ends when its standard input does.
"""

from __future__ import annotations

import logging
import select
import sys

import django

logger = logging.getLogger(__name__)


def main(seconds: float, topics: list[str]) -> None:
    django.setup()
    from django.db import DatabaseError, connection

    from mtgintel.core import events

    while not select.select([sys.stdin], [], [], seconds)[0]:
        try:
            events.deliver(topics)
        except DatabaseError as error:
            logger.warning("nothing to tell: %s", error)
        finally:
            connection.close()


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2:])

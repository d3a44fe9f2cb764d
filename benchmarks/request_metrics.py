"""What measuring and logging each request costs.

    MTGINTEL_DATA_DIR=… .venv/bin/python -m benchmarks.request_metrics

An API answer that is in the cache is asked for with and without the middleware, in
turn, in one process; printed is the median of the ratios of neighbouring rounds. Needs
the servers of a `make run` on the same data directory.
"""

from __future__ import annotations

import os
import statistics
import time

import django

ADDRESS = "/api/market/overview"
ROUNDS, REQUESTS = 60, 40


def seconds(handler: object) -> float:
    from django.test import RequestFactory

    factory = RequestFactory()
    started = time.perf_counter()
    for _ in range(REQUESTS):
        response = handler.get_response(factory.get(ADDRESS))  # type: ignore[attr-defined]
        if response.status_code != 200:
            raise SystemExit(f"{ADDRESS} answered {response.status_code}")
        response.close()
    return time.perf_counter() - started


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")
    os.environ.setdefault("API_READ_RATE", "100000000/min")
    django.setup()
    from django.conf import settings
    from django.core.handlers.base import BaseHandler

    handlers = {}
    for name, left_out in (("with", ""), ("without", "mtgintel.core.metrics.")):
        with_all = settings.MIDDLEWARE
        settings.MIDDLEWARE = [
            one for one in with_all if not left_out or not one.startswith(left_out)
        ]
        handlers[name] = BaseHandler()
        handlers[name].load_middleware()
        settings.MIDDLEWARE = with_all
    for handler in handlers.values():
        seconds(handler)
    taken = [{name: seconds(h) for name, h in handlers.items()} for _ in range(ROUNDS)]
    ratio = statistics.median(one["with"] / one["without"] for one in taken)
    each = {
        name: statistics.median(one[name] for one in taken) / REQUESTS * 1e6
        for name in handlers
    }
    print(
        f"with {each['with']:.0f} us, without {each['without']:.0f} us a request; "
        f"ratio {ratio:.3f}"
    )


if __name__ == "__main__":
    main()

"""The application with a topic `bench:x` that tells when it was read."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from django.conf import settings

from mtgintel.asgi import application
from mtgintel.core import events

__all__ = ["application"]

# With the envelope around it, a frame of 250 bytes.
PADDING = "." * 70


def snapshot(key: str) -> dict[str, Any]:
    return {"sent": f"{time.time():.6f}", "padding": PADDING}


events.register_topic("bench", message="bench_update", snapshot=snapshot)
settings.LIVE_LIMITS = json.loads(os.environ["LIVE_LIMITS"])

"""The application with topics `board:<key>` besides: their states are in a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from mtgintel.asgi import application
from mtgintel.core import events

__all__ = ["application"]


def snapshot(key: str) -> dict[str, Any] | None:
    states = json.loads(Path(os.environ["BOARD"]).read_text())
    state: dict[str, Any] | None = states.get(key)
    return state


events.register_topic("board", message="board_update", snapshot=snapshot)
settings.LIVE_LIMITS = json.loads(os.environ["LIVE_LIMITS"])

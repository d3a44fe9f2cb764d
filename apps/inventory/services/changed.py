"""What follows when somebody owns something else than before."""

from __future__ import annotations

from mtgintel.core import background, events

from .history import TASK


def holdings_changed(user_id: int) -> None:
    """Tell who follows the collection, once the writing has committed, and have its
    past days worked out anew."""
    events.publish({f"inventory:user:{user_id}"})
    background.ask(TASK, user_id)

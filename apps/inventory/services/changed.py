"""What follows when somebody owns something else than before."""

from __future__ import annotations

from mtgintel.core import events


def holdings_changed(user_id: int) -> None:
    """Tell who follows the collection, once the writing has committed."""
    events.publish({f"inventory:user:{user_id}"})

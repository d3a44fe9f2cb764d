"""Every write of prices."""

from .record import drop_demo_market, record_prices
from .runs import heal_refreshes

__all__ = ["drop_demo_market", "heal_refreshes", "record_prices"]

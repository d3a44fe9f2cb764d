"""Alerts, what they fired, and how people were told."""

from .deliveries import Attempt, Delivery, DeliverySettings
from .rules import Alert, Firing, Watch

__all__ = ["Alert", "Attempt", "Delivery", "DeliverySettings", "Firing", "Watch"]

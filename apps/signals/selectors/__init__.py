"""Reads of signals, and of the prices they are found in."""

from .panel import load_observations, load_panels

__all__ = ["load_observations", "load_panels"]

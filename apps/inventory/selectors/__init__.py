"""Reads of what somebody owns."""

"""What a running database server looks like to the test suite."""

from __future__ import annotations

from dataclasses import dataclass


class EngineUnavailableError(Exception):
    """The engine asked for cannot be had here; the message says how to have it."""


@dataclass(frozen=True)
class DatabaseServer:
    """A server to test on.

    `creates_databases` is false where CREATE DATABASE has no effect, so that the
    tests use the database they are given.
    """

    url: str
    creates_databases: bool = True

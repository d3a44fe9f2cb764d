"""django-timescaledb's backend, on servers with and without the extension."""

from __future__ import annotations

from timescale.db.backends.postgresql import base_impl
from timescale.db.backends.postgresql.base import (
    DatabaseWrapper as TimescaleDatabaseWrapper,
)

from mtgintel.core.timescale.engine import is_timescale_available


class DatabaseWrapper(TimescaleDatabaseWrapper):
    def prepare_database(self) -> None:
        # The parent creates the extension and dies where the server has none.
        if is_timescale_available(self):
            super().prepare_database()
        else:
            base_impl.backend().prepare_database(self)

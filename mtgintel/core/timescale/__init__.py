"""Time series storage on two engines: TimescaleDB, and plain PostgreSQL >= 15.

Everything that differs between them stands in this package. Migrations use
`operations`; the functions here are what services call at run time.
"""

from .maintenance import (
    Aggregate,
    aggregates,
    compress_chunks,
    compressed_chunks,
    decompress_chunks,
    ensure_chunks,
    refresh_aggregates,
    run_retention,
)
    retention_cutoff,

__all__ = [
    "Aggregate",
    "aggregates",
    "compress_chunks",
    "compressed_chunks",
    "decompress_chunks",
    "ensure_chunks",
    "refresh_aggregates",
    "run_retention",
]
    "retention_cutoff",

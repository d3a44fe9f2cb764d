"""Time series storage on two engines: TimescaleDB, and plain PostgreSQL >= 15.

Everything that differs between them stands in this package. Migrations use
`operations`; the functions here are what services call at run time.
"""

from .maintenance import (
    Aggregate,
    aggregates,
    attach_chunk,
    compress_chunks,
    compressed_chunks,
    create_chunk,
    decompress_chunks,
    ensure_chunks,
    refresh_aggregates,
    retention_cutoff,
    run_retention,
)

__all__ = [
    "Aggregate",
    "aggregates",
    "attach_chunk",
    "compress_chunks",
    "compressed_chunks",
    "create_chunk",
    "decompress_chunks",
    "ensure_chunks",
    "refresh_aggregates",
    "retention_cutoff",
    "run_retention",
]

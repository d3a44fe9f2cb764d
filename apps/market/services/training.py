"""The training data as a folder of Parquet files, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from apps.market.maths.features import VERSION
from apps.market.selectors.grids import streams_of
from apps.market.selectors.training import Span, known_days, training_rows
from apps.market.training_columns import COLUMNS, SCHEMA
from apps.prices.selectors import is_demo_market

FORMAT = "mtgintel-training-data"
# Readers of a folder of Parquet files pass over names that begin so.
MANIFEST = "_manifest.json"
_COMPRESSION_LEVEL = 3


class TrainingExportError(Exception):
    """The data cannot be exported; the message says why, and nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFile:
    """A file of the export: the rows of one month."""

    path: str
    month: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingExport:
    """What was written, in the words of the manifest."""

    span: Span
    files: tuple[TrainingFile, ...]

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def export_training_data(
    *,
    out: Path,
    currency: str,
    first: date | None = None,
    last: date | None = None,
    on_progress: Callable[[int], None] = lambda rows: None,
) -> TrainingExport:
    """Write the rows of the days `first` to `last` to a new folder `out`.

    Without a range every day that has prices and is over. The folder appears once it
    is complete. `on_progress` hears how many rows there are so far. Raises
    TrainingExportError for a folder that exists, or days without prices.
    """
    span = _span(currency, first, last)
    out = out.absolute()
    if out.exists():
        raise TrainingExportError(f"{out} exists; name a folder that does not.")
    if not out.parent.is_dir():
        raise TrainingExportError(f"{out.parent} is no folder.")
    # Beside it, so that the last step is a rename within one file system.
    work = Path(mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
    try:
        export = TrainingExport(
            span=span, files=_write(work, span, currency, on_progress)
        )
        _write_manifest(work / MANIFEST, export, currency)
        work.chmod(0o755)
        work.rename(out)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return export


def _span(currency: str, first: date | None, last: date | None) -> Span:
    known = known_days(currency)
    if known is None:
        raise TrainingExportError(f"There are no prices in {currency} yet.")
    span = Span(
        max(first or known[0], known[0]), min(last or known[1], known[1]), known[1]
    )
    if span.first > span.last:
        raise TrainingExportError(
            f"There are prices in {currency} from {known[0]} to {known[1]}, none "
            f"from {first or known[0]} to {last or known[1]}."
        )
    return span


def _write(
    work: Path, span: Span, currency: str, on_progress: Callable[[int], None]
) -> tuple[TrainingFile, ...]:
    """One file a month, of which a row group a batch of printings."""
    rows: dict[str, int] = {}
    with ExitStack() as open_files:
        writers: dict[str, pq.ParquetWriter] = {}
        for table in training_rows(span, currency):
            for month, part in _by_month(table):
                if month not in writers:
                    writers[month] = open_files.enter_context(_writer(work, month))
                writers[month].write_table(part)
                rows[month] = rows.get(month, 0) + part.num_rows
            on_progress(sum(rows.values()))
    return tuple(_file(work, month, rows[month]) for month in sorted(rows))


def _by_month(table: pa.Table) -> list[tuple[str, pa.Table]]:
    months = pc.strftime(table["day"], "%Y-%m").to_numpy()
    return [
        (month, table.filter(pa.array(months == month))) for month in np.unique(months)
    ]


def _path(month: str) -> str:
    return f"month={month}/rows.parquet"


def _writer(work: Path, month: str) -> pq.ParquetWriter:
    path = work / _path(month)
    path.parent.mkdir()
    return pq.ParquetWriter(
        path,
        SCHEMA,
        compression="zstd",
        compression_level=_COMPRESSION_LEVEL,
        store_schema=False,
    )


def _file(work: Path, month: str, rows: int) -> TrainingFile:
    path = work / _path(month)
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return TrainingFile(
        path=_path(month),
        month=month,
        rows=rows,
        bytes=path.stat().st_size,
        sha256=checksum,
    )


def _write_manifest(path: Path, export: TrainingExport, currency: str) -> None:
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "currency": currency,
        "first_day": export.span.first.isoformat(),
        "last_day": export.span.last.isoformat(),
        "known_until": export.span.known_until.isoformat(),
        "is_demo_market": is_demo_market(),
        "condition": "NEAR_MINT",
        "language": "ENGLISH",
        "streams": [
            {"marketplace": stream.slug, "side": stream.side}
            for stream in streams_of(currency)
        ],
        "rows": export.rows,
        "columns": [
            {
                "name": column.name,
                "type": str(_plain(column.type)),
                "is_nullable": column.is_nullable,
                "unit": column.unit,
                "meaning": column.meaning,
            }
            for column in COLUMNS
        ],
        "files": [asdict(file) for file in export.files],
    }
    path.write_text(json.dumps(manifest, indent=1) + "\n")


def _plain(kind: pa.DataType) -> pa.DataType:
    """The type that a reader finds: codes are how a text is written."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind

"""Every write of the catalogue."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import msgspec
import orjson
from django.db import connection, transaction

from mtgintel.core.feeds import IngestError, Reject, Rejects
from mtgintel.core.sql import load_sql

from .ingest.records import records
from .ingest.scryfall import (
    CardObject,
    NotACardError,
    catalogue_row,
    read_card,
    set_row,
)
from .models import CardSet

_IN_MEMORY = 32 * 1024 * 1024
# COPY in CSV form with signs that JSON text never holds: a line is one value.
_COPY_RECORDS = (
    "COPY staged_records (record) FROM STDIN "
    "(FORMAT CSV, DELIMITER E'\\x01', QUOTE E'\\x02')"
)
_PIECE = 1024 * 1024


class Catalogue:
    """The valid cards of a bulk file, waiting for the end of it.

    Kept as JSON lines in memory, or in an unnamed file when they are many: a file
    that turns out to be cut off never reaches the database.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        self._known: set[str] = set()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._known)

    def add(self, card: CardObject) -> bool:
        """Keep a card; False if a card of that id is kept already."""
        if card.id in self._known:
            return False
        self._known.add(card.id)
        self._file.write(msgspec.json.encode(catalogue_row(card)) + b"\n")
        return True

    def pieces(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece


def read_catalogue(
    pieces: Iterator[bytes], catalogue: Catalogue, rejects: Rejects
) -> Iterator[CardObject | None]:
    """Put every valid card of a bulk file into `catalogue`, yielding it as it comes.

    A record that is no card is rejected with its position, and None comes for it.
    Raises CorruptFeedError where the file is none.
    """
    for position, text in records(pieces):
        try:
            card = read_card(text)
        except NotACardError as error:
            raw = {"text": text[:500].decode(errors="replace")}
            rejects.add(Reject("malformed record", position, str(error), raw))
            yield None
            continue
        if not catalogue.add(card):
            rejects.add(Reject("duplicate record", position, card.id))
            yield None
            continue
        yield card


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How many rows were new, different, and as they were."""

    inserted: int
    updated: int
    unchanged: int


@transaction.atomic
def import_cards(*, catalogue: Catalogue) -> ImportCounts:
    """Bring cards, sets and identifiers up to date with a catalogue.

    Set-based: new cards are inserted, different ones updated, equal ones not touched.
    A card that the file does not list stays.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.staged_records, pg_temp.staged_cards, "
            "pg_temp.staged_identifiers"
        )
        cursor.execute(
            "CREATE TEMP TABLE staged_records (record jsonb NOT NULL) ON COMMIT DROP"
        )
        with cursor.copy(_COPY_RECORDS) as copy:
            for piece in catalogue.pieces():
                copy.write(piece)
        if cursor.rowcount != len(catalogue):
            raise IngestError(
                f"{cursor.rowcount} of {len(catalogue)} cards arrived; none was stored."
            )
        _run(cursor, "staged_cards")
        cursor.execute("ANALYZE staged_cards")
        _run(cursor, "insert_missing_sets")
        updated = _run(cursor, "update_changed_cards")
        inserted = _run(cursor, "insert_new_cards")
        _run(cursor, "staged_identifiers")
        cursor.execute("ANALYZE staged_identifiers")
        _run(cursor, "delete_replaced_identifiers")
        _run(cursor, "insert_identifiers")
    return ImportCounts(inserted, updated, len(catalogue) - inserted - updated)


def _run(cursor: Any, name: str) -> int:
    cursor.execute(load_sql("cards", name))
    return cursor.rowcount


@transaction.atomic
def import_sets(*, nodes: Iterable[dict[str, Any]]) -> int:
    """Bring `card_sets` up to date with Scryfall's set objects; how many were written.

    A set that stands here already is left alone.
    """
    known = {one.code: one for one in CardSet.objects.all()}
    new, changed, fields = [], [], set()
    for row in filter(None, map(set_row, nodes)):
        fresh = CardSet(**row)
        fresh.clean_fields()
        old = known.get(fresh.code)
        if old is None:
            new.append(fresh)
            known[fresh.code] = fresh
            continue
        differing = [name for name in row if getattr(old, name) != getattr(fresh, name)]
        for name in differing:
            setattr(old, name, getattr(fresh, name))
        if differing:
            fields.update(differing)
            changed.append(old)
    CardSet.objects.bulk_create(new, batch_size=1_000)
    if changed:
        CardSet.objects.bulk_update(changed, sorted(fields), batch_size=500)
    return len(new) + len(changed)


@transaction.atomic
def import_vendor_ids(*, rows: Iterable[tuple[int, str, str, str | None]]) -> int:
    """Add ids (card, source, id, finish) that are not known yet; how many were."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged_identifiers")
        cursor.execute(
            "CREATE TEMP TABLE staged_identifiers (card_id integer, source text, "
            "external_id text, finish card_finish) ON COMMIT DROP"
        )
        with cursor.copy("COPY staged_identifiers FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("ANALYZE staged_identifiers")
        return _run(cursor, "insert_vendor_identifiers")


def objects_of_list(text: bytes) -> list[dict[str, Any]]:
    """The objects of one of Scryfall's lists. Raises IngestError for anything else."""
    try:
        node = orjson.loads(text)
        found = node["data"] if isinstance(node, dict) else node
        return [one for one in found if isinstance(one, dict)]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise IngestError(
            f"This is not one of Scryfall's lists: {text[:60]!r}."
        ) from None

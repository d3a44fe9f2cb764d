"""Files that are uploaded, read and matched with the catalogue."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

import orjson
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction
from django.db.models import Count

from apps.inventory.formats import (
    BadRow,
    Entry,
    Options,
    Source,
    UnreadableFileError,
    open_text,
)
from apps.inventory.matching import Match, MatchRules, match
from apps.inventory.models import ImportBatch, ImportRow, Lot
from apps.inventory.selectors.printings import printings_for
from mtgintel.core.money import to_thousandths

_Status = ImportBatch.Status
_Outcome = ImportRow.Outcome
DEAD = (_Status.CANCELLED, _Status.UNDONE, _Status.FAILED)
# Nothing was imported of it yet, so it may still be read another way.
OPEN = (_Status.UPLOADED, _Status.MAPPING, _Status.PREVIEW)
# Files that somebody looked at and left; the oldest go when more come.
MAX_OPEN = 20
MAX_REASON = 300


def upload(
    *,
    owner: AbstractBaseUser | AnonymousUser,
    text: str,
    filename: str = "",
    options: Options | None = None,
    is_commit_wanted: bool = False,
    is_repeat: bool = False,
) -> ImportBatch:
    """Take a file in; the batch it is, which waits to be matched.

    A text that is there already is the batch it was, unless `is_repeat` says that it
    is wanted once more. Raises UnreadableFileError and UnknownFormatError.
    """
    said = options or Options()
    source = open_text(text, said, filename)
    known = _known(owner, text)
    if known and not is_repeat:
        return _reopened(known, source, said, is_commit_wanted=is_commit_wanted)
    try:
        with transaction.atomic():
            batch = ImportBatch.objects.create(
                owner_id=cast(int, owner.pk),
                filename=filename[:200],
                checksum=_checksum(text),
                repeat=known.repeat + 1 if known else 0,
                text=text,
                **_how_it_is_read(source, said, is_commit_wanted=is_commit_wanted),
            )
    except IntegrityError:
        # The same file came twice at once; the other one has it.
        same = _known(owner, text)
        if same is None:
            raise
        return same
    _forget_left_ones(owner)
    return batch


def _checksum(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()


def _known(owner: AbstractBaseUser | AnonymousUser, text: str) -> ImportBatch | None:
    same = ImportBatch.objects.of(owner).filter(checksum=_checksum(text))
    return same.exclude(status__in=DEAD).order_by("-repeat").first()


def _how_it_is_read(
    source: Source, said: Options, *, is_commit_wanted: bool
) -> dict[str, Any]:
    return {
        "format": source.format.slug if source.format else "",
        "options": asdict(said),
        "status": _Status.UPLOADED if source.format else _Status.MAPPING,
        "is_commit_wanted": is_commit_wanted,
    }


@transaction.atomic
def _reopened(
    batch: ImportBatch, source: Source, said: Options, *, is_commit_wanted: bool
) -> ImportBatch:
    """A batch that is there already, read the way it is wanted now."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.status in OPEN and batch.options != asdict(said):
        return _read_anew(batch, source, said, is_commit_wanted=is_commit_wanted)
    if batch.status in OPEN and is_commit_wanted:
        batch.is_commit_wanted = True
        batch.save(update_fields=["is_commit_wanted"])
    return batch


@transaction.atomic
def remap(*, batch: ImportBatch, options: Options) -> ImportBatch:
    """Read a file another way; what it was matched to is forgotten.

    Raises UnreadableFileError, also where some of it was imported.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.status not in OPEN:
        raise UnreadableFileError(
            "This file was imported. Undo that first to read it another way."
        )
    source = open_text(batch.text, options, batch.filename)
    return _read_anew(batch, source, options, is_commit_wanted=False)


def _read_anew(
    batch: ImportBatch, source: Source, said: Options, *, is_commit_wanted: bool
) -> ImportBatch:
    batch.import_rows.all().delete()
    read = _how_it_is_read(source, said, is_commit_wanted=is_commit_wanted)
    for name, value in read.items():
        setattr(batch, name, value)
    batch.rows = batch.done = 0
    batch.save()
    return batch


def _forget_left_ones(owner: AbstractBaseUser | AnonymousUser) -> None:
    left = ImportBatch.objects.of(owner).filter(status__in=OPEN)
    old = left.order_by("-created_at", "-id").values_list("id", flat=True)[MAX_OPEN:]
    ImportBatch.objects.filter(pk__in=list(old)).delete()


def match_batch(*, batch: ImportBatch) -> ImportBatch:
    """Read every row of a file and find its card; nothing is imported by that.

    Does nothing to a batch that does not wait for it. A file that turns out to be none
    makes the batch failed, with its error.
    """
    batch = ImportBatch.objects.get(pk=batch.pk)
    if batch.status != _Status.UPLOADED:
        return batch
    # Not under a lock: who cancels meanwhile must not wait for it.
    try:
        return _keep_rows(batch, _rows(batch), "")
    except UnreadableFileError as error:
        return _keep_rows(batch, [], str(error))


@transaction.atomic
def _keep_rows(
    read: ImportBatch, rows: Sequence[tuple[Any, ...]], error: str
) -> ImportBatch:
    """What a batch was matched to, unless it was cancelled or changed meanwhile."""
    batch = ImportBatch.objects.select_for_update().get(pk=read.pk)
    if batch.status != _Status.UPLOADED or batch.options != read.options:
        return batch
    batch.import_rows.all().delete()
    _write_rows(batch, rows)
    batch.status, batch.error = _Status.FAILED if error else _Status.PREVIEW, error
    count(batch)
    return batch


def _rows(batch: ImportBatch) -> list[tuple[Any, ...]]:
    source = open_text(batch.text, Options(**batch.options), batch.filename)
    read = list(source.rows())
    found = [row for row in read if isinstance(row, Entry)]
    catalogue = printings_for(found)
    kind = source.format
    rules = MatchRules(
        has_digital=bool(kind and kind.has_digital),
        has_own_numbers=bool(kind and kind.has_own_numbers),
    )
    held = _held_keys(batch, found)
    return [
        _rejected(batch, row)
        if isinstance(row, BadRow)
        else _matched(batch, row, match(row, catalogue, rules), held)
        for row in read
    ]


def _held_keys(batch: ImportBatch, entries: Sequence[Entry]) -> set[str]:
    """Which lots of our own export are there already."""
    keys = [entry.key for entry in entries if entry.key]
    lots = Lot.objects.of(batch.owner_id).filter(key__in=keys) if keys else ()
    return {str(lot.key) for lot in lots}


_COLUMNS = (
    *("batch_id", "position", "part", "outcome", "basis", "reason", "raw", "entry"),
    *("card_id", "candidates"),
)


def _rejected(batch: ImportBatch, row: BadRow) -> tuple[Any, ...]:
    return (
        *(batch.pk, row.position, row.part, _Outcome.REJECTED.value, ""),
        *(row.reason[:MAX_REASON], _json(list(row.raw.items())), "{}", None, []),
    )


def _matched(
    batch: ImportBatch, entry: Entry, found: Match, held: set[str]
) -> tuple[Any, ...]:
    """A row of what was found; notes the keys it sees in `held`."""
    outcome, reason = _outcome(entry, found, held)
    if entry.key:
        held.add(entry.key)
    return (
        *(batch.pk, entry.position, entry.part, outcome.value, found.basis),
        *(
            reason[:MAX_REASON],
            _json(list(entry.raw.items())),
            _json(_lot_columns(entry, found)),
        ),
        found.printing.id if found.printing else None,
        [one.id for one in found.candidates],
    )


def _outcome(
    entry: Entry, found: Match, held: set[str]
) -> tuple[ImportRow.Outcome, str]:
    if entry.key in held:
        return _Outcome.PRESENT, "this lot is there already"
    if found.printing is None:
        is_offered = bool(found.candidates)
        return (_Outcome.AMBIGUOUS if is_offered else _Outcome.REJECTED), found.reason
    notes = filter(None, (found.reason, *entry.warnings))
    return _Outcome.MATCHED, "; ".join(notes)


def _lot_columns(entry: Entry, found: Match) -> dict[str, Any]:
    """The lot a row is to become. Finish and language stay open where nobody said them
    and no card decides; `said` is what the row calls the card."""
    reading, is_decided = found.reading, found.printing is not None
    cost = entry.unit_cost
    return {
        "key": entry.key or str(uuid.uuid4()),
        "finish": found.finish if is_decided else reading.finish,
        "condition": reading.condition,
        "language": found.language if is_decided else reading.language,
        "quantity": entry.quantity,
        "unit_cost": None if cost is None else to_thousandths(cost),
        "cost_currency": entry.cost_currency,
        "acquired_on": entry.acquired_on,
        "source": entry.source,
        "binder": entry.binder,
        "tags": entry.tags,
        "notes": entry.notes,
        "for_trade": entry.for_trade,
        "grade": entry.grade,
        "is_signed": entry.is_signed,
        "is_altered": entry.is_altered,
        "is_proxy": entry.is_proxy,
        "is_misprint": entry.is_misprint,
        "said": {
            "name": reading.name,
            "set": reading.set_code or reading.set_name,
            "number": reading.number,
        },
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _write_rows(batch: ImportBatch, rows: Sequence[tuple[Any, ...]]) -> None:
    statement = f"COPY import_rows ({', '.join(_COLUMNS)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    batch.rows = len({row[1] for row in rows})


def count(batch: ImportBatch) -> None:
    """Bring a batch's counts up to date with its rows, and save it."""
    groups = batch.import_rows.values_list("outcome").annotate(Count("id")).order_by()
    counts = dict(groups)
    for outcome in _Outcome:
        setattr(batch, outcome.value.lower(), counts.get(outcome.value, 0))
    batch.done = batch.imported
    batch.save()

"""The archive's table of contents as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException

from mtgintel.core.api.views import Answer, PublicRead
from mtgintel.core.constants import Currency, Side

from .glossary import COLUMNS
from .manifest import ArchivedFile, ArchiveError
from .selectors import BulkListing, bulk_listing


class ColumnSerializer(serializers.Serializer):
    name = serializers.CharField()
    type = serializers.CharField()
    meaning = serializers.CharField()


class SourceSerializer(serializers.Serializer):
    """Whose prices the rows of a `marketplace` are, and what the number is."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    vendor = serializers.CharField()
    side = serializers.ChoiceField(Side.choices)
    currency = serializers.ChoiceField(Currency.choices)
    price_basis = serializers.CharField()
    website = serializers.CharField()


class BulkFileSerializer(serializers.Serializer):
    """A file. What is at `url` never changes; another content has another address."""

    url = serializers.CharField()
    rows = serializers.IntegerField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    written_at = serializers.DateTimeField()


class BulkDaySerializer(BulkFileSerializer):
    """The prices of one UTC day; `min_time` and `max_time` are the first and last."""

    day = serializers.DateField()
    min_time = serializers.DateTimeField()
    max_time = serializers.DateTimeField()


class BulkSerializer(serializers.Serializer):
    """`rows` and `bytes` are of all days together; `as_of` is null while there is no
    archive."""

    as_of = serializers.DateTimeField(allow_null=True)
    rows = serializers.IntegerField()
    bytes = serializers.IntegerField()
    columns = ColumnSerializer(many=True)
    sources = SourceSerializer(many=True)
    cards = BulkFileSerializer(allow_null=True)
    days = BulkDaySerializer(many=True)


class ArchiveUnavailable(APIException):
    status_code = 503
    default_code = "unavailable"
    default_detail = "The archive does not answer; try again in a moment."


class BulkView(PublicRead):
    """Every day's prices as Parquet files, newest day first

    The whole history of prices, one file per UTC day, with the names of the printings
    in `cards`. Archived days that are corrected get a new address.
    """

    answer_serializer = BulkSerializer
    tag = "data"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        try:
            listing = bulk_listing()
        except ArchiveError:
            raise ArchiveUnavailable from None
        return Answer(self.answer_serializer(_contents(listing)).data, listing.as_of)


def _contents(listing: BulkListing) -> dict[str, Any]:
    return {
        "as_of": listing.as_of,
        "rows": listing.rows,
        "bytes": listing.bytes,
        "columns": COLUMNS,
        "sources": listing.marketplaces,
        "cards": _addressed(listing, listing.cards) if listing.cards else None,
        "days": [_addressed(listing, day) for day in listing.days],
    }


def _addressed(listing: BulkListing, file: ArchivedFile) -> dict[str, Any]:
    return {**asdict(file), "url": listing.address(file)}

"""The state of the data as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.prices.selectors import (
    coverage_by_finish,
    feed_statuses,
    is_demo_market,
    newest_observation,
    quarantine_counts,
    stream_statuses,
)
from mtgintel.core.api.views import Answer, PublicRead
from mtgintel.core.constants import Currency, Finish, Side

from .serializers import SeriesBreakSerializer


class ReadingSerializer(serializers.Serializer):
    """One reading of a feed; `coverage` is the share of its prices whose card is
    known, 0 to 1."""

    source = serializers.CharField()  # type: ignore[assignment]
    status = serializers.CharField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    rows_seen = serializers.IntegerField()
    rows_written = serializers.IntegerField()
    rows_unchanged = serializers.IntegerField()
    rows_rejected = serializers.IntegerField()
    rejects = serializers.SerializerMethodField()
    coverage = serializers.FloatField(allow_null=True)

    def get_rejects(self, run: Any) -> dict[str, int]:
        return dict(run.rejects)


class FeedSerializer(serializers.Serializer):
    name = serializers.CharField(source="feed.name")
    title = serializers.CharField(source="feed.title")
    marketplaces = serializers.ListField(
        child=serializers.SlugField(), source="feed.streams"
    )
    is_running = serializers.BooleanField()
    next_run_at = serializers.DateTimeField(allow_null=True)
    last_run = ReadingSerializer(allow_null=True)
    last_success = ReadingSerializer(allow_null=True)


class StreamStatusSerializer(serializers.Serializer):
    """A price stream; nulls where it has no prices. `gaps` are those of the last 30
    whole days on which it reported nothing; `doubted` counts its prices in
    quarantine."""

    marketplace = serializers.SlugField(source="freshness.marketplace")
    name = serializers.CharField(source="freshness.name")
    side = serializers.ChoiceField(Side.choices, source="freshness.side")
    currency = serializers.ChoiceField(Currency.choices, source="freshness.currency")
    price_basis = serializers.CharField(source="freshness.price_basis")
    as_of = serializers.DateTimeField(source="freshness.as_of", allow_null=True)
    age_seconds = serializers.IntegerField(
        source="freshness.age_seconds", allow_null=True
    )
    freshness_hours = serializers.IntegerField(source="freshness.freshness_hours")
    is_stale = serializers.BooleanField(source="freshness.is_stale")
    series_count = serializers.IntegerField(source="freshness.series_count")
    gaps = serializers.ListField(
        child=serializers.DateField(),
        source="reported.gaps",
        default=None,
        allow_null=True,
    )
    doubted = serializers.IntegerField()
    feeds = serializers.SerializerMethodField()
    covered = serializers.SerializerMethodField()
    breaks = SeriesBreakSerializer(many=True)

    def get_feeds(self, stream: Any) -> list[str]:
        return [one.feed.name for one in stream.feeds]

    def get_covered(self, stream: Any) -> dict[str, int]:
        """Printings with a fresh price, by finish."""
        of_stream = stream.freshness.marketplace_id
        return {
            finish: covered.by_stream.get(of_stream, 0)
            for finish, covered in self.context["covered"].items()
        }


class FinishTotalSerializer(serializers.Serializer):
    finish = serializers.ChoiceField(Finish.choices)
    printings = serializers.IntegerField()


class QuarantineCountSerializer(serializers.Serializer):
    reason = serializers.CharField()
    held = serializers.IntegerField(help_text="Waiting for a decision.")
    decided = serializers.IntegerField()


class DataStatusSerializer(serializers.Serializer):
    """`catalogue` is how many printings exist in each finish."""

    as_of = serializers.DateTimeField(allow_null=True)
    is_demo_market = serializers.BooleanField(help_text="Generated, not observed.")
    streams = StreamStatusSerializer(many=True)
    feeds = FeedSerializer(many=True)
    catalogue = FinishTotalSerializer(many=True)
    quarantine = QuarantineCountSerializer(many=True)


class DataStreamsView(PublicRead):
    """Every price stream: its age, feeds, coverage, gaps and breaks

    The numbers of the Data page. Feeds carry their last run with what it rejected, and
    why.
    """

    answer_serializer = DataStatusSerializer
    tag = "data"
    fresh_for = 30

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        feeds, covered = feed_statuses(), coverage_by_finish()
        as_of = newest_observation()
        found = {
            "as_of": as_of,
            "is_demo_market": is_demo_market(),
            "streams": stream_statuses(feeds),
            "feeds": feeds,
            "catalogue": [
                {"finish": finish, "printings": one.total}
                for finish, one in covered.items()
            ],
            "quarantine": quarantine_counts(),
        }
        answer = self.answer_serializer(found, context={"covered": covered})
        return Answer(answer.data, as_of)

"""The market's figures as JSON."""

from __future__ import annotations

from rest_framework import serializers

from apps.cards.api.serializers import PrintingSerializer
from apps.prices.api.serializers import QuoteSerializer
from mtgintel.core.api.fields import MoneyField, PercentField
from mtgintel.core.api.pages import PageSerializer
from mtgintel.core.constants import Currency, Finish, Side


class IndexPointSerializer(serializers.Serializer):
    """A bucket by its start. `value` is the level of a chained index, a mean price of
    an average. `unique_cards` counts a printing once per finish: the constituents of
    the day's link (0 on the first day), or what the mean is over. `total_volume` is
    null where no marketplace told quantities. `is_thin`: under half as many cards as
    in a bucket within a day of it, so not to be compared with it. `is_provisional`:
    the day is not over."""

    time = serializers.DateTimeField()
    value = MoneyField()
    unique_cards = serializers.IntegerField()
    total_volume = serializers.IntegerField(allow_null=True)
    total_snapshots = serializers.IntegerField()
    is_thin = serializers.BooleanField()
    is_provisional = serializers.BooleanField()


class IndexSerializer(serializers.Serializer):
    """`change_percent` is from the first point that is not thin to the last such,
    whose newest observation is of `as_of`. `base` is the day on which a chained index
    stood at 100; of an average, the time of that first point."""

    index = serializers.CharField()
    currency = serializers.ChoiceField(Currency.choices)
    period = serializers.CharField()
    method = serializers.CharField()
    bucket = serializers.CharField(help_text="Width of a point: 30min, hour or day.")
    finish = serializers.ChoiceField(Finish.choices, allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField(
        help_text="Older than its newest marketplace's prices should be."
    )
    base = serializers.DateTimeField(allow_null=True)
    change_percent = PercentField(allow_null=True)
    points = IndexPointSerializer(many=True)


class IndexSummarySerializer(serializers.Serializer):
    """The newest level of an index, all its finishes, and how it got there. A change
    is null without a level at the window's start."""

    index = serializers.CharField(source="slug")
    name = serializers.CharField()
    about = serializers.CharField()
    day = serializers.DateField()
    level = MoneyField()
    constituents = serializers.IntegerField()
    change_1d = PercentField(allow_null=True)
    change_7d = PercentField(allow_null=True)
    change_30d = PercentField(allow_null=True)
    change_90d = PercentField(allow_null=True)
    change_1y = PercentField(allow_null=True)
    volatility_percent = PercentField(
        allow_null=True,
        help_text="Of its daily logarithmic returns over 30 days, not annualised.",
    )


class IndicesSerializer(serializers.Serializer):
    currency = serializers.ChoiceField(Currency.choices)
    as_of = serializers.DateTimeField(allow_null=True)
    indices = IndexSummarySerializer(many=True)


class ConstituentSerializer(serializers.Serializer):
    """A printing in one finish: its price on the link's day, what that is compared
    with, and its weight. `is_limited`: the change is so far from the day's median that
    it counts only up to the limit."""

    card = PrintingSerializer()
    finish = serializers.ChoiceField(Finish.choices)
    marketplace = serializers.SlugField()
    price = MoneyField()
    before = MoneyField()
    before_on = serializers.DateField()
    change_percent = PercentField(allow_null=True)
    share_percent = PercentField()
    is_limited = serializers.BooleanField()


class ConstituentsSerializer(PageSerializer):
    """What the newest link rests on, the heaviest first."""

    index = serializers.CharField()
    currency = serializers.ChoiceField(Currency.choices)
    finish = serializers.ChoiceField(Finish.choices, allow_null=True)
    day = serializers.DateField(allow_null=True)
    results = ConstituentSerializer(many=True)


class BreadthSerializer(serializers.Serializer):
    """Variants (printings in a finish) that rose, fell and stayed."""

    advancers = serializers.IntegerField()
    decliners = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class StandingSerializer(serializers.Serializer):
    """How the variants of an index stood on a day: those with a price on it.
    `above_mean` of the `with_mean` that have a 30-day mean are above it;
    `volatility_percent` is the median of the standard deviations of their daily
    logarithmic returns over 30 days, of `with_volatility` variants."""

    day = serializers.DateField()
    variants = serializers.IntegerField()
    breadth_1d = BreadthSerializer()
    breadth_7d = BreadthSerializer()
    breadth_30d = BreadthSerializer()
    with_mean = serializers.IntegerField()
    above_mean = serializers.IntegerField()
    above_mean_percent = PercentField(allow_null=True)
    with_volatility = serializers.IntegerField()
    volatility_percent = PercentField(allow_null=True)
    is_provisional = serializers.BooleanField(help_text="The day is not over.")


class PartSerializer(serializers.Serializer):
    """A format or a colour identity; `standing` is null where the day has none of its
    prices."""

    index = serializers.CharField(source="index.slug")
    name = serializers.CharField(source="index.name")
    kind = serializers.CharField(help_text="format or colour")
    summary = IndexSummarySerializer()
    standing = StandingSerializer(allow_null=True)


class ActivitySerializer(serializers.Serializer):
    """Near Mint English retail and market prices observed on a day, and the copies
    they showed; null where no marketplace told."""

    day = serializers.DateField()
    observations = serializers.IntegerField()
    quantity = serializers.IntegerField(allow_null=True)


class VolumeSerializer(serializers.Serializer):
    """What a marketplace shows of what is on offer now: `listings` in `listed_count`
    of its series, `quantity` copies in `counted_count`."""

    marketplace = serializers.SlugField(source="stream.marketplace")
    as_of = serializers.DateTimeField(source="stream.as_of")
    series_count = serializers.IntegerField(source="stream.series_count")
    listed_count = serializers.IntegerField()
    listings = serializers.IntegerField()
    counted_count = serializers.IntegerField()
    quantity = serializers.IntegerField()


class OverviewSerializer(serializers.Serializer):
    """Totals of a currency, and how the market or a part of it stands. `breadth_1d` to
    `breadth_30d` are those of `standing`, zeros without it; `history` is oldest
    first."""

    currency = serializers.ChoiceField(Currency.choices)
    index = serializers.CharField()
    finish = serializers.CharField(allow_blank=True)
    period = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField(
        help_text="Older than its newest marketplace's prices should be."
    )
    card_count = serializers.IntegerField()
    set_count = serializers.IntegerField()
    priced_card_count = serializers.IntegerField()
    series_count = serializers.IntegerField()
    average_price = MoneyField(allow_null=True)
    breadth_1d = BreadthSerializer()
    breadth_7d = BreadthSerializer()
    breadth_30d = BreadthSerializer()
    summary = IndexSummarySerializer(allow_null=True)
    standing = StandingSerializer(allow_null=True)
    activity = ActivitySerializer(allow_null=True)
    volumes = VolumeSerializer(many=True)
    parts = PartSerializer(many=True)
    history = StandingSerializer(many=True)


class MoverSerializer(serializers.Serializer):
    """A printing whose price went from `then` to `now`: those of the quote's stream, or
    the medians of `stream_count` streams. Flags: those of the quote, and SOLO when no
    second vendor moved the same way."""

    card = PrintingSerializer()
    quote = QuoteSerializer()
    then = MoneyField()
    now = MoneyField()
    change_amount = MoneyField()
    change_percent = PercentField()
    stream_count = serializers.IntegerField()
    vendor_count = serializers.IntegerField()
    flags = serializers.ListField(child=serializers.CharField())


class MoversSerializer(serializers.Serializer):
    currency = serializers.ChoiceField(Currency.choices)
    window = serializers.CharField()
    direction = serializers.CharField()
    by = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    min_price = MoneyField()
    as_of = serializers.DateTimeField(allow_null=True)
    movers = MoverSerializer(many=True)


class StreamSerializer(serializers.Serializer):
    """How old a price stream is; nulls for one without prices."""

    marketplace = serializers.SlugField()
    name = serializers.CharField()
    side = serializers.ChoiceField(Side.choices)
    currency = serializers.ChoiceField(Currency.choices)
    as_of = serializers.DateTimeField(allow_null=True)
    age_seconds = serializers.IntegerField(allow_null=True)
    freshness_hours = serializers.IntegerField()
    is_stale = serializers.BooleanField()
    price_basis = serializers.CharField()
    website = serializers.CharField()
    series_count = serializers.IntegerField()


class FreshnessSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField(allow_null=True)
    is_demo_market = serializers.BooleanField(help_text="Generated, not observed.")
    streams = StreamSerializer(many=True)

"""Advice, what closed it, and what became of it. Nothing here is ever rewritten: a
trigger of the database refuses it."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.cards.models import Card
from apps.prices.models import Marketplace
from apps.recommendations.querysets import RecommendationQuerySet
from mtgintel.core.constants import Currency, Finish
from mtgintel.core.fields import EnumField
from mtgintel.core.money import PriceField


class AdviceRule(models.Model):
    """A version of a rule with the parameters it advises by, the versions of the
    signals it weighs among them."""

    name = models.SlugField(max_length=40)
    version = models.SmallIntegerField()
    title = models.CharField(max_length=80)
    about = models.TextField()
    parameters = models.JSONField()
    # [[currency, kind, horizon], …] of the trades that a backtest speaks for.
    proven = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "recommendation_rules"
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "version"], name="recommendation_rules_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.version}"

    @property
    def key(self) -> str:
        return f"{self.name}-{self.version}"


class Tier(models.TextChoices):
    MARKET = "MARKET", "For everybody"
    OWNER = "OWNER", "For what one owns"


class Kind(models.TextChoices):
    BUY = "BUY", "Buy"
    SELL = "SELL", "Sell"
    HOLD = "HOLD", "Hold"


class Recommendation(models.Model):
    """One advice on a variant (a printing in one finish) in one currency.

    `price` is the close of `marketplace` on the day of issue, `target` what it is
    expected to be at the horizon; `expected_net_percent` is what following the advice
    should earn after fees and `confidence` how likely it is to come true (of a HOLD:
    that neither buying nor selling pays). `capacity` is how many copies the market
    showed, null where nobody said. `scryfall_id` is the card's at the time: the card
    may be merged into another later. `is_replay`: worked out afterwards from what was
    known on `issued_on`, not published on it. `is_experimental`: no backtest shows that
    such advice beats doing nothing after fees.
    """

    tier = models.CharField(max_length=6, choices=Tier.choices, default=Tier.MARKET)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="recommendations",
    )
    card = models.ForeignKey(
        Card, models.DO_NOTHING, db_constraint=False, related_name="recommendations"
    )
    scryfall_id = models.UUIDField()
    finish = EnumField(enum_type="card_finish", choices=Finish.choices)
    currency = models.CharField(max_length=3, choices=Currency.choices)
    marketplace = models.ForeignKey(
        Marketplace,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    kind = models.CharField(max_length=4, choices=Kind.choices)
    horizon_days = models.SmallIntegerField()
    issued_on = models.DateField()
    due_on = models.DateField()
    issued_at = models.DateTimeField()
    is_replay = models.BooleanField()
    is_experimental = models.BooleanField()
    price = PriceField()
    target = PriceField()
    expected_net_percent = models.DecimalField(max_digits=14, decimal_places=2)
    confidence = models.DecimalField(max_digits=4, decimal_places=3)
    capacity = models.IntegerField(null=True, blank=True)
    # [{"code", …}]: the values the rule used; apps.recommendations.reasons says them.
    reasons = models.JSONField()
    rule = models.ForeignKey(
        AdviceRule, models.PROTECT, db_index=False, related_name="+"
    )
    # Until it is closed; the only column that ever changes, and only once.
    is_active = models.BooleanField(default=True)

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        db_table = "recommendations"
        ordering = ["-issued_on", "-id"]
        indexes = [
            models.Index(fields=["issued_on", "id"], name="recommendations_by_day"),
            models.Index(fields=["due_on"], name="recommendations_by_due_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tier", "user", "card", "finish", "currency", "horizon_days"],
                condition=Q(is_active=True),
                nulls_distinct=False,
                name="recommendations_one_active",
            ),
            models.UniqueConstraint(
                fields=[
                    *("tier", "user", "card", "finish", "currency", "horizon_days"),
                    "issued_on",
                ],
                nulls_distinct=False,
                name="recommendations_one_a_day",
            ),
            models.CheckConstraint(
                condition=Q(tier=Tier.MARKET, user=None)
                | Q(tier=Tier.OWNER, user__isnull=False),
                name="recommendations_owner_has_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.card_id} {self.finish} {self.horizon_days} days"

    def get_absolute_url(self) -> str:
        return reverse("recommendations:detail", kwargs={"pk": self.pk})

    @property
    def name_in_ledger(self) -> str:
        """Names it the same everywhere and for ever."""
        variant = f"{self.scryfall_id}/{self.finish}/{self.currency}"
        return f"{variant}/{self.horizon_days}d/{self.issued_on.isoformat()}"

    @property
    def target_percent(self) -> Decimal:
        """How far the target is from the price."""
        return (100 * (self.target / self.price - 1)).quantize(Decimal("0.01"))

    @property
    def confidence_percent(self) -> int:
        return round(100 * self.confidence)


class Closing(models.Model):
    """Why a recommendation no longer stands, and since which day."""

    class Cause(models.TextChoices):
        ENDED = "ENDED", "Its horizon is over"
        SUPERSEDED = "SUPERSEDED", "Another took its place"

    recommendation = models.OneToOneField(
        Recommendation, models.CASCADE, primary_key=True, related_name="closing"
    )
    closed_on = models.DateField()
    cause = models.CharField(max_length=10, choices=Cause.choices)
    replaced_by = models.ForeignKey(
        Recommendation,
        models.CASCADE,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )

    class Meta:
        db_table = "recommendation_closings"

    def __str__(self) -> str:
        return f"{self.cause} {self.closed_on}"


class Outcome(models.Model):
    """What a recommendation came to, in percent of its price, on `observed_on`:
    the nearest day with a price at or before the horizon.

    `net_percent` is what following it earned after fees; `index_percent` what the
    chained index of its currency did over the same days and `excess_percent` how much
    better it was, before fees. Without data all of them are null.
    """

    class Result(models.TextChoices):
        HIT = "HIT", "Hit"
        MISS = "MISS", "Miss"
        NO_DATA = "NO_DATA", "No data"

    recommendation = models.OneToOneField(
        Recommendation, models.CASCADE, primary_key=True, related_name="outcome"
    )
    result = models.CharField(max_length=7, choices=Result.choices)
    scored_at = models.DateTimeField()
    observed_on = models.DateField(null=True)
    price = PriceField(null=True)
    gross_percent = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    net_percent = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    peak_percent = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    drawdown_percent = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    index_percent = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    excess_percent = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    # Why there is no data.
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        db_table = "recommendation_outcomes"

    def __str__(self) -> str:
        return f"{self.result} {self.net_percent}"

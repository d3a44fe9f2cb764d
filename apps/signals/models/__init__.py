"""What was found in the prices."""

from __future__ import annotations

from django.db import models

from apps.cards.models import Card
from apps.prices.models import Marketplace
from apps.signals.maths.detectors import KINDS
from apps.signals.querysets import SignalQuerySet
from mtgintel.core.constants import Currency, Finish
from mtgintel.core.fields import EnumField
from mtgintel.core.money import PriceField

SIGNAL_KINDS = [(kind.slug, kind.name) for kind in KINDS.values()]


class Signal(models.Model):
    """A kind of signal about a variant on a day: at most one.

    As apps.signals.maths.detectors found it in the prices known at the end of the day:
    `direction` is +1, −1 or 0, `strength` and `confidence` 0 to 1, `observations` how
    many it rests on, `values` the numbers behind it by the kind's own names (shares as
    such, amounts in units of the currency). `price` is the newest of the variant, in
    the stream of `marketplace`. Found by `version` of the kind.
    """

    pk = models.CompositePrimaryKey("card_id", "finish", "currency", "kind", "day")
    card = models.ForeignKey(
        Card, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    finish = EnumField(enum_type="card_finish", choices=Finish.choices)
    currency = models.CharField(max_length=3, choices=Currency.choices)
    kind = EnumField(enum_type="signal_kind", choices=SIGNAL_KINDS)
    day = models.DateField()
    direction = models.SmallIntegerField()
    strength = models.FloatField()
    confidence = models.FloatField()
    observations = models.SmallIntegerField()
    price = PriceField()
    marketplace = models.ForeignKey(
        Marketplace,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    values = models.JSONField(default=dict)
    version = models.SmallIntegerField()

    objects = SignalQuerySet.as_manager()  # type: ignore[django-manager-missing]

    class Meta:
        db_table = "signals"
        indexes = [
            # The board: what was found on a day, and the newest day.
            models.Index(fields=["day", "currency", "kind"], name="signals_of_a_day")
        ]


class SignalOutcome(models.Model):
    """What became of the signals of a kind, a direction and a day after some days.

    Of `signals` there were, a price tells of `judged` how they went; `right` of them
    moved as they said. `expected` is how many of `judged` would have, had they been any
    variants of the market on that day. `due_on` is `day` and `horizon_days` later.
    """

    day = models.DateField()
    due_on = models.DateField()
    horizon_days = models.SmallIntegerField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    kind = EnumField(enum_type="signal_kind", choices=SIGNAL_KINDS)
    version = models.SmallIntegerField()
    direction = models.SmallIntegerField()
    signals = models.IntegerField()
    judged = models.IntegerField()
    right = models.IntegerField()
    expected = models.FloatField()

    class Meta:
        db_table = "signal_outcomes"
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("due_on", "horizon_days", "currency", "kind", "version"),
                    "direction",
                ],
                name="signal_outcomes_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.day} after {self.horizon_days} days"

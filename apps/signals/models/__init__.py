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

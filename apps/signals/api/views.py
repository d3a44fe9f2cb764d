"""Reads of signals."""

from __future__ import annotations

from typing import Any

from apps.prices.api.views import card_or_404
from apps.prices.selectors import newest_observation
from apps.signals import selectors
from mtgintel.core.api.pages import page_heading, page_of
from mtgintel.core.api.views import Answer, PublicRead

from . import params, serializers

_COUNTS = ("kind", "up", "down", "neither", "total")


class SignalsView(PublicRead):
    """What stands out in the prices of a day

    At most one signal of a kind for each printing and finish, the strongest first.
    """

    params = params.SignalsParams
    answer_serializer = serializers.SignalPageSerializer
    tag = "signals"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        pages = {"page": wanted.pop("page"), "page_size": wanted.pop("page_size")}
        query = selectors.SignalsQuery(**wanted)
        page = page_of(selectors.find_signals(query), **pages)
        day = query.day or selectors.newest_signal_day(query.currency)
        which = {"currency": query.currency, "day": day}
        heading = page_heading(self.request, page) | which
        found = heading | {"results": page.object_list}
        as_of = newest_observation(query.currency)
        return Answer(self.answer_serializer(found).data, as_of)


class SignalKindsView(PublicRead):
    """Every kind of signal: its definition, parameters and version, how many a day has,
    and how often prices moved as earlier ones said
    """

    params = params.DayParams
    answer_serializer = serializers.KindsSerializer
    tag = "signals"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        currency = wanted["currency"]
        day = wanted.get("day") or selectors.newest_signal_day(currency)
        record = selectors.signal_record(currency)
        counts = selectors.signal_counts(currency, day)
        kinds = [
            {name: getattr(one, name) for name in _COUNTS}
            | {"record": record[one.kind.slug]}
            for one in counts
        ]
        found = {"currency": currency, "day": day, "kinds": kinds}
        return Answer(self.answer_serializer(found).data, newest_observation(currency))


class CardSignalsView(PublicRead):
    """The signals of a printing on the newest days, the newest and strongest first"""

    params = params.CardSignalsParams
    answer_serializer = serializers.CardSignalsSerializer
    tag = "signals"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        card, currency = card_or_404(kwargs["card_id"]), wanted["currency"]
        found = {
            "card_id": card.pk,
            "currency": currency,
            "day": selectors.newest_signal_day(currency),
            "signals": selectors.signals_of_card(card.pk, **wanted),
        }
        return Answer(self.answer_serializer(found).data, newest_observation(currency))

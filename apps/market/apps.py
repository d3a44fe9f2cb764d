from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "apps.market"
    label = "market"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from mtgintel.core import derived, events, panels

        from . import selectors
        from .panels import similar_panel
        from .services import (
            update_breadth,
            update_indices,
            update_moves,
            update_set_values,
            update_similar_cards,
            update_spreads,
            update_totals,
        )

        events.register_topic(
            "market", message="market_update", snapshot=selectors.market_topic_snapshot
        )
        events.register_topic(
            "dashboard",
            message="dashboard_update",
            snapshot=selectors.dashboard_topic_snapshot,
        )
        derived.register(
            "chained indices",
            lambda start, end: update_indices(start=start, end=end),
            tables=(
                "chained_indices",
                "chained_index_points",
                "chained_index_baskets",
            ),
        )
        derived.register(
            "price moves",
            lambda start, end: update_moves(),
            tables=("price_moves",),
        )
        derived.register(
            "market breadth",
            lambda start, end: update_breadth(start=start, end=end),
            tables=("market_breadth", "daily_closes"),
        )
        derived.register(
            "market totals",
            lambda start, end: update_totals(),
            tables=("market_totals", "stream_volumes"),
        )
        derived.register(
            "set values",
            lambda start, end: update_set_values(start=start, end=end),
            tables=("set_values",),
        )
        derived.register(
            "spreads",
            lambda start, end: update_spreads(),
            tables=("spread_opportunities", "spread_counts"),
        )
        # Looks whether the catalogue changed or a day passed; mostly neither did.
        derived.register(
            "similar cards",
            lambda start, end: update_similar_cards(),
            tables=("card_vectors", "card_vector_builds"),
            in_background=True,
        )
        panels.register(
            "card", "similar", template="market/similar_panel.html", data=similar_panel
        )

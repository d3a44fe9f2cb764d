from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "apps.market"
    label = "market"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from mtgintel.core import derived, events

        from . import selectors
        from .services import update_indices, update_moves

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

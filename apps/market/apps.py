from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "apps.market"
    label = "market"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from mtgintel.core import events

        from . import selectors

        events.register_topic(
            "market", message="market_update", snapshot=selectors.market_topic_snapshot
        )
        events.register_topic(
            "dashboard",
            message="dashboard_update",
            snapshot=selectors.dashboard_topic_snapshot,
        )

from django.apps import AppConfig


class PricesConfig(AppConfig):
    name = "apps.prices"
    label = "prices"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from mtgintel.core import events, health, marketplaces

        from . import metrics, selectors, troubles
        from .selectors.choosing import streams_in_use

        events.register_topic(
            "card", message="card_update", snapshot=selectors.card_topic_snapshot
        )
        health.register_report("feeds", selectors.feed_ages)
        marketplaces.register(streams_in_use)
        metrics.register()
        troubles.register()
